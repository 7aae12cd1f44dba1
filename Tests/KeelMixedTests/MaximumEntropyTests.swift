import Keel
import RealModule
import Testing

@testable import KeelMixed

@Suite("Maximum-entropy laws")
struct MaximumEntropyTests {
  /// log2 Z(K, N) for N = 0, 1, 2, 4, 8 and K from 2, computed with 30 digits.
  static let table: [[Double]] = [
    [1.58496250072116, 2.0, 2.58496250072116, 4.16992500144231, 8.01122725542325],
    [2.70043971814109, 3.45943161863730, 4.52356195605701, 7.48381577726426, 15.0335520536470],
    [3.60486205815886, 4.66296501272243, 6.14295795384204, 10.3383649846980, 21.4818854727017],
    [4.38370429247405, 5.70965824817047, 7.56224242422107, 12.8896940793821, 27.5260292542198],
    [5.07717177407792, 6.64769825606912, 8.84088280491827, 15.2200810107821, 33.2589725812336],
    [5.70785758491913, 7.50479692284622, 10.0136793673364, 17.3796572018952, 38.7394918433801],
    [6.28992007392295, 8.29861177025823, 11.1030879407096, 19.4018091812795, 44.0081145372268],
    [6.83291292645886, 9.04120716588757, 12.1246003659419, 21.3101645516600, 49.0944762249231],
    [7.34363740938614, 9.74125533089745, 13.0894386872171, 23.1222033914830, 54.0211878089016],
  ]

  @Test("log2 Z of the table", arguments: 2...10)
  func logPartition(count: Int) throws {
    for (resolution, expected) in zip([0.0, 1, 2, 4, 8], Self.table[count - 2]) {
      let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
      // Fifteen digits are given.
      #expect((law.bits - expected).magnitude <= 6e-15 * Swift.max(expected, 10))
      #expect((law.entropy().bits(resolution: resolution) - expected).magnitude <= 1e-14 * expected + 1e-14)
    }
  }

  @Test("Z is a Laguerre polynomial at -2^N", arguments: 1...40, [0, 0.5, 3, 8])
  func laguerre(count: Int, resolution: Double) throws {
    let b = Double.exp2(resolution)
    var (last, next) = (0.0, 1.0)
    for n in 0..<count - 1 {
      let m = Double(n)
      (last, next) = (next, ((2 * m + 2 + b) * next - (m + 1) * last) / (m + 1))
    }
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    // Each step of the recurrence adds a few roundings of numbers of one size.
    #expect((law.logPartition - Double.log(next)).magnitude <= 1e-13)
  }

  @Test(
    "Z of some cases",
    arguments: [
      (5, 1, 52.333333333333336), (5, 3, 1002.3333333333334), (10, 0, 162.42584600970017636684),
      (10, 3, 189428.12204585537919),
    ])
  func partition(count: Int, resolution: Double, expected: Double) throws {
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    #expect((Double.exp(law.logPartition) - expected).magnitude <= 1e-14 * expected)
  }

