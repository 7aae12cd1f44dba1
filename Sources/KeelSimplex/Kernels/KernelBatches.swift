import CKernels

extension RowBatch where Scalar == Double {
  /// The batch as C kernels take it.
  var kernelBatch: keel_row_batch_f64 {
    keel_row_batch_f64(
      rows: rows, columns: columns, input: input, input_stride: inputStride, output: output,
      output_stride: outputStride, lengths: lengths, starts: starts,
      thresholds: UnsafeMutableRawPointer(thresholds)?.assumingMemoryBound(to: keel_row_threshold.self))
  }
}

extension PullbackBatch where Scalar == Double {
  /// The batch as C kernels take it.
  var kernelBatch: keel_pullback_batch_f64 {
    keel_pullback_batch_f64(
      rows: rows, columns: columns, output: output, output_stride: outputStride, cotangent: cotangent,
      cotangent_stride: cotangentStride, gradient: gradient, gradient_stride: gradientStride,
      lengths: lengths)
  }
}

extension RowBatch where Scalar == Float {
  /// The batch as C kernels take it.
  var kernelBatch: keel_row_batch_f32 {
    keel_row_batch_f32(
      rows: rows, columns: columns, input: input, input_stride: inputStride, output: output,
      output_stride: outputStride, lengths: lengths, starts: starts,
      thresholds: UnsafeMutableRawPointer(thresholds)?.assumingMemoryBound(to: keel_row_threshold.self))
  }
}

extension PullbackBatch where Scalar == Float {
  /// The batch as C kernels take it.
  var kernelBatch: keel_pullback_batch_f32 {
    keel_pullback_batch_f32(
      rows: rows, columns: columns, output: output, output_stride: outputStride, cotangent: cotangent,
      cotangent_stride: cotangentStride, gradient: gradient, gradient_stride: gradientStride,
      lengths: lengths)
  }
}

extension SparsePullbackBatch where Scalar == Double {
  /// The batch as C kernels take it.
  var kernelBatch: keel_sparse_pullback_f64 {
    keel_sparse_pullback_f64(
      rows: rows, columns: columns, offsets: offsets, indices: indices, values: values,
      cotangent: cotangent, cotangent_stride: cotangentStride, gradient: gradient,
      gradient_stride: gradientStride)
  }
}

extension SparsePullbackBatch where Scalar == Float {
  /// The batch as C kernels take it.
  var kernelBatch: keel_sparse_pullback_f32 {
    keel_sparse_pullback_f32(
      rows: rows, columns: columns, offsets: offsets, indices: indices, values: values,
      cotangent: cotangent, cotangent_stride: cotangentStride, gradient: gradient,
      gradient_stride: gradientStride)
  }
}
