public import Keel

/// A frame of S_n for graphs: the permutations that sort the vertices by a key.
///
/// With rows `K(X)` that move with the vertices, by default the diagonals of the projections onto the eigenspaces of the
/// Laplacian,
///
///     F(X) = { g : the rows of g⁻¹K(X) are in lexicographic order },
///
/// so that `F(hX) = hF(X)`. Vertices with equal rows are a block, and the elements are all ways to order the vertices
/// within the blocks: `|F| = Π_b (size of b)!`. Numbers that differ by less than a tolerance are equal; the certificate
/// says how close the decisions were.
///
/// ```swift
/// let frame = try GraphFrame(of: graph)
/// let invariant = try frame.quotient(of: graph).average { form in network(form.adjacency.elements) }
/// ```
///
/// Source: Puny et al. (2022), section 3.3; blocks by tolerance and distinct forms instead of samples are this library's.
public struct GraphFrame: Hashable, Sendable {
  /// The vertices with equal rows, each block ascending, in the order of their rows.
  public let blocks: [[Int]]
  /// How close the decisions were.
  public let certificate: GraphFrameCertificate

  /// The number of elements that are gone through unless another limit is given.
  public static let standardLimit = 1 << 22

  /// The tolerance for equal rows, unless another one is given.
  public static let standardTolerance = 1e-8

  /// The frame of a graph.
  ///
  /// - Parameters:
  ///   - graph: X, with at least one vertex.
  ///   - keys: what the vertices are sorted by, the first one first.
  ///   - eigenvalueTolerance: eigenvalues are equal if neighbouring ones differ by at most this times the largest.
  ///   - rowTolerance: entries of rows are equal if neighbouring ones, in order within what has been equal so far,
  ///     differ by at most this times the largest magnitude in the column.
  /// - Complexity: O(n³) and what the keys take.
  /// - Throws: ``FrameError/empty(argument:)``, and what the keys throw.
  public init(
    of graph: some LabeledGraph, keys: [GraphKey] = [.laplacian],
    eigenvalueTolerance: Double = LaplacianSpectrum.standardTolerance,
    rowTolerance: Double = standardTolerance
  ) throws(FrameError) {
    self = try Self.frames(
      of: [graph], keys: keys, eigenvalueTolerance: eigenvalueTolerance, rowTolerance: rowTolerance)[0]
  }

  /// The frames of many graphs with equally many vertices, whose eigenproblems are solved together.
  ///
  /// - Parameters:
  ///   - graphs: each with at least one vertex.
  ///   - keys: as for one graph.
  ///   - eigenvalueTolerance: as for one graph.
  ///   - rowTolerance: as for one graph.
  /// - Throws: as for one graph.
  /// - Precondition: the graphs have equally many vertices.
  public static func frames<G: LabeledGraph>(
    of graphs: [G], keys: [GraphKey] = [.laplacian],
    eigenvalueTolerance: Double = LaplacianSpectrum.standardTolerance,
    rowTolerance: Double = standardTolerance
  ) throws(FrameError) -> [GraphFrame] {
    let spectra = try LaplacianSpectrum.spectra(of: graphs, tolerance: eigenvalueTolerance)
    var frames: [GraphFrame] = []
    frames.reserveCapacity(graphs.count)
    for (graph, spectrum) in zip(graphs, spectra) {
      var classes = RowClasses(count: graph.vertexCount, tolerance: rowTolerance)
      for key in keys { classes.split(by: try key.rows(of: graph, spectrum)) }
      frames.append(GraphFrame(classes, spectrum))
    }
    return frames
  }

  private init(_ classes: RowClasses, _ spectrum: LaplacianSpectrum) {
    blocks = classes.blocks
    certificate = GraphFrameCertificate(
      clusters: spectrum.clusters, eigenvalueGap: spectrum.relativeGap,
      eigenvalueSpread: spectrum.relativeSpread, rowGap: classes.gap, rowSpread: classes.spread,
      vertexCount: spectrum.eigenvalues.count)
  }

  /// n.
  public var vertexCount: Int { certificate.vertexCount }

  /// The number of elements, `Π_b (size of b)!`; `Int.max` if it does not fit.
  public var count: Int {
    saturatingProduct(blocks.flatMap { $0.count > 1 ? Array(2...$0.count) : [] })
  }

  /// The natural logarithm of the number of elements.
  public var logCount: Double {
    blocks.reduce(0) { sum, block in
      block.count > 1 ? (2...block.count).reduce(sum) { $0 + Double.log(Double($1)) } : sum
    }
  }

  /// Whether an element belongs to the frame.
  ///
  /// - Complexity: O(n log n).
  public func contains(_ element: Permutation) -> Bool {
    guard element.count == vertexCount else { return false }
    var start = 0
    for block in blocks {
      guard element.images[start..<(start + block.count)].sorted() == block else { return false }
      start += block.count
    }
    return true
  }

  /// All elements, in lexicographic order of their images.
  ///
  /// - Parameter limit: how many are allowed.
  /// - Complexity: O(n) each.
  /// - Throws: ``FrameError/tooManyElements(argument:count:limit:)``.
  public func elements(limit: Int = standardLimit) throws(FrameError) -> [Permutation] {
    try requireCount(atMost: limit)
    var result: [Permutation] = []
    result.reserveCapacity(count)
    var orders = BlockOrders(blocks)
    repeat { result.append(Permutation(unchecked: orders.order)) } while orders.advance()
    return result
  }

  /// An element, all equally likely.
  ///
  /// - Complexity: O(n).
  public func randomElement(using stream: inout RandomStream) -> Permutation {
    var order: [Int] = []
    order.reserveCapacity(vertexCount)
    for block in blocks {
      var block = block
      stream.shuffle(&block)
      order += block
    }
    return Permutation(unchecked: order)
  }

  func requireCount(atMost limit: Int) throws(FrameError) {
    guard count <= limit, count < .max else {
      throw .tooManyElements(
        argument: "the graph", count: countText(count, logCount), limit: "\(limit)")
    }
  }
}
