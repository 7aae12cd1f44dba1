import RealModule

/// The Kolmogorov-Smirnov test of a sample against a continuous distribution.
///
/// The distance is `D = sup_x |F_n(x) - F(x)|` with the sample's distribution function `F_n`. If the sample
/// was drawn from F, the law of D depends on the number of observations only.
///
/// ```swift
/// let test = KolmogorovSmirnovTest(sample) { regularizedIncompleteBeta(at: $0, a: 1, b: 3).lower }
/// print(test.distance, test.pValue)
/// ```
public struct KolmogorovSmirnovTest: Sendable, Equatable {
  /// D, in `0...1`.
  public let distance: Double
  /// The number of observations n.
  public let count: Int

  /// The test of a sample.
  ///
  /// - Parameters:
  ///   - sample: at least one observation, in any order, none of them NaN.
  ///   - distribution: the continuous distribution function F.
  /// - Complexity: O(n log n) and n evaluations of F.
  public init(_ sample: some Sequence<Double>, distribution: (Double) -> Double) {
    let sorted = sample.sorted()
    precondition(!sorted.isEmpty, "A test needs at least one observation")
    precondition(!sorted.contains { $0.isNaN }, "An observation is NaN")
    let n = Double(sorted.count)
    var distance = 0.0
    for (i, x) in sorted.enumerated() {
      let value = distribution(x)
      distance = max(distance, Double(i + 1) / n - value, value - Double(i) / n)
    }
    self.distance = min(distance, 1)
    count = sorted.count
  }

  /// The test that found a given distance.
  public init(distance: Double, count: Int) {
    precondition(count >= 1 && (0...1).contains(distance), "A test needs n ≥ 1 and a distance in 0...1")
    self.distance = distance
    self.count = count
  }

  /// `P(D_n ≥ distance)`: the probability of a distance at least this large if the sample was drawn from
  /// the distribution.
  ///
  /// - For `n D² ≥ 4`, where it is below 1e-3, twice the exact one-sided probability; what is counted twice
  ///   is below 4e-11 of it.
  /// - Otherwise exact by a power of a matrix of order `2nD`, up to n = 10⁴, with an absolute error of
  ///   about 1e-13.
  /// - Above, the limiting law with its first correction in n, with an absolute error below 1e-5.
  ///
  /// Source: Marsaglia, Tsang and Wang (2003), *Evaluating Kolmogorov's distribution*; Birnbaum and Tingey
  /// (1951), *One-sided confidence contours for probability distribution functions*; for the correction
  /// Vrbik (2018), *Small-sample corrections to Kolmogorov-Smirnov test statistic*.
  public var pValue: Double {
    let n = Double(count)
    // The largest deviation is at least half a step of F_n.
    guard distance > 0.5 / n else { return 1 }
    guard distance < 1 else { return 0 }
    if n * distance * distance >= 4 { return min(1, 2 * oneSidedProbability) }
    return count <= 10_000 ? max(0, 1 - exactDistribution) : limitProbability
  }

  /// `P(D⁺_n ≥ D) = D Σ_j C(n, j) (D + j/n)^{j-1} (1 - D - j/n)^{n-j}` over `j ≤ n(1 - D)`.
  private var oneSidedProbability: Double {
    let n = Double(count)
    var sum = Double.exp(n * Double.log(onePlus: -distance))
    for j in 1..<max(count, 2) where count > 1 {
      let p = distance + Double(j) / n
      let q = Double(count - j) / n - distance
      guard q > 0 else { break }
      // C(n, j) pʲ qⁿ⁻ʲ = pʲ qⁿ⁻ʲ / B(j, n - j) · n/(j(n - j)).
      let (a, b) = (Double(j), Double(count - j))
      sum += distance / p * betaPower(p, q, a, b) * (n / a / b)
    }
    return sum
  }

  /// `P(D_n < D)`, a diagonal entry of `n!/nⁿ · Hⁿ` for a matrix H made of inverse factorials.
  private var exactDistribution: Double {
    let n = Double(count)
    let k = Int(n * distance) + 1
    let size = 2 * k - 1
    let h = Double(k) - n * distance
    // H has ones on and below the first superdiagonal, corrected in its first column and last row, with
    // entry (i, j) divided by (i - j + 1)!.
    var inverseFactorials = [1.0]
    for i in 1...size { inverseFactorials.append(inverseFactorials[i - 1] / Double(i)) }
    var powers = [h]
    for i in 1..<max(size, 2) { powers.append(powers[i - 1] * h) }
    let matrix = Matrix<Double>(rows: size, columns: size) { i, j in
      guard i - j + 1 >= 0 else { return 0 }
      var value = 1.0
      if j == 0 { value -= powers[i] }
      if i == size - 1 { value -= powers[size - 1 - j] }
      if i == size - 1, j == 0, 2 * h > 1 { value += Double.pow(2 * h - 1, size) }
      return value * inverseFactorials[i - j + 1]
    }
    // n!/nⁿ · (Hⁿ)ₖₖ. The eigenvalue of H that matters is near e, so Hⁿ overflows: powers of two are kept
    // apart in an exponent.
    var result = Matrix<Double>(identity: size)
    var exponent = 0
    var square = matrix
    var squareExponent = 0
    var remaining = count
    while true {
      if remaining & 1 == 1 {
        result = result * square
        exponent += squareExponent + Self.rescale(&result)
      }
      remaining >>= 1
      guard remaining > 0 else { break }
      square = square * square
      squareExponent = 2 * squareExponent + Self.rescale(&square)
    }
    var value = result[k - 1, k - 1]
    for i in 1...count {
      value *= Double(i) / n
      if value < 0x1p-500 {
        value *= 0x1p500
        exponent -= 500
      }
    }
    return min(1, Double(sign: .plus, exponent: exponent, significand: value))
  }

  /// Divides a matrix by a power of two that brings its largest entry to 1...2, and returns the exponent.
  private static func rescale(_ matrix: inout Matrix<Double>) -> Int {
    let exponent = Int((matrix.maximum ?? 1).exponent)
    matrix *= Double(sign: .plus, exponent: -exponent, significand: 1)
    return exponent
  }

  /// `2 Σ (-1)^{j-1} exp(-2j²x²)` at `x = √n D + 1/(6√n) + (√n D - 1)/(4n)`.
  private var limitProbability: Double {
    let root = Double(count).squareRoot()
    let z = root * distance
    let x = z + 1 / (6 * root) + (z - 1) / (4 * Double(count))
    if x < 1 {
      // The other form of the theta function, which converges fast for small x.
      let step = Double.pi * Double.pi / (8 * x * x)
      let sum = [1.0, 3, 5, 7].reduce(0) { $0 + Double.exp(-$1 * $1 * step) }
      return 1 - (2 * Double.pi).squareRoot() / x * sum
    }
    return 2
      * (Double.exp(-2 * x * x) - Double.exp(-8 * x * x) + Double.exp(-18 * x * x)
        - Double.exp(-32 * x * x))
  }
}
