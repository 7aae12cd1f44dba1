import Foundation
import Keel
import KeelFrames
import TestSupport
import Testing

@Suite("Frames of graphs")
struct GraphFrameTests {
  private static let root2 = 2.0.squareRoot()

  @Test("eigenvalues and projections by hand")
  func spectra() throws {
    let r = Self.root2
    let cases: [(Graph, [Double], [Int], [[Double]])] = [
      (
        try Graphs.path4, [0, 2 - r, 2, 2 + r], [1, 1, 1, 1],
        [
          [0.25, (2 + r) / 8, 0.25, (2 - r) / 8], [0.25, (2 - r) / 8, 0.25, (2 + r) / 8],
          [0.25, (2 - r) / 8, 0.25, (2 + r) / 8], [0.25, (2 + r) / 8, 0.25, (2 - r) / 8],
        ]
      ),
      (
        try Graphs.cycle4, [0, 2, 2, 4], [1, 2, 1], Array(repeating: [0.25, 0.5, 0.25], count: 4)
      ),
      (try Graphs.twoEdges, [0, 0, 2, 2], [2, 2], Array(repeating: [0.5, 0.5], count: 4)),
    ]
    for (graph, values, sizes, rows) in cases {
      let spectrum = try LaplacianSpectrum(of: graph)
      #expect(spectrum.clusters.map(\.count) == sizes)
      // An eigenvalue has an error of a few units of rounding of the largest one, and a projection the same over the
      // gap of at least 0.17.
      for (found, value) in zip(spectrum.eigenvalues, values) { #expect(abs(found - value) <= 1e-14) }
      for (found, value) in zip(spectrum.projectionDiagonals.elements, rows.flatMap { $0 }) {
        #expect(abs(found - value) <= 1e-14)
      }
      #expect(spectrum.relativeSpread <= 1e-15)
    }
    let spectrum = try LaplacianSpectrum(of: try Graphs.asymmetric6)
    let values = [0, 0.413094015707, 1.136932946127, 2.359470242141, 3.697746548829, 4.392756247195]
    for (found, value) in zip(spectrum.eigenvalues, values) { #expect(abs(found - value) <= 1e-12) }
  }

  @Test("blocks, sizes and forms by hand")
  func knownFrames() throws {
    let cases: [(Graph, [[Int]], Int, Int, Int)] = [
      (try Graphs.path4, [[1, 2], [0, 3]], 4, 2, 2), (try Graphs.paw, [[2], [0, 1], [3]], 2, 2, 1),
      (try Graphs.cycle4, [[0, 1, 2, 3]], 24, 8, 3), (try Graphs.twoEdges, [[0, 1, 2, 3]], 24, 8, 3),
      (try Graphs.asymmetric6, [[2], [5], [1], [3], [0], [4]], 1, 1, 1),
    ]
    for (graph, blocks, count, automorphisms, forms) in cases {
      let frame = try GraphFrame(of: graph)
      #expect(frame.blocks == blocks)
      #expect(frame.count == count && frame.certificate.isCertain)
      #expect(abs(frame.logCount - log(Double(count))) <= 1e-14)
      let quotient = try frame.quotient(of: graph)
      #expect(quotient.count == forms && quotient.multiplicity == automorphisms)
      let labeling = try CanonicalLabeling(of: graph)
      #expect(labeling.count == automorphisms && labeling.automorphisms.orbits == quotient.orbits)
    }
  }

  @Test("the elements are the orders that keep the blocks, each once")
  func elements() throws {
    for graph in try [Graphs.path4, Graphs.cycle4, Graphs.asymmetric6, Graph(vertexCount: 5)] {
      let frame = try GraphFrame(of: graph)
      let elements = try frame.elements()
      #expect(elements.count == frame.count && Set(elements).count == frame.count)
      #expect(elements.allSatisfy { frame.contains($0) })
      #expect(!frame.contains(Permutation(identity: 3)))
      let images = elements.map(\.images)
      #expect(
        zip(images, images.dropFirst()).allSatisfy { $0.0.lexicographicallyPrecedes($0.1) }
          || frame.blocks.count > 1)
      var stream = RandomStream(seed: 3)
      for _ in 0..<20 { #expect(frame.contains(frame.randomElement(using: &stream))) }
    }
    let large = try GraphFrame(of: Graph(vertexCount: 40))
    #expect(large.count == .max && abs(large.logCount - lgamma(41)) <= 1e-12)
    #expect(throws: FrameError.self) { try large.elements() }
    #expect(throws: FrameError.self) { try large.quotient(of: Graph(vertexCount: 40)) }
    #expect(throws: FrameError.empty(argument: "graph")) { try GraphFrame(of: Graph(vertexCount: 0)) }
    #expect(try GraphFrame(of: Graph(vertexCount: 1)).count == 1)
  }

  static let keys: [[GraphKey]] = [
    [.laplacian], [.degrees, .laplacian], [.colors], [.heatKernel(times: [0.1, 1])], [.features, .laplacian],
    [.features, .degrees, .colors, .laplacian, .heatKernel(times: [0.5])],
  ]

  @Test("a relabelled graph has the relabelled frame, for every key", arguments: 0..<20)
  func equivariance(seed: Int) throws {
    var stream = RandomStream(seed: 4).stream(seed)
    let count = 1 + stream.integer(below: 20)
    let graph = Graphs.random(count, density: 0.4, using: &stream)
    let weighted = try Graphs.weighted(min(count, 9), using: &stream)
    for keys in Self.keys {
      try expectEquivariance(graph, keys, &stream)
      try expectEquivariance(weighted, keys, &stream)
    }
  }

  private func expectEquivariance<G: LabeledGraph>(
    _ graph: G, _ keys: [GraphKey], _ stream: inout RandomStream
  ) throws {
    let g = Permutation.random(graph.vertexCount, using: &stream)
    let moved = graph.transformed(by: g)
    let (frame, other) = (try GraphFrame(of: graph, keys: keys), try GraphFrame(of: moved, keys: keys))
    #expect(
      other.blocks == frame.blocks.map { $0.map { g[$0] }.sorted() }, "keys \(keys.map(\.name)) of \(graph)")
    guard frame.count <= 5040 else { return }
    let (quotient, movedQuotient) = (try frame.quotient(of: graph), try other.quotient(of: moved))
    #expect(quotient.forms == movedQuotient.forms)
    // Each form comes from as many elements as there are automorphisms.
    var counts: [G: Int] = [:]
    for element in try frame.elements() { counts[graph.inverseTransformed(by: element), default: 0] += 1 }
    #expect(counts.values.allSatisfy { $0 == quotient.multiplicity } && counts.count == quotient.count)
    #expect(Set(quotient.forms) == Set(counts.keys))
    let labeling = try CanonicalLabeling(of: graph)
    #expect(labeling.count == quotient.multiplicity)
    #expect(labeling.automorphisms.orbits == quotient.orbits)
  }

  @Test("more keys make a frame smaller, and features belong to the graph")
  func refinement() throws {
    let star = try Graph(vertexCount: 5, edges: [(0, 1), (0, 2), (0, 3), (0, 4)])
    let marked = try WeightedGraph(
      adjacency: star.adjacency, features: Matrix(column: [0, 1, 1, 0, 0]))
    let plain = try GraphFrame(of: marked)
    #expect(plain.blocks == [[0], [1, 2, 3, 4]] || plain.blocks == [[1, 2, 3, 4], [0]])
    #expect(try plain.quotient(of: marked).count == 6 && plain.quotient(of: star).count == 1)
    let keyed = try GraphFrame(of: marked, keys: [.features, .laplacian])
    #expect(keyed.count == 4)
    #expect(try keyed.quotient(of: marked).count == 1)
  }

  @Test("a key that is not one is an error")
  func wrongKeys() throws {
    let graph = try Graphs.paw
    let short = GraphKey("short") { _, _ in Matrix(zeros: 3, 1) }
    let undefined = GraphKey("undefined") { graph, _ in
      Matrix(repeating: .nan, rows: graph.vertexCount, columns: 1)
    }
    for key in [short, undefined] {
      #expect(throws: FrameError.self) { try GraphFrame(of: graph, keys: [key]) }
    }
    // The labels do not move with the vertices. Two of eight automorphisms preserve the blocks of that key.
    let labels = GraphKey("labels") { graph, _ in
      Matrix(column: (0..<graph.vertexCount).map { $0 < 1 ? 0 : 1 })
    }
    let cycle = try Graphs.cycle4
    let frame = try GraphFrame(of: cycle, keys: [labels])
    #expect(frame.count == 6)
    #expect(try frame.quotient(of: cycle).multiplicity == 2)
  }

  @Test("averages over a frame are invariant and equivariant", arguments: 0..<12)
  func averages(seed: Int) throws {
    var stream = RandomStream(seed: 5).stream(seed)
    let graph = try Graphs.weighted(2 + seed % 5, using: &stream)
    let n = graph.vertexCount
    let network = MultilayerPerceptron<Double>(
      randomWidths: [n * n + 2 * n, 8, 3 * n], activation: .tanh, using: &stream)
    func outputs(_ graph: WeightedGraph) -> [Double] {
      network(graph.adjacency.elements + graph.features.elements)
    }
    func vertexOutputs(_ graph: WeightedGraph) -> Matrix<Double> {
      Matrix(rows: n, columns: 3, elements: outputs(graph))
    }
    let g = Permutation.random(n, using: &stream)
    let moved = graph.transformed(by: g)
    let (frame, other) = (try GraphFrame(of: graph), try GraphFrame(of: moved))
    let (quotient, movedQuotient) = (try frame.quotient(of: graph), try other.quotient(of: moved))
    let average = quotient.average(outputs)
    let vertexAverage = quotient.vertexAverage(vertexOutputs)
    // The forms are the same numbers in the same order.
    #expect(average == movedQuotient.average(outputs))
    expectClose(g.transformed(vertexAverage), movedQuotient.vertexAverage(vertexOutputs), 1e-14)
    // By definition, over all elements.
    let elements = try frame.elements()
    var (sum, vertexSum) = (Array(repeating: 0.0, count: 3 * n), Matrix<Double>(zeros: n, 3))
    for element in elements {
      let value = vertexOutputs(graph.inverseTransformed(by: element))
      let placed = element.transformed(value)
      for i in sum.indices { sum[i] += value.elements[i] / Double(elements.count) }
      vertexSum = Matrix(rows: n, columns: 3) { vertexSum[$0, $1] + placed[$0, $1] / Double(elements.count) }
    }
    // Sums of at most 720 numbers below 10.
    for (a, b) in zip(average, sum) { #expect(abs(a - b) <= 1e-12) }
    expectClose(vertexAverage, vertexSum, 1e-12)
    // The minimal frame.
    let labeling = try CanonicalLabeling(of: graph)
    let minimal = labeling.quotient(of: graph)
    let movedLabeling = try CanonicalLabeling(of: moved)
    #expect(labeling.form(of: graph) == movedLabeling.form(of: moved))
    #expect(minimal.average(outputs) == movedLabeling.quotient(of: moved).average(outputs))
    let minimalAverage = minimal.vertexAverage(vertexOutputs)
    expectClose(
      g.transformed(minimalAverage), movedLabeling.quotient(of: moved).vertexAverage(vertexOutputs), 1e-14)
    var cosetSum = Matrix<Double>(zeros: n, 3)
    let coset = try labeling.elements()
    for element in coset {
      let placed = element.transformed(vertexOutputs(graph.inverseTransformed(by: element)))
      cosetSum = Matrix(rows: n, columns: 3) { cosetSum[$0, $1] + placed[$0, $1] / Double(coset.count) }
    }
    expectClose(minimalAverage, cosetSum, 1e-12)
  }

  private func expectClose(_ a: Matrix<Double>, _ b: Matrix<Double>, _ tolerance: Double) {
    #expect(zip(a.elements, b.elements).allSatisfy { abs($0 - $1) <= tolerance }, "\(a) \(b)")
  }

  @Test("sampled averages come with their error")
  func sampling() throws {
    let graph = try Graphs.cycle4
    let frame = try GraphFrame(of: graph)
    func outputs(_ graph: Graph) -> [Double] {
      graph.adjacency.elements.enumerated().map { Double($0.offset) * $0.element }
    }
    let exact = try frame.quotient(of: graph).average(outputs)
    var stream = RandomStream(seed: 6)
    let (mean, error) = frame.sampledAverage(of: graph, samples: 4000, using: &stream, outputs)
    for index in exact.indices {
      // Sixteen comparisons at 4.5 deviations each: 1e-4 for a false alarm, and the seed is fixed.
      #expect(abs(mean[index] - exact[index]) <= 4.5 * error[index] + 1e-12)
      #expect(error[index] <= 15 / 4000.0.squareRoot())
    }
    let weights = Matrix(rows: 4, columns: 1) { i, _ in Double(i) }
    let vertexExact = try frame.quotient(of: graph).vertexAverage { _ in weights }
    let (vertexMean, vertexError) = frame.sampledVertexAverage(of: graph, samples: 4000, using: &stream) {
      _ in
      weights
    }
    for i in 0..<4 {
      #expect(abs(vertexExact[i, 0] - 1.5) <= 1e-14)
      #expect(abs(vertexMean[i, 0] - 1.5) <= 4.5 * vertexError[i, 0])
    }
  }
}
