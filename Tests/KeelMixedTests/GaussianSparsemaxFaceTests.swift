import Foundation
import Keel
@testable import KeelMixed
import TestSupport
import Testing

@Suite("Faces of Gaussian-Sparsemax")
struct GaussianSparsemaxFaceTests {
  static func faces(_ count: Int) throws -> [SimplexFace] {
    try (1..<1 << count).map { bits in
      try SimplexFace((0..<count).filter { bits >> $0 & 1 == 1 }, of: count)
    }
  }

  @Test("probabilities of faces of three scores have been integrated with 30 digits")
  func vectors() throws {
    let expected: [([Int], Double)] = [
      ([0], 0.10569109230289), ([1], 0.00438292024269), ([2], 0.06681170676320), ([0, 1], 0.28172588290079),
      ([0, 2], 0.20886837356562), ([1, 2], 0.06987500102139), ([0, 1, 2], 0.26264502320341),
    ]
    for (vertices, probability) in expected {
      let face = try SimplexFace(vertices, of: 3)
      // The vectors have fourteen decimals.
      #expect(abs(exp(try GaussianSparsemaxTables.law.logProbability(of: face)) - probability) < 2e-13)
    }
  }

  @Test("probabilities of all faces sum to 1", arguments: [1, 2, 3], 0..<2)
  func sumsOfFew(count: Int, seed: Int) throws {
    let law = try GaussianCase.random(seed, count: count, ratio: seed == 0 ? 4 : 1e3).law
    let sum = try Self.faces(count).reduce(0) { $0 + exp(try law.logProbability(of: $1)) }
    // The integrals are good to 1e-12 where deviations are alike, and faces of three vertices to 1e-11.
    #expect(abs(sum - 1) < 1e-10, "\(law)")
  }

