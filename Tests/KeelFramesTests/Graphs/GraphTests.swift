import Keel
import KeelFrames
import TestSupport
import Testing

/// Graphs by their edges.
enum Graphs {
  static func graph(_ vertexCount: Int, _ edges: [(Int, Int)]) throws -> Graph {
    try Graph(vertexCount: vertexCount, edges: edges)
  }

  static var path4: Graph { get throws { try graph(4, [(0, 1), (1, 2), (2, 3)]) } }
  static var paw: Graph { get throws { try graph(4, [(0, 1), (0, 2), (1, 2), (2, 3)]) } }
  static var cycle4: Graph { get throws { try graph(4, [(0, 1), (1, 2), (2, 3), (3, 0)]) } }
  static var twoEdges: Graph { get throws { try graph(4, [(0, 1), (2, 3)]) } }
  static var asymmetric6: Graph {
    get throws { try graph(6, [(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (2, 5)]) }
  }

  /// A graph in which each pair is an edge with some probability.
  static func random(_ vertexCount: Int, density: Double = 0.5, using stream: inout RandomStream) -> Graph {
    var graph = Graph(vertexCount: vertexCount)
    for v in 0..<vertexCount {
      for u in 0..<v where stream.uniform(Double.self) < density { graph.connect(u, v) }
    }
    return graph
  }

  /// A graph with weights from a few values, so that some vertices are alike, and features from two.
  static func weighted(_ vertexCount: Int, using stream: inout RandomStream) throws -> WeightedGraph {
    var weights = Matrix<Double>(zeros: vertexCount, vertexCount)
    for v in 0..<vertexCount {
      for u in 0...v {
        weights[u, v] = [0, 0.5, -1.25, .pi][stream.integer(below: 4)]
        weights[v, u] = weights[u, v]
      }
    }
    let features = Matrix(rows: vertexCount, columns: 2) { _, _ in Double(stream.integer(below: 2)) - 0.5 }
    return try WeightedGraph(adjacency: weights, features: features)
  }
}

@Suite("Graphs")
struct GraphTests {
  @Test("the facts about a small graph")
  func paw() throws {
    let paw = try Graphs.paw
    #expect(paw.degrees == [2, 2, 3, 1])
    #expect(paw.degreeSequence == [3, 2, 2, 1])
    #expect(paw.edgeCount == 4)
    #expect(paw.edges.map { [$0.0, $0.1] } == [[0, 1], [0, 2], [1, 2], [2, 3]])
    #expect(paw.neighbors(of: 2) == [0, 1, 3])
    #expect(paw[2, 3] && !paw[1, 3])
    #expect(paw.isConnected && paw.components == [[0, 1, 2, 3]])
    #expect(paw.complement.edges.map { [$0.0, $0.1] } == [[0, 3], [1, 3]])
    #expect(paw.laplacian.elements == [2, -1, -1, 0, -1, 2, -1, 0, -1, -1, 3, -1, 0, 0, -1, 1])
    #expect(try !Graphs.twoEdges.isConnected && Graphs.twoEdges.components == [[0, 1], [2, 3]])
    #expect(!Graph(vertexCount: 0).isConnected && Graph(vertexCount: 1).isConnected)
  }

  @Test("wrong edges and weights are errors")
  func wrongInput() throws {
    for edge in [(0, 0), (0, 3), (-1, 0)] {
      #expect(throws: FrameError.self) { try Graph(vertexCount: 3, edges: [edge]) }
    }
    #expect(throws: FrameError.self) { try Graph(vertexCount: -1, edges: []) }
    #expect(throws: FrameError.self) { try WeightedGraph(adjacency: Matrix(zeros: 2, 3)) }
    #expect(throws: FrameError.self) { try WeightedGraph(adjacency: [[0, 1], [2, 0]]) }
    #expect(throws: FrameError.self) { try WeightedGraph(adjacency: [[0, .nan], [.nan, 0]]) }
    #expect(throws: FrameError.self) { try WeightedGraph(adjacency: [[.infinity]]) }
    #expect(throws: FrameError.self) {
      try WeightedGraph(adjacency: Matrix(zeros: 2, 2), features: Matrix(zeros: 3, 1))
    }
    #expect(throws: FrameError.self) {
      try WeightedGraph(adjacency: Matrix(zeros: 2, 2), features: [[1], [.nan]])
    }
  }

  @Test("permutations act on graphs and on weighted graphs alike", arguments: [1, 2, 7, 64, 65, 130])
  func action(count: Int) throws {
    var stream = RandomStream(seed: 1).stream(count)
    let graph = Graphs.random(count, using: &stream)
    let (g, h) = (Permutation.random(count, using: &stream), Permutation.random(count, using: &stream))
    let moved = graph.transformed(by: g)
    #expect(moved.edgeCount == graph.edgeCount)
    for (u, v) in graph.edges { #expect(moved[g[u], g[v]]) }
    #expect(moved.inverseTransformed(by: g) == graph)
    #expect(moved.transformed(by: h) == graph.transformed(by: h * g))
    #expect(WeightedGraph(graph).transformed(by: g) == WeightedGraph(moved))
    #expect(moved.adjacency == g.conjugating(graph.adjacency))
    #expect(graph.isConnected == (graph.components.count == 1))
  }

  @Test("characteristic polynomials of known graphs")
  func polynomials() throws {
    // C4 has the eigenvalues 2, 0, 0, -2 and 0, 2, 2, 4; K3 has 2, -1, -1 and 0, 3, 3.
    #expect(try Graphs.cycle4.adjacencyPolynomial == [1, 0, -4, 0, 0])
    #expect(try Graphs.cycle4.laplacianPolynomial == [1, -8, 20, -16, 0])
    #expect(Graph(vertexCount: 3).complement.adjacencyPolynomial == [1, 0, -3, -2])
    #expect(Graph(vertexCount: 3).complement.laplacianPolynomial == [1, -6, 9, 0])
    // The largest coefficients: x (x - 10)^9.
    #expect(Graph(vertexCount: 10).complement.laplacianPolynomial.suffix(2) == [-1_000_000_000, 0])
  }
}
