import Foundation
import Keel
import KeelMixed
import TestSupport
import Testing

@Suite("Rows of Gaussian-Sparsemax laws")
struct GaussianSparsemaxRowsTests {
  @Test("rows are the laws one after the other, for any number of threads", arguments: [1, 3, 20])
  func rows(columns: Int) throws {
    let cases = try (0..<70).map { try GaussianCase.random($0, count: columns) }
    func matrix(_ row: (GaussianCase) -> [Double]) -> Matrix<Double> {
      Matrix(rows: cases.count, columns: columns, elements: cases.flatMap(row))
    }
    let laws = try GaussianSparsemaxRows(
      means: matrix { $0.law.means }, deviations: matrix { $0.law.deviations })
    let outcomes = matrix { $0.outcome }
    let weights = cases.indices.map { 1 + Double($0) }
    for threads in [1, 2] {
      #expect(try laws.logDensities(of: outcomes, threads: threads) == cases.map(\.logDensity))
      let scores = try laws.scores(of: outcomes, weights: weights, threads: threads)
      for (r, value) in cases.enumerated() {
        let expected = value.law.scoreOfValues(value.outcome, weight: weights[r])
        #expect((0..<columns).map { scores.means[r, $0] } == Array(expected[..<columns]))
        #expect((0..<columns).map { scores.deviations[r, $0] } == Array(expected[columns...]))
      }
    }
    var (stream, same) = (RandomStream(seed: 5), RandomStream(seed: 5))
    let drawn = laws.samples(using: &stream)
    for (r, value) in cases.enumerated() {
      #expect((0..<columns).map { drawn[r, $0] } == value.law.outcome(of: value.law.noise(using: &same)))
    }
  }

  @Test("no rows are fine, and wrong ones are told")
  func edges() throws {
    let none = try GaussianSparsemaxRows(means: Matrix(zeros: 0, 2), deviations: Matrix(zeros: 0, 2))
    #expect(try none.logDensities(of: Matrix(zeros: 0, 2)) == [])
    var stream = RandomStream(seed: 1)
    #expect(none.samples(using: &stream).rows == 0)
    let ones = Matrix(repeating: 1.0, rows: 2, columns: 2)
    #expect(throws: MixedError.self) {
      try GaussianSparsemaxRows(means: ones, deviations: Matrix(zeros: 2, 2))
    }
    #expect(throws: MixedError.self) {
      try GaussianSparsemaxRows(means: ones, deviations: Matrix(zeros: 1, 2))
    }
    #expect(throws: MixedError.self) {
      try GaussianSparsemaxRows(means: Matrix(zeros: 2, 0), deviations: Matrix(zeros: 2, 0))
    }
    let laws = try GaussianSparsemaxRows(means: ones, deviations: ones)
    #expect(throws: MixedError.self) { try laws.logDensities(of: ones) }
    #expect(throws: MixedError.self) { try laws.logDensities(of: Matrix(zeros: 1, 2)) }
  }
}
