import CKernels

extension Double {
  /// Projects rows by one filtering pass and Newton's method on what it leaves.
  public static func sparsemax(_ batch: RowBatch<Double>, radius: Double) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_f64($0, radius) }
  }

  /// g minus its mean over the support, on the support.
  public static func sparsemaxPullback(_ batch: PullbackBatch<Double>) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_pullback_f64($0) }
  }
}

extension Float {
  /// Projects rows by one filtering pass and Newton's method on what it leaves.
  public static func sparsemax(_ batch: RowBatch<Float>, radius: Float) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_f32($0, radius) }
  }

  /// g minus its mean over the support, on the support.
  public static func sparsemaxPullback(_ batch: PullbackBatch<Float>) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_pullback_f32($0) }
  }
}
