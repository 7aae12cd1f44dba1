extension RowBatch {
  /// The scores of a row.
  struct FitInput {
    var start: UnsafePointer<Scalar>
    var count: Int
  }

  /// Maps rows through a fit in double precision, and rounds it.
  ///
  /// - Parameters:
  ///   - size: how many doubles of scratch `body` needs for each column.
  ///   - body: called with the number of a row without NaN, its scores, its largest score, room for the fit,
  ///     and scratch. It returns where the output is, what is to be added to it, and the offset of the threshold;
  ///     where the fit is -∞, the output becomes -0.
  func forEachFit(
    scratch size: Int,
    _ body: (
      _ row: Int, _ x: FitInput, _ maximum: Double, _ fit: UnsafeMutablePointer<Double>,
      _ scratch: UnsafeMutablePointer<Double>
    ) -> (UnsafeMutablePointer<Double>, shift: Double, offset: Double)
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: (size + 1) * columns + 1) { memory in
      guard let fit = memory.baseAddress else { return }
      for r in 0..<rows {
        let x = FitInput(start: input + r * inputStride, count: length(r))
        let target = output + r * outputStride
        let maximum = Scalar.polytopeKernels.largest(x.count, x.start)
        var threshold = RowThreshold(maximum: maximum, offset: 0, supportCount: x.count)
        if maximum.isNaN {
          target.update(repeating: .nan, count: x.count)
        } else {
          let (values, shift, offset) = body(firstRow + r, x, maximum, fit, fit + columns)
          threshold.offset = offset
          threshold.supportCount = Scalar.polytopeKernels.storeFit(x.count, fit, values, shift, target)
        }
        clearTail(r)
        thresholds?[r] = threshold
      }
    }
  }
}
