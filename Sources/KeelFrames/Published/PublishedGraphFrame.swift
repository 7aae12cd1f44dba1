import Keel

/// The frame of a graph as the reference implementation of the paper computes it: for reproducing its results, not for
/// use.
///
/// The vertices are sorted by the magnitudes of the components of the Laplacian's eigenvectors, for a multiple
/// eigenvalue by the root of the sum of their squares, all rounded to two decimals. Two things are wrong:
/// - Eigenvalues count as equal only if they are the same number of single precision. Rounding separates multiple ones,
///   above all the zeros of graphs with several components; their eigenvectors are then arbitrary, and the sorted
///   vertices with them. A relabelled graph may get another frame.
/// - Rounding to two decimals puts vertices together that are not alike, which makes frames larger; and numbers near the
///   middle between two decimals fall to either side.
///
/// ``GraphFrame`` tells eigenvalues apart by a tolerance and does not depend on a choice of eigenvectors.
///
/// Source: the code published with Puny et al. (2022).
public struct PublishedGraphFrame: Hashable, Sendable {
  /// The precision of the eigenvalue problem.
  public enum Arithmetic: String, Hashable, Sendable, CaseIterable {
    /// Single, in which the published network computes.
    case single
    /// Double, and then rounded to single, as the published preparation of small graphs does.
    case roundedDouble
  }

  /// The vertices with equal rows, each block ascending, in the order of their rows.
  public let blocks: [[Int]]
  /// The number of eigenvalues that count as distinct.
  public let distinctEigenvalues: Int

  /// The frame of a graph.
  ///
  /// - Parameters:
  ///   - graph: with at least one vertex.
  ///   - arithmetic: the precision of the eigenvalue problem.
  /// - Complexity: O(n³).
  /// - Throws: ``FrameError/empty(argument:)``; ``FrameError/undefined(argument:reason:)`` if the eigenvalue problem does
  ///   not converge.
  public init(of graph: Graph, arithmetic: Arithmetic = .single) throws(FrameError) {
    guard graph.vertexCount > 0 else { throw .empty(argument: "graph") }
    let (values, vectors): ([Float], Matrix<Float>)
    switch arithmetic {
    case .single: (values, vectors) = try Self.eigen(Matrix<Float>(converting: graph.laplacian))
    case .roundedDouble:
      let eigen: ([Double], Matrix<Double>) = try Self.eigen(graph.laplacian)
      (values, vectors) = (eigen.0.map { Float($0) }, Matrix<Float>(converting: eigen.1))
    }
    var rows = Array(repeating: [Float](), count: graph.vertexCount)
    var start = 0
    while start < values.count {
      let end = values[start...].firstIndex { $0 != values[start] } ?? values.count
      for vertex in rows.indices {
        let square = (start..<end).reduce(0 as Float) { $0 + vectors[$1, vertex] * vectors[$1, vertex] }
        let size = end - start == 1 ? abs(vectors[start, vertex]) : square.squareRoot()
        rows[vertex].append((100 * size).rounded(.toNearestOrEven) / 100)
      }
      start = end
    }
    distinctEigenvalues = rows[0].count
    let ranks = GraphStructure.ranks(of: rows)
    var blocks = Array(repeating: [Int](), count: (ranks.max() ?? -1) + 1)
    for (vertex, rank) in ranks.enumerated() { blocks[rank].append(vertex) }
    self.blocks = blocks
  }

  /// Eigenvalues, ascending, and eigenvectors as rows.
  private static func eigen<Scalar: RealScalar>(
    _ laplacian: Matrix<Scalar>
  ) throws(FrameError) -> ([Scalar], Matrix<Scalar>) {
    do {
      let eigen = try SymmetricEigen(laplacian)
      return (eigen.values, eigen.vectorRows)
    } catch {
      throw .undefined(argument: "graph", reason: "\(error)")
    }
  }

  /// Whether a relabelled graph has the relabelled frame.
  ///
  /// - Parameters:
  ///   - graph: with at least one vertex.
  ///   - permutation: the relabelling.
  ///   - arithmetic: the precision of the eigenvalue problem.
  /// - Throws: as ``init(of:arithmetic:)``.
  /// - Precondition: the permutation is one of the vertices.
  public static func isEquivariant(
    at graph: Graph, under permutation: Permutation, arithmetic: Arithmetic = .single
  ) throws(FrameError) -> Bool {
    let frame = try PublishedGraphFrame(of: graph, arithmetic: arithmetic)
    let moved = try PublishedGraphFrame(of: graph.transformed(by: permutation), arithmetic: arithmetic)
    return moved.blocks == frame.blocks.map { $0.map { permutation[$0] }.sorted() }
  }

  /// The graphs whose frame does not move with the vertices under one random relabelling each, by their indices.
  ///
  /// For single precision it depends on how the machine's library rounds.
  ///
  /// - Parameters:
  ///   - graphs: each with at least one vertex.
  ///   - arithmetic: the precision of the eigenvalue problem.
  ///   - seed: what the relabellings come from.
  ///   - threads: the largest number of threads, which does not change the result; all if nil.
  /// - Throws: as ``init(of:arithmetic:)``.
  public static func failures(
    among graphs: [Graph], arithmetic: Arithmetic = .single, seed: UInt64 = 0, threads: Int? = nil
  ) throws(FrameError) -> [Int] {
    let random = RandomStream(seed: seed).stream("published-graph-frame")
    let moves = try Parallel.map(graphs.count, chunk: 64, threads: threads) { index throws(FrameError) in
      var stream = random.stream(index)
      let permutation = Permutation.random(graphs[index].vertexCount, using: &stream)
      return try isEquivariant(at: graphs[index], under: permutation, arithmetic: arithmetic)
    }
    return moves.indices.filter { !moves[$0] }
  }
}
