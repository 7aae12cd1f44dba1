import Keel
import RealModule
import Testing

@testable import KeelMixed

/// A law with a name that a failure shows.
struct NamedLaw<Face: PolytopeFace>: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var law: any MixedDistribution<Face>
  /// Whether a density or a probability is an integral of two dimensions: few must do then, and faces and
  /// entropies are left to the tests of the law.
  var isSlow: Bool

  init(_ name: String, _ law: any MixedDistribution<Face>, isSlow: Bool = false) {
    (testDescription, self.law, self.isSlow) = (name, law, isSlow)
  }
}

/// What holds for every law, whatever it is: samples are outcomes, the density is that of the samples, the parts
/// belong together.
@Suite("Every mixed law agrees with its own samples")
struct LawConsistencyTests {
  static let moderateSimplexLaws: [NamedLaw<SimplexFace>] = laws {
    [
      NamedLaw("maximum entropy, K = 1", try MaximumEntropySimplex(coordinateCount: 1)),
      NamedLaw("maximum entropy, K = 5", try MaximumEntropySimplex(coordinateCount: 5, resolution: 2)),
      NamedLaw("published faces", try PublishedMaximumEntropyFaces(coordinateCount: 4, resolution: 1)),
      NamedLaw(
        "Gaussian-Sparsemax, K = 2", try GaussianSparsemax(means: [0.3, -0.2], deviations: [0.5, 1])),
      NamedLaw(
        "Gaussian-Sparsemax, K = 3",
        try GaussianSparsemax(means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9]), isSlow: true),
      NamedLaw(
        "mixed Dirichlet, K = 2", try MixedDirichlet(weights: [0.3, -0.4], concentrations: [0.7, 2])),
      NamedLaw(
        "mixed Dirichlet, K = 4",
        try MixedDirichlet(weights: [0.5, -1, 0.25, -0.3], concentrations: [0.7, 1.5, 2, 0.4])),
      NamedLaw(
        "Hard Concrete, K = 2", try SimplexHardConcrete(scores: [0.3, -0.2], temperature: 0.7, stretch: 1.2)),
      NamedLaw(
        "Hard Concrete, K = 3",
        try SimplexHardConcrete(scores: [0.3, -0.2, 0.1], temperature: 0.7, stretch: 1.3), isSlow: true),
      NamedLaw(
        "a mixture",
        try MixtureDistribution(
          [
            GaussianSparsemax(means: [0, 0], deviations: [1, 1]),
            GaussianSparsemax(means: [1, 0], deviations: [0.3, 0.3]),
          ],
          weights: [1, 2])),
    ]
  }

  static let moderateCubeLaws: [NamedLaw<CubeFace>] = laws {
    [
      NamedLaw("maximum entropy", try MaximumEntropyCube(coordinateCount: 2, resolution: 1)),
      NamedLaw("rectified normal", try RectifiedGaussian(location: 0.3, scale: 0.5)),
      NamedLaw("rectified logistic", try RectifiedLogistic(location: 0.7, scale: 0.4)),
      NamedLaw("rectified Laplace", try RectifiedLaplace(location: 0.2, scale: 0.6)),
      NamedLaw("rectified uniform", try RectifiedUniform(location: 0.4, scale: 1.5)),
      NamedLaw("Hard Concrete", try HardConcrete(logAlpha: 1)),
      NamedLaw(
        "a mixture", try MixtureDistribution([HardConcrete(logAlpha: 1), HardConcrete(logAlpha: -2)])),
      NamedLaw(
        "a product", try ProductDistribution([HardConcrete(logAlpha: 1), HardConcrete(logAlpha: -2)])),
    ]
  }

  static let extremeSimplexLaws: [NamedLaw<SimplexFace>] = laws {
    [
      NamedLaw("narrow scores", try GaussianSparsemax(means: [0.5, 0.2, 0], deviations: [1e-3, 1e-3, 1])),
      NamedLaw("wide scores", try GaussianSparsemax(means: [0.5, 0.2, 0], deviations: [1e3, 1, 1e-3])),
      NamedLaw("distant scores", try GaussianSparsemax(means: [200, 0, -200], deviations: [1, 1, 1])),
      NamedLaw("one score", try GaussianSparsemax(means: [3], deviations: [1])),
      NamedLaw(
        "tiny concentrations", try MixedDirichlet(weights: [0, 1, -1], concentrations: [1e-3, 1e-3, 1e-3])),
      NamedLaw(
        "large concentrations", try MixedDirichlet(weights: [0, 1, -1], concentrations: [1e3, 1, 1e-3])),
      NamedLaw(
        "distant weights", try MixedDirichlet(weights: [200, -200, 0], concentrations: [1, 1, 1])),
      NamedLaw(
        "no vertex is likely", try MixedDirichlet(weights: [-200, -200, -200], concentrations: [1, 1, 1])),
      NamedLaw("one weight", try MixedDirichlet(weights: [-3], concentrations: [2])),
      NamedLaw(
        "distant Hard Concrete", try SimplexHardConcrete(scores: [200, 0, -200], temperature: 0.7),
        isSlow: true),
      NamedLaw(
        "cold Hard Concrete", try SimplexHardConcrete(scores: [1, 0, -1], temperature: 0.02), isSlow: true),
    ]
  }

  static let extremeCubeLaws: [NamedLaw<CubeFace>] = laws {
    [
      NamedLaw("narrow", try RectifiedGaussian(location: 0.3, scale: 1e-3)),
      NamedLaw("wide", try RectifiedGaussian(location: 0.3, scale: 1e3)),
      NamedLaw("distant", try RectifiedGaussian(location: -200, scale: 1)),
      NamedLaw("Hard Concrete at 200", try HardConcrete(logAlpha: 200)),
      NamedLaw("cold Hard Concrete", try HardConcrete(logAlpha: 0, temperature: 0.02)),
    ]
  }

  /// The laws, or none if one of them has wrong parameters, which a test notices.
  private static func laws<Face>(_ make: () throws -> [NamedLaw<Face>]) -> [NamedLaw<Face>] {
    (try? make()) ?? []
  }

  @Test("the laws of this file have valid parameters")
  func parameters() {
    #expect(!Self.moderateSimplexLaws.isEmpty && !Self.moderateCubeLaws.isEmpty)
    #expect(!Self.extremeSimplexLaws.isEmpty && !Self.extremeCubeLaws.isEmpty)
  }

  @Test("samples are outcomes of positive density", arguments: moderateSimplexLaws + extremeSimplexLaws)
  func simplexSamples(named: NamedLaw<SimplexFace>) throws {
    try checkSamples(of: named.law, count: named.isSlow ? 4 : 100)
  }

  @Test("samples are outcomes of positive density", arguments: moderateCubeLaws + extremeCubeLaws)
  func cubeSamples(named: NamedLaw<CubeFace>) throws {
    try checkSamples(of: named.law, count: named.isSlow ? 4 : 100)
  }

  @Test("the entropy is the mean of the information of samples", arguments: moderateSimplexLaws)
  func simplexEntropy(named: NamedLaw<SimplexFace>) throws {
    guard !named.isSlow else { return }
    try checkEntropy(of: named.law)
    let prior = try MaximumEntropySimplex(coordinateCount: named.law.coordinateCount, resolution: 1)
    try checkDivergence(of: named.law, from: prior)
  }

  @Test("the entropy is the mean of the information of samples", arguments: moderateCubeLaws)
  func cubeEntropy(named: NamedLaw<CubeFace>) throws {
    try checkEntropy(of: named.law)
    let prior = try MaximumEntropyCube(coordinateCount: named.law.coordinateCount, resolution: 1)
    try checkDivergence(of: named.law, from: prior)
  }

  @Test("faces have the probabilities that samples show", arguments: moderateSimplexLaws)
  func simplexFaces(named: NamedLaw<SimplexFace>) throws {
    guard !named.isSlow else { return }
    try checkFaces(of: named.law, law: try named.law.faceLaw())
  }

  @Test("faces have the probabilities that samples show", arguments: moderateCubeLaws)
  func cubeFaces(named: NamedLaw<CubeFace>) throws {
    try checkFaces(of: named.law, law: try named.law.faceLaw())
  }

  @Test("densities on a segment integrate to 1", arguments: moderateCubeLaws + extremeCubeLaws)
  func cubeMass(named: NamedLaw<CubeFace>) throws {
    guard named.law.coordinateCount == 1 else { return }
    // A kink, as of the Laplace law, halves panels down to where what is left is of this size.
    #expect(try (named.law.integratedDensity() - 1).magnitude <= 1e-10)
  }

  @Test("densities on a segment integrate to 1", arguments: moderateSimplexLaws)
  func simplexMass(named: NamedLaw<SimplexFace>) throws {
    guard named.law.coordinateCount == 2 else { return }
    #expect(try (named.law.integratedDensity() - 1).magnitude <= 1e-10)
  }

  @Test("scores are derivatives of densities, and gradients along paths agree with them")
  func gradients() throws {
    for named in Self.moderateSimplexLaws {
      try checkGradients(of: named.law, named.isSlow ? 30 : 500, named.testDescription)
    }
    for named in Self.moderateCubeLaws {
      try checkGradients(of: named.law, named.isSlow ? 30 : 500, named.testDescription)
    }
  }

  // MARK: What is checked

  private let stream = RandomStream(seed: 31)

  private func checkSamples<Face>(of law: some MixedDistribution<Face>, count: Int) throws {
    for (rows, densities) in [
      (law.samples(count, using: stream), try law.logDensities(of: law.samples(count, using: stream))),
      (
        Matrix<Double>(converting: law.samples(count, using: stream, as: Float.self)),
        try law.logDensities(of: law.samples(count, using: stream, as: Float.self))
      ),
    ] {
      for row in 0..<rows.rows {
        let outcome = Array(rows.row(row))
        #expect(densities[row].isFinite, "\(outcome)")
        // A batch may add up in another order.
        let single = try law.logDensity(of: outcome)
        #expect((single - densities[row]).magnitude <= 1e-11 * max(1, single.magnitude), "\(outcome)")
      }
    }
    #expect(law.samples(count, using: stream, threads: 1) == law.samples(count, using: stream, threads: 2))
  }

  private func checkEntropy<Face>(of law: some MixedDistribution<Face>) throws {
    guard let exact = computed({ () throws(MixedError) in try law.entropy() }) else { return }
    let estimate = law.estimateEntropy(samples: 2000, using: stream)
    #expect((estimate.value - exact.total).magnitude <= 4.5 * estimate.standardError + 1e-12)
    let dimensions = try law.dimensionLaw()
    #expect((dimensions.reduce(0, +) - 1).magnitude <= 1e-9)
    let mean = dimensions.enumerated().reduce(0) { $0 + Double($1.0) * $1.1 }
    #expect((mean - exact.meanDimension).magnitude <= 1e-9)
  }

  private func checkDivergence<Face>(
    of law: some MixedDistribution<Face>, from prior: some FlatMixedDistribution & MixedDistribution<Face>
  ) throws where Face: CoordinateFace {
    guard let exact = computed({ () throws(MixedError) in try law.divergence(from: prior) }) else { return }
    let estimate = law.estimateDivergence(from: prior, samples: 2000, using: stream)
    #expect((estimate.value - exact.total).magnitude <= 4.5 * estimate.standardError + 1e-12)
    #expect(exact.face >= -1e-9 && exact.conditional >= -1e-9)
  }

  private func checkFaces<Face>(
    of law: some MixedDistribution<Face>, law probabilities: [(face: Face, probability: Double)]
  ) throws {
    #expect((probabilities.reduce(0) { $0 + $1.probability } - 1).magnitude <= 1e-9)
    let count = 4000
    let counts = try law.faceCounts(of: law.samples(count, using: stream))
    for (face, probability) in probabilities {
      let expected = Double(count) * probability
      let deviation = (expected * max(0, 1 - probability)).squareRoot()
      #expect((Double(counts[face] ?? 0) - expected).magnitude <= 4.5 * deviation + 1, "face \(face)")
    }
  }

  private func checkGradients<Face>(
    of law: some MixedDistribution<Face>, _ pairs: Int, _ name: String
  ) throws {
    guard let law = law as? any DifferentiableMixedDistribution else { return }
    try checkScores(of: law, count: pairs < 100 ? 1 : 6, name)
    if let law = law as? any PathwiseMixedDistribution { checkPaths(of: law, pairs: pairs, name) }
  }

  private func checkScores(
    of law: some DifferentiableMixedDistribution, count: Int, _ name: String
  ) throws {
    let outcomes = law.samples(count, using: stream)
    for row in 0..<outcomes.rows {
      let outcome = Array(outcomes.row(row))
      var score = [Double](repeating: 0, count: law.parameters.count)
      score.withUnsafeMutableBufferPointer { target in
        outcome.withUnsafeBufferPointer { law.addScore(unchecked: $0, weight: 1, into: target) }
      }
      for k in score.indices {
        let step = 1e-5 * max(1, law.parameters[k].magnitude)
        let values = try [-step, step].map { step in
          var parameters = law.parameters
          parameters[k] += step
          return try law.withParameters(parameters).logDensity(of: outcome)
        }
        let difference = (values[1] - values[0]) / (2 * step)
        // Third derivatives times 1e-10, and log-densities of 1e-12 over 1e-5.
        #expect(
          (score[k] - difference).magnitude <= 1e-6 * max(1, score[k].magnitude),
          "\(name), parameter \(k) at \(outcome)")
      }
    }
  }

  private func checkPaths(of law: some PathwiseMixedDistribution, pairs: Int, _ name: String) {
    let path = law.estimatePathwiseGradient(pairs: pairs, using: stream.stream(0)) { y in
      (y[0] * y[0], [2 * y[0]] + Array(repeating: 0, count: y.count - 1))
    }
    let score = law.estimateScoreGradient(pairs: pairs, using: stream.stream(1)) { $0[0] * $0[0] }
    for (k, (a, b)) in zip(path.gradient, score.gradient).enumerated() {
      let error = 4.5 * Double.hypot(a.standardError, b.standardError) + 1e-12
      #expect((a.value - b.value).magnitude <= error, "\(name), parameter \(k)")
    }
  }

  /// The value, or nil if the law says that it cannot be computed.
  private func computed<Value>(_ value: () throws(MixedError) -> Value) -> Value? {
    do throws(MixedError) {
      return try value()
    } catch {
      guard case .notComputable = error else {
        Issue.record(error)
        return nil
      }
      return nil
    }
  }
}
