import CKernels

extension Double {
  /// Projects rows by one filtering pass and Newton's method on what it leaves; short rows across lanes.
  public static func sparsemax(_ batch: RowBatch<Double>, radius: Double) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_f64($0, radius) }
  }

  /// Projects rows and appends the entries that are not zero, without writing a dense row.
  public static func sparsemaxSparse(
    _ batch: RowBatch<Double>, radius: Double, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Double>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int {
    withUnsafePointer(to: batch.kernelBatch) {
      keel_sparsemax_sparse_f64($0, radius, indices, values, capacity, ends)
    }
  }

  /// Projects the rows of a batch one after the other, in chunks of fixed size where they are long.
  public static func sparsemaxLongRows(_ batch: RowBatch<Double>, radius: Double, threads: Int) {
    projectLongRows(keel_row_chunk_f64.self, batch, radius: radius, threads: threads)
  }

  /// g minus its mean over the support, on the support.
  public static func sparsemaxPullback(_ batch: PullbackBatch<Double>) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_pullback_f64($0) }
  }

  /// g minus its mean over the support, on the support, by scattering into zeros.
  public static func sparsemaxPullback(_ batch: SparsePullbackBatch<Double>) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_sparse_pullback_f64($0) }
  }
}

extension Float {
  /// Projects rows by one filtering pass and Newton's method on what it leaves; short rows across lanes.
  public static func sparsemax(_ batch: RowBatch<Float>, radius: Float) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_f32($0, radius) }
  }

  /// Projects rows and appends the entries that are not zero, without writing a dense row.
  public static func sparsemaxSparse(
    _ batch: RowBatch<Float>, radius: Float, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Float>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int {
    withUnsafePointer(to: batch.kernelBatch) {
      keel_sparsemax_sparse_f32($0, radius, indices, values, capacity, ends)
    }
  }

  /// Projects the rows of a batch one after the other, in chunks of fixed size where they are long.
  public static func sparsemaxLongRows(_ batch: RowBatch<Float>, radius: Float, threads: Int) {
    projectLongRows(keel_row_chunk_f32.self, batch, radius: radius, threads: threads)
  }

  /// g minus its mean over the support, on the support.
  public static func sparsemaxPullback(_ batch: PullbackBatch<Float>) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_pullback_f32($0) }
  }

  /// g minus its mean over the support, on the support, by scattering into zeros.
  public static func sparsemaxPullback(_ batch: SparsePullbackBatch<Float>) {
    withUnsafePointer(to: batch.kernelBatch) { keel_sparsemax_sparse_pullback_f32($0) }
  }
}
