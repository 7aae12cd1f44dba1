import Keel

/// Numbers of all graphs on n vertices up to isomorphism and of their frames, each an exact integer.
///
/// They check a frame without any tolerance: |F| must be a multiple of |Aut|, and `Σ n!/|Aut|` must be the number of
/// labelled graphs, which is known independently (1, 1, 4, 38, 728, 26704, 1866256, 251548592 connected ones).
public struct GraphCensus: Hashable, Sendable {
  /// n.
  public let vertexCount: Int
  /// Which graphs were counted.
  public let connectivity: GraphConnectivity
  /// The number of graphs up to isomorphism.
  public private(set) var graphCount = 0
  /// The number of edges of all of them.
  public private(set) var edgeCount = 0
  /// Σ|F|: the number of elements of their frames.
  public private(set) var frameElementCount = 0
  /// Σ|Aut|: the number of their automorphisms.
  public private(set) var automorphismCount = 0
  /// Σ m_F: the number of distinct canonical forms in their frames, `|F| / |Aut|` for each.
  public private(set) var formCount = 0
  /// The graphs without automorphisms but the identity.
  public private(set) var asymmetricCount = 0
  /// The graphs whose frame has one element.
  public private(set) var singletonFrameCount = 0
  /// Σ n!/|Aut|: the number of labelled graphs.
  public private(set) var labeledCount = 0
  /// The size of the largest frame.
  public private(set) var largestFrame = 0
  /// For each number of forms, how many graphs have it.
  public private(set) var formHistogram: [Int: Int] = [:]
  /// The graphs whose Laplacian has an eigenvalue several times.
  public private(set) var repeatedEigenvalueCount = 0
  /// The smallest relative gap between distinct eigenvalues of a Laplacian.
  public private(set) var smallestEigenvalueGap = Double.infinity
  /// The smallest difference that told two rows of a key apart.
  public private(set) var smallestRowGap = Double.infinity
  /// The graphs whose frame is not certain, see ``GraphFrameCertificate/isCertain``.
  public private(set) var uncertainCount = 0
  /// The graphs whose frame is not `|Aut|` times as large as its number of forms: none, if the frames are right.
  public private(set) var inconsistentCount = 0
  /// The pairs of graphs whose vertices have the same colours after 0, 1, 2, ... rounds of refinement, until no further
  /// round can tell more apart.
  public private(set) var indistinctPairs: [Int] = []
  /// The pairs with the same eigenvalues of the Laplacian.
  public private(set) var laplacianCospectralPairs = 0
  /// The pairs with the same eigenvalues of the adjacency matrix.
  public private(set) var adjacencyCospectralPairs = 0

  /// The number of pairs of graphs.
  public var pairCount: Int { graphCount * (graphCount - 1) / 2 }

  /// The most vertices of a census: 261080 connected graphs, which take minutes.
  public static let largestVertexCount = 9

  /// Counts.
  ///
  /// - Parameters:
  ///   - vertexCount: n.
  ///   - connectivity: which graphs.
  ///   - threads: the largest number of threads, which does not change the result; all if nil.
  /// - Complexity: under a second for n = 8.
  /// - Throws: ``FrameError/outOfRange(argument:expected:found:)`` for n outside of 1...9.
  public init(
    vertexCount: Int, _ connectivity: GraphConnectivity = .connected, threads: Int? = nil
  ) throws(FrameError) {
    guard (1...Self.largestVertexCount).contains(vertexCount) else {
      throw .outOfRange(
        argument: "vertexCount", expected: "from 1 to \(Self.largestVertexCount)", found: "\(vertexCount)")
    }
    self.vertexCount = vertexCount
    self.connectivity = connectivity
    let graphs = try GraphEnumeration.graphs(vertexCount: vertexCount, connectivity, threads: threads)
    graphCount = graphs.count
    let parts = try Parallel.map((graphs.count + 127) / 128, threads: threads) { chunk throws(FrameError) in
      try graphs[(chunk * 128)..<min(graphs.count, (chunk + 1) * 128)].facts()
    }
    for facts in parts.joined() { add(facts) }
    laplacianCospectralPairs = equalPairs(parts.joined().map(\.laplacianPolynomial))
    adjacencyCospectralPairs = equalPairs(parts.joined().map(\.adjacencyPolynomial))
    // A partition of n vertices can be refined n - 1 times.
    indistinctPairs = ColorRefinement.indistinctPairs(of: graphs, rounds: vertexCount)
    while indistinctPairs.count > 2, indistinctPairs.suffix(2).allSatisfy({ $0 == indistinctPairs.last }) {
      indistinctPairs.removeLast()
    }
  }

  private mutating func add(_ facts: GraphFacts) {
    let labelings = (1...vertexCount).reduce(1, *)
    edgeCount += facts.edges
    frameElementCount += facts.frameSize
    automorphismCount += facts.automorphisms
    formCount += facts.forms
    if facts.automorphisms == 1 { asymmetricCount += 1 }
    if facts.frameSize == 1 { singletonFrameCount += 1 }
    labeledCount += labelings / facts.automorphisms
    largestFrame = max(largestFrame, facts.frameSize)
    formHistogram[facts.forms, default: 0] += 1
    if facts.certificate.clusters.count < vertexCount { repeatedEigenvalueCount += 1 }
    if facts.forms * facts.automorphisms != facts.frameSize { inconsistentCount += 1 }
    if !facts.certificate.isCertain { uncertainCount += 1 }
    smallestEigenvalueGap = min(smallestEigenvalueGap, facts.certificate.eigenvalueGap)
    smallestRowGap = min(smallestRowGap, facts.certificate.rowGap)
  }
}

/// What a census counts of one graph.
private struct GraphFacts: Sendable {
  let edges: Int
  let frameSize: Int
  let automorphisms: Int
  let forms: Int
  let certificate: GraphFrameCertificate
  let laplacianPolynomial: [Int]
  let adjacencyPolynomial: [Int]
}

extension ArraySlice<Graph> {
  fileprivate func facts() throws(FrameError) -> [GraphFacts] {
    let graphs = Array(self)
    let frames = try GraphFrame.frames(of: graphs)
    var result: [GraphFacts] = []
    for (graph, frame) in zip(graphs, frames) {
      result.append(
        GraphFacts(
          edges: graph.edgeCount, frameSize: frame.count,
          automorphisms: try CanonicalLabeling(of: graph).automorphisms.count,
          forms: try frame.formCount(of: graph), certificate: frame.certificate,
          laplacianPolynomial: graph.laplacianPolynomial, adjacencyPolynomial: graph.adjacencyPolynomial))
    }
    return result
  }
}
