import Keel
import KeelMixed
import RealModule

extension Workload {
  /// Outcomes of mixed laws into memory that is there, and their log-densities: `100000x10` is 100,000 outcomes of 10
  /// coordinates.
  ///
  /// - `mixedgaussian`: Gaussian-Sparsemax with means 0 and deviations 1.
  /// - `mixeddirichlet`: mixed Dirichlet, all faces alike, uniform on each; `-gamma` with concentrations 0.7.
  /// - `mixeddensity`: log-densities of Gaussian-Sparsemax, of its own outcomes, with different means and deviations.
  /// - `mixednormalizer`: ln Z of the law of faces that are not empty, for each row of weights.
  static let mixedLaws: [Workload] =
    sizes.map { size in
      outcomes("gaussian", size) {
        try GaussianSparsemax(
          means: [Double](repeating: 0, count: $0), deviations: [Double](repeating: 1, count: $0))
      }
    }
    + sizes.map { size in outcomes("dirichlet", size) { try dirichlet($0, concentration: 1) } }
    + sizes.map { size in
      outcomes("dirichlet", size, suffix: "-gamma") { try dirichlet($0, concentration: 0.7) }
    }
    + [(2000, 3), (2000, 10), (500, 100)].map(densities)
    + [3, 10, 100].map(normalizers)

  private static let sizes = [(100_000, 3), (100_000, 10), (20_000, 100)]

  private static func dirichlet(_ count: Int, concentration: Double) throws -> MixedDirichlet {
    try MixedDirichlet(
      weights: [Double](repeating: 0, count: count),
      concentrations: [Double](repeating: concentration, count: count))
  }

  private static func outcomes<Law: MixedDistribution>(
    _ name: String, _ size: (rows: Int, columns: Int), suffix: String = "",
    _ make: @escaping @Sendable (Int) throws -> Law
  ) -> Workload {
    Workload("mixed\(name)-\(size.rows)x\(size.columns)\(suffix)", Double(size.rows), .outcome) {
      let law = try make(size.columns)
      var stream = RandomStream(seed: 21)
      var outcomes = [Float](repeating: 0, count: size.rows * size.columns)
      return { repetitions in
        for _ in 0..<repetitions {
          outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
        }
        return Double(outcomes[0])
      }
    }
  }

  // MARK: Densities

  /// The means, deviations and outcomes that the peers read from the files of `mixed.py`: sines and their squares.
  private static func densityProblem(
    _ size: (rows: Int, columns: Int)
  ) throws -> (law: GaussianSparsemax, outcomes: [Double]) {
    let law = try GaussianSparsemax(
      means: (0..<size.columns).map { 0.5 * Double.sin(1 + 2 * Double($0)) },
      deviations: (0..<size.columns).map { 0.5 + Double.sin(1 + Double($0)) * Double.sin(1 + Double($0)) })
    let stream = RandomStream(seed: 22)
    return (law, law.samples(size.rows, using: stream.stream(1)).elements)
  }

  private static func densities(_ size: (rows: Int, columns: Int)) -> Workload {
    Workload("mixeddensity-\(size.rows)x\(size.columns)", Double(size.rows), .outcome) {
      let (law, outcomes) = try densityProblem(size)
      var densities = [Double](repeating: 0, count: size.rows)
      return { repetitions in
        for _ in 0..<repetitions {
          outcomes.withUnsafeBufferPointer { outcomes in
            densities.withUnsafeMutableBufferPointer { law.logDensities(unchecked: outcomes, into: $0) }
          }
        }
        return densities[0]
      }
    }
    .checked {
      let (law, outcomes) = try densityProblem(size)
      return (0..<20).reduce(0) { worst, row in
        let outcome = Array(outcomes[(row * size.columns)..<((row + 1) * size.columns)])
        let density = outcome.withUnsafeBufferPointer { law.logDensity(unchecked: $0) }
        return max(worst, (density - fineLogDensity(law, outcome)).magnitude)
      }
    }
  }

  /// ln p⊕ by the trapezoid rule with 20,000 steps where the threshold may lie.
  private static func fineLogDensity(_ law: GaussianSparsemax, _ y: [Double]) -> Double {
    let support = y.indices.filter { y[$0] > 0 }
    let ends = support.map { law.means[$0] - y[$0] }
    let reach = 40 * (support.map { law.deviations[$0] }.min() ?? 1)
    let (low, high) = ((ends.min() ?? 0) - reach, (ends.max() ?? 0) + reach)
    let step = (high - low) / 20_000
    let terms = (0...20_000).map { index in
      let t = low + step * Double(index)
      return y.indices.reduce(0) { sum, k in
        let (mean, deviation) = (law.means[k], law.deviations[k])
        let x = (y[k] + t - mean) / deviation
        return sum
          + (y[k] > 0
            ? StandardNormal.logDensity(x) - Double.log(deviation) : StandardNormal.logCumulative(x))
      }
    }
    return Double.log(Double(support.count) * step) + LogSpace.logSumExp(terms)
  }

  // MARK: Normalizers

  private static func normalizers(_ columns: Int) -> Workload {
    Workload("mixednormalizer-4096x\(columns)", 4096, .outcome) {
      let laws = try MixedDirichletBatch(
        weights: Matrix<Float>.sample(4096, columns, seed: 23),
        concentrations: Matrix(repeating: 1, rows: 4096, columns: columns))
      return { repetitions in
        var sum: Float = 0
        for _ in 0..<repetitions { sum += laws.logNormalizers()[0] }
        return Double(sum)
      }
    }
  }
}
