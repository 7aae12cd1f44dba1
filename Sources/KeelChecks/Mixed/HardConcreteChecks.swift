import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// Two scores.
  static let simplexHardConcrete = Check(
    id: "mixed.simplex-hard-concrete",
    statement:
      "sparsemax(λc) of two Concrete shares is the Hard Concrete number stretched to ((1-λ)/2, (1+λ)/2), for the same noise.",
    source: paper + ", section 3; λ = 1.2 gives the stretch (-0.1, 1.1) of Louizos et al. (2018)",
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    var stream = context.stream
    return try pathComparisons(
      stretch: 1.2, against: context.index % 2 == 0 ? 1.2 : nil, draw: context.index, using: &stream)
  }

  /// Two scores with the other constant.
  static let simplexHardConcretePublished = Check(
    id: "mixed.simplex-hard-concrete-published",
    statement:
      "With the λ = 1.1 of the published experiments, two scores give Hard Concrete with its stretch (-0.1, 1.1).",
    source: "The software of Farinhas et al. (2022): λ is 1.1 in the wrapper, 1.2 in the function below it",
    expectation: .violated(repairedBy: "mixed.simplex-hard-concrete"),
    trials: [.quick: 40, .standard: 400, .full: 4000], problemStream: "mixed.simplex-hard-concrete"
  ) { context -> [Comparison] in
    var stream = context.stream
    return try pathComparisons(
      stretch: SimplexHardConcrete.publishedStretch, against: 1.2, draw: context.index, using: &stream)
  }

  /// - Parameters:
  ///   - stretch: λ.
  ///   - against: the λ whose interval the other law is stretched to; a random λ for both if nil.
  private static func pathComparisons(
    stretch: Double, against: Double?, draw: Int, using stream: inout RandomStream
  ) throws -> [Comparison] {
    let lambda = against == nil ? 1 + Double.exp10(stream.uniform(in: -2.0..<1)) : stretch
    let other = against ?? lambda
    let scores = (0..<2).map { _ in stream.normal(mean: 0, deviation: 2.0) }
    let temperature = Double.exp10(stream.uniform(in: -1.0..<0.5))
    let law = try SimplexHardConcrete(scores: scores, temperature: temperature, stretch: lambda)
    let interval = try HardConcrete(
      logAlpha: scores[0] - scores[1], temperature: temperature, stretch: (1 - other) / 2...(1 + other) / 2)
    let noise = law.noise(using: &stream)
    let (pair, single) = (law.outcome(of: noise)[0], interval.value(of: noise[0] - noise[1]))
    let parameters: Parameters = [
      "z": .numbers(scores), "β": .number(temperature), "λ": .number(lambda), "noise": .numbers(noise),
    ]
    // Logits round by their size, and shares move by a quarter of that times λ.
    let logits = zip(scores, noise).reduce(1) { $0 + ($1.0.magnitude + $1.1.magnitude) / temperature }
    return [
      .equal(
        pair, single, tolerance: 1e-15 * (lambda + 1) * (1 + 0.25 * logits), part: "y₁",
        parameters: parameters),
      .equal(
        Double.exp(try law.logProbability(of: SimplexFace([0], of: 2))), interval.upperMass, tolerance: 1e-13,
        part: "P(y₁ = 1)", parameters: parameters),
    ]
  }

  /// Faces of three scores.
  static let simplexHardConcreteFaces = Check(
    id: "mixed.simplex-hard-concrete-faces",
    statement:
      "P(f) = λ^(1-K) ∫∫ p_C(c(y, u)) du dy over the shares u = λc off the face: what is drawn has these faces.",
    source: "Derived for this library from the density of the Concrete law",
    trials: [.quick: 2, .standard: 8, .full: 16],
    cases: [
      Check.NamedCase("three-scores", expected: .holds) { context -> [Comparison] in
        let law = try SimplexHardConcrete(scores: [0.3, -0.2, 0.1], temperature: 0.7, stretch: 1.3)
        return try [
          ([0], 0.1310588501, 1e-10), ([1], 0.06664, 1e-5), ([2], 0.09884, 1e-5), ([0, 1], 0.10087, 2e-4),
          ([0, 1, 2], 0.36691, 2e-4),
        ].map { vertices, digits, tolerance in
          Comparison.equal(
            Double.exp(try law.logProbability(of: SimplexFace(vertices, of: 3))), digits,
            tolerance: tolerance,
            part: "P(\(vertices))")
        } + (try faceComparisons(law, context))
      }
    ]
  ) { context -> [Comparison] in
    var stream = context.stream.stream("law")
    let count = context.index % 4 == 3 ? 2 : 3
    return try faceComparisons(
      SimplexHardConcrete(
        scores: (0..<count).map { _ in stream.normal() }, temperature: stream.uniform(in: 0.3..<1.5),
        stretch: stream.uniform(in: 1.05..<2)), context)
  }

  private static func faceComparisons(
    _ law: SimplexHardConcrete, _ context: TrialContext
  ) throws -> [Comparison] {
    let count = law.coordinateCount
    return try law.drawnFaces(
      context.effort.sampleCount, single: context.index % 2 == 1, using: context.stream.stream("samples")
    ) { Double.exp(try law.logProbability(of: SimplexFace(mask: $0, of: count))) }
    .comparisons(
      parameters: ["z": .numbers(law.scores), "β": .number(law.temperature), "λ": .number(law.stretch)])
  }
}
