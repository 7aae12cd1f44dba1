import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// Divergences on the interval.
  static let divergenceQuadrature = Check(
    id: "mixed.divergence-quadrature",
    statement:
      "KL⊕ = KL(F) + Σ P(f) KL(Y | F = f) of rectified and Hard Concrete laws is ∫ p⊕ ln(p⊕/q⊕) dμ⊕.",
    source: paper + ", section 2", assumptions: ["Scales from 0.1 to 10."],
    trials: [.quick: 40, .standard: 400, .full: 4000],
    cases: [
      Check.NamedCase("rectified-gaussian", expected: .holds) { _ -> [Comparison] in
        try [
          ((0.3, 0.5), (0.6, 0.8), 0.17782254108430148), ((-0.2, 1.0), (0.5, 0.25), 1.7627962692283943),
        ].map { first, second, digits in
          let law = try RectifiedGaussian(location: first.0, scale: first.1)
          return Comparison.equal(
            law.divergence(from: try RectifiedGaussian(location: second.0, scale: second.1)).total, digits,
            tolerance: 1e-14, part: "KL⊕")
        }
      }
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    let pair = try IntervalPair.drawn(context.index, scales: -1.0..<1, using: &stream)
    let found = try pair.divergence()
    func term(_ y: Double, _ logDensity: Double) -> Double { logDensity - pair.second.logDensity(y) }
    let (ends, inside) = pair.first.mean(peaksOf: pair.second, of: term)
    // The faces by the masses that quadrature gives.
    let mass = pair.first.mean { _, _ in 1 }
    let otherMass = pair.second.mean { _, _ in 1 }
    let faces = ends + mass.inside * Double.log(mass.inside / otherMass.inside)
    let tolerance = 1e-10 * (1 + found.total)
    return [
      .equal(found.total, ends + inside, tolerance: tolerance, part: "KL⊕", parameters: pair.parameters),
      .equal(found.face, faces, tolerance: tolerance, part: "KL(F)", parameters: pair.parameters),
    ]
  }

  /// What coarser outcomes tell.
  static let dataProcessing = Check(
    id: "mixed.data-processing",
    statement: "0 ≤ KL(F) ≤ KL of N-bit symbols ≤ KL of (N+1)-bit symbols ≤ KL⊕.",
    source: "The data processing inequality", assumptions: ["Scales from 0.1 to 10."],
    trials: [.quick: 10, .standard: 60, .full: 400]
  ) { context -> [Comparison] in
    var stream = context.stream
    let pair = try IntervalPair.drawn(context.index, scales: -1.0..<1, using: &stream)
    let divergence = try pair.divergence()
    let coarse = stream.integer(below: 5)
    func symbols(_ resolution: Int) -> Double {
      zip(pair.first.symbols(resolution: resolution), pair.second.symbols(resolution: resolution)).reduce(0) {
        $1.0 > 0 ? $0 + $1.0 * Double.log($1.0 / $1.1) : $0
      }
    }
    let symbolDivergences = (symbols(coarse), symbols(coarse + 1))
    let chain = [
      ("KL(F) ≥ 0", 0, divergence.face), ("N = \(coarse) against F", divergence.face, symbolDivergences.0),
      ("N = \(coarse + 1) against N = \(coarse)", symbolDivergences.0, symbolDivergences.1),
      ("KL⊕ against N = \(coarse + 1)", symbolDivergences.1, divergence.total),
    ]
    // Cells have 14 digits of their probability, and a logarithm as many of its ratio.
    return chain.map { part, less, more in
      .atMost(less, more, tolerance: 1e-11 * (1 + divergence.total), part: part, parameters: pair.parameters)
    }
  }

  /// Divergences of mixed Dirichlet laws, and of pairs of them.
  static let divergenceSamples = Check(
    id: "mixed.divergence-samples",
    statement:
      "KL⊕ = KL(F) + Σ P(f) KL(Dir(α_f) ‖ Dir(β_f)) is the mean of ln(p⊕/q⊕); it adds up over independent parts.",
    source: paper + ", sections 2 and 4", trials: [.quick: 8, .standard: 24, .full: 24],
    cases: [
      Check.NamedCase("four-vertices", expected: .holds) { _ -> [Comparison] in
        let law = try MixedDirichlet(weights: [0.5, -1, 0.25, -0.3], concentrations: [0.7, 1.5, 2, 0.4])
        let other = try MixedDirichlet(weights: [-0.2, 0.4, 0, 1], concentrations: [1, 1, 1, 1])
        return [
          .equal(try law.divergence(from: other).total, 2.262955826473471, tolerance: 1e-14, part: "KL⊕"),
          .equal(law.entropy().total, 1.506563778752127, tolerance: 1e-14, part: "H⊕"),
          .equal(
            law.logDensity(at: [0.2, 0, 0.5, 0.3]), -1.650379611537472, tolerance: 1e-14, part: "ln p⊕"),
        ]
      }
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    let laws = try (0..<2).map { _ in try DirichletPair(using: &stream) }
    let found = try laws.map { try $0.first.divergence(from: $0.second) }
    let product = try ProductDistribution(laws.map(\.first))
    let other = try ProductDistribution(laws.map(\.second))
    let mean = product.sampleMean(context.effort.sampleCount / 10, using: stream.stream("samples")) {
      product.logDensity(unchecked: $0) - other.logDensity(unchecked: $0)
    }
    let sum = found[0].total + found[1].total
    var comparisons: [Comparison] = [
      .equal(
        mean.mean, sum, tolerance: SampleTolerance.standardErrors * mean.standardError + 1e-12 * (1 + sum),
        part: "by samples", parameters: laws[0].parameters),
      .equal(
        try product.divergence(from: other).total, sum, tolerance: 1e-12 * (1 + sum), part: "of the product",
        parameters: laws[0].parameters),
      .equal(
        try product.entropy().total, laws.reduce(0) { $0 + $1.first.entropy().total },
        tolerance: 1e-12 * (1 + sum), part: "H⊕ of the product", parameters: laws[0].parameters),
    ]
    for (law, divergence) in zip(laws, found) {
      let (entropy, direct) = law.enumerated
      let size = 1 + direct.magnitude + divergence.total
      comparisons += [
        .equal(
          divergence.total, direct, tolerance: 1e-11 * size, part: "by enumeration",
          parameters: law.parameters),
        .equal(
          law.first.entropy().total, entropy, tolerance: 1e-11 * (1 + entropy.magnitude),
          part: "H⊕ by enumeration", parameters: law.parameters),
        .atMost(
          divergence.face, divergence.total, tolerance: 1e-12 * size, part: "KL(F) ≤ KL⊕",
          parameters: law.parameters),
        .atLeast(divergence.face, 0, tolerance: 0, part: "KL(F) ≥ 0", parameters: law.parameters),
      ]
    }
    return comparisons
  }

  /// What an outcome tells about its law.
  static let mutualInformation = Check(
    id: "mixed.mutual-information",
    statement: "I⊕(X; Y) = H⊕(Y) - H⊕(Y | X) = E KL⊕(p(y | X) ‖ p(y)).",
    source: paper + ", section 2", assumptions: ["X chooses one of 2 to 4 rectified Gaussians."],
    trials: [.quick: 10, .standard: 80, .full: 300],
    cases: [
      Check.NamedCase("two-locations", expected: .holds) { _ -> [Comparison] in
        let mixture = try MixtureDistribution(
          [0.2, 0.8].map { try RectifiedGaussian(location: $0, scale: 0.4) })
        return [
          .equal(try mixture.mutualInformation().total, 0.21749376033952217, tolerance: 1e-12, part: "I⊕")
        ]
      }
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 2 + stream.integer(below: 3)
    let laws = try (0..<count).map { _ in
      try RectifiedGaussian(
        location: stream.uniform(in: -0.3..<1.3), scale: Double.exp10(stream.uniform(in: -1.0..<0.5)))
    }
    let weights: [Double] = stream.dirichlet(laws.map { _ in 1.0 })
    let mixture = try MixtureDistribution(laws, weights: weights)
    let peaks = laws.map { (place: $0.location, width: $0.scale) }
    let whole = IntervalLaw("mixture", mixture, peaks: peaks)
    let information = try mixture.mutualInformation().total
    let conditional = zip(weights, laws).reduce(0) { $0 + $1.0 * $1.1.entropy().total }
    let divergence = zip(weights, laws).reduce(0.0) { sum, part in
      let (ends, inside) = IntervalLaw("part", part.1, peaks: peaks).mean { $1 - whole.logDensity($0) }
      return sum + part.0 * (ends + inside)
    }
    let entropyOfX = weights.reduce(0) { $1 > 0 ? $0 - $1 * Double.log($1) : $0 }
    let parameters = whole.parameters
    return [
      .equal(
        information, whole.entropy - conditional, tolerance: 1e-10, part: "H⊕(Y) - H⊕(Y | X)",
        parameters: parameters),
      .equal(information, divergence, tolerance: 1e-10, part: "E KL⊕", parameters: parameters),
      .atLeast(information, 0, tolerance: 1e-12, part: "I⊕ ≥ 0", parameters: parameters),
      .atMost(information, entropyOfX, tolerance: 1e-12, part: "I⊕ ≤ H(X)", parameters: parameters),
    ]
  }
}

/// Two mixed Dirichlet laws.
private struct DirichletPair {
  let first: MixedDirichlet
  let second: MixedDirichlet
  let parameters: Parameters

  init(using stream: inout RandomStream) throws {
    let count = 1 + stream.integer(below: 6)
    func law() throws -> MixedDirichlet {
      try MixedDirichlet(
        weights: (0..<count).map { _ in stream.normal() },
        concentrations: (0..<count).map { _ in Double.exp10(stream.uniform(in: -0.7..<1.3)) })
    }
    (first, second) = (try law(), try law())
    parameters = [
      "w": .numbers(first.faces.weights), "α": .numbers(first.concentrations),
      "v": .numbers(second.faces.weights), "β": .numbers(second.concentrations),
    ]
  }

  /// H⊕ of the first law and its divergence from the second, by the textbook formulas on all faces.
  var enumerated: (entropy: Double, divergence: Double) {
    let count = first.coordinateCount
    var (entropy, divergence) = (0.0, 0.0)
    for mask in 1..<1 << count {
      guard let face = try? SimplexFace(mask: UInt64(mask), of: count) else { continue }
      let logProbability = first.logProbability(of: face)
      let probability = Double.exp(logProbability)
      let (alpha, beta) = (
        face.vertices.map { first.concentrations[$0] }, face.vertices.map { second.concentrations[$0] }
      )
      let digammas = alpha.map { GammaFunction.digamma($0) - GammaFunction.digamma(alpha.reduce(0, +)) }
      let (logBeta, otherLogBeta) = (GammaFunction.logBeta(alpha), GammaFunction.logBeta(beta))
      entropy -= probability * logProbability
      divergence += probability * (logProbability - second.logProbability(of: face))
      guard alpha.count > 1 else { continue }
      entropy += probability * (logBeta - zip(alpha, digammas).reduce(0) { $0 + ($1.0 - 1) * $1.1 })
      let inside = zip(zip(alpha, beta), digammas).reduce(otherLogBeta - logBeta) {
        $0 + ($1.0.0 - $1.0.1) * $1.1
      }
      divergence += probability * inside
    }
    return (entropy, divergence)
  }
}
