import CKernels

// Functions of whole arrays, by kernels that take eight entries at a time: some ten times faster than one by
// one, with the same bits on every instruction set. Their edge cases are those of the functions of one
// argument.

extension StandardNormal {
  /// `ln Φ(x)` of every entry, within 6 units of 2⁻⁵³ of itself.
  ///
  /// - Complexity: O(n), a few nanoseconds an entry.
  public static func logCumulative(_ x: [Double]) -> [Double] {
    mapped(x, keel_normal_log_cumulative_f64)
  }

  /// `ln Φ(x)` and its slope `φ(x)/Φ(x)`, the inverse Mills ratio, of every entry, within 6 units of 2⁻⁵³ of
  /// themselves.
  ///
  /// - Complexity: O(n), hardly more than the logarithm alone.
  public static func logCumulativeAndInverseMillsRatio(_ x: [Double]) -> (values: [Double], slopes: [Double])
  {
    var slopes = [Double](repeating: 0, count: x.count)
    let values = slopes.withUnsafeMutableBufferPointer { slopes in
      mapped(x) { keel_normal_log_cumulative_and_ratio_f64($0, $1, slopes.baseAddress, $2) }
    }
    return (values, slopes)
  }
}

extension GammaFunction {
  /// `ln Γ(x)` of every entry, within 6 units of 2⁻⁵³ of itself, relatively also near its zeros.
  ///
  /// - Complexity: O(n), a few nanoseconds an entry.
  public static func log(_ x: [Double]) -> [Double] { mapped(x, keel_log_gamma_f64) }

  /// The digamma function of every entry, within 8 units of 2⁻⁵³ of `1 + |ψ(x)|`.
  ///
  /// - Complexity: O(n), a few nanoseconds an entry.
  public static func digamma(_ x: [Double]) -> [Double] { mapped(x, keel_digamma_f64) }
}

extension LogSpace {
  /// `ln(1 + eˣ)` of every entry, within 4 units of 2⁻⁵³ of itself.
  ///
  /// - Complexity: O(n), a few nanoseconds an entry.
  public static func softplus(_ x: [Double]) -> [Double] { mapped(x, keel_softplus_f64) }

  /// `ln(1 - e⁻ˣ)` of every entry, within 5 units of 2⁻⁵³ of itself.
  ///
  /// - Complexity: O(n), a few nanoseconds an entry.
  public static func log1mExp(_ x: [Double]) -> [Double] { mapped(x, keel_log1mexp_f64) }
}

/// The output of a kernel for an input of the same length.
private func mapped(
  _ x: [Double], _ kernel: (UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, Int) -> Void
) -> [Double] {
  [Double](unsafeUninitializedCapacity: x.count) { result, count in
    x.withUnsafeBufferPointer { kernel($0.baseAddress, result.baseAddress, $0.count) }
    count = x.count
  }
}
