import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  private static let adaptivePaper =
    "Correia, Niculae and Martins (2019), Adaptively sparse transformers, proposition 1"

  /// The derivative with respect to α, evaluated as it is printed.
  static let alphaDerivativePublished = Check(
    id: "simplex.alpha-derivative-published",
    statement:
      "dp/dα may be evaluated as (p - p̃)/(α-1)² + (h - p̃Σh)/(α-1), h = -p ln p, in the precision of the scores.",
    source: adaptivePaper + ", as programs evaluate it",
    assumptions: ["1 < α ≤ 2; p̃ is p^(2-α) on the support, divided by its sum."],
    expectation: .violated(repairedBy: "simplex.alpha-derivative"),
    trials: [.quick: 40, .standard: 400, .full: 4000], problemStream: "simplex.alpha-derivative",
    cases: [
      Check.NamedCase("three-scores", expected: .violated) { _ in
        try AlphaRow(alpha: 1.0001, scores: [-2, 0, 0.5], parameters: ["α": 1.0001])
          .compare { AlphaRow.published($0, alpha: $1) }
      }
    ]
  ) { context -> [Comparison] in
    try AlphaRow(context).compare { AlphaRow.published($0, alpha: $1) }
  }

  /// The derivative with respect to α, from the output alone.
  static let alphaDerivative = Check(
    id: "simplex.alpha-derivative",
    statement:
      "dp/dα = a - rΣa/Σr with r = p^(2-α), a = -p ln²p ψ(-(α-1) ln p), ψ(E) = (e^E - 1 - E)/E²; α = 1 included.",
    source: "Derived for this library; the same function as proposition 1 of Correia et al. (2019)",
    assumptions: ["1 ≤ α ≤ 2, and the support does not change nearby."],
    trials: [.quick: 40, .standard: 400, .full: 4000],
    cases: [
      Check.NamedCase("three-scores", expected: .holds) { _ in
        try AlphaRow(alpha: 1.0001, scores: [-2, 0, 0.5], parameters: ["α": 1.0001])
          .compare { p, alpha in AlphaRow.stable(p, alpha: alpha) }
      }
    ]
  ) { context -> [Comparison] in
    let row = try AlphaRow(context)
    let map = try Entmax<Float>(alpha: .all(Float(row.alpha)))
    return try row.compare { p, alpha in AlphaRow.stable(p, alpha: alpha) }
      + row.compare { p, _ in map.alphaDerivative(at: p) } + row.differences()
  }
}

/// A row of scores and an α at which the derivative with respect to it is looked at.
private struct AlphaRow {
  let alpha: Double
  let scores: [Double]
  /// The output in double precision.
  let output: [Double]
  let parameters: Parameters

  init(_ context: TrialContext) throws {
    var stream = context.stream
    let alpha =
      context.index % 8 == 7
      ? 1 : 1 + Double.exp10(stream.uniform(in: -5.0..<0))
    let columns = 2 + stream.integer(below: 12)
    let deviation = stream.uniform(in: 0.2..<2)
    let scores: [Double] = stream.normals(count: columns).map { $0 * deviation }
    try self.init(
      alpha: alpha, scores: scores, parameters: ["α": .number(alpha), "x": .numbers(scores)])
  }

  init(alpha: Double, scores: [Double], parameters: Parameters) throws {
    // α and scores that a Float holds, so that both precisions see the same numbers.
    self.alpha = Double(Float(alpha))
    self.scores = scores.map { Double(Float($0)) }
    self.parameters = parameters
    output = image(of: self.scores, under: try Entmax<Double>(alpha: .all(self.alpha)))
  }

