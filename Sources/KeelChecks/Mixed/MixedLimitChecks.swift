import Keel
import KeelMixed
import KeelSimplex
import RealModule

extension MixedChecks {
  /// Weights that leave nothing but vertices.
  static let limitVertices = Check(
    id: "mixed.limit-vertices", statement: "As w → -∞, the mixed Dirichlet law goes to P({k}) ∝ exp 2w_k.",
    source: "Derived for this library: two vertices cost one more factor exp 2w",
    trials: [.quick: 20, .standard: 200, .full: 2000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 1 + stream.integer(below: 40)
    let (depth, isUniform) = (-stream.uniform(in: 14.0..<200), context.index % 2 == 0)
    let weights = (0..<count).map { _ in depth + (isUniform ? 0 : stream.normal() / 2) }
    let law = try MixedDirichlet(weights: weights, concentrations: weights.map { _ in 1 })
    let shares = Entmax<Double>.softmax(weights.map { 2 * ($0 - depth) })
    var worst = 0.0
    for k in 0..<count {
      let probability = Double.exp(law.logProbability(of: try SimplexFace([k], of: count)))
      worst = max(worst, (probability - shares[k]).magnitude)
    }
    let parameters: Parameters = ["w": .numbers(weights)]
    let entropy = shares.reduce(0) { $0 - $1 * Double.log($1) }
    return [
      .atMost(worst, 0, tolerance: 1e-9, part: "P({k})", parameters: parameters),
      .equal(law.entropy().total, entropy, tolerance: 1e-8, part: "H⊕", parameters: parameters),
      .equal(law.dimensionLaw()[0], 1, tolerance: 1e-9, part: "P(|F| = 1)", parameters: parameters),
    ]
  }

  /// No stretch.
  static let limitStretch = Check(
    id: "mixed.limit-stretch",
    statement:
      "As λ → 1, sparsemax(λc) goes to the Concrete c: |y - c| ≤ λ - 1, and the boundary gets nothing.",
    source: "Sparsemax does not increase distances, leaves c where it is, and λc is at most λ-1 from c",
    trials: [.quick: 20, .standard: 200, .full: 2000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 2 + stream.integer(below: 10)
    let scores: [Double] = stream.normals(count: count)
    let temperature = stream.uniform(in: 1.0..<2)
    let excess = Double.exp10(stream.uniform(in: -12.0..<0))
    let law = try SimplexHardConcrete(scores: scores, temperature: temperature, stretch: 1 + excess)
    let limit = try SimplexHardConcrete(scores: scores, temperature: temperature, stretch: 1)
    let noise = law.noise(using: &stream)
    let distance = zip(law.outcome(of: noise), limit.outcome(of: noise)).reduce(0) {
      max($0, ($1.0 - $1.1).magnitude)
    }
    let pair = try SimplexHardConcrete(
      scores: Array(scores.prefix(2)), temperature: temperature, stretch: 1 + 1e-12)
    return [
      .atMost(
        distance, excess, tolerance: 1e-15, part: "|y - c|",
        parameters: ["z": .numbers(scores), "β": .number(temperature), "λ - 1": .number(excess)]),
      .equal(
        Double.exp(try pair.logProbability(of: SimplexFace(wholeOf: 2))), 1, tolerance: 1e-9,
        part: "P(0 < y < 1) for λ - 1 = 1e-12",
        parameters: ["z": .numbers(scores), "β": .number(temperature)]),
    ]
  }

  /// No noise.
  static let limitDeviation = Check(
    id: "mixed.limit-deviation",
    statement: "As σ → 0, Gaussian-Sparsemax goes to sparsemax(μ), and its face to that of sparsemax(μ).",
    source: "Sparsemax does not increase distances",
    assumptions: ["No entry of μ is within 100 σ of the threshold."],
    trials: [.quick: 20, .standard: 200, .full: 2000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 1 + stream.integer(below: 8)
    let means: [Double] = stream.normals(count: count)
    let deviation = Double.exp10(stream.uniform(in: -13.0 ..< -10))
    let law = try GaussianSparsemax(means: means, deviations: means.map { _ in deviation })
    let limit = Sparsemax<Double>()(means)
    let noise = law.noise(using: &stream)
    let outcome = law.outcome(of: noise)
    let distance = zip(outcome, limit).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    // In the Euclidean norm, which the largest entry is below.
    let length = noise.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let parameters: Parameters = ["μ": .numbers(means), "σ": .number(deviation)]
    let threshold = zip(means, limit).first { $0.1 > 0 }.map { $0.0 - $0.1 } ?? 0
    guard means.allSatisfy({ ($0 - threshold).magnitude > 100 * deviation }) else {
      return [.assumptionFailed("no entry is on the threshold", parameters: parameters)]
    }
    let bit = try RectifiedGaussian(location: means[0], scale: deviation).entropy()
    return [
      .atMost(
        distance, deviation * length, tolerance: 1e-14, part: "|y - sparsemax(μ)|", parameters: parameters),
      .equal(
        Double(zip(outcome, limit).count { ($0 > 0) != ($1 > 0) }), 0, tolerance: 0, part: "the face",
        parameters: parameters),
      .equal(bit.face, 0, tolerance: 1e-9, part: "H(F) of a rectified Gaussian", parameters: parameters),
    ]
  }

  /// No temperature.
  static let limitTemperature = Check(
    id: "mixed.limit-temperature",
    statement:
      "As β → 0, Hard Concrete goes to a bit with P(1) = σ(ln α), and its form on the simplex to a one-hot choice by softmax(z).",
    source: "Louizos, Welling and Kingma (2018); the largest of z + Gumbel noise has the law softmax(z)",
    trials: [.quick: 10, .standard: 40, .full: 60]
  ) { context -> [Comparison] in
    var stream = context.stream
    let logAlpha = stream.normal(mean: 0, deviation: 3)
    let law = try HardConcrete(logAlpha: logAlpha, temperature: 1e-11)
    let count = 1 + stream.integer(below: 6)
    let scores: [Double] = stream.normals(count: count)
    let simplex = try SimplexHardConcrete(scores: scores, temperature: 1e-11)
    let shares = Entmax<Double>.softmax(scores)
    let drawn = simplex.drawnFaces(
      context.effort.sampleCount / 10, single: context.index % 2 == 1, using: stream.stream("samples")
    ) { $0.nonzeroBitCount == 1 ? shares[$0.trailingZeroBitCount] : 0 }
    return [
      .equal(
        law.upperMass, 1 / (1 + Double.exp(-logAlpha)), tolerance: 1e-9, part: "P(1)",
        parameters: ["ln α": .number(logAlpha)]),
      .equal(
        law.interiorMass, 0, tolerance: 1e-9, part: "P(0 < y < 1)", parameters: ["ln α": .number(logAlpha)]),
    ] + drawn.comparisons(parameters: ["z": .numbers(scores)])
  }
}
