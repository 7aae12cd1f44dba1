import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// Everything that has a closed form, against all faces.
  static let gibbsEnumeration = Check(
    id: "mixed.gibbs-enumeration",
    statement:
      "With p = σ(2w) and q = Π(1-p): ln Z = Σ ln 2cosh w + ln(1-q), μ = p/(1-q), Cov = -qμμᵀ off the diagonal; "
      + "H, KL and the law of |F| follow.",
    source: "Derived for this library: independent vertices, given that at least one is chosen",
    trials: [.quick: 60, .standard: 600, .full: 3000], problemStream: "mixed.gibbs",
    cases: [
      Check.NamedCase("four-vertices", expected: .holds) { _ -> [Comparison] in
        let problem = try GibbsProblem(weights: [0.5, -1, 0.25, -0.3])
        let other = try GibbsFaces(weights: [-0.2, 0.4, 0, 1])
        func digits(_ found: Double, _ known: Double, _ part: String) -> Comparison {
          .equal(found, known, tolerance: 1e-14, part: part, parameters: problem.parameters)
        }
        return enumerated(problem) + [
          digits(problem.law.logNormalizer, 3.3422775063437307, "ln Z, known digits"),
          digits(problem.law.entropy, 2.1647670393013274, "H, known digits"),
          digits(problem.law.divergence(from: other), 1.7853203776006974, "KL, known digits"),
        ]
      }
    ]
  ) { context in
    let problem = try GibbsProblem(context, largest: context.effort == .quick ? 9 : 12)
    var stream = context.stream.stream("other")
    let other = try GibbsProblem(
      weights: GibbsProblem.weights(
        problem.law.coordinateCount, kind: stream.integer(below: 6), using: &stream))
    return enumerated(problem) + [enumeratedDivergence(problem, other)]
  }

  private static func enumerated(_ problem: GibbsProblem) -> [Comparison] {
    let (law, probabilities, logs) = (problem.law, problem.probabilities, problem.logProbabilities)
    let count = law.coordinateCount
    var marginals = [Double](repeating: 0, count: count)
    var pairs = [Double](repeating: 0, count: count * count)
    var sizes = [Double](repeating: 0, count: count)
    var (entropy, probabilityError) = (0.0, 0.0)
    for (mask, probability) in probabilities.enumerated() where mask > 0 {
      sizes[mask.nonzeroBitCount - 1] += probability
      entropy -= probability > 0 ? probability * logs[mask] : 0
      for i in 0..<count where mask >> i & 1 == 1 {
        marginals[i] += probability
        for j in 0..<count where mask >> j & 1 == 1 { pairs[i * count + j] += probability }
      }
      if let face = try? SimplexFace(mask: UInt64(mask), of: count) {
        probabilityError = max(
          probabilityError, (law.logProbability(of: face) - logs[mask]).magnitude / problem.size)
      }
    }
    func largest(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    }
    let covariance = law.covariance
    let covarianceError = (0..<count * count).reduce(0.0) { error, index in
      let (i, j) = (index / count, index % count)
      return max(error, (covariance[i, j] - (pairs[index] - marginals[i] * marginals[j])).magnitude)
    }
    // 2^K terms, each with the rounding of an exponent.
    let tolerance = 1e-12
    func none(_ error: Double, _ part: String) -> Comparison {
      .atMost(error, 0, tolerance: tolerance, part: part, parameters: problem.parameters)
    }
    return [
      .equal(
        law.logNormalizer, problem.logNormalizer, tolerance: tolerance * problem.size, part: "ln Z",
        parameters: problem.parameters),
      none(probabilityError, "ln P(f), over 1 + Σ|w|"),
      none(largest(law.marginals, marginals), "μ"),
      .equal(
        law.entropy, entropy, tolerance: tolerance * (1 + entropy), part: "H", parameters: problem.parameters),
      none(largest(law.dimensionLaw, sizes), "the law of |F|"),
      none(covarianceError, "Cov"),
      none(
        (law.meanDimension - zip(sizes.indices, sizes).reduce(0) { $0 + Double($1.0) * $1.1 }).magnitude,
        "E dim"),
    ]
  }

  private static func enumeratedDivergence(_ problem: GibbsProblem, _ other: GibbsProblem) -> Comparison {
    var parameters = problem.parameters
    parameters["v"] = .numbers(other.law.weights)
    let (logs, otherLogs) = (problem.logProbabilities, other.logProbabilities)
    let sum = problem.probabilities.enumerated().reduce(0.0) { sum, term in
      term.element > 0 ? sum + term.element * (logs[term.offset] - otherLogs[term.offset]) : sum
    }
    return .equal(
      problem.law.divergence(from: other.law), sum, tolerance: 1e-12 * (problem.size + other.size),
      part: "KL",
      parameters: parameters)
  }

  /// What is drawn.
  static let gibbsSamples = Check(
    id: "mixed.gibbs-samples",
    statement: "Faces of the mixed Dirichlet law are drawn with their probabilities, without rejection.",
    source: paper + ", section 4",
    assumptions: ["Concentrations from 1e-3 to 1e3: no coordinate of a face may underflow to 0."],
    trials: [.quick: 12, .standard: 24, .full: 24]
  ) { context -> [Comparison] in
    let problem = try GibbsProblem(context, largest: 6)
    var stream = context.stream.stream("concentrations")
    let concentrations = problem.law.weights.map { _ in Double.exp10(stream.uniform(in: -3.0..<3)) }
    let law = try MixedDirichlet(faces: problem.law, concentrations: concentrations)
    var parameters = problem.parameters
    parameters["α"] = .numbers(concentrations)
    let probabilities = problem.probabilities
    return law.drawnFaces(
      context.effort.sampleCount, single: context.index % 2 == 1, using: context.stream.stream("samples")
    ) { probabilities[Int($0)] }.comparisons(parameters: parameters)
  }
}
