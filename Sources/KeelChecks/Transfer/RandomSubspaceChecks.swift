import Keel
import KeelTransfer

extension TransferChecks {
  /// The extreme angles with a random subspace in high dimensions.
  static let randomSubspaceEdges = Check(
    id: "transfer.random-subspace-edges",
    statement:
      "For S spanned by Gaussian inputs the squared cosines of (R, S) fill λ± = (√(β(1 - α)) ± √(α(1 - β)))², α = k/d, β = m/d.",
    source: "Wachter (1980), The limiting empirical measure of multiple discriminant ratios",
    assumptions: ["n = m < d Gaussian inputs, k ≤ m/2 and k ≤ (d - m)/2: both edges are soft."],
    trials: [.quick: 20, .standard: 200, .full: 1500], cases: edgeVectors
  ) { context -> [Comparison] in
    var stream = context.stream
    let d = stream.integer(in: 30..<121)
    let k = stream.integer(in: 4..<max(5, d / 5))
    let m = stream.integer(in: 2 * k..<d - 2 * k + 1)
    let law = RandomSubspaceAngles(fixedDimension: k, randomDimension: m, ambientDimension: d)
    let parameters: Parameters = ["k": .integer(k), "m": .integer(m), "d": .integer(d)]
    let cosines = try squaredCosines(law, using: &stream)
    let edges = law.squaredCosineEdges
    // The smallest squared cosine with S is 1 minus the largest with its complement.
    let upper = logitScale(k: k, m: m, d: d)
    let lower = logitScale(k: k, m: d - m, d: d)
    return [
      .equal(
        logit(cosines.max), logit(edges.upperBound), tolerance: 8 * upper, part: "upper edge, logit",
        parameters: parameters),
      .equal(
        logit(cosines.min), logit(edges.lowerBound), tolerance: 8 * lower, part: "lower edge, logit",
        parameters: parameters),
    ]
  }

  /// One angle with a random subspace, exactly.
  static let randomSubspaceBeta = Check(
    id: "transfer.random-subspace-beta",
    statement: "For k = 1 and S spanned by Gaussian inputs, cos² θ(R, S) ~ Beta(m/2, (d - m)/2).",
    source: "A property of Gaussian vectors: the ratio of two independent sums of squares",
    assumptions: ["n = m < d Gaussian inputs."],
    trials: [.quick: 20, .standard: 200, .full: 1500]
  ) { context in
    var stream = context.stream
    let d = stream.integer(in: 2..<17)
    let m = stream.integer(in: 1..<d)
    let law = RandomSubspaceAngles(fixedDimension: 1, randomDimension: m, ambientDimension: d)
    let count = 200
    let sample = try (0..<count).map { _ in try squaredCosines(law, using: &stream).max }
    let test = KolmogorovSmirnovTest(sample) { law.squaredCosineProbabilities(atMost: $0).lower }
    // P(√N D > x) ≤ 2exp(-2x²) for every N (Massart 1990): less than 3e-9 for x = 3.25.
    return Comparison.atMost(
      test.distance, 3.25 / Double(count).squareRoot(), tolerance: 0, part: "Kolmogorov-Smirnov distance",
      parameters: [
        "m": .integer(m), "d": .integer(d), "draws": .integer(count), "p-value": .number(test.pValue),
      ])
  }

  /// How small the smallest cosine with a random subspace may be.
  static let randomSubspaceTail = Check(
    id: "transfer.random-subspace-tail",
    statement: "P(cos θ_max(R, S) < (√m - √k - t)/(√d + √m + t)) ≤ δ with t = √(2 ln(2/δ)), for S and S⊥.",
    source: "Derived for this library from the Gaussian singular value bounds of Davidson and Szarek (2001)",
    assumptions: ["n = m < d Gaussian inputs."],
    trials: [.quick: 20, .standard: 200, .full: 1500]
  ) { context -> [Comparison] in
    var stream = context.stream
    let k = stream.integer(in: 1..<4)
    let d = stream.integer(in: 24..<49)
    let m = stream.integer(in: k..<d - k + 1)
    let delta = Double.exp10(-stream.uniform(in: 0.1..<2.0))
    let law = RandomSubspaceAngles(fixedDimension: k, randomDimension: m, ambientDimension: d)
    let count = 100
    let drawn = try (0..<count).map { _ in try squaredCosines(law, using: &stream) }
    let bounds = [law, law.complement].map { $0.smallestCosineBound(failureProbability: delta) }
    let failures = [
      drawn.count { $0.min.squareRoot() < bounds[0] }, drawn.count { (1 - $0.max).squareRoot() < bounds[1] },
    ]
    // Bernstein's inequality: the share of N independent failures of probability δ exceeds
    // δ + √(2δL/N) + 2L/(3N) with probability at most exp(-L).
    let logarithm = 18.0
    let spread = (2 * delta * logarithm / Double(count)).squareRoot() + 2 * logarithm / (3 * Double(count))
    return zip(["S", "S⊥"], zip(failures, bounds)).map { part, side in
      Comparison.atMost(
        Double(side.0) / Double(count), delta, tolerance: spread, part: part, isVacuous: side.1 <= 0,
        parameters: [
          "k": .integer(k), "m": .integer(m), "d": .integer(d), "delta": .number(delta),
          "bound": .number(side.1), "draws": .integer(count),
        ])
    }
  }

