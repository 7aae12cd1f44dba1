import CKernels

extension Double {
  /// Maps rows by the norm form of Newton's method on what one filtering pass leaves.
  public static func entmax(_ batch: RowBatch<Double>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_entmax_f64($0, alpha, workspace) }
    }
  }

  /// The entries of images that are not zero.
  public static func entmaxSparse(
    _ batch: RowBatch<Double>, alpha: Double, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Double>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) {
        keel_entmax_sparse_f64($0, alpha, indices, values, capacity, ends, workspace)
      }
    }
  }

  /// r (g - <r, g>/Σr) with r = p^(2-α) on the support.
  public static func entmaxPullback(_ batch: PullbackBatch<Double>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_entmax_pullback_f64($0, alpha, workspace) }
    }
  }

  /// dp/dα, in place of the gradients.
  public static func entmaxAlphaDerivative(_ batch: PullbackBatch<Double>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      var batch = batch.kernelBatch
      batch.cotangent = nil
      keel_entmax_alpha_f64(&batch, alpha, nil, workspace)
    }
  }

  /// <g, dp/dα> of each row.
  public static func entmaxAlphaPullback(
    _ batch: PullbackBatch<Double>, alpha: Double, products: UnsafeMutablePointer<Double>
  ) {
    withWorkspace(columns: batch.columns) { workspace in
      var batch = batch.kernelBatch
      batch.gradient = nil
      keel_entmax_alpha_f64(&batch, alpha, products, workspace)
    }
  }

  /// Maps rows by the norm form of Newton's method on what one filtering pass leaves.
  public static func normmax(_ batch: RowBatch<Double>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_normmax_f64($0, alpha, workspace) }
    }
  }

  /// h - p Σh with h as the formula of normmax has it.
  public static func normmaxPullback(_ batch: PullbackBatch<Double>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_normmax_pullback_f64($0, alpha, workspace) }
    }
  }

  private static func withWorkspace<Result>(
    columns: Int, _ body: (UnsafeMutableRawPointer?) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(byteCount: keel_entmax_workspace_f64(columns), alignment: 64) {
      body($0.baseAddress)
    }
  }
}

extension Float {
  /// Maps rows by the norm form of Newton's method on what one filtering pass leaves.
  public static func entmax(_ batch: RowBatch<Float>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_entmax_f32($0, alpha, workspace) }
    }
  }

  /// The entries of images that are not zero.
  public static func entmaxSparse(
    _ batch: RowBatch<Float>, alpha: Double, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Float>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) {
        keel_entmax_sparse_f32($0, alpha, indices, values, capacity, ends, workspace)
      }
    }
  }

  /// r (g - <r, g>/Σr) with r = p^(2-α) on the support.
  public static func entmaxPullback(_ batch: PullbackBatch<Float>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_entmax_pullback_f32($0, alpha, workspace) }
    }
  }

  /// dp/dα, in place of the gradients.
  public static func entmaxAlphaDerivative(_ batch: PullbackBatch<Float>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      var batch = batch.kernelBatch
      batch.cotangent = nil
      keel_entmax_alpha_f32(&batch, alpha, nil, workspace)
    }
  }

  /// <g, dp/dα> of each row.
  public static func entmaxAlphaPullback(
    _ batch: PullbackBatch<Float>, alpha: Double, products: UnsafeMutablePointer<Double>
  ) {
    withWorkspace(columns: batch.columns) { workspace in
      var batch = batch.kernelBatch
      batch.gradient = nil
      keel_entmax_alpha_f32(&batch, alpha, products, workspace)
    }
  }

  /// Maps rows by the norm form of Newton's method on what one filtering pass leaves.
  public static func normmax(_ batch: RowBatch<Float>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_normmax_f32($0, alpha, workspace) }
    }
  }

  /// h - p Σh with h as the formula of normmax has it.
  public static func normmaxPullback(_ batch: PullbackBatch<Float>, alpha: Double) {
    withWorkspace(columns: batch.columns) { workspace in
      withUnsafePointer(to: batch.kernelBatch) { keel_normmax_pullback_f32($0, alpha, workspace) }
    }
  }

  private static func withWorkspace<Result>(
    columns: Int, _ body: (UnsafeMutableRawPointer?) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(byteCount: keel_entmax_workspace_f32(columns), alignment: 64) {
      body($0.baseAddress)
    }
  }
}