  /// A formula in single precision against the stable one in double precision.
  func compare(_ formula: ([Float], Float) -> [Float]) throws -> [Comparison] {
    guard alpha > 1 else { return [.assumptionFailed("α > 1", parameters: parameters)] }
    let exact = Self.stable(output, alpha: alpha)
    let found = formula(output.map(Float.init), Float(alpha))
    let size = exact.reduce(0) { max($0, $1.magnitude) }
    let error = zip(found, exact).reduce(0.0) { max($0, (Double($1.0) - $1.1).magnitude) }
    var parameters = parameters
    parameters["dp/dα"] = .numbers(exact)
    parameters["found"] = .numbers(found.map(Double.init))
    // p is rounded by 6e-8 of itself, which changes ln p by as much and the result by a few of these.
    return [
      .atMost(error, 0, tolerance: 1e-5 * (size + 0.1), part: "error in Float", parameters: parameters)
    ]
  }

  /// The stable formula against central differences of the map.
  func differences() throws -> [Comparison] {
    let exact = Self.stable(output, alpha: alpha)
    let steps = [2e-5, 1e-5]
    var results: [[Double]] = []
    for step in steps {
      let sides = try [step, -step].map {
        image(of: scores, under: try Entmax<Double>(alpha: .all(alpha + $0)))
      }
      guard sides.allSatisfy({ zip($0, output).allSatisfy { ($0.0 > 0) == ($0.1 > 0) } }) else {
        return [.assumptionFailed("the support does not change nearby", parameters: parameters)]
      }
      results.append(zip(sides[0], sides[1]).map { ($0 - $1) / (2 * step) })
    }
    let error = zip(results[1], exact).reduce(0.0) { max($0, ($1.0 - $1.1).magnitude) }
    // The error of the smaller step is a third of the difference of both; roundings of p divided by the step.
    let limit = zip(results[0], results[1]).reduce(0.0) { max($0, ($1.0 - $1.1).magnitude) }
    let rounding = 64 * Double.ulpOfOne / steps[1]
    return [
      .atMost(
        error, 0, tolerance: limit + rounding * (1 + 1 / (output.filter { $0 > 0 }.min() ?? 1).squareRoot()),
        part: "central differences", parameters: parameters)
    ]
  }

  /// The formula as printed.
  static func published(_ p: [Float], alpha: Float) -> [Float] {
    let a = alpha - 1
    let weights = p.map { $0 > 0 ? Float.pow($0, 2 - alpha) : 0 }
    let total = weights.reduce(0, +)
    let skewed = weights.map { $0 / total }
    let entropies = p.map { $0 > 0 ? -$0 * Float.log($0) : 0 }
    let entropy = entropies.reduce(0, +)
    return p.indices.map { i in
      (p[i] - skewed[i]) / (a * a) + (entropies[i] - skewed[i] * entropy) / a
    }
  }

  /// The formula in terms of E = -(α-1) ln p. In terms of w = p^(α-1) - 1, which is (α-1)(x - λ), it is the same
  /// function, but 1 + w loses the digits of small entries.
  static func stable<Scalar: SimplexScalar>(_ p: [Scalar], alpha: Scalar) -> [Scalar] {
    let a = alpha - 1
    var (changes, weights) = ([Scalar](), [Scalar]())
    for p in p {
      guard p > 0 else {
        changes.append(0)
        weights.append(0)
        continue
      }
      let logarithm = Scalar.log(p)
      changes.append(-p * logarithm * logarithm * curvature(-a * logarithm))
      weights.append(Scalar.pow(p, 2 - alpha))
    }
    let ratio = changes.reduce(0, +) / weights.reduce(0, +)
    return zip(changes, weights).map { $0 - $1 * ratio }
  }

  /// ψ(E) = (e^E - 1 - E)/E², which is ½ at E = 0.
  private static func curvature<Scalar: SimplexScalar>(_ e: Scalar) -> Scalar {
    guard e.magnitude < 0.5 else { return (Scalar.expMinusOne(e) - e) / (e * e) }
    // Σ_{k≥0} E^k/(k+2)!; 13 terms leave 1e-17.
    var (sum, term) = (Scalar(0), Scalar(0.5))
    for k in 3..<16 {
      sum += term
      term *= e / Scalar(k)
    }
    return sum
  }
}
