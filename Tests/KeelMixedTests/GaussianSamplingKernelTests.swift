import Foundation
import Keel
import KeelSimplex
import TestSupport
import Testing

@testable import KeelMixed

@Suite("Kernel of Gaussian-Sparsemax samples")
struct GaussianSamplingKernelTests {
  /// Parameters of rows: shared by all of them, or their own.
  struct Parameters<Scalar: MixedScalar> {
    var rows: Int, columns: Int
    var means: [Scalar], meanStride: Int
    var deviations: [Scalar], deviationStride: Int

    init(rows: Int, columns: Int, meanStride: Int, deviationStride: Int, seed: UInt64) {
      var random = SplitMix(seed: seed)
      (self.rows, self.columns) = (rows, columns)
      (self.meanStride, self.deviationStride) = (meanStride, deviationStride)
      means = random.array(max(rows, 1) * max(meanStride, columns))
      let some: [Scalar] = random.array(max(rows, 1) * max(deviationStride, columns))
      deviations = some.map { $0.magnitude + Scalar(0.1) }
    }

    /// What the kernel gives.
    func sample(using stream: inout RandomStream) -> [Scalar] {
      var outcomes = [Scalar](repeating: .nan, count: rows * columns)
      outcomes.withUnsafeMutableBufferPointer { outcomes in
        means.withUnsafeBufferPointer { means in
          deviations.withUnsafeBufferPointer { deviations in
            guard let output = outcomes.baseAddress, let mean = means.baseAddress,
              let deviation = deviations.baseAddress
            else { return }
            let law = GaussianRows(
              rows: rows, columns: columns, means: mean, meanStride: meanStride, deviations: deviation,
              deviationStride: deviationStride)
            Scalar.fillGaussianSparsemax(output, law, using: &stream)
          }
        }
      }
      return outcomes
    }

    /// The same by the public functions, one step after the other.
    func expected(using stream: inout RandomStream) -> [Scalar] {
      var scores: [Scalar] = stream.normals(count: rows * columns)
      for r in 0..<rows {
        for k in 0..<columns {
          let product = deviations[r * deviationStride + k] * scores[r * columns + k]
          scores[r * columns + k] = means[r * meanStride + k] + product
        }
      }
      return (0..<rows).flatMap {
        Sparsemax<Scalar>()(Array(scores[($0 * columns)..<(($0 + 1) * columns)]))
      }
    }
  }

