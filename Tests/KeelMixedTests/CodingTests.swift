import Keel
import RealModule
import TestSupport
import Testing

@testable import KeelMixed

@Suite("Coding to N bits")
struct CodingTests {
  @Test(
    "the entropy of a quantised clipped normal approaches the N-bit entropy",
    arguments: [(0, 0.0281), (2, 0.00344), (4, 2.2e-4), (6, 1.4e-5), (8, 8.6e-7), (10, 5.4e-8)])
  func quantised(resolution: Int, error: Double) throws {
    let law = ClippedNormal(0.3, 0.5)
    let entropy = law.entropy()
    #expect((entropy.bits() - 1.1849766218732833).magnitude <= 1e-14)
    #expect((entropy.meanDimension - 0.6449902230161553).magnitude <= 1e-15)
    let symbols = try law.quantized(resolution: resolution)
    #expect(symbols.cells == 1 << resolution)
    #expect((symbols.probabilities.reduce(0, +) - 1).magnitude <= 1e-12)
    let difference = symbols.bits - entropy.bits(resolution: Double(resolution))
    // Two digits are given.
    #expect((difference - error).magnitude <= 0.03 * error)

    let code = try HuffmanCode(weights: symbols.probabilities)
    let length = code.meanLength(under: symbols.probabilities)
    #expect(symbols.bits <= length && length < symbols.bits + 0.16)
    #expect(CodeLengths.kraftSum(code.lengths) == 1)
    let shannon = try CodeLengths.shannon(symbols.probabilities)
    let shannonLength = CodeLengths.mean(shannon, under: symbols.probabilities)
    #expect(length <= shannonLength && shannonLength < symbols.bits + 1)
    #expect(CodeLengths.kraftSum(shannon) <= 1)
  }

  @Test("cells have the mass that the distribution function gives them")
  func cells() throws {
    let law = ClippedNormal(0.3, 0.5)
    let symbols = try law.quantized(resolution: 4)
    func below(_ x: Double) -> Double { 0.5 * Double.erfc((0.3 - x) / (0.5 * 2.0.squareRoot())) }
    for cell in 0..<16 {
      let expected = below(Double(cell + 1) / 16) - below(Double(cell) / 16)
      #expect((symbols.probabilities[cell + 1] - expected).magnitude <= 1e-14)
    }
    for symbol in symbols.probabilities.indices {
      #expect(try symbols.symbol(of: symbols.value(of: symbol)) == symbol)
    }
    #expect(try symbols.symbol(of: 1.0.nextDown) == 16)
    #expect(try symbols.symbol(of: .leastNonzeroMagnitude) == 1)
    #expect(throws: MixedError.self) { try symbols.symbol(of: .nan) }
    #expect(throws: MixedError.self) { try law.quantized(resolution: 17) }
    let simplex = try MaximumEntropySimplex(coordinateCount: 2, resolution: 3).quantized(resolution: 3)
    for probability in simplex.probabilities { #expect((probability - 0.1).magnitude <= 1e-15) }
    let wide = try MaximumEntropySimplex(coordinateCount: 3)
    #expect(throws: MixedError.self) { try wide.quantized(resolution: 3) }
  }

  /// The smallest mean length, by trying every way to join two subtrees.
  private func bestMeanLength(_ weights: [Double]) -> Double {
    guard weights.count > 1 else { return 0 }
    var best = Double.infinity
    for i in weights.indices {
      for j in weights.indices where j > i {
        var rest = weights
        rest.remove(at: j)
        rest.remove(at: i)
        let joined = weights[i] + weights[j]
        best = min(best, joined + bestMeanLength(rest + [joined]))
      }
    }
    return best
  }

  @Test("no tree has a smaller mean length", arguments: 1...6)
  func optimal(count: Int) throws {
    for seed in 0..<4 {
      var random = SplitMix(seed: UInt64(seed))
      var weights = (0..<count).map { _ in Double(random.next() % 16) }
      weights[0] += 1
      let code = try HuffmanCode(weights: weights)
      #expect(code.meanLength(under: weights) == bestMeanLength(weights), "seed \(seed)")
      #expect(CodeLengths.kraftSum(code.lengths) == 1)
    }
  }

  @Test(
    "decoding gives back what was encoded, and words are no prefixes of others",
    arguments: [1, 2, 3, 17, 300])
  func roundTrip(count: Int) throws {
    var random = SplitMix(seed: UInt64(count))
    // Weights of very different sizes make words of more than 64 bits.
    let weights = (0..<count).map { Double.exp2(-Double($0)) }
    let code = try HuffmanCode(weights: weights)
    #expect(code.lengths.max() == Swift.max(count - 1, 0))
    let symbols = (0..<200).map { _ in Int(random.next() % UInt64(count)) }
    let bits = try code.encode(symbols)
    #expect(bits.count == symbols.reduce(0) { $0 + code.lengths[$1] })
    #expect(try code.decode(bits, count: 200) == symbols)
    #expect(throws: MixedError.self) { try code.decode(bits + [true], count: 200) }
    if count > 1 {
      #expect(throws: MixedError.self) { try code.decode(Array(bits.dropLast()), count: 200) }
      let words = (0..<Swift.min(count, 17)).map { code.word(of: $0) }
      for (i, a) in words.enumerated() {
        for (j, b) in words.enumerated() where i != j { #expect(!b.starts(with: a)) }
      }
    }
    #expect(throws: MixedError.self) { try code.encode([count]) }
  }

  @Test("canonical words are in the order of their lengths, then of the symbols")
  func canonical() throws {
    let code = try HuffmanCode(weights: [1, 4, 1, 2])
    #expect(code.lengths == [3, 1, 3, 2])
    #expect(code.word(of: 1) == [false])
    #expect(code.word(of: 3) == [true, false])
    #expect(code.word(of: 0) == [true, true, false])
    #expect(code.word(of: 2) == [true, true, true])
  }

  @Test("blocks take away what one symbol wastes")
  func blocks() throws {
    let weights = [0.9, 0.1]
    let entropy = weights.reduce(0) { $0 - $1 * Double.log2($1) }
    for length in 1...8 {
      let code = try HuffmanCode(blockWeights: weights, length: length)
      let blocks = (0..<1 << length).map { block in
        (0..<length).reduce(1.0) { $0 * weights[block >> $1 & 1] }
      }
      let mean = code.meanLength(under: blocks) / Double(length)
      #expect(mean >= entropy - 1e-14 && mean < entropy + 1 / Double(length))
    }
    #expect(throws: MixedError.self) { try HuffmanCode(blockWeights: weights, length: 23) }
    #expect(throws: MixedError.self) { try HuffmanCode(weights: []) }
    #expect(throws: MixedError.self) { try HuffmanCode(weights: [.nan]) }
    #expect(try HuffmanCode(weights: [0, 0, 0]).lengths.sorted() == [1, 2, 2])
  }

  @Test("Shannon's lengths are exact at powers of two")
  func shannon() throws {
    #expect(try CodeLengths.shannon([1, 0.5, 0.25.nextDown, 0.25, 0.25.nextUp]) == [0, 1, 3, 2, 2])
    #expect(throws: MixedError.self) { try CodeLengths.shannon([0]) }
    #expect(CodeLengths.ideal([0.25, 0]) == [2, .infinity])
  }
}
