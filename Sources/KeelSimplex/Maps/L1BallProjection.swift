/// Euclidean projection onto the L1 ball {Σ|p| ≤ z}: soft thresholding, p = sign(x) max(|x| - τ, 0).
///
/// τ is that of the projection of |x| onto the simplex of radius z, or 0 inside of the ball, where p = x.
/// Ω(p) = ½‖p‖². A threshold has the largest |x| as its maximum.
///
/// Edge cases, besides those of every map: entries of -∞ are masked, not large; they become -0, by which
/// derivatives tell them from entries that happen to be 0. The derivative on the sphere, up to rounding, is
/// that of the outside.
///
/// Source: Duchi, Shalev-Shwartz, Singer and Chandra (2008), Efficient projections onto the l1-ball.
public struct L1BallProjection<Scalar: SimplexScalar>: SimplexMap {
  /// The radius z of the ball of each row.
  public let radius: RowParameter<Scalar>

  /// The projection onto the L1 ball of a radius.
  ///
  /// - Parameter radius: z, finite and not negative.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(radius: RowParameter<Scalar>) throws(SimplexError) {
    try radius.requireNonnegative("radius")
    self.radius = radius
  }

  /// `l1-ball`.
  public var name: String { "l1-ball" }

  /// False.
  public var isShiftInvariant: Bool { false }

  /// Throws nothing.
  ///
  /// - Precondition: there is a radius for each row.
  public func validate(rows: Int, columns: Int) {
    precondition(radius.fits(rows: rows), "There must be a radius for each row")
  }

  /// Projects the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    let columns = batch.columns
    let block = max(1, min(batch.rows, 8192 / max(columns, 1)))
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: max(block * columns, 1)) { magnitudes in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: block) { sums in
        guard let magnitudes = magnitudes.baseAddress, let sums = sums.baseAddress else { return }
        radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { run, radius in
          for first in stride(from: run.lowerBound, to: run.upperBound, by: block) {
            let part = batch[first..<min(first + block, run.upperBound)]
            var simplex = part
            simplex.output = magnitudes
            simplex.outputStride = columns
            Scalar.polytopeKernels.l1Magnitudes(simplex, sums)
            simplex.input = UnsafePointer(magnitudes)
            simplex.inputStride = columns
            Scalar.sparsemax(simplex, radius: radius)
            Scalar.polytopeKernels.l1Finish(part, magnitudes, sums, radius)
          }
        }
      }
    }
  }

  /// Outside of the ball, g minus the signs times the mean of signs times g, on the support; g inside.
  public func pullback(_ batch: PullbackBatch<Scalar>) {
    radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, radius in
      Scalar.polytopeKernels.l1Pullback(batch[rows], radius, nil)
    }
  }

  /// ½‖p‖².
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double { Scalar.sumOfSquares(p) / 2 }

  /// By how much the norm of p exceeds z.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    max(p.reduce(0) { $0 + abs(Double($1)) } - Double(radius[row]), 0)
  }

  /// The largest violation of: p in the ball, p = sign(x) max(|x| - τ, 0), and Σ|p| = z if τ is not 0.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    var worst = violation(p, row: row)
    if threshold.value > 0 {
      worst = max(worst, Double(radius[row]) - p.reduce(0) { $0 + abs(Double($1)) })
    }
    worst = max(worst, -threshold.value)
    for (x, value) in zip(scores, p) {
      let magnitude = x == -.infinity ? 0 : max(abs(Double(x)) - threshold.maximum - threshold.offset, 0)
      worst = max(worst, abs(Double(value) - (x < 0 ? -magnitude : magnitude)))
    }
    return worst
  }
}
