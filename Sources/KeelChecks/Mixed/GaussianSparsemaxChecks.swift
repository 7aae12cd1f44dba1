import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  static let paper =
    "Farinhas, Aziz, Niculae and Martins (2022), Sparse Communication via Mixed Distributions"

  /// The density, by the integral that defines it.
  static let gaussianSparsemaxDensity = Check(
    id: "mixed.gaussian-sparsemax-density",
    statement:
      "p⊕(y) = n ∫ Π_{i in f} N(y_i + t; μ_i, σ_i²) Π_{j not in f} Φ((t - μ_j)/σ_j) dt, with f = supp y.",
    source: paper + ", section 3: the change of variables from scores to a point of a face and a threshold",
    trials: [.quick: 60, .standard: 600, .full: 6000],
    cases: [
      Check.NamedCase("three-scores", expected: .holds) { _ -> [Comparison] in
        let scores = try NormalScores(means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9])
        return [
          ([1, 0, 0], -2.247234663045106), ([0, 1, 0], -5.430040054679334), ([0, 0, 1], -2.705876962848153),
          ([0.3, 0.7, 0], -1.8011966372666577), ([0.25, 0, 0.75], -1.532948820169484),
          ([0, 0.5, 0.5], -2.6073200079989753), ([0.2, 0.3, 0.5], -0.6060275040857197),
        ].map { outcome, digits in
          Comparison.equal(
            scores.law.logDensity(at: outcome), digits, tolerance: 1e-13, part: "\(outcome)",
            parameters: scores.parameters)
        }
      }
    ]
  ) { context -> Comparison in
    let scores = try NormalScores(context, counts: 1...8)
    var stream = context.stream.stream("outcome")
    let outcome = scores.outcome(using: &stream)
    var parameters = scores.parameters
    parameters["y"] = .numbers(outcome)
    let direct = scores.logDensity(at: outcome)
    return .equal(
      scores.law.logDensity(at: outcome), direct,
      tolerance: 4e-12 * (1 + direct.magnitude) + scores.rounding(at: outcome),
      part: "ln p⊕",
      parameters: parameters)
  }

  /// All of it is 1.
  static let gaussianSparsemaxMass = Check(
    id: "mixed.gaussian-sparsemax-mass",
    statement: "The density of Gaussian-Sparsemax sums to 1 over all faces of two and of three scores.",
    source: paper + ", section 3", assumptions: ["Deviations from 0.1 to 2."],
    trials: [.quick: 2, .standard: 12, .full: 60]
  ) { context -> [Comparison] in
    let two = try NormalScores(context, counts: 2...2, isModerate: true)
    var comparisons = [massComparison(of: two)]
    if context.index % 4 == 0 {
      comparisons.append(massComparison(of: try NormalScores(context, counts: 3...3, isModerate: true)))
    }
    return comparisons
  }

  private static func massComparison(of scores: NormalScores) -> Comparison {
    let count = scores.law.coordinateCount
    let vertices = (0..<count).map { k in
      Double.exp(scores.law.logDensity(at: (0..<count).map { $0 == k ? 1 : 0 }))
    }
    let ends = [0, 0.5, 1]
    func density(_ outcome: [Double]) -> Double { Double.exp(scores.law.logDensity(at: outcome)) }
    func edge(_ i: Int, _ j: Int) -> Double {
      PanelQuadrature.integral(ends, tolerance: 1e-12) { a in
        var outcome = [Double](repeating: 0, count: count)
        (outcome[i], outcome[j]) = (a, 1 - a)
        return density(outcome)
      }
    }
    var total = vertices.reduce(0, +)
    if count == 2 {
      total += edge(0, 1)
    } else {
      total += edge(0, 1) + edge(0, 2) + edge(1, 2)
      total += PanelQuadrature.integral(ends, tolerance: 1e-11) { a in
        (1 - a)
          * PanelQuadrature.integral(ends, tolerance: 1e-11) { b in
            density([a, (1 - a) * b, (1 - a) * (1 - b)])
          }
      }
    }
    return .equal(total, 1, tolerance: 1e-9, part: "K = \(count)", parameters: scores.parameters)
  }

  /// The probabilities of faces, and what is drawn.
  static let gaussianSparsemaxFaces = Check(
    id: "mixed.gaussian-sparsemax-faces",
    statement:
      "P(f) = n ∫ h(t) Π_{j not in f} Φ((t - μ_j)/σ_j) dt sums to 1 over all faces, and faces are drawn with it.",
    source:
      "Derived for this library: h is the density at 1 of the sum of z_i - t over the face, all positive",
    assumptions: ["Deviations from 0.1 to 2."], trials: [.quick: 1, .standard: 6, .full: 16],
    cases: [
      Check.NamedCase("three-scores", expected: .holds) { _ -> [Comparison] in
        let scores = try NormalScores(means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9])
        return try [
          ([0], 0.10569109230289), ([1], 0.00438292024269), ([2], 0.06681170676320),
          ([0, 1], 0.28172588290079),
          ([0, 2], 0.20886837356562), ([1, 2], 0.06987500102139), ([0, 1, 2], 0.26264502320341),
        ].map { vertices, digits in
          Comparison.equal(
            Double.exp(try scores.law.logProbability(of: SimplexFace(vertices, of: 3))), digits,
            tolerance: 1e-10, part: "P(\(vertices))", parameters: scores.parameters)
        }
      }
    ]
  ) { context -> [Comparison] in
    let scores = try NormalScores(context, counts: 1...5, isModerate: true)
    let count = scores.law.coordinateCount
    let drawn = try scores.law.drawnFaces(
      context.effort.sampleCount, single: context.index % 2 == 1, using: context.stream.stream("samples")
    ) { Double.exp(try scores.law.logProbability(of: SimplexFace(mask: $0, of: count))) }
    var sizes = [Double](repeating: 0, count: count)
    for (index, probability) in drawn.probabilities.enumerated() {
      sizes[(index + 1).nonzeroBitCount - 1] += probability
    }
    let sizeError = zip(sizes, try scores.law.dimensionLaw()).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    return drawn.comparisons(parameters: scores.parameters) + [
      .equal(
        drawn.probabilities.reduce(0, +), 1, tolerance: count <= 3 ? 1e-9 : 1e-8, part: "mass",
        parameters: scores.parameters),
      .atMost(sizeError, 0, tolerance: 1e-8, part: "the law of |F|", parameters: scores.parameters),
    ]
  }

  /// Quantiles as nodes.
  static let logDensityPublished = Check(
    id: "mixed.log-density-published",
    statement: "The trapezoid rule on 100 quantiles of T gives ln p⊕ of Gaussian-Sparsemax to 1e-3.",
    source: "The software of Farinhas et al. (2022), whose rule leaves out both tails",
    expectation: .violated(repairedBy: "mixed.gaussian-sparsemax-density"),
    trials: [.quick: 40, .standard: 400, .full: 4000], problemStream: "mixed.gaussian-sparsemax-density",
    cases: [
      Check.NamedCase("inside-100-nodes", expected: .violated) { _ -> [Comparison] in
        let scores = try NormalScores(means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9])
        let published = try PublishedGaussianSparsemax(scores.law).logDensity(of: [0.2, 0.3, 0.5])
        return [
          .equal(
            published - scores.logDensity(at: [0.2, 0.3, 0.5]), Double.log(99.0 / 101), tolerance: 1e-12,
            part: "the error, ln(99/101) as derived"),
          .equal(published, -0.6060275040857197, tolerance: 1e-3, part: "ln p⊕ on the whole simplex"),
        ]
      },
      Check.NamedCase("vertex-10000-nodes", expected: .violated) { _ -> [Comparison] in
        let scores = try NormalScores(means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9])
        return [
          .equal(
            try PublishedGaussianSparsemax(scores.law, nodeCount: 10_000).logDensity(of: [0, 1, 0]),
            -5.430040054679334, tolerance: 1e-5, part: "ln p⊕ on a vertex")
        ]
      },
    ]
  ) { context -> Comparison in
    let scores = try NormalScores(context, counts: 1...8)
    var stream = context.stream.stream("outcome")
    let outcome = scores.outcome(using: &stream)
    var parameters = scores.parameters
    parameters["y"] = .numbers(outcome)
    return .equal(
      try PublishedGaussianSparsemax(scores.law).logDensity(of: outcome), scores.logDensity(at: outcome),
      tolerance: 1e-3, part: "ln p⊕", parameters: parameters)
  }
}
