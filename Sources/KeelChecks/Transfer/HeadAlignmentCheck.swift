import Keel
import KeelTransfer

extension TransferChecks {
  /// How likely a random head starts nearly aligned.
  static let headAlignmentProbability = Check(
    id: "transfer.head-alignment-probability",
    statement:
      "For v₀ ~ N(0, σ²I), P(φ² ≤ τ) = Z((s⁴ + τ)/(σs)²) - Z((s⁴ - τ)/(σs)²) with s = ‖w*‖, Z(q) = P(|z| ≤ √q).",
    source: "Derived for this library; with it a lower bound at a given φ becomes one in probability",
    assumptions: ["The head is drawn from a normal distribution, independent of everything else."],
    trials: [.quick: 20, .standard: 100, .full: 1500], problemStream: "transfer"
  ) { context in
    var trial = try TransferTrial(context)
    var stream = context.stream.stream("heads")
    let k = trial.problem.featureCount
    let sigma = Double.exp10(stream.uniform(in: -1..<0.5))
    func squaredError() -> Double {
      let head: [Double] = stream.normals(count: k)
      return trial.geometry.squaredHeadAlignmentError(head: head.map { sigma * $0 })
    }
    // The error of one more head as τ: then the probability is uniform in 0...1 over the problems.
    let tau = squaredError()
    let draws = 4000
    var hits = 0
    for _ in 0..<draws where squaredError() <= tau { hits += 1 }
    let probability = KeelTransfer.headAlignmentProbability(
      squaredErrorAtMost: tau, weightNorm: trial.geometry.weightNorm, standardDeviation: sigma)
    // Bernstein's inequality: a mean of N independent hits is further from P than
    // √(2P(1 - P)L/N) + 2L/(3N) with probability at most 2exp(-L). With L = 25/2 that is five standard
    // errors and a term for rare hits, exceeded in fewer than 1 of 100,000 problems.
    let logarithm = 12.5
    let count = Double(draws)
    let spread = (2 * probability * (1 - probability) * logarithm / count).squareRoot()
    trial.parameters["sigma"] = .number(sigma)
    trial.parameters["tau"] = .number(tau)
    return Comparison.equal(
      Double(hits) / count, probability, tolerance: spread + 2 * logarithm / (3 * count),
      parameters: trial.parameters)
  }
}
