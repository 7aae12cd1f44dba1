import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// Derivatives of the log-density.
  static let score = Check(
    id: "mixed.score",
    statement: "∂ ln p⊕(y)/∂θ is what differences of the log-density give.",
    source: "The definition of a derivative",
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> Comparison in
    var stream = context.stream
    let subject = try GradientSubject.drawn(context.index, using: &stream)
    return try subject.score(&stream)
  }

  /// Derivatives of what is drawn.
  static let pathwise = Check(
    id: "mixed.pathwise",
    statement: "(∂y/∂θ)ᵀg is what differences of the outcome give, for fixed noise and a fixed face.",
    source: "The definition of a derivative",
    assumptions: ["The face does not change nearby."],
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> Comparison in
    var stream = context.stream
    let subject = try GradientSubject.drawn(context.index, using: &stream)
    return try subject.pathwise(&stream)
  }

  /// Scores that move together change nothing.
  static let scoreShift = Check(
    id: "mixed.score-shift",
    statement: "Σ_k ∂ ln p⊕(y)/∂μ_k = 0 for Gaussian-Sparsemax.",
    source: "Sparsemax does not change when all scores move by as much",
    trials: [.quick: 60, .standard: 600, .full: 6000]
  ) { context -> Comparison in
    let scores = try NormalScores(context, counts: 1...12)
    var stream = context.stream.stream("outcome")
    let outcome = scores.outcome(using: &stream)
    let gradient = scores.law.score(at: outcome)[..<scores.law.coordinateCount]
    let size = gradient.reduce(1) { $0 + $1.magnitude }
    // Numbers of the size of the means are subtracted from each other, and divided by σ² in the end; and weights of the
    // posterior of the threshold, whose deviation is 1/√Σσ⁻², have the rounding of the log-density.
    let largest = scores.law.means.reduce(1) { max($0, $1.magnitude) }
    let precision = scores.law.deviations.reduce(0) { $0 + 1 / ($1 * $1) }
    let logDensity = scores.law.logDensity(at: outcome).magnitude
    let rounding =
      4 * Double.ulpOfOne * (largest * precision + logDensity * precision.squareRoot()) / size
    return .equal(
      gradient.reduce(0, +) / size, 0, tolerance: 1e-12 + rounding, part: "the sum over 1 + Σ|∂|",
      parameters: scores.parameters)
  }
}

/// A law with parameters to be moved.
private struct GradientSubject {
  /// Compares the score at a random outcome.
  let score: (inout RandomStream) throws -> Comparison
  /// Compares the pullback at a random outcome.
  let pathwise: (inout RandomStream) throws -> Comparison

  /// - Parameters:
  ///   - name: the name of the law.
  ///   - law: the law.
  ///   - scales: by how much each parameter can change before the density does.
  init<Law: PathwiseMixedDistribution>(_ name: String, _ law: Law, scales: [Double]) {
    let parameters: Parameters = ["law": .text(name), "θ": .numbers(law.parameters)]
    score = Self.scoreComparison(name, law, scales: scales)
    pathwise = { stream in
      let noise = law.noise(using: &stream)
      let outcome = law.outcome(of: noise)
      let cotangent: [Double] = stream.normals(count: outcome.count)
      var found = [Double](repeating: 0, count: scales.count)
      outcome.withUnsafeBufferPointer { outcome in
        cotangent.withUnsafeBufferPointer { cotangent in
          found.withUnsafeMutableBufferPointer {
            law.addPullback(of: cotangent, at: outcome, noise: noise, into: $0)
          }
        }
      }
      let support = outcome.map { $0 == 0 || $0 == 1 }
      var parameters = parameters
      parameters["y"] = .numbers(outcome)
      var (worst, size) = (0.0, 0.0)
      for (k, scale) in scales.enumerated() {
        let difference = try richardson { step in
          let moved = try law.moved(k, by: step * scale).outcome(of: noise)
          guard moved.map({ $0 == 0 || $0 == 1 }) == support else {
            throw AssumptionFailure("the face does not change nearby")
          }
          return zip(moved, cotangent).reduce(0) { $0 + $1.0 * $1.1 }
        }
        worst = max(worst, (found[k] * scale - difference).magnitude)
        size = max(size, (found[k] * scale).magnitude)
      }
      return .atMost(
        worst, 0, tolerance: 1e-8 * (1 + size), part: "\(name), relative to scales", parameters: parameters)
    }
  }

