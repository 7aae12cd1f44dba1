extension Sparsemax {
  /// ½ for radius 1; nil for another, whose simplex has no unit vector in it.
  public func regularizer(ofClass index: Int, columns: Int, row: Int) -> Double? {
    radius[row] == 1 ? 0.5 : nil
  }

  /// z (τ - m) + ½‖p‖².
  public func conjugate(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    let radius = Double(radius[row])
    return radius == 0 ? 0 : radius * threshold.offset + regularizer(p, row: row)
  }
}

extension Entmax {
  /// 0.
  public func regularizer(ofClass index: Int, columns: Int, row: Int) -> Double? { 0 }

  /// (λ - m) + (α-1) Ω(p); for softmax, the logarithm of Σ exp(x - m).
  public func conjugate(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    // A single entry has the whole mass: exactly 0, whatever the rounding of λ.
    if threshold.supportCount == 1 { return 0 }
    let b = Double(alpha[row]) - 1
    return b == 0 ? threshold.offset : threshold.offset + b * regularizer(p, row: row)
  }
}
