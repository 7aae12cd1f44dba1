import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Frames of relabelled graphs.
  static let graphRelabelling = Check(
    id: "frames.graph-relabelling",
    statement: "F(hX) = hF(X) for the Laplacian frame of Sₙ and for the canonical one, connected or not.",
    source: paper + ", section 3.3, with eigenvalues that are equal up to a tolerance",
    trials: [.quick: 60, .standard: 1200, .full: 20_000], problemStream: "frames.graph"
  ) { context -> [Comparison] in
    let problem = try GraphProblem(context)
    let blocks = try [problem.graph, problem.relabeled].map { try GraphFrame(of: $0).blocks }
    let labelings = try [problem.graph, problem.relabeled].map { try CanonicalLabeling(of: $0) }
    return [
      .equal(
        Double(problem.differences(blocks)), 0, tolerance: 0, part: "blocks that differ",
        parameters: problem.parameters),
      .equal(
        labelings[0].form(of: problem.graph) == labelings[1].form(of: problem.relabeled) ? 0 : 1, 0,
        tolerance: 0, part: "canonical forms that differ", parameters: problem.parameters),
    ]
  }

  /// Eigenvalues that are equal to the last bit.
  static let graphPublished = Check(
    id: "frames.graph-published",
    statement:
      "Eigenvalues that are the same number of single precision, and rows rounded to two decimals, give F(hX) = hF(X).",
    source: "The software of \(paper)",
    expectation: .violated(repairedBy: "frames.graph-relabelling"),
    trials: [.quick: 60, .standard: 600, .full: 6000], problemStream: "frames.graph"
  ) { context -> [Comparison] in
    let problem = try GraphProblem(context)
    return try PublishedGraphFrame.Arithmetic.allCases.map { arithmetic in
      let blocks = try [problem.graph, problem.relabeled].map {
        try PublishedGraphFrame(of: $0, arithmetic: arithmetic).blocks
      }
      return .equal(
        Double(problem.differences(blocks)), 0, tolerance: 0,
        part: "blocks that differ, \(arithmetic.rawValue)",
        parameters: problem.parameters)
    }
  }

  /// Theorem 3.
  static let graphQuotient = Check(
    id: "frames.graph-quotient",
    statement:
      "|F| = m |Aut|, and the average over F is that over its m distinct forms, for graphs and their vertices.",
    source: paper + ", theorem 3; for vertices with means over the orbits of the automorphisms",
    assumptions: ["|F| ≤ 5040, so that all of F can be gone through."],
    trials: [.quick: 20, .standard: 200, .full: 3000], problemStream: "frames.graph"
  ) { context -> [Comparison] in
    let problem = try GraphProblem(context, largest: 8)
    let frame = try GraphFrame(of: problem.graph)
    guard frame.count <= 5040 else { throw AssumptionFailure("|F| ≤ 5040") }
    var stream = context.stream.stream("network")
    let n = problem.graph.vertexCount
    let network = MultilayerPerceptron<Double>(
      randomWidths: [n * n, 16, n + 1], activation: .tanh, using: &stream)
    func outputs(_ graph: Graph) -> [Double] { network(graph.adjacency.elements) }
    func vertexOutputs(_ graph: Graph) -> Matrix<Double> { Matrix(column: Array(outputs(graph).dropLast())) }
    var whole = 0.0
    var wholeVertices = Matrix<Double>(zeros: n, 1)
    for element in try frame.elements() {
      let form = problem.graph.inverseTransformed(by: element)
      whole += outputs(form)[n] / Double(frame.count)
      wholeVertices += element.transformed(vertexOutputs(form)) / Double(frame.count)
    }
    let quotient = try frame.quotient(of: problem.graph)
    let (automorphisms, average) = (
      try CanonicalLabeling(of: problem.graph).count, quotient.average { [outputs($0)[n]] }[0]
    )
    // Sums of up to 5040 numbers of size one.
    let tolerance = 1e-13
    return [
      .equal(
        Double(frame.count), Double(quotient.count * automorphisms), tolerance: 0, part: "|F| = m |Aut|",
        parameters: problem.parameters),
      .equal(average, whole, tolerance: tolerance, part: "graph", parameters: problem.parameters),
      .atMost(
        quotient.vertexAverage(vertexOutputs).maximumDifference(from: wholeVertices), 0, tolerance: tolerance,
        part: "vertices", parameters: problem.parameters),
    ]
  }
}

/// A random graph, and the same with its vertices in another order.
struct GraphProblem {
  let graph: Graph
  let relabeled: Graph
  /// Vertex k of the graph is vertex `order[k]` of the relabelled one.
  let order: Permutation

  /// - Parameters:
  ///   - context: where the graph comes from.
  ///   - largest: how many vertices it may have.
  init(_ context: TrialContext, largest: Int = 24) throws {
    var stream = context.stream
    let n = 1 + stream.integer(below: largest)
    let kind = context.index % 4
    var edges: [(Int, Int)] = []
    switch kind {
    case 0, 1:
      let density: Double = kind == 0 ? stream.uniform() : 1.2 / Double(n)
      for v in 0..<n { for u in 0..<v where stream.uniform() < density { edges.append((u, v)) } }
    case 2:
      // Several copies of a cycle: many automorphisms, and eigenvalues of high multiplicity.
      let length = 3 + stream.integer(below: 3)
      for v in 0..<n where v / length < n / length {
        edges.append((v, v % length == length - 1 ? v - length + 1 : v + 1))
      }
    default:
      // A tree: each vertex joins an earlier one.
      for v in 1..<max(n, 1) { edges.append((stream.integer(below: v), v)) }
    }
    graph = try Graph(vertexCount: n, edges: edges)
    order = .random(n, using: &stream)
    relabeled = graph.transformed(by: order)
  }

  var parameters: Parameters {
    ["n": .integer(graph.vertexCount), "graph": .text(Graph6.encode(graph))]
  }

  /// How many blocks of the second ordered partition are not those of the first, relabelled.
  func differences(_ blocks: [[[Int]]]) -> Int {
    let expected = blocks[0].map { block in block.map { order[$0] }.sorted() }
    let found = blocks[1].map { $0.sorted() }
    return zip(expected, found).count { $0 != $1 } + abs(expected.count - found.count)
  }
}