  /// The extreme squared cosines between the first k coordinates and the span of m Gaussian inputs.
  private static func squaredCosines(
    _ law: RandomSubspaceAngles, using stream: inout RandomStream
  ) throws -> (min: Double, max: Double) {
    let (k, m, d) = (law.fixedDimension, law.randomDimension, law.ambientDimension)
    let inputs = Matrix<Double>(rows: m, columns: d, elements: stream.normals(count: m * d))
    let basis = try QR(inputs.transposed).thinQ()
    if k == 1 {
      let squares = basis.row(0)
      var sum = 0.0
      for j in 0..<m { sum += squares[j] * squares[j] }
      return (min(sum, 1), min(sum, 1))
    }
    let values = try SVD(basis[rows: 0..<k], vectors: .none).singularValues
    // The k-th cosine is 0 when S has fewer dimensions than R.
    let least = values.count < k ? 0 : values[values.count - 1]
    return (min(least * least, 1), min(values[0] * values[0], 1))
  }

  private static func logit(_ x: Double) -> Double { Double.log(x / (1 - x)) }

  /// The scale σ on which the logit of the largest squared cosine fluctuates about its edge, which is of
  /// order `d^{-2/3}`: `σ³ = 16/((d - 1)² sin²(φ + γ) sin φ sin γ)` with `sin²(γ/2) = k/d` and
  /// `sin²(φ/2) = m/d`, up to terms in 1/d.
  ///
  /// The fluctuation follows the Tracy-Widom law of order 1, of which less than 1e-8 lies outside ±8:
  /// its tails are `exp(-|x|³/24)` on the left and `exp(-2/3 x^{3/2})/(4√π x^{3/2})` on the right.
  ///
  /// Source: Johnstone (2008), *Multivariate analysis and Jacobi ensembles: largest eigenvalue,
  /// Tracy-Widom limits and rates of convergence*, theorem 1.
  private static func logitScale(k: Int, m: Int, d: Int) -> Double {
    let total = Double(d) - 1
    let gamma = 2 * Double.asin(((Double(min(k, m)) - 0.5) / total).squareRoot())
    let phi = 2 * Double.asin(((Double(max(k, m)) - 0.5) / total).squareRoot())
    let sine = Double.sin(phi + gamma)
    return Double.root(16 / (total * total * sine * sine * Double.sin(phi) * Double.sin(gamma)), 3)
  }

  /// The edges for two sets of dimensions, to the digits that are known.
  private static let edgeVectors = [
    (40, 160, 400, 0.12606, 0.71394), (30, 60, 300, 0.0200, 0.5000),
  ].map { k, m, d, low, high in
    Check.NamedCase("k\(k)-m\(m)-d\(d)", expected: .holds) { context in
      let law = RandomSubspaceAngles(fixedDimension: k, randomDimension: m, ambientDimension: d)
      let parameters: Parameters = ["k": .integer(k), "m": .integer(m), "d": .integer(d)]
      var stream = context.stream
      let cosines = try squaredCosines(law, using: &stream)
      return [
        Comparison.equal(
          law.squaredCosineEdges.lowerBound, low, tolerance: 5e-6, part: "λ₋", parameters: parameters),
        .equal(law.squaredCosineEdges.upperBound, high, tolerance: 5e-6, part: "λ₊", parameters: parameters),
        .equal(
          logit(cosines.max), logit(high), tolerance: 8 * logitScale(k: k, m: m, d: d),
          part: "upper edge, logit", parameters: parameters),
        .equal(
          logit(cosines.min), logit(low), tolerance: 8 * logitScale(k: k, m: d - m, d: d),
          part: "lower edge, logit", parameters: parameters),
      ]
    }
  }
}
