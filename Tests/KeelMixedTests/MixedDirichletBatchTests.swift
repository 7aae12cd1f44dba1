import Keel
import TestSupport
import Testing

@testable import KeelMixed

@Suite("Mixed Dirichlet laws, one a row")
struct MixedDirichletBatchTests {
  private func batch<S: MixedScalar>(_ rows: Int, _ columns: Int, _: S.Type) throws -> MixedDirichletBatch<S>
  {
    var random = SplitMix(seed: UInt64(100 * rows + columns))
    let weights: Matrix<S> = random.matrix(rows, columns)
    let logs: Matrix<S> = random.matrix(rows, columns)
    return try MixedDirichletBatch(
      weights: weights, concentrations: Matrix(rows: rows, columns: columns) { S.exp(logs[$0, $1]) })
  }

  private func agreement<S: MixedScalar>(_ rows: Int, _ columns: Int, _: S.Type) throws {
    let laws = try batch(rows, columns, S.self)
    // A rounding to the scalar type.
    let tolerance = 2 * Double(S.ulpOfOne)
    func agree(_ a: S, _ b: Double) -> Bool { abs(Double(a) - b) <= tolerance * max(1, abs(b)) }
    let samples = laws.samples(using: RandomStream(seed: 5))
    #expect(samples == laws.samples(using: RandomStream(seed: 5), threads: 1))
    let y = samples.outcomes
    let (normalizers, densities) = (laws.logNormalizers(), try laws.logDensities(of: y))
    let entropies = laws.entropies()
    var random = SplitMix(seed: 1)
    let factors: [S] = random.array(rows)
    let cotangents: Matrix<S> = random.matrix(rows, columns)
    let scores = laws.scoreGradients(at: y, factors: factors)
    let faceScores = laws.faceScoreGradients(at: y, factors: factors)
    let paths = laws.pathGradients(at: samples, cotangents: cotangents)
    let entropyGradients = laws.entropyGradients(factors: factors)
    for row in 0..<rows {
      let law = laws[row]
      let outcome = y.row(row).map { Double($0) }
      // The kernel is accurate to a few roundings of 1 + Σ|w|.
      let size = 1 + law.faces.weights.reduce(0) { $0 + $1.magnitude }
      let difference = (Double(normalizers[row]) - law.faces.logNormalizer).magnitude
      #expect(difference <= 8 * Double(S.ulpOfOne) * size)
      #expect(agree(densities[row], try law.logDensity(of: outcome)))
      #expect(entropies[row] == law.entropy())
      var score = [Double](repeating: 0, count: 2 * columns)
      score.withUnsafeMutableBufferPointer { into in
        outcome.withUnsafeBufferPointer {
          law.addScore(unchecked: $0, weight: Double(factors[row]), into: into)
        }
      }
      let entropyGradient = law.entropyGradient()
      // The noise of the sample.
      var part = RandomStream(seed: 5).stream(row)
      let noise = law.noise(using: &part)
      var path = [Double](repeating: 0, count: 2 * columns)
      path.withUnsafeMutableBufferPointer { into in
        cotangents.row(row).map { Double($0) }.withUnsafeBufferPointer { c in
          outcome.withUnsafeBufferPointer { law.addPullback(of: c, at: $0, noise: noise, into: into) }
        }
      }
      for k in 0..<columns {
        #expect(agree(scores.weights[row, k], score[k]))
        #expect(agree(scores.concentrations[row, k], score[columns + k]))
        #expect(scores.weights[row, k] == faceScores.weights[row, k])
        #expect(faceScores.concentrations[row, k] == 0 && paths.weights[row, k] == 0)
        // Gamma numbers are known by a rounded coordinate and total.
        #expect(abs(Double(paths.concentrations[row, k]) - path[columns + k]) < 100 * tolerance)
        #expect(agree(entropyGradients.weights[row, k], Double(factors[row]) * entropyGradient[k]))
        #expect(
          agree(entropyGradients.concentrations[row, k], Double(factors[row]) * entropyGradient[columns + k]))
      }
    }
    var sum = scores
    sum += paths
    #expect(rows == 0 || sum.weights == scores.weights)
  }

  @Test("rows are computed as laws of their own", arguments: [(0, 3), (1, 1), (5, 2), (40, 4), (3, 30)])
  func agreement(rows: Int, columns: Int) throws {
    try agreement(rows, columns, Double.self)
    try agreement(rows, columns, Float.self)
  }

  @Test("wrong shapes and numbers are told apart")
  func errors() throws {
    let two = Matrix<Double>(repeating: 1, rows: 2, columns: 2)
    let three = Matrix<Double>(repeating: 1, rows: 2, columns: 3)
    #expect(throws: MixedError.self) { try MixedDirichletBatch(weights: two, concentrations: three) }
    #expect(throws: MixedError.self) {
      try MixedDirichletBatch(weights: two, concentrations: Matrix(repeating: 0, rows: 2, columns: 2))
    }
    #expect(throws: MixedError.self) {
      try MixedDirichletBatch(weights: Matrix(repeating: .nan, rows: 2, columns: 2), concentrations: two)
    }
    let laws = try MixedDirichletBatch(weights: two, concentrations: two)
    #expect(throws: MixedError.self) { try laws.logDensities(of: two) }
  }

  @Test("rows of another length are the caller's mistake")
  func preconditions() async {
    await #expect(processExitsWith: .failure) {
      let laws = try MixedDirichletBatch<Double>(
        weights: Matrix(zeros: 2, 3), concentrations: Matrix(repeating: 1, rows: 2, columns: 3))
      _ = laws.scoreGradients(at: Matrix(zeros: 2, 2), factors: [1, 1])
    }
    await #expect(processExitsWith: .failure) {
      _ = try GibbsFaces(weights: [0, 1]).covarianceProduct([1])
    }
  }
}
