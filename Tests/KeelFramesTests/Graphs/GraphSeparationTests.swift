import Keel
import KeelFrames
import Testing

@Suite("Separation of graphs")
struct GraphSeparationTests {
  @Test("all connected graphs on 5 vertices")
  func fiveVertices() throws {
    let graphs = try GraphEnumeration.graphs(vertexCount: 5)
    let experiment = try GraphSeparation(graphs: graphs, seed: 1)
    #expect(experiment.isomorphicPairs == 0)
    let degreePairs = ColorRefinement.indistinctPairs(of: graphs, rounds: 1)[1]
    for model in GraphModel.allCases {
      let result = try experiment.result(of: model)
      #expect(result.pairCount == 210)
      switch model {
      case .nodeNetwork: #expect(result.unseparatedPairs == degreePairs && degreePairs > 0)
      case .frameAverage: #expect(result.unseparatedPairs == 0 && result.evaluations == 40)
      case .isomorphismNetwork, .canonicalForm: #expect(result.unseparatedPairs == 0)
      case .frameSample, .groupSample: break
      }
      if model.isInvariant {
        #expect(result.selfSeparatedGraphs == 0 && result.largestCopyDistance <= 1e-12, "\(model)")
      } else {
        #expect(result.selfSeparatedGraphs > 0, "\(model)")
      }
      #expect(try experiment.result(of: model, threads: 1) == result)
      // By comparing all pairs: at the smallest separated distance one more pair is not separated.
      let distance = try #require(result.smallestSeparatedDistance)
      let wider = try GraphSeparation(graphs: graphs, threshold: distance, seed: 1).result(of: model)
      #expect(
        wider.unseparatedPairs == result.unseparatedPairs + 1 && wider.largestUnseparatedDistance == distance)
    }
  }

  @Test("isomorphic graphs and graphs of different sizes")
  func mixed() throws {
    let path = try Graphs.path4
    let copy = path.transformed(by: try Permutation(images: [2, 0, 3, 1]))
    let graphs = [path, copy, try Graphs.asymmetric6, Graph(vertexCount: 1), try Graphs.twoEdges]
    let experiment = try GraphSeparation(graphs: graphs)
    #expect(experiment.isomorphicPairs == 1)
    for model in [GraphModel.frameAverage, .canonicalForm, .isomorphismNetwork] {
      let result = try experiment.result(of: model)
      #expect(result.unseparatedPairs == 1 && result.selfSeparatedGraphs == 0)
    }
    let more = try GraphSeparation(graphs: graphs, networks: 3, copies: 0).result(of: .groupSample)
    #expect(more.largestCopyDistance == 0 && more.evaluations == 5)
    let none = try GraphSeparation(graphs: []).result(of: .frameAverage)
    #expect(none.pairCount == 0 && none.smallestSeparatedDistance == nil)
  }

  @Test("numbers outside of their range are errors")
  func wrongNumbers() throws {
    let graphs = [try Graphs.paw]
    #expect(throws: FrameError.self) { try GraphSeparation(graphs: graphs, threshold: -1) }
    #expect(throws: FrameError.self) { try GraphSeparation(graphs: graphs, threshold: .nan) }
    #expect(throws: FrameError.self) { try GraphSeparation(graphs: graphs, networks: 0) }
    #expect(throws: FrameError.self) { try GraphSeparation(graphs: graphs, copies: -1) }
    #expect(throws: FrameError.self) { try GraphSeparation(graphs: [Graph(vertexCount: 0)]) }
    let large = try GraphSeparation(graphs: [Graph(vertexCount: 20)])
    #expect(throws: FrameError.self) { try large.result(of: .frameAverage) }
    #expect(try large.result(of: .canonicalForm).largestCopyDistance <= 1e-12)
  }
}
