public import Keel

/// Higham's `γ_n = nu / (1 - nu)` with `u` half a unit in the last place of one: the relative error of
/// any sum of `n` products, in any order, with or without fused operations.
public func gamma<S: RealScalar>(_ n: Int, _: S.Type) -> Double {
  let nu = Double(n) * Double(S.ulpOfOne) / 2
  return nu / (1 - nu)
}

/// What a computation should give: a value in double precision, and the sum of the magnitudes of all
/// terms that were added to get it.
public struct Expected {
  /// The number of rows.
  public var rows: Int
  /// The number of columns.
  public var columns: Int
  /// The exact elements, up to double precision.
  public var values: [Double]
  /// The sum of the magnitudes of the terms of each element.
  public var magnitudes: [Double]

  /// The matrix `alpha * a * b + beta * c`; for `beta == 0` nothing is read from `c`.
  public init<S: RealScalar>(
    _ alpha: S, _ a: Matrix<S>, _ b: Matrix<S>, beta: S = 0, _ c: Matrix<S>? = nil
  ) {
    let (x, y) = (a.elements.map { Double($0) }, b.elements.map { Double($0) })
    let old = beta == 0 ? nil : c?.elements.map { Double($0) }
    let (m, n, k) = (a.rows, b.columns, a.columns)
    (rows, columns) = (m, n)
    values = Array(repeating: 0, count: m * n)
    magnitudes = values
    let (scale, keep) = (Double(alpha), Double(beta))
    for i in 0..<m {
      for j in 0..<n {
        var (value, magnitude) = (0.0, 0.0)
        // A product with alpha == 0 is not formed, so that NaN in A or B does not matter.
        if scale != 0 {
          for p in 0..<k {
            let term = x[i * k + p] * y[p * n + j]
            value += term
            magnitude += term.magnitude
          }
        }
        let kept = old.map { keep * $0[i * n + j] } ?? 0
        values[i * n + j] = scale * value + kept
        magnitudes[i * n + j] = scale.magnitude * magnitude + kept.magnitude
      }
    }
  }

  /// The sum of two expectations.
  public static func + (a: Expected, b: Expected) -> Expected {
    var sum = a
    for i in sum.values.indices {
      sum.values[i] += b.values[i]
      sum.magnitudes[i] += b.magnitudes[i]
    }
    return sum
  }

  /// The first element of `actual` that is off by more than `2 γ_terms` times its magnitude, as text.
  ///
  /// The factor two covers the rounding of the expectation itself. Elements outside of `mask` are
  /// skipped.
  public func firstMismatch<S: RealScalar>(
    with actual: some StridedMatrix<S>, terms: Int, in mask: (Int, Int) -> Bool = { _, _ in true }
  ) -> String? {
    let actual = Matrix(actual)
    guard actual.rows == rows, actual.columns == columns else {
      return "shape \(actual.rows)×\(actual.columns) instead of \(rows)×\(columns)"
    }
    let relative = 2 * gamma(terms, S.self)
    for i in 0..<rows {
      for j in 0..<columns where mask(i, j) {
        let (value, wanted) = (Double(actual[i, j]), values[i * columns + j])
        let bound = relative * magnitudes[i * columns + j]
        if !((value - wanted).magnitude <= bound) {
          return "(\(i), \(j)): \(value) instead of \(wanted), allowed \(bound)"
        }
      }
    }
    return nil
  }
}
