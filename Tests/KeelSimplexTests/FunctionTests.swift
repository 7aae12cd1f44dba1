import Keel
import KeelSimplex
import Testing

/// The functions are the maps.
@Suite("Functions of the literature")
struct FunctionTests {
  @Test("Arrays and matrices")
  func functions() throws {
    let x: [Double] = [-2, 0, 0.5]
    let rows: Matrix<Double> = [[-2, 0, 0.5], [1, 1, 1]]
    #expect(sparsemax(x) == Sparsemax<Double>()(x))
    #expect(sparsemax(rows) == Sparsemax<Double>()(rows))
    #expect(softmax(x) == (try Entmax<Double>(alpha: 1)(x)))
    #expect(softmax(rows) == (try Entmax<Double>(alpha: 1)(rows)))
    #expect(entmax15(x) == (try Entmax<Double>(alpha: 1.5)(x)))
    #expect(entmax15(rows) == (try Entmax<Double>(alpha: 1.5)(rows)))
    #expect(try entmax(x, alpha: 1.3) == Entmax<Double>(alpha: 1.3)(x))
    #expect(try entmax(rows, alpha: .perRow([1.3, 2])) == Entmax<Double>(alpha: .perRow([1.3, 2]))(rows))
    #expect(sparsemax(x, valid: .lengths([2])) == [0, 1, 0])
    #expect(throws: SimplexError.self) { try entmax(x, alpha: 0) }
  }

  @Test("Projections")
  func projections() throws {
    let x: [Double] = [0.7, -0.3, 1.1, 0.05, -1.4, 0.95]
    let rows = Matrix(row: x)
    func check(_ array: [Double], _ matrix: Matrix<Double>, _ expected: [Double]) {
      #expect(array == matrix.elements)
      #expect(zip(array, expected).allSatisfy { abs($0 - $1) < 1e-14 })
    }
    check(
      try simplexProjection(x, radius: 2), try simplexProjection(rows, radius: 2), [0.45, 0, 0.85, 0, 0, 0.7])
    check(
      try cappedSimplexProjection(x, budget: 2.5), try cappedSimplexProjection(rows, budget: 2.5),
      [0.625, 0, 1, 0, 0, 0.875])
    let bounds = [0.3, 1, 0.25, 0.5, 1, 0.4]
    check(
      try constrainedSparsemax(x, bounds: bounds), try constrainedSparsemax(rows, bounds: bounds),
      [0.3, 0, 0.25, 0.05, 0, 0.4])
    check(try topKSparsemax(x, k: 2), try topKSparsemax(rows, k: 2), [0, 0, 0.575, 0, 0, 0.425])
    check(
      try l1BallProjection(x, radius: 3), try l1BallProjection(rows, radius: 3),
      [0.41, -0.01, 0.81, 0, -1.11, 0.66])
    let weights = [1, 2, 0.5, 1.5, 1, 3]
    check(
      try weightedSimplexProjection(x, weights: weights),
      try weightedSimplexProjection(rows, weights: weights),
      [0.39756097560975606, 0, 0.9487804878048781, 0, 0, 0.04268292682926833])
    check(
      try fusedmax(x, strength: 0.1), try fusedmax(rows, strength: 0.1), [0.15, 0, 0.45, 0, 0, 0.4])
    #expect(throws: SimplexError.self) { try cappedSimplexProjection(x, budget: 7) }
  }
}
