import Keel

/// The colours of vertices after rounds of refinement: the test of Weisfeiler and Leman in one dimension.
///
/// At first the vertices are coloured by their features. A round gives to each vertex the colour that is its own
/// together with the multiset of the colours at its neighbours, each with the weight of the edge. Graph networks that
/// pass messages tell two graphs apart after r layers only if r rounds do.
///
/// Colours are numbers `0..<k` in an order that does not depend on the numbers of the vertices, so they serve as a
/// ``GraphKey``.
///
/// Source: Weisfeiler and Leman (1968); Xu et al. (2019), *How powerful are graph neural networks?*
public struct ColorRefinement: Hashable, Sendable {
  /// The colour of each vertex.
  public let colors: [Int]
  /// How many rounds changed the partition into colours.
  public let rounds: Int

  /// The number of colours.
  public var colorCount: Int { (colors.max() ?? -1) + 1 }

  /// Refines the colours of a graph.
  ///
  /// - Parameters:
  ///   - graph: any graph; weights and features are compared exactly.
  ///   - rounds: how many rounds at most; until nothing changes if nil.
  /// - Complexity: O(n² log n) for each round.
  /// - Precondition: the number of rounds is not negative.
  public init(of graph: some LabeledGraph, rounds: Int? = nil) {
    precondition(rounds ?? 0 >= 0, "A number of rounds cannot be negative")
    let structure = GraphStructure(graph)
    var colors = structure.vertexRanks
    var count = Set(colors).count
    var completed = 0
    while completed < rounds ?? .max {
      let next = GraphStructure.ranks(of: Self.signatures(structure, colors))
      let nextCount = Set(next).count
      if nextCount == count { break }
      (colors, count) = (next, nextCount)
      completed += 1
    }
    self.colors = colors
    self.rounds = completed
  }

  /// The own colour of each vertex and then, ascending, the weights and colours at its neighbours.
  private static func signatures(_ structure: GraphStructure, _ colors: [Int]) -> [[Int]] {
    let n = structure.vertexCount
    return (0..<n).map { v in
      var seen: [Int] = []
      for w in 0..<n where w != v {
        let rank = Int(structure.rank(v, w))
        // In a graph without weights the colours at the others follow from those at the neighbours.
        if rank != 0 || structure.bits.isEmpty { seen.append(rank &* n &+ colors[w]) }
      }
      return [colors[v]] + seen.sorted()
    }
  }

  /// The pairs of graphs whose colours are the same after 0, 1, ..., `rounds` rounds.
  ///
  /// After 0 rounds all graphs with equally many vertices are the same, after 1 all with the same degrees.
  ///
  /// - Parameters:
  ///   - graphs: the graphs.
  ///   - rounds: the number of rounds, not negative.
  /// - Returns: `rounds + 1` numbers of pairs.
  /// - Complexity: O(edges log n) for each graph and round.
  public static func indistinctPairs(of graphs: [Graph], rounds: Int) -> [Int] {
    precondition(rounds >= 0, "A number of rounds cannot be negative")
    var colors = graphs.map { Array(repeating: 0, count: $0.vertexCount) }
    var pairs = [equalPairs(colors)]
    for _ in 0..<rounds {
      // The names of colours are shared by all graphs.
      var names: [[Int]: Int] = [:]
      for (index, graph) in graphs.enumerated() {
        let old = colors[index]
        for v in 0..<graph.vertexCount {
          var signature: [Int] = []
          graph.forEachNeighbor(of: v) { signature.append(old[$0]) }
          signature.sort()
          signature.append(old[v])
          let next = names.count
          if let name = names[signature] {
            colors[index][v] = name
          } else {
            names[signature] = next
            colors[index][v] = next
          }
        }
      }
      pairs.append(equalPairs(colors.map { $0.sorted() }))
    }
    return pairs
  }
}

/// The number of pairs of equal values.
func equalPairs<Value: Hashable>(_ values: [Value]) -> Int {
  Dictionary(values.lazy.map { ($0, 1) }, uniquingKeysWith: +).values.reduce(0) { $0 + $1 * ($1 - 1) / 2 }
}
