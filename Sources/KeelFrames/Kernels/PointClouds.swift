public import Keel

/// Many clouds of points of one dimension, of any number of points each, in one storage.
///
/// The points of cloud b are the rows `starts[b]..<starts[b + 1]` of ``points``.
public struct PointClouds<Scalar: FrameScalar>: Hashable, Sendable {
  /// All points, a row each.
  public let points: Matrix<Scalar>
  /// Where each cloud begins, and at the end the number of all points.
  public let starts: [Int]

  /// The number of clouds.
  public var count: Int { starts.count - 1 }

  /// d.
  public var dimension: Int { points.columns }

  /// Clouds one after the other in the rows of a matrix.
  ///
  /// - Throws: ``FrameError/outOfRange(argument:expected:found:)`` unless the starts ascend from 0 to the number of
  ///   rows.
  public init(points: Matrix<Scalar>, starts: [Int]) throws(FrameError) {
    guard starts.first == 0, starts.last == points.rows, zip(starts, starts.dropFirst()).allSatisfy(<=) else {
      throw .outOfRange(
        argument: "starts", expected: "ascending from 0 to \(points.rows)", found: "\(starts.prefix(8))")
    }
    self.points = points
    self.starts = starts
  }

  init(unchecked points: Matrix<Scalar>, starts: [Int]) {
    self.points = points
    self.starts = starts
  }

  /// Clouds of equal size, given as a batch of n × d matrices.
  public init(_ batch: MatrixBatch<Scalar>) {
    points = Matrix(rows: batch.count * batch.rows, columns: batch.columns, elements: batch.elements)
    starts = (0...batch.count).map { $0 * batch.rows }
  }

  /// Clouds given one by one.
  ///
  /// - Precondition: they have the same number of columns.
  public init(_ clouds: [Matrix<Scalar>]) {
    let dimension = clouds.first?.columns ?? 0
    precondition(clouds.allSatisfy { $0.columns == dimension }, "Clouds of a batch have one dimension")
    starts = clouds.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
    points = Matrix(
      rows: starts[starts.count - 1], columns: dimension, elements: clouds.flatMap { $0.elements })
  }

  /// Clouds padded to one size: the points of cloud b whose mask is true.
  ///
  /// - Parameters:
  ///   - batch: clouds of n rows.
  ///   - mask: `batch.count * n` truth values, cloud after cloud.
  /// - Throws: ``FrameError/wrongShape(argument:expected:found:)`` if the mask has another length.
  public init(_ batch: MatrixBatch<Scalar>, mask: [Bool]) throws(FrameError) {
    guard mask.count == batch.count * batch.rows else {
      throw .wrongShape(
        argument: "mask", expected: "\(batch.count * batch.rows) truth values", found: "\(mask.count)")
    }
    var (elements, starts): ([Scalar], [Int]) = ([], [0])
    let storage = batch.elements
    for b in 0..<batch.count {
      for i in 0..<batch.rows where mask[b * batch.rows + i] {
        let start = (b * batch.rows + i) * batch.columns
        elements += storage[start..<(start + batch.columns)]
      }
      starts.append(batch.columns == 0 ? 0 : elements.count / batch.columns)
    }
    self.points = Matrix(rows: starts[batch.count], columns: batch.columns, elements: elements)
    self.starts = starts
  }

  /// Cloud b, as a matrix of its own.
  ///
  /// - Precondition: the index is in `0..<count`.
  public subscript(b: Int) -> Matrix<Scalar> {
    precondition(b >= 0 && b < count, "There is no such cloud")
    let (first, last) = (starts[b] * dimension, starts[b + 1] * dimension)
    return Matrix(
      rows: starts[b + 1] - starts[b], columns: dimension, elements: Array(points.elements[first..<last]))
  }

  /// Throws ``FrameError/empty(argument:)`` if a cloud has no points.
  func requirePoints() throws(FrameError) {
    for b in 0..<count where starts[b] == starts[b + 1] { throw .empty(argument: "cloud \(b)") }
  }

  /// Calls `body` with some clouds after the other and the number of the first of them, on several threads if there
  /// is much to do; not at all if there are no coordinates.
  func forEachChunk<E: Error>(
    threads: Int?, _ body: @Sendable (CloudRows<Scalar>, _ first: Int) throws(E) -> Void
  ) throws(E) {
    // Clouds may differ in size: chunks are of clouds that have about so many numbers on average.
    let cost = points.count / max(1, count) + dimension * dimension
    try points.withUnsafeElements { (point) throws(E) in
      try starts.withUnsafeBufferPointer { (starts) throws(E) in
        guard points.count > 0, let point, let start = starts.baseAddress else { return }
        nonisolated(unsafe) let all = CloudRows(
          count: count, dimension: dimension, starts: start, points: point)
        try KeelFrames.forEachChunk(count, cost: cost, threads: threads) { (range) throws(E) in
          try body(all.clouds(range), range.lowerBound)
        }
      }
    }
  }
}
