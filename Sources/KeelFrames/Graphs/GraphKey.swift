public import Keel

/// A description of each vertex of a graph that does not depend on the numbers of the vertices: what the vertices are
/// sorted by in a ``GraphFrame``.
///
/// A key K assigns n rows to a graph of n vertices with `K(PX) = P K(X)`.
public struct GraphKey: Sendable {
  /// What the key is called in messages.
  public let name: String
  private let function: @Sendable (any LabeledGraph, LaplacianSpectrum) throws(FrameError) -> Matrix<Double>

  /// A key of one's own.
  ///
  /// - Parameters:
  ///   - name: what it is called in messages.
  ///   - rows: a row a vertex, from the graph and the spectrum of its Laplacian; permuting the graph must permute the
  ///     rows.
  public init(
    _ name: String,
    rows: @escaping @Sendable (any LabeledGraph, LaplacianSpectrum) throws(FrameError) -> Matrix<Double>
  ) {
    self.name = name
    function = rows
  }

  /// The diagonals of the projections onto the eigenspaces of the Laplacian, the smallest eigenvalue first:
  /// ``LaplacianSpectrum/projectionDiagonals``.
  public static let laplacian = GraphKey("laplacian") { _, spectrum in spectrum.projectionDiagonals }

  /// The sum of the weights at each vertex: the number of neighbours in a graph without weights.
  public static let degrees = GraphKey("degrees") { graph, _ in
    let weights = graph.adjacency
    return Matrix(
      column: (0..<graph.vertexCount).map { i in (0..<weights.columns).reduce(0) { $0 + weights[i, $1] } })
  }

  /// The features of the vertices.
  public static let features = GraphKey("features") { graph, _ in graph.features }

  /// The stable colours of ``ColorRefinement``, from features and exact weights.
  public static let colors = GraphKey("colors") { graph, _ in
    Matrix(column: ColorRefinement(of: graph).colors.map { Double($0) })
  }

  /// The diagonals of the heat kernels `exp(-t L)`, a column a time.
  ///
  /// - Parameter times: the times t, finite.
  public static func heatKernel(times: [Double]) -> GraphKey {
    GraphKey("heat kernel") { _, spectrum in
      let decay = Matrix(rows: spectrum.clusters.count, columns: times.count) { c, column in
        Double.exp(-times[column] * spectrum.eigenvalues[spectrum.clusters[c].lowerBound])
      }
      return spectrum.projectionDiagonals * decay
    }
  }

  /// The rows of a graph.
  ///
  /// - Throws: ``FrameError`` of a key of one's own, and for rows that are not finite or not as many as the vertices.
  public func rows(of graph: any LabeledGraph, _ spectrum: LaplacianSpectrum) throws(FrameError) -> Matrix<
    Double
  > {
    let rows = try function(graph, spectrum)
    guard rows.rows == graph.vertexCount else {
      throw .wrongShape(
        argument: "key '\(name)'", expected: "\(graph.vertexCount) rows", found: "\(rows.rows)")
    }
    guard let index = rows.elements.firstIndex(where: { !$0.isFinite }) else { return rows }
    throw .notFinite(argument: "key '\(name)'", position: "vertex \(index / rows.columns)")
  }
}
