import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// Mass and entropy of laws on the interval.
  static let intervalEntropy = Check(
    id: "mixed.interval-entropy",
    statement:
      "H⊕ = H(F) + Σ P(f) h(Y | F = f) of rectified and Hard Concrete laws is -∫ p⊕ ln p⊕ dμ⊕, with ∫ p⊕ dμ⊕ = 1.",
    source: paper + ", section 2", assumptions: ["Scales from 1e-3 to 1e3."],
    trials: [.quick: 40, .standard: 400, .full: 4000],
    cases: [
      Check.NamedCase("rectified-gaussian", expected: .holds) { _ -> [Comparison] in
        try [
          (0.3, 1.0, 1.0778968477486126), (0.3, 0.5.squareRoot(), 1.001863838629086),
          (0.5, 0.25, 0.09531280616497154), (1.2, 0.4, 0.49980810427778133), (-0.5, 2, 0.9478606037974815),
        ].map { m, v, digits in
          Comparison.equal(
            try RectifiedGaussian(location: m, scale: v).entropy().total, digits, tolerance: 1e-14,
            parameters: ["m": .number(m), "v": .number(v)])
        }
      },
      Check.NamedCase("hard-concrete", expected: .holds) { _ -> [Comparison] in
        try [(0.0, 0.8618134443252552), (1, 0.8143456797556066), (-2, 0.6728956473617249)].map {
          logAlpha, digits in
          Comparison.equal(
            try HardConcrete(logAlpha: logAlpha).entropy().total, digits, tolerance: 1e-12,
            parameters: ["ln α": .number(logAlpha)])
        }
      },
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    let law = try IntervalPair.drawn(context.index, scales: -3.0..<3, using: &stream).first
    let entropy = try law.law.entropy()
    let mass = law.mean { _, _ in 1 }
    // A scale of 1e-3 takes 13 digits of the place of a point relative to it.
    return [
      .equal(mass.ends + mass.inside, 1, tolerance: 1e-11, part: "mass", parameters: law.parameters),
      .equal(entropy.meanDimension, mass.inside, tolerance: 1e-11, part: "E dim", parameters: law.parameters),
      .equal(
        entropy.total, law.entropy, tolerance: 2e-11 * (1 + entropy.total.magnitude), part: "H⊕",
        parameters: law.parameters),
    ]
  }

  /// Entropies from samples.
  static let entropySamples = Check(
    id: "mixed.entropy-samples", statement: "H⊕ is the mean of -ln p⊕(Y) over what is drawn.",
    source: "The definition of entropy", trials: [.quick: 10, .standard: 20, .full: 20]
  ) { context -> [Comparison] in
    var stream = context.stream
    guard context.index % 5 == 4 else {
      let law = try IntervalPair.drawn(context.index % 5, scales: -1.0..<1, using: &stream).first
      // Otherwise the standard error is that of a handful of events.
      let largest = max(law.logDensity(0), law.logDensity(1))
      guard -Double.expMinusOne(largest) * Double(context.effort.sampleCount) > 500 else {
        throw AssumptionFailure("no end of the interval is nearly certain", parameters: law.parameters)
      }
      return [try entropyComparison(of: law.law, context, law.parameters)]
    }
    let count = 1 + stream.integer(below: 6)
    let law = try MixedDirichlet(
      weights: (0..<count).map { _ in stream.normal() },
      concentrations: (0..<count).map { _ in Double.exp10(stream.uniform(in: -1.0..<1.5)) })
    return [
      try entropyComparison(
        of: law, context, ["w": .numbers(law.faces.weights), "α": .numbers(law.concentrations)])
    ]
  }

  /// The entropy of a law against the mean over samples, drawn from a stream of their own.
  private static func entropyComparison(
    of law: some MixedDistribution, _ context: TrialContext, _ parameters: Parameters
  ) throws -> Comparison {
    let mean = law.sampleMean(context.effort.sampleCount, using: context.stream.stream("samples")) {
      -law.logDensity(unchecked: $0)
    }
    let entropy = try law.entropy().total
    return .equal(
      mean.mean, entropy,
      tolerance: SampleTolerance.standardErrors * mean.standardError + 1e-12 * (1 + entropy.magnitude),
      part: "H⊕", parameters: parameters)
  }

  /// What published code draws.
  static let rectifiedSamplerPublished = Check(
    id: "mixed.rectified-sampler-published",
    statement: "The first of sparsemax(l + σε₁, 1-l + σε₂) is clip(N(l, σ²), 0, 1).",
    source: "The software of Farinhas et al. (2022): samples of bits, whose density and entropy assume σ²",
    expectation: .violated(repairedBy: "mixed.rectified-sampler"),
    trials: [.quick: 6, .standard: 12, .full: 12], problemStream: "mixed.rectified-sampler",
    cases: [
      Check.NamedCase("printed-deviation", expected: .violated) { context -> [Comparison] in
        var stream = context.stream
        let count = context.effort.sampleCount
        let bits = try PublishedGaussianSparsemaxBits(location: 0.3, deviation: 1)
        let share = Double(bits.samples(count: count, using: &stream).count { $0 == 0 }) / Double(count)
        return [(0.3357, "as sampled"), (0.3821, "as assumed")].map { probability, part in
          Comparison.equal(
            share, probability,
            tolerance: 5e-5 + SampleTolerance.share(probability: probability, count: count), part: part)
        }
      }
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    let problem = BitProblem(using: &stream)
    let bits = try PublishedGaussianSparsemaxBits(location: problem.location, deviation: problem.deviation)
    return problem.comparisons(bits.samples(count: context.effort.sampleCount, using: &stream))
  }

  /// What is drawn here.
  static let rectifiedSampler = Check(
    id: "mixed.rectified-sampler",
    statement:
      "Rectified Gaussian samples are clip(N(l, σ²), 0, 1), and so is the first of sparsemax of two scores with "
      + "deviations √2 σ.",
    source: "Derived for this library: the first entry of two is clip((1 + z₁ - z₂)/2, 0, 1)",
    trials: [.quick: 6, .standard: 12, .full: 12], problemStream: "mixed.rectified-sampler"
  ) { context -> [Comparison] in
    var stream = context.stream
    let problem = BitProblem(using: &stream)
    let (l, count) = (problem.location, context.effort.sampleCount)
    let wide = 2.0.squareRoot() * problem.deviation
    func first(_ law: some MixedDistribution) -> [Double] {
      var values: [Double] = []
      values.reserveCapacity(count)
      law.forEachSample(count, as: Double.self, using: stream) { values.append($0[0]) }
      return values
    }
    return problem.comparisons(first(try RectifiedGaussian(location: l, scale: problem.deviation)))
      + problem.comparisons(first(try GaussianSparsemax(means: [l, 1 - l], deviations: [wide, wide])))
  }

  /// The entropy formula of published code.
  static let rectifiedEntropyPublished = Check(
    id: "mixed.rectified-entropy-published",
    statement:
      "H⊕ of clip(N(l, σ²), 0, 1) is -P₀ ln P₀ - P₁ ln P₁ + D ln(σ√2π) + (σ/2)(D - [xφ(x)]).",
    source: "The software of Farinhas et al. (2022), entropy of bits; the factor σ/2 should be 1/2",
    expectation: .violated(repairedBy: "mixed.interval-entropy"),
    trials: [.quick: 40, .standard: 400, .full: 4000],
    cases: [
      Check.NamedCase("deviation-one", expected: .holds) { _ -> [Comparison] in
        // The only value that was used.
        try publishedEntropy(location: 0.3, deviation: 1)
      },
      Check.NamedCase("deviation-quarter", expected: .violated) { _ -> [Comparison] in
        let found = try PublishedGaussianSparsemaxBits(location: 0.5, deviation: 0.25).entropy
        return [
          .equal(found, -0.18164, tolerance: 5e-6, part: "as published"),
          .equal(found, 0.09531280616497154, tolerance: 1e-9, part: "H⊕"),
        ]
      },
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    return try publishedEntropy(
      location: stream.uniform(in: -0.5..<1.5), deviation: Double.exp10(stream.uniform(in: -2.0..<1)))
  }

  private static func publishedEntropy(location: Double, deviation: Double) throws -> [Comparison] {
    // What the program adds to probabilities, 1e-12, moves P ln P by 28 times as much.
    [
      .equal(
        try PublishedGaussianSparsemaxBits(location: location, deviation: deviation).entropy,
        try RectifiedGaussian(location: location, scale: deviation).entropy().total, tolerance: 1e-10,
        part: "H⊕", parameters: ["l": .number(location), "σ": .number(deviation)])
    ]
  }

  /// The constant that published code adds.
  static let rectifiedMassPublished = Check(
    id: "mixed.rectified-mass-published",
    statement:
      "exp(ln(P₀ + 1e-4)) + D + exp(ln(P₁ + 1e-4)) = 1: the published log-densities are those of a law.",
    source: "The software of Farinhas et al. (2022), classes Rectified01 and Truncated01",
    expectation: .violated(repairedBy: "mixed.interval-entropy"),
    trials: [.quick: 20, .standard: 200, .full: 1000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let law = try RectifiedGaussian(
      location: stream.uniform(in: -0.5..<1.5), scale: Double.exp10(stream.uniform(in: -2.0..<1)))
    let published = PublishedRectifiedDistribution(law)
    let parameters: Parameters = ["l": .number(law.location), "σ": .number(law.scale)]
    return [
      .equal(published.total, 1, tolerance: 1e-12, part: "mass", parameters: parameters),
      .equal(
        published.logDensity(0), law.logDensity(at: [0]),
        tolerance: 1e-12 * (1 + law.logDensity(at: [0]).magnitude),
        part: "ln P₀", parameters: parameters),
    ]
  }
}

/// clip(N(l, σ²), 0, 1).
private struct BitProblem {
  let location: Double
  let deviation: Double

  init(using stream: inout RandomStream) {
    location = stream.uniform(in: 0.1..<0.45)
    deviation = Double.exp10(stream.uniform(in: -0.5..<0.5))
  }

  /// Compares the shares of the ends, and of the two halves between them.
  func comparisons(_ values: [Double]) -> [Comparison] {
    let ends = [0, 0.5, 1].map { ($0 - location) / deviation }
    let shares = DrawnShares(
      names: ["0", "below ½", "above ½", "1"],
      probabilities: [
        StandardNormal.cumulative(ends[0]), StandardNormal.probability(from: ends[0], to: ends[1]),
        StandardNormal.probability(from: ends[1], to: ends[2]), StandardNormal.cumulative(-ends[2]),
      ],
      counts: [
        values.count { $0 == 0 }, values.count { $0 > 0 && $0 < 0.5 }, values.count { $0 >= 0.5 && $0 < 1 },
        values.count { $0 == 1 },
      ])
    return shares.comparisons(parameters: ["l": .number(location), "σ": .number(deviation)])
  }
}
