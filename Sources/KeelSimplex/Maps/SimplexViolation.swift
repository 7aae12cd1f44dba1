/// By how much a row violates p ≥ 0 and Σp = radius, at worst; NaN for a row with NaN.
///
/// - Parameters:
///   - p: the row.
///   - radius: the sum it should have.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func simplexViolation<Scalar: SimplexScalar>(_ p: UnsafeBufferPointer<Scalar>, radius: Double) -> Double {
  var (sum, least) = (0.0, 0.0)
  for entry in p {
    sum += Double(entry)
    least = min(least, Double(entry))
  }
  return max(abs(sum - radius), -least)
}
