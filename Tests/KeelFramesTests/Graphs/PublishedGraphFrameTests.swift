import Keel
import KeelFrames
import Testing

@Suite("The published frame of graphs")
struct PublishedGraphFrameTests {
  @Test("it agrees with the frame where eigenvalues and rows are far apart")
  func agreement() throws {
    for arithmetic in PublishedGraphFrame.Arithmetic.allCases {
      let path = try PublishedGraphFrame(of: Graphs.path4, arithmetic: arithmetic)
      #expect(path.blocks == [[1, 2], [0, 3]] && path.distinctEigenvalues == 4)
      let asymmetric = try PublishedGraphFrame(of: Graphs.asymmetric6, arithmetic: arithmetic)
      #expect(asymmetric.blocks == [[2], [5], [1], [3], [0], [4]])
    }
    #expect(throws: FrameError.self) { try PublishedGraphFrame(of: Graph(vertexCount: 0)) }
  }

  @Test(
    "graphs of several components do not move with their labels",
    arguments: PublishedGraphFrame.Arithmetic.allCases)
  func components(arithmetic: PublishedGraphFrame.Arithmetic) throws {
    var stream = RandomStream(seed: 1)
    var (failures, trials) = (0, 0)
    for graph in try GraphEnumeration.graphs(vertexCount: 6, .disconnected) {
      let permutation = Permutation.random(6, using: &stream)
      trials += 1
      if try !PublishedGraphFrame.isEquivariant(at: graph, under: permutation, arithmetic: arithmetic) {
        failures += 1
      }
      let moved = try GraphFrame(of: graph.transformed(by: permutation))
      #expect(try moved.blocks == GraphFrame(of: graph).blocks.map { $0.map { permutation[$0] }.sorted() })
    }
    // How many fail depends on how the library of the machine rounds: about half.
    #expect(failures > trials / 10, "\(failures) of \(trials)")
    let graphs = try GraphEnumeration.graphs(vertexCount: 6, .disconnected)
    let failing = try PublishedGraphFrame.failures(among: graphs, arithmetic: arithmetic, seed: 2)
    #expect(failing.count > graphs.count / 10 && failing.allSatisfy(graphs.indices.contains))
    #expect(
      try PublishedGraphFrame.failures(among: graphs, arithmetic: arithmetic, seed: 2, threads: 1) == failing)
  }
}
