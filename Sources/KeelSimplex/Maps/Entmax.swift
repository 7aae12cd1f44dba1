import RealModule

/// α-entmax for every α > 0: p = [1 + (α-1)(x - λ)]₊^(1/(α-1)) with Σp = 1; softmax for α = 1, sparsemax for
/// α = 2.
///
/// Ω(p) = (Σp^α - 1)/(α(α-1)), the negative Tsallis entropy; Σ p ln p for α = 1. For α > 1 entries can be
/// zero, from about α = 1.5 on most are; for α ≤ 1 all are positive up to rounding.
///
/// The threshold λ is that of this form, which goes over into softmax as α goes to 1: α = 1 ± 1e-9 agrees with
/// softmax to about 1e-9, and so do the derivatives. The form p = [(α-1)x - τ]₊^(1/(α-1)) of the literature has
/// τ = (α-1)λ - 1.
///
/// α = 1.5 and α = 2, exactly these numbers, have closed forms on the support and are exact to rounding. Other
/// α are solved by Newton's method, in double precision for either scalar.
///
/// Source: Peters, Niculae and Martins (2019), Sparse sequence-to-sequence models.
public struct Entmax<Scalar: SimplexScalar>: SimplexMap {
  /// α of each row.
  public let alpha: RowParameter<Scalar>

  /// α-entmax.
  ///
  /// - Parameter alpha: α, finite and positive.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(alpha: RowParameter<Scalar>) throws(SimplexError) {
    if let wrong = alpha.values.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw .outOfRange(argument: "alpha", expected: "finite and positive", found: "\(wrong)")
    }
    self.alpha = alpha
  }

  /// `entmax`.
  public var name: String { "entmax" }

  /// True.
  public var isShiftInvariant: Bool { true }

  /// True: they are made of the entries of the support.
  public var hasLocalDerivatives: Bool { true }

  /// Throws nothing.
  ///
  /// - Precondition: there is an α for each row.
  public func validate(rows: Int, columns: Int) {
    precondition(alpha.fits(rows: rows), "There must be an α for each row")
  }

  /// Maps the rows of a batch.
  ///
  /// - Complexity: for α > 1 one pass over a row to find what may be in the support, and some iterations on
  ///   that; for α = 1 three passes; for α < 1 some iterations over the row.
  public func project(_ batch: RowBatch<Scalar>) { project(batch) { Sparsemax<Scalar>().project($0) } }

  /// Maps few long rows: for α = 2 on several threads, else as ``project(_:)``.
  public func projectLongRows(_ batch: RowBatch<Scalar>, threads: Int) {
    project(batch) { Sparsemax<Scalar>().projectLongRows($0, threads: threads) }
  }

  private func project(_ batch: RowBatch<Scalar>, sparsemax: (RowBatch<Scalar>) -> Void) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      if alpha == 2 {
        withSparsemaxThresholds(batch[rows], sparsemax)
      } else {
        Scalar.entmax(batch[rows], alpha: Double(alpha))
      }
    }
  }

  /// Maps rows to the entries that are not zero.
  public func projectSparse(
    _ batch: RowBatch<Scalar>, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Scalar>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int {
    var (done, end) = (0, 0)
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      guard done == rows.lowerBound - batch.firstRow else { return }
      var part = batch[rows]
      part.output = batch.output
      let (indices, values, ends, capacity) = (indices + end, values + end, ends + done, capacity - end)
      let new =
        if alpha == 2 {
          withSparsemaxThresholds(part) {
            Sparsemax<Scalar>().projectSparse(
              $0, indices: indices, values: values, capacity: capacity, ends: ends)
          }
        } else {
          Scalar.entmaxSparse(
            part, alpha: Double(alpha), indices: indices, values: values, capacity: capacity, ends: ends)
        }
      for r in 0..<new { ends[r] += end }
      if new > 0 { end = ends[new - 1] }
      done += new
    }
    return done
  }

  /// r (g - <r, g>/Σr) with r = p^(2-α) on the support.
  ///
  /// For α > 2, r grows without bound as p goes to 0; above 1e30 it counts as 1e30.
  public func pullback(_ batch: PullbackBatch<Scalar>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      Scalar.entmaxPullback(batch[rows], alpha: Double(alpha))
    }
  }

  /// The negative Tsallis entropy.
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    TsallisRegularizer.value(p, alpha: Double(alpha[row]))
  }

  /// The largest of -p and |Σp - 1|.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    simplexViolation(p, radius: 1)
  }

  /// The largest violation of: p in the simplex, p as the formula gives it for λ.
  ///
  /// For α > 2 the formula is taken at the smallest entry p_k of the support instead of λ, p = [p_k^a + a(x -
  /// x_k)]₊^(1/a) with a = α - 1: there the power has infinite slope, and λ does not hold the digits of entries.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    let a = Double(alpha[row]) - 1
    let smallest = a > 1 ? p.indices.filter { p[$0] > 0 }.min { p[$0] < p[$1] } : nil
    let power = smallest.map { Double.pow(Double(p[$0]), a) } ?? 0
    return p.indices.reduce(violation(p, row: row)) { worst, i in
      let expected: Double
      if let k = smallest {
        let difference = Double(scores[i]) - Double(scores[k])
        // Equal scores have equal entries, also where the power is too small a number.
        expected = difference == 0 ? Double(p[k]) : Double.pow(max(0, power + a * difference), 1 / a)
      } else {
        let v = Double(scores[i]) - threshold.maximum - threshold.offset
        let z = max(0, 1 + a * v)
        expected =
          a == 0
          ? Double.exp(v) : a == 0.5 ? z * z : z == 0 ? 0 : Double.exp(Double.log(onePlus: a * v) / a)
      }
      return max(worst, abs(Double(p[i]) - expected))
    }
  }

  /// Sparsemax has p = x - τ, and entmax with α = 2 p = 1 + x - λ: thresholds and guesses differ by one.
  private func withSparsemaxThresholds<Result>(
    _ batch: RowBatch<Scalar>, _ body: (RowBatch<Scalar>) -> Result
  ) -> Result {
    defer {
      if let thresholds = batch.thresholds {
        for r in 0..<batch.rows where thresholds[r].maximum.isFinite { thresholds[r].offset += 1 }
      }
    }
    guard let starts = batch.starts else { return body(batch) }
    return withUnsafeTemporaryAllocation(of: Scalar.self, capacity: batch.rows) { shifted in
      for r in 0..<batch.rows { shifted.initializeElement(at: r, to: starts[r] - 1) }
      var batch = batch
      batch.starts = UnsafeBufferPointer(shifted).baseAddress
      return body(batch)
    }
  }
}