  @Test("probabilities of the 31 faces of five scores sum to 1, and to the law of the dimension")
  func sumsOfFive() throws {
    let law = try GaussianSparsemax(means: [0.3, -0.2, 0.5, 0, 0.1], deviations: [1, 0.5, 0.7, 0.4, 1.5])
    var dimensions = [Double](repeating: 0, count: 5)
    for face in try Self.faces(5) {
      dimensions[face.dimension] += exp(try law.logProbability(of: face))
    }
    #expect(abs(dimensions.reduce(0, +) - 1) < 1e-10)
    let found = try law.dimensionLaw()
    for (a, b) in zip(dimensions, found) { #expect(abs(a - b) < 1e-10) }
  }

  @Test("samples fall on faces as often as the probabilities say")
  func frequencies() throws {
    let law = try GaussianSparsemax(means: [0.3, -0.2, 0.5, 0], deviations: [1, 0.5, 0.7, 0.4])
    let rows = 100_000
    var outcomes = [Float](repeating: 0, count: 4 * rows)
    var stream = RandomStream(seed: 2)
    outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
    var counts = [Int](repeating: 0, count: 16)
    outcomes.withUnsafeBufferPointer { outcomes in
      for r in 0..<rows {
        var bits = 0
        for k in 0..<4 where outcomes[4 * r + k] != 0 { bits |= 1 << k }
        counts[bits] += 1
      }
    }
    for (bits, face) in zip(1..<16, try Self.faces(4)) {
      let p = exp(try law.logProbability(of: face))
      let z = (Double(counts[bits]) - Double(rows) * p) / (Double(rows) * p * (1 - p)).squareRoot()
      #expect(abs(z) < 4.5, "\(face)")
    }
  }

  @Test("the law of the dimension of many equal scores does not depend on their mean")
  func manyScores() throws {
    let law = try GaussianSparsemax(
      means: [Double](repeating: 7, count: 12), deviations: [Double](repeating: 1, count: 12))
    let dimensions = try law.dimensionLaw()
    #expect(abs(dimensions.reduce(0, +) - 1) < 1e-11)
    let vertex = exp(try law.logProbability(of: SimplexFace([3], of: 12)))
    #expect(abs(dimensions[0] - 12 * vertex) < 1e-11)
    let edge = exp(try law.logProbability(of: SimplexFace([3, 4], of: 12)))
    #expect(abs(dimensions[1] - 66 * edge) < 1e-11)
  }

  @Test("what cannot be computed says so", .timeLimit(.minutes(1)))
  func notComputable() throws {
    let deviations = [1e-3, 1e3, 1, 1e-3, 1]
    let law = try GaussianSparsemax(means: [0, 0, 0, 0, 0], deviations: deviations)
    #expect(throws: MixedError.self) { try law.dimensionLaw() }
    #expect(throws: MixedError.self) { try law.entropy() }
    for face in try Self.faces(5) where face.dimension < 2 {
      #expect(try law.logProbability(of: face) < 0)
    }
  }

  @Test(
    "entropies of two scores are those of a clipped normal number",
    arguments: [
      (0.3, 1, 1.0778968477486126), (0.5, 0.25, 0.09531280616497154), (1.2, 0.4, 0.49980810427778133),
      (-0.5, 2, 0.9478606037974815),
    ])
  func entropiesOfTwo(_ m: Double, _ v: Double, _ expected: Double) throws {
    // y_1 is clip((1 + z_1 - z_2) / 2): the mean is (1 + μ_1 - μ_2) / 2, the variance (σ_1² + σ_2²) / 4.
    let law = try GaussianSparsemax(means: [2 * m - 1, 0], deviations: [1.2 * v, 1.6 * v])
    #expect(abs(try law.entropy().total - expected) < 1e-12)
  }

  @Test("divergences of two scores")
  func divergencesOfTwo() throws {
    func law(_ m: Double, _ v: Double, _ share: Double) throws -> GaussianSparsemax {
      try GaussianSparsemax(
        means: [2 * m - 1, 0], deviations: [2 * v * share, 2 * v * (1 - share * share).squareRoot()])
    }
    #expect(
      abs(try law(0.3, 0.5, 0.6).divergence(from: law(0.6, 0.8, 0.3)).total - 0.17782254108430148) < 1e-12)
    #expect(
      abs(try law(-0.2, 1, 0.6).divergence(from: law(0.5, 0.25, 0.8)).total - 1.7627962692283943) < 1e-12)
    #expect(abs(try law(0.3, 0.5, 0.6).divergence(from: law(0.3, 0.5, 0.2)).total) < 1e-12)
  }

  @Test("the entropy of three scores agrees with samples, and so does a divergence")
  func entropyOfThree() throws {
    let (law, other) = (
      GaussianSparsemaxTables.law, try GaussianSparsemax(means: [0, 0.1, 0.4], deviations: [0.7, 0.7, 0.5])
    )
    let rows = 20_000
    var outcomes = [Double](repeating: 0, count: 3 * rows)
    var stream = RandomStream(seed: 11)
    outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
    let logs = [law, other].map { law in
      var densities = [Double](repeating: 0, count: rows)
      outcomes.withUnsafeBufferPointer { outcomes in
        densities.withUnsafeMutableBufferPointer { law.logDensities(unchecked: outcomes, into: $0) }
      }
      return densities
    }
    func check(_ values: [Double], _ expected: Double) {
      let mean = values.reduce(0, +) / Double(rows)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows - 1)
      #expect(abs(mean - expected) < 4.5 * (variance / Double(rows)).squareRoot())
    }
    check(logs[0].map { -$0 }, try law.entropy().total)
    check(zip(logs[0], logs[1]).map(-), try law.divergence(from: other).total)
  }

  @Test("parameters at the edges give probabilities, or say why not")
  func edges() throws {
    let deviations: [[Double]] = [[1e-3, 1e-3, 1e-3], [1e3, 1e3, 1e3], [1e-3, 1, 1e3]]
    for means in [[0, 0, 0], [200, -200, 0], [0.5, 0.4, 0.2]] as [[Double]] {
      for deviations in deviations {
        let law = try GaussianSparsemax(means: means, deviations: deviations)
        var sum = 0.0
        for face in try Self.faces(3) where face.dimension < 2 {
          let value = try law.logProbability(of: face)
          #expect(value <= 1e-9, "\(law) \(face)")
          sum += exp(value)
        }
        #expect(sum <= 1 + 1e-9, "\(law)")
      }
    }
    // All mass in the interior, in a peak of width 1e-3.
    let law = try GaussianSparsemax(means: [0.5, 0.4, 0.2], deviations: [1e-3, 1e-3, 1e-3])
    #expect(abs(try law.logProbability(of: SimplexFace([0, 1, 2], of: 3))) < 1e-9)
    let two = try GaussianSparsemax(means: [200, -200], deviations: [1e-3, 1e3])
    #expect(!(try two.entropy().total.isNaN))
  }
}
