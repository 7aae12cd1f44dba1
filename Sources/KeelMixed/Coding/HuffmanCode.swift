import RealModule

/// The prefix code of the smallest mean length for symbols of given weights, in canonical form.
///
/// A code word is as long as the symbol is deep in the tree that joins the two lightest subtrees until one is left.
/// In the canonical tree, leaves come first at every depth, in the order of the symbols, so the lengths alone tell the
/// code; words may be longer than 64 bits, as those of a normal tail are.
///
/// ```swift
/// let code = try HuffmanCode(weights: [0.5, 0.25, 0.25])
/// let bits = try code.encode([0, 2, 1])   // 0 11 10
/// print(try code.decode(bits, count: 3))  // [0, 2, 1]
/// ```
///
/// Source: Huffman (1952), *A method for the construction of minimum-redundancy codes*.
public struct HuffmanCode: Sendable, Hashable {
  /// The number of bits of the word of each symbol. One symbol alone has the empty word.
  public let lengths: [Int]
  /// The symbols by length, then by number.
  private let order: [Int]
  /// How many leaves there are at each depth, and how many at smaller depths.
  private let leaves: [Int]
  private let firstLeaf: [Int]
  /// The place of each symbol among the leaves of its depth.
  private let ranks: [Int]

  /// The code of symbols 0, 1, ...
  ///
  /// - Parameter weights: numbers in proportion to the probabilities: finite, not negative. Symbols of weight 0 have
  ///   words as well.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  /// - Complexity: O(n log n).
  public init(weights: [Double]) throws(MixedError) {
    guard !weights.isEmpty else {
      throw .outOfRange(argument: "weights", expected: "at least one", found: "none")
    }
    for (index, weight) in weights.enumerated() where !(weight >= 0 && weight.isFinite) {
      throw .outOfRange(argument: "weight \(index)", expected: "finite and not negative", found: "\(weight)")
    }
    self.init(lengths: Self.optimalLengths(weights))
  }

  /// The code of blocks of independent symbols of one law: the block (s₁, ..., s_m) of symbols below n is the symbol
  /// s₁ n^(m-1) + ... + s_m.
  ///
  /// The mean length of a symbol exceeds the entropy by less than 1/m bit.
  ///
  /// - Parameters:
  ///   - weights: numbers in proportion to the probabilities of the symbols.
  ///   - length: m, at least 1. There must be at most 2^22 blocks.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(blockWeights weights: [Double], length: Int) throws(MixedError) {
    guard length >= 1, Double.pow(Double(weights.count), Double(length)) <= 0x1p22 else {
      throw .outOfRange(
        argument: "length", expected: "at least 1, and such that there are at most 2^22 blocks",
        found: "\(length)")
    }
    let probabilities = try normalizedWeights(weights)
    var blocks = [1.0]
    for _ in 0..<length { blocks = blocks.flatMap { block in probabilities.map { block * $0 } } }
    try self.init(weights: blocks)
  }

  private init(lengths: [Int]) {
    self.lengths = lengths
    order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    var leaves = [Int](repeating: 0, count: (lengths.max() ?? 0) + 1)
    var ranks = [Int](repeating: 0, count: lengths.count)
    for symbol in order {
      ranks[symbol] = leaves[lengths[symbol]]
      leaves[lengths[symbol]] += 1
    }
    var sum = 0
    firstLeaf = leaves.map { count in
      defer { sum += count }
      return sum
    }
    self.leaves = leaves
    self.ranks = ranks
  }

  /// The depths of the leaves of Huffman's tree.
  ///
  /// Two queues in increasing order of weight: the symbols, and the subtrees, which arise in that order.
  private static func optimalLengths(_ weights: [Double]) -> [Int] {
    let order = weights.indices.sorted { (weights[$0], $0) < (weights[$1], $1) }
    let count = weights.count
    // Nodes are the symbols in increasing order of weight, then the subtrees in the order in which they arise.
    var nodeWeights = order.map { weights[$0] }
    nodeWeights.reserveCapacity(2 * count - 1)
    var parents = [Int](repeating: 0, count: max(2 * count - 1, 1))
    var (symbol, subtree) = (0, count)
    func takeLightest() -> Int {
      let takesSymbol =
        symbol < count && (subtree >= nodeWeights.count || nodeWeights[symbol] <= nodeWeights[subtree])
      defer { if takesSymbol { symbol += 1 } else { subtree += 1 } }
      return takesSymbol ? symbol : subtree
    }
    for _ in 0..<count - 1 {
      let (a, b) = (takeLightest(), takeLightest())
      (parents[a], parents[b]) = (nodeWeights.count, nodeWeights.count)
      nodeWeights.append(nodeWeights[a] + nodeWeights[b])
    }
    var depths = [Int](repeating: 0, count: nodeWeights.count)
    for node in depths.indices.dropLast().reversed() { depths[node] = depths[parents[node]] + 1 }
    var lengths = [Int](repeating: 0, count: count)
    for (place, symbol) in order.enumerated() { lengths[symbol] = depths[place] }
    return lengths
  }

  /// The word of a symbol, its first bit first.
  ///
  /// - Parameter symbol: in `0..<lengths.count`.
  public func word(of symbol: Int) -> [Bool] {
    precondition(lengths.indices.contains(symbol), "The code has no such symbol.")
    // At each depth the leaves come before the inner nodes, whose children are pairs in the same order.
    var place = ranks[symbol]
    var word: [Bool] = []
    for depth in stride(from: lengths[symbol], to: 0, by: -1) {
      word.append(place & 1 == 1)
      place = place >> 1 + leaves[depth - 1]
    }
    return word.reversed()
  }

  /// The words of symbols, one after the other.
  ///
  /// - Parameter symbols: each in `0..<lengths.count`.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` for a symbol that the code does not have.
  public func encode(_ symbols: some Sequence<Int>) throws(MixedError) -> [Bool] {
    var bits: [Bool] = []
    for (index, symbol) in symbols.enumerated() {
      guard lengths.indices.contains(symbol) else {
        throw .outOfRange(
          argument: "symbol \(index)", expected: "in 0..<\(lengths.count)", found: "\(symbol)")
      }
      bits += word(of: symbol)
    }
    return bits
  }

  /// The symbols that words stand for.
  ///
  /// - Parameters:
  ///   - bits: what ``encode(_:)`` gave.
  ///   - count: the number of symbols.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if the bits are not as many words.
  public func decode(_ bits: [Bool], count: Int) throws(MixedError) -> [Int] {
    precondition(count >= 0, "A number of symbols must not be negative.")
    var symbols: [Int] = []
    var rest = bits[...]
    for _ in 0..<count {
      var (depth, place) = (0, 0)
      while place >= leaves[depth] {
        guard let bit = rest.popFirst() else {
          throw .wrongShape(
            argument: "bits", expected: "\(count) words", found: "the end in word \(symbols.count)")
        }
        place = 2 * (place - leaves[depth]) + (bit ? 1 : 0)
        depth += 1
      }
      symbols.append(order[firstLeaf[depth] + place])
    }
    guard rest.isEmpty else {
      throw .wrongShape(argument: "bits", expected: "\(count) words", found: "\(rest.count) bits more")
    }
    return symbols
  }

  /// The mean length of a word under a law of the symbols, in bits.
  ///
  /// - Parameter probabilities: one a symbol.
  public func meanLength(under probabilities: [Double]) -> Double {
    CodeLengths.mean(lengths, under: probabilities)
  }
}
