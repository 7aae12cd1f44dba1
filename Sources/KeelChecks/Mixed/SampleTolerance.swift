import RealModule

/// How far what was sampled may be from what is expected.
///
/// Each allowance is exceeded with a probability of about 1e-8, so that ten thousand comparisons of one run are wrong
/// about a true law once in ten thousand runs.
enum SampleTolerance {
  /// -ln of the probability that an allowance is exceeded on one side.
  private static let logRisk = 19.0

  /// The allowance of a share of N independent draws, each with probability p.
  ///
  /// Bernstein's inequality: the share differs from p by t or more with probability at most 2 exp(-L), where
  /// N t² = 2L(p(1-p) + t/3), for every N and p, however rare the event.
  static func share(probability: Double, count: Int) -> Double {
    let step = logRisk / Double(count)
    let variance = max(probability * (1 - probability), 0)
    return step / 3 + (step * step / 9 + 2 * variance * step).squareRoot()
  }

  /// The allowance of a mean of N independent draws with a variance, none further from the expectation than a range.
  ///
  /// Bernstein's inequality: N t² = 2L(variance + range t/3).
  static func mean(variance: Double, range: Double, count: Int) -> Double {
    let step = logRisk / Double(count)
    return step * range / 3 + (step * step * range * range / 9 + 2 * variance * step).squareRoot()
  }

  /// What Pearson's statistic may be: χ² of k degrees of freedom exceeds k + 2√(kL) + 2L with probability at most
  /// exp(-L).
  ///
  /// Source: Laurent and Massart (2000), *Adaptive estimation of a quadratic functional by model selection*, lemma 1.
  static func chiSquared(degrees: Int) -> Double {
    let k = Double(degrees)
    return k + 2 * (k * logRisk).squareRoot() + 2 * logRisk
  }

  /// How many standard errors a mean may be off; a normal number exceeds them with probability 4e-8.
  static let standardErrors = 5.5
}

/// How often something was drawn, against how often it should be.
struct DrawnShares {
  /// The names of what can be drawn.
  let names: [String]
  /// The probabilities.
  let probabilities: [Double]
  /// How often each was drawn.
  let counts: [Int]
  /// The number of draws.
  let total: Int

  init(names: [String], probabilities: [Double], counts: [Int]) {
    (self.names, self.probabilities, self.counts) = (names, probabilities, counts)
    total = counts.reduce(0, +)
  }

  /// Every share against its probability, and all of them by Pearson's statistic.
  func comparisons(parameters: Parameters) -> [Comparison] {
    let shares = names.indices.map { i in
      Comparison.equal(
        Double(counts[i]) / Double(total), probabilities[i],
        tolerance: SampleTolerance.share(probability: probabilities[i], count: total), part: names[i],
        parameters: parameters)
    }
    guard let pearson else { return shares }
    return shares + [
      .atMost(
        pearson.statistic, SampleTolerance.chiSquared(degrees: pearson.degrees), tolerance: 0, part: "χ²",
        parameters: parameters)
    ]
  }

  /// Pearson's statistic over what is expected 200 times at least, where the tail of the count is nearly that of a
  /// normal number; everything rarer counts as one.
  private var pearson: (statistic: Double, degrees: Int)? {
    var cells: [(observed: Double, expected: Double)] = []
    var rest = (observed: 0.0, expected: 0.0)
    for (count, probability) in zip(counts, probabilities) {
      let cell = (observed: Double(count), expected: probability * Double(total))
      if cell.expected >= 200 {
        cells.append(cell)
      } else {
        rest = (rest.observed + cell.observed, rest.expected + cell.expected)
      }
    }
    if rest.expected >= 200 { cells.append(rest) }
    guard cells.count > 1 else { return nil }
    let statistic = cells.reduce(0) { sum, cell in
      sum + (cell.observed - cell.expected) * (cell.observed - cell.expected) / cell.expected
    }
    return (statistic, cells.count - 1)
  }
}

/// The mean of numbers that were drawn, with its standard error.
struct SampleMean {
  private var count = 0.0
  private(set) var mean = 0.0
  private var squares = 0.0

  /// Adds a number; by Welford's recurrence, so that squares do not cancel.
  mutating func add(_ x: Double) {
    count += 1
    let difference = x - mean
    mean += difference / count
    squares += difference * (x - mean)
  }

  /// The standard error of the mean.
  var standardError: Double { (squares / (count * (count - 1))).squareRoot() }
}
