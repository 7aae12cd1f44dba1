import Testing

@testable import KeelMixed

/// Expects numbers within an absolute tolerance.
func expectClose(
  _ actual: [Double], _ expected: [Double], _ tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  for (k, (a, b)) in zip(actual, expected).enumerated() {
    #expect(abs(a - b) <= tolerance, "entry \(k)", sourceLocation: sourceLocation)
  }
}

/// The derivative at 0 of a smooth function, by central differences of two steps, extrapolated.
func finiteDifference(step: Double = 1e-3, _ value: (Double) -> Double) -> Double {
  let wide = (value(2 * step) - value(-2 * step)) / (4 * step)
  let narrow = (value(step) - value(-step)) / (2 * step)
  return narrow + (narrow - wide) / 3
}

/// Pearson's statistic of how often faces were drawn, those with an expectation below 5 together, and its degrees
/// of freedom.
func chiSquared(
  _ counts: [SimplexFace: Int], draws: Int, count: Int, _ logProbability: (SimplexFace) -> Double
) throws -> (statistic: Double, degrees: Int) {
  var (statistic, cells, rareExpected, rareCount) = (0.0, 0, 0.0, 0.0)
  for bits in 1..<1 << count {
    let face = try SimplexFace((0..<count).filter { bits >> $0 & 1 == 1 }, of: count)
    let expected = Double(draws) * Double.exp(logProbability(face))
    let found = Double(counts[face] ?? 0)
    if expected < 5 {
      rareExpected += expected
      rareCount += found
    } else {
      statistic += (found - expected) * (found - expected) / expected
      cells += 1
    }
  }
  if rareExpected > 0.5 {
    statistic += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected
    cells += 1
  } else {
    #expect(rareCount < 12)
  }
  return (statistic, cells - 1)
}

/// A chi-squared number as a standard normal one (Wilson and Hilferty).
func chiSquaredDeviation(_ statistic: Double, degrees: Int) -> Double {
  let n = Double(max(degrees, 1))
  return (Double.pow(statistic / n, 1.0 / 3) - 1 + 2 / (9 * n)) / (2 / (9 * n)).squareRoot()
}