  /// The same for a law without paths.
  init<Law: DifferentiableMixedDistribution>(_ name: String, _ law: Law, scales: [Double]) {
    score = Self.scoreComparison(name, law, scales: scales)
    pathwise = { _ in throw AssumptionFailure("outcomes are functions of noise") }
  }

  private static func scoreComparison<Law: DifferentiableMixedDistribution>(
    _ name: String, _ law: Law, scales: [Double]
  ) -> (inout RandomStream) throws -> Comparison {
    { stream in
      var outcome: [Double] = []
      law.forEachSample(1, as: Double.self, using: stream.stream("outcome")) { outcome = Array($0) }
      let value = law.logDensity(at: outcome)
      let found = law.score(at: outcome)
      var (worst, size) = (0.0, 0.0)
      for (k, scale) in scales.enumerated() {
        let difference = try richardson { try law.moved(k, by: $0 * scale).logDensity(at: outcome) }
        worst = max(worst, (found[k] * scale - difference).magnitude)
        size = max(size, (found[k] * scale).magnitude)
      }
      let parameters: Parameters = [
        "law": .text(name), "θ": .numbers(law.parameters), "y": .numbers(outcome),
      ]
      return .atMost(
        worst, 0, tolerance: 1e-8 * (1 + value.magnitude + size), part: "\(name), relative to scales",
        parameters: parameters)
    }
  }

  /// A law of one kind after the other.
  static func drawn(_ index: Int, using stream: inout RandomStream) throws -> GradientSubject {
    let count = 1 + stream.integer(below: 6)
    let scores: [Double] = stream.normals(count: count)
    func logUniform(_ range: Range<Double>) -> Double { Double.exp10(stream.uniform(in: range)) }
    switch index % 6 {
    case 0:
      let deviations = scores.map { _ in logUniform(-1.0..<1) }
      return GradientSubject(
        "Gaussian-Sparsemax", try GaussianSparsemax(means: scores, deviations: deviations),
        scales: deviations + deviations)
    case 1:
      let concentrations = scores.map { _ in logUniform(-1.5..<2) }
      return GradientSubject(
        "mixed Dirichlet", try MixedDirichlet(weights: scores, concentrations: concentrations),
        // For a small concentration the logarithm of a gamma number is of size 1/α.
        scales: scores.map { _ in 1 } + concentrations.map { $0 * min($0, 1) })
    case 2:
      let scale = logUniform(-1.0..<1)
      return GradientSubject(
        "rectified Gaussian", try RectifiedGaussian(location: scores[0], scale: scale),
        scales: [scale, scale])
    case 3:
      let scale = logUniform(-1.0..<1)
      return GradientSubject(
        "rectified logistic", try RectifiedLogistic(location: scores[0], scale: scale),
        scales: [scale, scale])
    case 4:
      let temperature = stream.uniform(in: 0.2..<2)
      return GradientSubject(
        "Hard Concrete", try HardConcrete(logAlpha: scores[0], temperature: temperature),
        scales: [1, temperature])
    default:
      let temperature = stream.uniform(in: 0.3..<2)
      let few = Array(scores.prefix(3))
      return GradientSubject(
        "K-D Hard Concrete",
        try SimplexHardConcrete(scores: few, temperature: temperature, stretch: stream.uniform(in: 1.05..<2)),
        scales: few.map { _ in min(temperature, 1) } + [temperature / 4])
    }
  }
}

/// The derivative at 0 by central differences of two steps; its error is of order 1e-13 of the fifth derivative.
private func richardson(_ f: (Double) throws -> Double) rethrows -> Double {
  let step = 2e-3
  let wide = try (f(step) - f(-step)) / (2 * step)
  let narrow = try (f(step / 2) - f(-step / 2)) / step
  return (4 * narrow - wide) / 3
}

extension DifferentiableMixedDistribution {
  /// ∂ ln p⊕(y)/∂θ.
  func score(at outcome: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: parameters.count)
    outcome.withUnsafeBufferPointer { outcome in
      gradient.withUnsafeMutableBufferPointer { addScore(unchecked: outcome, weight: 1, into: $0) }
    }
    return gradient
  }

  /// The law with one parameter moved.
  fileprivate func moved(_ index: Int, by step: Double) throws -> Self {
    var parameters = parameters
    parameters[index] += step
    return try withParameters(parameters)
  }
}

extension PathwiseMixedDistribution {
  /// The outcome of some noise.
  func outcome(of noise: Noise) -> [Double] {
    var outcome = [Double](repeating: 0, count: coordinateCount)
    outcome.withUnsafeMutableBufferPointer { apply(noise, to: $0) }
    return outcome
  }
}
