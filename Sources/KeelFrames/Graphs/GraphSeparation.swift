import Keel

/// Which graphs random networks tell apart, and whether they tell copies of one graph apart as well.
///
/// A pair is separated if some network gives outputs whose sum of differences is above a threshold. A model that is not
/// invariant separates everything, copies of a graph too; so relabelled copies are the control, and the distance
/// between the closest pair of different graphs and the farthest pair of copies is the margin.
///
/// ```swift
/// let graphs = try GraphEnumeration.graphs(vertexCount: 8)
/// let experiment = try GraphSeparation(graphs: graphs)
/// let result = try experiment.result(of: .frameAverage)      // 0 pairs of 61788286 not separated
/// ```
///
/// Source: the experiment of Puny et al. (2022), section 4.1; the control and the margin are this library's.
public struct GraphSeparation: Sendable {
  /// What one model achieves.
  public struct Result: Hashable, Sendable {
    /// The model.
    public let model: GraphModel
    /// The number of pairs of graphs.
    public let pairCount: Int
    /// The pairs that no network separates.
    public let unseparatedPairs: Int
    /// The largest distance among these; nil if there are none.
    public let largestUnseparatedDistance: Double?
    /// The smallest distance of a separated pair; nil if there is none.
    public let smallestSeparatedDistance: Double?
    /// The graphs of that pair, by their indices.
    public let closestSeparatedPair: [Int]
    /// The graphs of which some relabelled copy is separated from the graph itself.
    public let selfSeparatedGraphs: Int
    /// The largest distance between a graph and a relabelled copy.
    public let largestCopyDistance: Double
    /// The number of labelled graphs that each network was evaluated at, without the copies.
    public let evaluations: Int
  }

  /// The graphs.
  public let graphs: [Graph]
  /// Pairs are separated if their distance is above it.
  public let threshold: Double
  /// What the random numbers come from.
  public let seed: UInt64
  /// The number of random networks.
  public let networks: Int
  /// The number of relabelled copies of each graph.
  public let copies: Int
  /// The pairs of isomorphic graphs, which no invariant model separates.
  public let isomorphicPairs: Int

  /// An experiment.
  ///
  /// - Parameters:
  ///   - graphs: the graphs, which may differ in size, each with at least one vertex.
  ///   - threshold: not negative.
  ///   - seed: any number; it gives the same result for every number of threads.
  ///   - networks: how many random networks, at least 1.
  ///   - copies: how many relabelled copies of each graph are compared with it; not negative.
  /// - Throws: ``FrameError``: `empty` for a graph without vertices, `outOfRange` for a number, and `tooManyElements` for
  ///   a graph whose canonical form is out of reach.
  public init(
    graphs: [Graph], threshold: Double = 1e-5, seed: UInt64 = 0, networks: Int = 1, copies: Int = 2
  ) throws(FrameError) {
    if let index = graphs.firstIndex(where: { $0.vertexCount == 0 }) {
      throw .empty(argument: "graph \(index)")
    }
    guard threshold >= 0, threshold.isFinite else {
      throw .outOfRange(argument: "threshold", expected: "finite and not negative", found: "\(threshold)")
    }
    guard networks >= 1 else {
      throw .outOfRange(argument: "networks", expected: "at least 1", found: "\(networks)")
    }
    guard copies >= 0 else {
      throw .outOfRange(argument: "copies", expected: "not negative", found: "\(copies)")
    }
    self.graphs = graphs
    self.threshold = threshold
    self.seed = seed
    self.networks = networks
    self.copies = copies
    let forms = try Parallel.map(graphs.count, chunk: 64) { index throws(FrameError) in
      try CanonicalLabeling(of: graphs[index]).form(of: graphs[index])
    }
    isomorphicPairs = equalPairs(forms)
  }

  /// Runs the experiment for a model.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - threads: the largest number of threads; all if nil.
  /// - Complexity: for the frame average one evaluation of a network for each distinct form of each graph; the search for
  ///   pairs sorts, and looks at neighbours only.
  /// - Throws: ``FrameError/tooManyElements(argument:count:limit:)`` for ``GraphModel/frameAverage`` if a graph has a
  ///   frame too large to go through.
  public func result(of model: GraphModel, threads: Int? = nil) throws(FrameError) -> Result {
    let random = RandomStream(seed: seed).stream("separation").stream(model.rawValue)
    let largest = graphs.reduce(1) { max($0, $1.vertexCount) }
    let embeddings = (0..<networks).map { index in
      var stream = random.stream("network").stream(index)
      return GraphEmbedding(model, largestCount: largest, using: &stream)
    }
    let forms = try forms(of: graphs, model, random.stream("draw").stream(0), threads)
    let points = embeddings.map { rows($0, forms, threads) }
    var copyDistances = Array(repeating: 0.0, count: graphs.count)
    for copy in 0..<copies {
      let relabelings = random.stream("relabeling").stream(copy)
      let relabeled = graphs.enumerated().map { index, graph in
        var stream = relabelings.stream(index)
        return graph.transformed(by: .random(graph.vertexCount, using: &stream))
      }
      let copyForms = try self.forms(of: relabeled, model, random.stream("draw").stream(copy + 1), threads)
      let distances = EmbeddingDistances.distances(points, embeddings.map { rows($0, copyForms, threads) })
      copyDistances = zip(copyDistances, distances).map { max($0, $1) }
    }
    let distances = EmbeddingDistances(points)
    let (unseparated, largestUnseparated) = distances.pairs(within: threshold)
    let closest = distances.closestPair(above: threshold)
    return Result(
      model: model, pairCount: graphs.count * (graphs.count - 1) / 2, unseparatedPairs: unseparated,
      largestUnseparatedDistance: largestUnseparated, smallestSeparatedDistance: closest?.distance,
      closestSeparatedPair: closest.map { [$0.first, $0.second] } ?? [],
      selfSeparatedGraphs: copyDistances.count { $0 > threshold },
      largestCopyDistance: copyDistances.max() ?? 0, evaluations: forms.reduce(0) { $0 + $1.forms.count })
  }

  /// The number of graphs that go through a network together.
  private static let chunk = 64

  private func forms(
    of graphs: [Graph], _ model: GraphModel, _ stream: RandomStream, _ threads: Int?
  ) throws(FrameError) -> [GraphForms] {
    try Parallel.map(graphs.count, chunk: Self.chunk, threads: threads) { index throws(FrameError) in
      try GraphForms(graphs[index], model, stream.stream(index))
    }
  }

  private func rows(_ embedding: GraphEmbedding, _ forms: [GraphForms], _ threads: Int?) -> Matrix<Double> {
    let parts = Parallel.map((forms.count + Self.chunk - 1) / Self.chunk, threads: threads) { index in
      embedding(forms[(index * Self.chunk)..<min(forms.count, (index + 1) * Self.chunk)]).elements
    }
    return Matrix(
      rows: forms.count, columns: GraphEmbedding.outputs, elements: parts.flatMap { $0 })
  }
}