  /// Checks all sizes; `begin` draws what is left in the first block.
  private func check<Scalar: MixedScalar>(
    _: Scalar.Type, sizes: [Int] = Array(1...20) + [31, 64, 65, 100, 128, 129, 200, 5000],
    begin: (inout RandomStream) -> Void
  ) {
    for columns in sizes {
      for rows in columns > 300 ? [1, 3] : [1, 15, 16, 17, 51] {
        for (means, deviations) in [
          (0, 0), (columns, columns), (columns + 3, 0), (0, columns), (columns, columns + 1),
        ]
        where columns < 5 || columns == 65 || columns == 100 || (means == 0 && deviations == 0) {
          let seed = UInt64(1000 * columns + rows)
          let parameters = Parameters<Scalar>(
            rows: rows, columns: columns, meanStride: means, deviationStride: deviations, seed: seed)
          var stream = RandomStream(seed: seed)
          begin(&stream)
          var other = stream
          let samples = parameters.sample(using: &stream)
          let expected = parameters.expected(using: &other)
          #expect(
            samples == expected, "\(rows) rows of \(columns), strides \(means), \(deviations), seed \(seed)")
          #expect(stream.normal(Scalar.self) == other.normal(Scalar.self), "the stream goes on elsewhere")
        }
      }
    }
  }

  @Test("samples are sparsemax of the stream's normals, to the bit", arguments: InstructionSet.available)
  func definition(instructions: InstructionSet) {
    instructions.select {
      check(Float.self) { _ in }
      check(Double.self) { _ in }
    }
  }

  @Test("samples go on where the stream stands", arguments: 1...3)
  func positions(drawn: Int) {
    let sizes = [1, 2, 3, 4, 10, 65]
    check(Float.self, sizes: sizes) { for _ in 0..<drawn { _ = $0.normal(Float.self) } }
    check(Double.self, sizes: sizes) { for _ in 0..<drawn { _ = $0.normal(Double.self) } }
    check(Float.self, sizes: sizes) { for _ in 0..<drawn { _ = $0.nextUInt32() } }
  }

  @Test("faces have their probabilities", arguments: InstructionSet.available)
  func faces(instructions: InstructionSet) {
    // By quadrature, for vertex sets {0}, {1}, {0, 1}, {2}, {0, 2}, {1, 2}, {0, 1, 2}.
    let probabilities = [
      0.10569109230289, 0.00438292024269, 0.28172588290079, 0.06681170676320, 0.20886837356562,
      0.06987500102139,
      0.26264502320341,
    ]
    let rows = 30_000
    func statistic<Scalar: MixedScalar>(_: Scalar.Type) -> Double {
      var outcomes = [Scalar](repeating: 0, count: 3 * rows)
      var stream = RandomStream(seed: 31)
      outcomes.withUnsafeMutableBufferPointer {
        fillGaussianSparsemax($0, means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9], using: &stream)
      }
      var counts = [Double](repeating: 0, count: 7)
      for r in 0..<rows {
        let y = outcomes[(3 * r)..<(3 * r + 3)].map { $0 > 0 ? 1 : 0 }
        counts[y[0] + 2 * y[1] + 4 * y[2] - 1] += 1
      }
      return zip(counts, probabilities).reduce(0) { sum, pair in
        let expected = Double(rows) * pair.1
        return sum + (pair.0 - expected) * (pair.0 - expected) / expected
      }
    }
    instructions.select {
      // Chi-square with 6 degrees of freedom exceeds 27.9 with probability 1e-4.
      #expect(statistic(Float.self) < 27.9)
      #expect(statistic(Double.self) < 27.9)
    }
  }

  @Test("parameters at the edges give points of the simplex", arguments: InstructionSet.available)
  func edges(instructions: InstructionSet) {
    func check<Scalar: MixedScalar>(_: Scalar.Type) {
      for columns in [1, 2, 3, 10, 100] {
        for deviation in [0, 1e-3, 1, 1e3] {
          for mean in [0.0, 200] {
            let means = (0..<columns).map { $0 % 2 == 0 ? mean : -mean }
            var outcomes = [Scalar](repeating: .nan, count: 20 * columns)
            var stream = RandomStream(seed: 5)
            outcomes.withUnsafeMutableBufferPointer {
              fillGaussianSparsemax(
                $0, means: means, deviations: [Double](repeating: deviation, count: columns), using: &stream)
            }
            for r in 0..<20 {
              let y = outcomes[(r * columns)..<((r + 1) * columns)].map { Double($0) }
              #expect(y.allSatisfy { $0 >= 0 && $0 <= 1 })
              // Each entry is rounded once; they are formed in double.
              #expect((y.reduce(0, +) - 1).magnitude <= Double(columns) * Double(Scalar.ulpOfOne))
            }
          }
        }
      }
    }
    instructions.select {
      check(Float.self)
      check(Double.self)
      var none: [Float] = []
      var stream = RandomStream(seed: 5)
      none.withUnsafeMutableBufferPointer {
        fillGaussianSparsemax($0, means: [0, 1], deviations: [1, 1], using: &stream)
      }
      #expect(stream.nextBlock == 0)
      var row = [Float](repeating: 0, count: 2)
      row.withUnsafeMutableBufferPointer {
        fillGaussianSparsemax($0, means: [.nan, 1], deviations: [1, 1], using: &stream)
      }
      #expect(row.allSatisfy { $0.isNaN })
    }
  }
}
