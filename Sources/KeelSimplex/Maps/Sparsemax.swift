/// Euclidean projection onto the simplex {p ≥ 0, Σp = z}: p = max(x - τ, 0). For z = 1, sparsemax.
///
/// Ω(p) = ½‖p‖². The threshold τ is exact: the mean of the scores of the support, less z over their number.
///
/// Source: Martins and Astudillo (2016), From softmax to sparsemax; Held, Wolfe and Crowder (1974).
public struct Sparsemax<Scalar: SimplexScalar>: SimplexMap {
  /// The sum z of each row of the output.
  public let radius: RowParameter<Scalar>

  /// Sparsemax: the projection onto the probability simplex.
  public init() { radius = .all(1) }

  /// The projection onto the simplex of a radius.
  ///
  /// - Parameter radius: z, finite and not negative.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(radius: RowParameter<Scalar>) throws(SimplexError) {
    if let wrong = radius.values.first(where: { !($0 >= 0 && $0.isFinite) }) {
      throw .outOfRange(argument: "radius", expected: "finite and not negative", found: "\(wrong)")
    }
    self.radius = radius
  }

  /// `sparsemax`.
  public var name: String { "sparsemax" }

  /// True.
  public var isShiftInvariant: Bool { true }

  /// True: they are made of the entries of the support.
  public var hasLocalDerivatives: Bool { true }

  /// Throws nothing.
  ///
  /// - Precondition: there is a radius for each row.
  public func validate(rows: Int, columns: Int) {
    precondition(radius.fits(rows: rows), "There must be a radius for each row")
  }

  /// Projects the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, radius in
      Scalar.sparsemax(batch[rows], radius: radius)
    }
  }

  /// Projects rows one after the other, long ones in chunks of fixed size. The result does not depend on the
  /// number of threads.
  public func projectLongRows(_ batch: RowBatch<Scalar>, threads: Int) {
    radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, radius in
      Scalar.sparsemaxLongRows(batch[rows], radius: radius, threads: threads)
    }
  }

  /// Projects rows and writes the entries that are not zero alone. It stops before the first row whose support
  /// is larger than what is left of the capacity.
  public func projectSparse(
    _ batch: RowBatch<Scalar>, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Scalar>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int {
    var (done, end) = (0, 0)
    radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, radius in
      guard done == rows.lowerBound - batch.firstRow else { return }
      let more = Scalar.sparsemaxSparse(
        batch[rows], radius: radius, indices: indices + end, values: values + end,
        capacity: capacity - end, ends: ends + done)
      for r in done..<done + more { ends[r] += end }
      done += more
      if done > 0 { end = ends[done - 1] }
    }
    return done
  }

  /// g minus its mean over the support, on the support.
  public func pullback(_ batch: PullbackBatch<Scalar>) { Scalar.sparsemaxPullback(batch) }

  /// ½‖p‖².
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    Scalar.sumOfSquares(p) / 2
  }

  /// The largest of -p and |Σp - z|.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    simplexViolation(p, radius: Double(radius[row]))
  }

  /// The largest violation of: p in the polytope, p = max(x - τ, 0).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    return zip(scores, p).reduce(violation(p, row: row)) { worst, pair in
      let expected = max(Double(pair.0) - threshold.maximum - threshold.offset, 0)
      return max(worst, abs(Double(pair.1) - expected))
    }
  }
}
