import Keel
import Testing

@Suite("Least squares")
struct LeastSquaresTests {
  @Test("Agrees with the SVD for every shape and rank", arguments: MatrixCase.all)
  func properties(of problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    let a = problem.matrix(type)
    var stream = RandomStream(seed: problem.seed)
    // Cut the ill-conditioned kind between two singular values, where both drivers agree on the rank.
    let cut: Scalar? = problem.kind == .illConditioned ? 3e-3 : nil
    for p in [0, 1, 3] {
      let b = Matrix<Scalar>.normal(problem.rows, p, &stream)
      let result = try leastSquares(a, b, tolerance: cut)
      let svd = try SVD(a)
      #expect(result.rank == svd.rank(tolerance: cut))
      #expect(result.solution.rows == problem.columns && result.solution.columns == p)
      let r = result.rank
      let condition = r == 0 ? 1 : svd.singularValues[0] / svd.singularValues[r - 1]
      let expected = try svd.solve(b, tolerance: cut)
      // Wedin's bound: the solution's error grows with the square of the condition number for a residual
      // that is not small.
      let smallest = r == 0 ? 1 : svd.singularValues[r - 1]
      let bound = problem.tolerance(type) * condition * condition * b.frobenius / smallest
      #expect((result.solution - expected).frobenius <= bound)
      let residual = a * result.solution - b
      for j in 0..<p {
        let norm = Matrix(column: residual.column(j).map { $0 }).frobenius
        #expect(abs(result.residualNorms[j] - norm) <= problem.tolerance(type) * max(1, norm))
      }
      for (x, y) in zip(result.singularValues, svd.singularValues) {
        #expect(abs(x - y) <= problem.tolerance(type) * a.frobenius)
      }
    }
  }

  @Test("A line through three points, by hand")
  func line() throws {
    // y = 1/3 + x/2 through (0, 0), (1, 1), (2, 1) up to residuals (-1/3, ...): normal equations by hand.
    let result = try leastSquares([[1, 0], [1, 1], [1, 2]] as Matrix<Double>, [0, 1, 1])
    #expect(abs(result.solution[0, 0] - 1 / 6.0) <= 1e-15)
    #expect(abs(result.solution[1, 0] - 0.5) <= 1e-15)
    #expect(abs(result.residualNorms[0] - (1 / 6.0).squareRoot()) <= 1e-15)
    #expect(result.rank == 2)
    #expect(abs(result.conditionNumber - result.singularValues[0] / result.singularValues[1]) == 0)
  }

  @Test("A number that is not finite is refused, with the name of the argument")
  func nonFinite() {
    let a: Matrix<Double> = [[1, .infinity]]
    #expect(
      thrown { () throws(LinearAlgebraError) in try leastSquares(a, [1]) }
        == .nonFinite(argument: "the matrix"))
    let b: Matrix<Double> = [[1, 2]]
    #expect(
      thrown { () throws(LinearAlgebraError) in try leastSquares(b, [.nan]) }
        == .nonFinite(argument: "the right-hand side"))
  }
}
