/// The distance of a value from a table's, in units of 2⁻⁵³ of the table's (half an ulp of 1), or of
/// `scale` where the condition of the problem allows no more; numbers below the normal ones count as far
/// apart as they would be next to the smallest of those.
func unitsApart(_ value: Double, _ expected: Double, scale: Double = 0) -> Double {
  if value == expected { return 0 }
  guard value.isFinite, expected.isFinite else { return .infinity }
  let reference = max(expected.magnitude, scale, Double.leastNormalMagnitude)
  return (value - expected).magnitude / reference * 0x1p53
}
