import Keel
import KeelFrames
import Testing

@Suite("Census of graphs")
struct GraphCensusTests {
  /// Count, Σ|F|, Σ|Aut|, Σ m_F, |Aut| = 1, |F| = 1, Σ n!/|Aut|.
  private func integers(_ census: GraphCensus) -> [Int] {
    [
      census.graphCount, census.frameElementCount, census.automorphismCount, census.formCount,
      census.asymmetricCount, census.singletonFrameCount, census.labeledCount,
    ]
  }

  // Seven and eight vertices are left to the checks: kernels are slow in a debug build.
  @Test(
    "every integer",
    arguments: [
      (4, GraphConnectivity.connected, [6, 64, 46, 9, 0, 0, 38]),
      (5, .connected, [21, 392, 242, 40, 0, 0, 728]), (6, .connected, [112, 5162, 1650, 392, 8, 6, 26704]),
      (4, .disconnected, [5, 60, 44, 7, 0, 0, 26]), (5, .disconnected, [13, 252, 218, 18, 0, 0, 296]),
      (6, .disconnected, [44, 3064, 1414, 102, 0, 0, 6064]),
    ])
  func table(vertexCount: Int, connectivity: GraphConnectivity, expected: [Int]) throws {
    let census = try GraphCensus(vertexCount: vertexCount, connectivity)
    #expect(integers(census) == expected)
    #expect(census.inconsistentCount == 0 && census.uncertainCount == 0)
    #expect(census.formHistogram.values.reduce(0, +) == census.graphCount)
    #expect(census.formHistogram.reduce(0) { $0 + $1.key * $1.value } == census.formCount)
    #expect(census.indistinctPairs.first == census.pairCount)
    #expect(try GraphCensus(vertexCount: vertexCount, connectivity, threads: 1) == census)
  }

  @Test("numbers of vertices outside of the range are errors", arguments: [-1, 0, 10, 11])
  func range(vertexCount: Int) {
    #expect(throws: FrameError.self) { try GraphCensus(vertexCount: vertexCount) }
    if vertexCount != 10 {
      #expect(throws: FrameError.self) { try GraphEnumeration.graphs(vertexCount: vertexCount) }
    }
  }

  @Test("all graphs, each once", arguments: [(1, 1), (2, 2), (3, 4), (4, 11), (5, 34), (6, 156)])
  func enumeration(vertexCount: Int, expected: Int) throws {
    let graphs = try GraphEnumeration.graphs(vertexCount: vertexCount, .any)
    #expect(graphs.count == expected)
    #expect(Set(try graphs.map { try CanonicalLabeling(of: $0).form(of: $0) }).count == expected)
    #expect(try GraphEnumeration.graphs(vertexCount: vertexCount, .any, threads: 1) == graphs)
    let connected = try GraphEnumeration.graphs(vertexCount: vertexCount)
    #expect(connected == graphs.filter(\.isConnected))
  }
}
