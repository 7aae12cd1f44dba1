extension Sparsemax {
  /// ½ for radius 1; nil for another, whose simplex has no unit vector in it.
  public var unitRegularizer: Double? { radius.values.allSatisfy { $0 == 1 } ? 0.5 : nil }

  /// z (τ - m) + ½‖p‖².
  public func conjugates(_ batch: RowBatch<Scalar>, into values: UnsafeMutablePointer<Double>) {
    radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, radius in
      sparsemaxConjugates(
        batch[rows], radius: Double(radius), into: values + (rows.lowerBound - batch.firstRow))
    }
  }
}

extension Entmax {
  /// 0.
  public var unitRegularizer: Double? { 0 }

  /// (λ - m) + (α-1) Ω(p); for softmax, the logarithm of Σ exp(x - m).
  public func conjugates(_ batch: RowBatch<Scalar>, into values: UnsafeMutablePointer<Double>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      entmaxConjugates(batch[rows], alpha: Double(alpha), into: values + (rows.lowerBound - batch.firstRow))
    }
  }
}

extension Normmax {
  /// 1.
  public var unitRegularizer: Double? { 1 }
}

extension TopKSparsemax {
  /// ½.
  public var unitRegularizer: Double? { 0.5 }
}

extension IsotonicRegression {
  /// Whether all weights are equal to 1: with others it is a projection in another norm.
  public var isGradient: Bool { weights?.allSatisfy { $0 == 1 } ?? true }
}

/// The conjugates of rows of sparsemax with one radius.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func sparsemaxConjugates<Scalar: SimplexScalar>(
  _ batch: RowBatch<Scalar>, radius: Double, into values: UnsafeMutablePointer<Double>
) {
  guard let thresholds = batch.thresholds else { return }
  for r in 0..<batch.rows where thresholds[r].maximum.isFinite {
    let half = Scalar.sumOfSquares(UnsafeBufferPointer(batch.outputRow(r))) / 2
    values[r] = radius == 0 ? 0 : radius * thresholds[r].offset + half
  }
}

/// The conjugates of rows of entmax with one α.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func entmaxConjugates<Scalar: SimplexScalar>(
  _ batch: RowBatch<Scalar>, alpha: Double, into values: UnsafeMutablePointer<Double>
) {
  guard let thresholds = batch.thresholds else { return }
  for r in 0..<batch.rows where thresholds[r].maximum.isFinite {
    if thresholds[r].supportCount == 1 {
      // A single entry has the whole mass: exactly 0, whatever the rounding of λ.
      values[r] = 0
    } else if alpha == 1 {
      values[r] = thresholds[r].offset
    } else {
      let omega = TsallisRegularizer.value(UnsafeBufferPointer(batch.outputRow(r)), alpha: alpha)
      values[r] = thresholds[r].offset + (alpha - 1) * omega
    }
  }
}
