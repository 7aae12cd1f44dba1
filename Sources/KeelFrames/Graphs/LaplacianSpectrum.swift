public import Keel

/// The spectrum of the Laplacian of a graph, with equal eigenvalues put together.
///
/// With the distinct eigenvalues λ_1 < ... < λ_k and the projections Π_c onto their eigenspaces, the rows of
///
///     S = [diag Π_1, ..., diag Π_k]
///
/// describe the vertices without a choice of eigenvectors, and move with them: `S(PX) = P S(X)`.
public struct LaplacianSpectrum: Hashable, Sendable {
  /// All eigenvalues, ascending.
  public let eigenvalues: [Double]
  /// The distinct ones, as ranges of indices that cover all.
  public let clusters: [Range<Int>]
  /// S, a row a vertex and a column a distinct eigenvalue; each row sums to 1.
  public let projectionDiagonals: Matrix<Double>
  /// The smallest difference of distinct eigenvalues, over the largest magnitude of an eigenvalue; 1 if there is one
  /// only.
  public let relativeGap: Double
  /// The largest difference of neighbouring eigenvalues that were put together, over the largest magnitude.
  public let relativeSpread: Double

  /// The tolerance for equal eigenvalues, unless another one is given.
  ///
  /// Rounding separates equal ones by about 1e-15; distinct ones of connected graphs of 8 vertices differ by 1e-3.
  public static let standardTolerance = 1e-8

  /// The spectrum of a graph.
  ///
  /// - Parameters:
  ///   - graph: with at least one vertex.
  ///   - tolerance: neighbouring eigenvalues are equal if they differ by at most this times the largest magnitude.
  /// - Complexity: O(n³).
  /// - Throws: ``FrameError/empty(argument:)``, and ``FrameError/notFinite(argument:position:)`` if degrees overflow.
  public init(of graph: some LabeledGraph, tolerance: Double = standardTolerance) throws(FrameError) {
    self = try Self.spectra(of: [graph], tolerance: tolerance)[0]
  }

  /// The spectra of many graphs with equally many vertices, whose eigenproblems are solved together if they are small.
  ///
  /// - Parameters:
  ///   - graphs: each with at least one vertex.
  ///   - tolerance: as for one graph.
  /// - Throws: as for one graph.
  /// - Precondition: the graphs have equally many vertices.
  public static func spectra<G: LabeledGraph>(
    of graphs: [G], tolerance: Double = standardTolerance
  ) throws(FrameError) -> [LaplacianSpectrum] {
    guard let n = graphs.first?.vertexCount else { return [] }
    precondition(graphs.allSatisfy { $0.vertexCount == n }, "A batch has graphs of one size")
    guard n > 0 else { throw .empty(argument: "graph") }
    let laplacians = MatrixBatch(graphs.map(\.laplacian))
    if n <= Self.largestBatchedOrder {
      let eigen = try SmallSymmetricEigen(laplacians)
      return graphs.indices.map { index in
        let vectors = eigen.vectors[index]
        return LaplacianSpectrum(
          eigenvalues: eigen.values.rowArray(index), tolerance: tolerance
        ) { vectors[$0, $1] }
      }
    }
    var result: [LaplacianSpectrum] = []
    for index in graphs.indices {
      do {
        let eigen = try SymmetricEigen(laplacians[index])
        let rows = eigen.vectorRows
        result.append(LaplacianSpectrum(eigenvalues: eigen.values, tolerance: tolerance) { rows[$1, $0] })
      } catch {
        throw .notFinite(argument: "the Laplacian of graph \(index)", position: "\(error)")
      }
    }
    return result
  }

  /// The orders up to which matrices are decomposed side by side.
  private static let largestBatchedOrder = 16

  /// From eigenvalues and component i of eigenvector j.
  private init(eigenvalues: [Double], tolerance: Double, vector: (Int, Int) -> Double) {
    let n = eigenvalues.count
    let scale = eigenvalues.reduce(0) { max($0, abs($1)) }
    var (gap, spread) = (scale, 0.0)
    var clusters: [Range<Int>] = []
    var start = 0
    for j in 1...n {
      if j < n {
        let difference = eigenvalues[j] - eigenvalues[j - 1]
        if difference <= tolerance * scale {
          spread = max(spread, difference)
          continue
        }
        gap = min(gap, difference)
      }
      clusters.append(start..<j)
      start = j
    }
    self.eigenvalues = eigenvalues
    self.clusters = clusters
    relativeGap = scale > 0 ? gap / scale : 1
    relativeSpread = scale > 0 ? spread / scale : 0
    projectionDiagonals = Matrix(rows: n, columns: clusters.count) { i, c in
      clusters[c].reduce(0) { $0 + vector(i, $1) * vector(i, $1) }
    }
  }
}