  @Test(
    "the parts of the entropy, in bits",
    arguments: [
      (2, 3, 0.8, 0.921928094887362, 0), (3, 0, 0.615384615384615, 2.77736279506417, -0.0769230769230769),
      (3, 2, 1.21739130434783, 2.43660543431788, -0.347826086956522),
      (10, 0, 1.98130110961129, 8.65130175443267, -1.30766434504652),
    ] as [(Int, Double, Double, Double, Double)])
  func parts(count: Int, resolution: Double, dimension: Double, face: Double, conditional: Double) throws {
    let entropy = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution).entropy()
    #expect((entropy.meanDimension - dimension).magnitude <= 1e-14)
    #expect((entropy.face / Double.log(2) - face).magnitude <= 1e-14)
    #expect((entropy.conditional / Double.log(2) - conditional).magnitude <= 1e-14)
  }

  @Test(
    "the law of the size",
    arguments: [
      (3, 0, [6.0 / 13, 6.0 / 13, 1.0 / 13]), (3, 2, [0.130434782609, 0.521739130435, 0.347826086957]),
      (4, 1, [0.157894736842, 0.473684210526, 0.315789473684, 0.0526315789474]),
    ] as [(Int, Double, [Double])])
  func sizes(count: Int, resolution: Double, expected: [Double]) throws {
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    for (probability, expected) in zip(try law.sizeLaw(), expected) {
      #expect((probability - expected).magnitude <= 1e-12)
    }
    for (index, probability) in law.dimensionLaw().enumerated() {
      let faces = SimplexFace.count(ofDimension: index, of: count)
      let each = Double.exp(law.logProbability(ofFaceWithVertexCount: index + 1))
      #expect((faces * each - probability).magnitude <= 1e-14)
    }
  }

  @Test("the entropy equals the sum over all faces, and the bound that no law exceeds", arguments: 1...10)
  func enumeration(count: Int) throws {
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: 1.5)
    var (face, conditional, dimension, total) = (0.0, 0.0, 0.0, 0.0)
    for (f, p) in try law.faceLaw() {
      total += p
      face -= p * Double.log(p)
      conditional += p * f.logVolume
      dimension += p * Double(f.dimension)
    }
    let entropy = law.entropy()
    #expect((total - 1).magnitude <= 1e-13)
    #expect((entropy.face - face).magnitude <= 1e-12)
    #expect((entropy.conditional - conditional).magnitude <= 1e-12)
    #expect((entropy.meanDimension - dimension).magnitude <= 1e-12)
    let measure = DirectSumMeasure.simplex(vertices: count)
    #expect((law.logPartition - measure.logTotal(resolution: 1.5)).magnitude <= 1e-14)
  }

  @Test("moments")
  func moments() throws {
    let law = try MaximumEntropySimplex(coordinateCount: 4, resolution: 1)
    #expect((law.secondMoment - 0.163157894737).magnitude <= 1e-12)
    #expect((law.zeroProbability - 0.434210526316).magnitude <= 1e-12)
  }

  @Test(
    "large simplices agree with 40 digits",
    arguments: [
      (100, 0, 27.951139956529477), (10_000, 0, 289.312322077840551), (1_000_000, 0, 2887.8257278965261951),
      (1_000_000, 8, 45979.225882481563226), (1000, 700, 690780.56778007988851),
    ] as [(Int, Double, Double)])
  func large(count: Int, resolution: Double, bits: Double) throws {
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    #expect((law.bits - bits).magnitude <= 1e-13 * bits)
    let entropy = law.entropy()
    #expect((entropy.bits(resolution: resolution) - bits).magnitude <= 1e-13 * bits)
    #expect((law.law.dimensions.probabilities.reduce(0, +) - 1).magnitude <= 1e-13)
  }

  @Test("extreme parameters are no numbers to trap on", arguments: [0.0, 1e-300, 1023, 1024, 0x1p20])
  func extremes(resolution: Double) throws {
    for count in [1, 2, 50] {
      let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
      let expected = Double(count - 1) * resolution
      #expect(law.logPartition.isFinite && law.entropy().total.isFinite)
      if resolution > 1000 {
        // The largest term alone: 2^(N(K-1)) / (K-1)!.
        let largest = expected - Double.logGamma(Double(count)) / Double.log(2)
        #expect((law.bits - largest).magnitude <= 1e-12 * Swift.max(1, expected))
      }
      var stream = RandomStream(seed: 1)
      #expect(law.sample(using: &stream).allSatisfy { $0.isFinite })
    }
    #expect(throws: MixedError.self) { try MaximumEntropySimplex(coordinateCount: 0) }
    #expect(throws: MixedError.self) { try MaximumEntropySimplex(coordinateCount: 2, resolution: -1) }
    #expect(throws: MixedError.self) { try MaximumEntropySimplex(coordinateCount: 2, resolution: .nan) }
    #expect(throws: MixedError.self) { try MaximumEntropyCube(coordinateCount: 0) }
  }

  @Test("samples have the law of the faces and the moments", arguments: [0.0, 1, 3])
  func samples(resolution: Double) throws {
    let law = try MaximumEntropySimplex(coordinateCount: 4, resolution: resolution)
    let seed: UInt64 = 11
    let count = 20_000
    let outcomes = law.samples(count, using: RandomStream(seed: seed))
    let counts = try law.faceCounts(of: outcomes)
    for (face, probability) in try law.faceLaw() {
      let expected = Double(count) * probability
      let deviation = (expected * (1 - probability)).squareRoot()
      #expect(
        (Double(counts[face] ?? 0) - expected).magnitude <= 4.5 * deviation, "face \(face), seed \(seed)")
    }
    for k in 0..<4 {
      let column = (0..<count).map { outcomes[$0, k] }
      let mean = column.reduce(0, +) / Double(count)
      let square = column.reduce(0) { $0 + $1 * $1 } / Double(count)
      // Neither variance exceeds the second moment, nor that of a number in [0, 1].
      let error = 4.5 * (law.secondMoment / Double(count)).squareRoot()
      #expect((mean - 0.25).magnitude <= error, "seed \(seed)")
      #expect((square - law.secondMoment).magnitude <= error, "seed \(seed)")
    }
  }

  @Test("the N-bit information is the same for every outcome", arguments: [0.0, 0.5, 6])
  func flat(resolution: Double) throws {
    let law = try MaximumEntropySimplex(coordinateCount: 6, resolution: resolution)
    let outcomes = law.samples(2000, using: RandomStream(seed: 3))
    for row in 0..<outcomes.rows {
      let bits = try law.information(of: Array(outcomes.row(row)), resolution: resolution)
      #expect((bits - law.bits).magnitude <= 1e-13 * Swift.max(1, law.bits))
    }
  }

  @Test("a sample of a million coordinates")
  func longSample() throws {
    let law = try MaximumEntropySimplex(coordinateCount: 1_000_000)
    let outcomes = law.samples(2, using: RandomStream(seed: 5), as: Float.self)
    for row in 0..<2 {
      let outcome = outcomes.row(row).map { Double($0) }
      #expect((outcome.reduce(0, +) - 1).magnitude < 1e-6)
      // K^(1/2) vertices give or take some K^(1/4).
      #expect((800...1200).contains(outcome.count { $0 > 0 }))
    }
  }

  @Test("the cube of dimension 1 is the simplex of two vertices", arguments: [0.0, 1.5, 8])
  func cube(resolution: Double) throws {
    let cube = try MaximumEntropyCube(coordinateCount: 1, resolution: resolution)
    let simplex = try MaximumEntropySimplex(coordinateCount: 2, resolution: resolution)
    #expect((cube.logPartition - simplex.logPartition).magnitude <= 1e-15 * simplex.logPartition)
    #expect((cube.entropy().face - simplex.entropy().face).magnitude <= 1e-15)
    #expect((cube.entropy().meanDimension - simplex.entropy().meanDimension).magnitude <= 1e-15)
    let five = try MaximumEntropyCube(coordinateCount: 5, resolution: resolution)
    let law = try five.faceLaw()
    #expect((law.reduce(0) { $0 + $1.probability } - 1).magnitude <= 1e-13)
    #expect((five.dimensionLaw().reduce(0, +) - 1).magnitude <= 1e-13)
    let entropy = law.reduce(0) { $0 - $1.probability * Double.log($1.probability) }
    #expect((five.entropy().total - entropy).magnitude <= 1e-12)
    #expect((five.entropy().bits(resolution: resolution) - five.bits).magnitude <= 1e-13)
    let counts = try five.faceCounts(of: five.samples(20_000, using: RandomStream(seed: 8)))
    for (face, probability) in law {
      let expected = 20_000 * probability
      let deviation = (expected * (1 - probability)).squareRoot()
      #expect((Double(counts[face] ?? 0) - expected).magnitude <= 4.5 * deviation + 1)
    }
  }

  @Test("the divergence from a maximum-entropy law needs the entropy alone")
  func divergence() throws {
    let law = try MaximumEntropySimplex(coordinateCount: 5, resolution: 2)
    let prior = try MaximumEntropySimplex(coordinateCount: 5, resolution: 0.5)
    let divergence = try law.divergence(from: prior)
    var face = 0.0
    for (f, p) in try law.faceLaw() { face += p * (Double.log(p) - prior.logProbability(of: f)) }
    #expect((divergence.face - face).magnitude <= 1e-13)
    // Both laws are uniform on every face.
    #expect(divergence.conditional.magnitude <= 1e-14)
    #expect(throws: MixedError.self) { try law.divergence(from: MaximumEntropySimplex(coordinateCount: 4)) }
  }

  @Test("no law with uniform faces has a larger N-bit entropy", arguments: [2, 3, 4])
  func bound(count: Int) throws {
    let resolution = 2.0
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    let faces = Array(SimplexFace.all(of: count))
    var stream = RandomStream(seed: UInt64(count))
    for _ in 0..<1000 {
      let weights = faces.map { Double.exp(logScale($0)) * stream.exponential(Double.self) }
      let sum = weights.reduce(0, +)
      var entropy = MixedEntropy(face: 0, conditional: 0, meanDimension: 0)
      for (face, weight) in zip(faces, weights) {
        let p = weight / sum
        entropy.face -= p * Double.log(p)
        entropy.conditional += p * face.logVolume
        entropy.meanDimension += p * Double(face.dimension)
      }
      #expect(entropy.bits(resolution: resolution) <= law.bits + 1e-12)
    }
    func logScale(_ face: SimplexFace) -> Double { law.logProbability(of: face) }
  }

  @Test("an estimated entropy gives a divergence with its standard error")
  func estimatedDivergence() throws {
    let law = try MaximumEntropySimplex(coordinateCount: 5, resolution: 3)
    let prior = try PublishedMaximumEntropyFaces(coordinateCount: 5, resolution: 1)
    let exact = try law.divergence(from: prior)
    var face = 0.0
    for (f, p) in try law.faceLaw() { face += p * (Double.log(p) - prior.logProbability(of: f)) }
    #expect((exact.face - face).magnitude <= 1e-13)
    #expect(exact.conditional.magnitude <= 1e-14)
    let entropy = try law.estimateEntropyParts(samples: 4000, using: RandomStream(seed: 1))
    let estimate = prior.divergence(ofEntropy: entropy, dimensionLaw: law.dimensionLaw())
    #expect(estimate.standardError == entropy.standardError && estimate.standardError > 0)
    #expect((estimate.total - exact.total).magnitude <= 4.5 * estimate.standardError)
    let sampled = law.estimateDivergence(from: prior, samples: 4000, using: RandomStream(seed: 2))
    #expect((sampled.value - exact.total).magnitude <= 4.5 * sampled.standardError)
  }

  @Test("the published law leaves out the number of faces")
  func published() throws {
    let three = try PublishedMaximumEntropyFaces(coordinateCount: 3)
    for (found, expected) in zip(three.dimensionLaw(), [0.4, 0.4, 0.2]) {
      #expect((found - expected).magnitude <= 1e-15)
    }
    let ten = try PublishedMaximumEntropyFaces(coordinateCount: 10)
    #expect((ten.entropy().bits() - 6.5784).magnitude < 5e-5)
    let sum = try ten.faceLaw().reduce(0) { $0 + $1.probability }
    #expect((sum - 1).magnitude <= 1e-12)
    let estimate = ten.estimateEntropy(samples: 4000, using: RandomStream(seed: 2))
    #expect((estimate.value - ten.entropy().total).magnitude <= 4.5 * estimate.standardError)
  }
}
