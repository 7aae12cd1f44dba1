/// What the search for canonical forms needs of a graph: exact ranks in place of weights and features.
///
/// Isomorphic graphs have the same ranks, since a relabelling moves numbers without changing them.
struct GraphStructure: Sendable {
  let vertexCount: Int
  let wordsPerRow: Int
  /// For a graph with one kind of pair besides the empty one, rows of bits; else empty.
  let bits: [UInt64]
  /// The rank of each pair's weight among all weights, n × n; empty if there are bits.
  let ranks: [UInt64]
  /// A number for each rank, of which sums tell multisets apart.
  let marks: [UInt64]
  /// The rank of each vertex's features and of its weight with itself.
  let vertexRanks: [Int]

  init(_ graph: some LabeledGraph) {
    let n = graph.vertexCount
    vertexCount = n
    wordsPerRow = (n + 63) / 64
    if let plain = graph as? Graph {
      bits = plain.words
      (ranks, marks) = ([], [])
      vertexRanks = Array(repeating: 0, count: n)
      return
    }
    bits = []
    let (weights, features) = (graph.adjacency, graph.features)
    let values = Set(weights.elements).sorted()
    let rankOf = Dictionary(uniqueKeysWithValues: zip(values, 0..<UInt64(values.count)))
    ranks = weights.elements.map { rankOf[$0] ?? 0 }
    marks = (0..<UInt64(values.count)).map { mixed($0 &+ 1) }
    let rows = (0..<n).map { i in [weights[i, i]] + (0..<features.columns).map { features[i, $0] } }
    vertexRanks = Self.ranks(of: rows)
  }

  /// The rank of each list in lexicographic order, equal for equal lists.
  static func ranks<Value: Comparable>(of rows: [[Value]]) -> [Int] {
    let order = rows.indices.sorted { rows[$0].lexicographicallyPrecedes(rows[$1]) }
    var result = Array(repeating: 0, count: rows.count)
    for (before, now) in zip(order, order.dropFirst()) {
      result[now] = result[before] + (rows[before] == rows[now] ? 0 : 1)
    }
    return result
  }

  /// The rank of the weight of a pair.
  func rank(_ i: Int, _ j: Int) -> UInt64 {
    bits.isEmpty
      ? ranks[i &* vertexCount &+ j] : bits[i &* wordsPerRow &+ j >> 6] >> UInt64(j & 63) & 1
  }

  /// The ranks of all pairs after a relabelling: equal exactly for isomorphic ways of labelling.
  func form(_ order: [Int]) -> [UInt64] {
    let n = vertexCount
    guard !bits.isEmpty else {
      var form: [UInt64] = []
      form.reserveCapacity(n * n)
      for i in order { for j in order { form.append(ranks[i &* n &+ j]) } }
      return form
    }
    var places = Array(repeating: 0, count: n)
    for (place, vertex) in order.enumerated() { places[vertex] = place }
    var form = [UInt64](repeating: 0, count: bits.count)
    for (place, vertex) in order.enumerated() {
      for word in 0..<wordsPerRow {
        var row = bits[vertex &* wordsPerRow &+ word]
        while row != 0 {
          let other = places[word << 6 &+ row.trailingZeroBitCount]
          row &= row &- 1
          form[place &* wordsPerRow &+ other >> 6] |= 1 << UInt64(other & 63)
        }
      }
    }
    return form
  }
}

/// A bijection of 64-bit words that leaves no pattern (the finalizer of SplitMix64).
func mixed(_ word: UInt64) -> UInt64 {
  var z = word
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
