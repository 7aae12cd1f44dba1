import Keel
import RealModule
import Testing

@Suite("Cholesky")
struct CholeskyTests {
  @Test("Residual, inverse, solutions and determinant", arguments: MatrixCase.square)
  func properties(of problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    // AᵀA + I is positive definite whatever A is, with a condition number of 1 + ‖A‖².
    let half = problem.matrix(type)
    let n = problem.rows
    let a = half.gram() + Matrix(identity: n)
    let tolerance = problem.tolerance(type)
    let cholesky = try Cholesky(a)
    #expect((cholesky.reconstruct() - a).frobenius <= tolerance * a.frobenius)
    for i in 0..<n { for j in 0..<i { #expect(cholesky.upper[i, j] == 0) } }
    #expect(Matrix(cholesky.lower) == Matrix(cholesky.upper.transposed))
    let condition = try a.conditionNumber()
    let inverse = try cholesky.inverse()
    #expect((a * inverse - Matrix(identity: n)).largest <= tolerance * condition)
    #expect(inverse == Matrix(inverse.transposed))
    var stream = RandomStream(seed: problem.seed)
    for p in [0, 1, 4] {
      let x = Matrix<Scalar>.normal(n, p, &stream)
      let solved = try cholesky.solve(a * x)
      #expect((solved - x).frobenius <= tolerance * condition * max(x.frobenius, 1))
    }
    let x: [Scalar] = stream.normals(count: n)
    let solved = try cholesky.solve(a * x)
    #expect((Matrix(column: solved) - Matrix(column: x)).frobenius <= tolerance * condition * 10)
    let logDeterminant = try LU(a).logDeterminant
    #expect(logDeterminant.sign == 1)
    #expect(abs(cholesky.logDeterminant - logDeterminant.log) <= tolerance * max(1, condition))

    // A lower bound on the true condition number, and a good one.
    let exact = a.oneNorm * inverse.oneNorm
    if n > 0 {
      #expect(cholesky.conditionNumberEstimate <= exact * (1 + tolerance * condition))
      #expect(cholesky.conditionNumberEstimate >= exact / 5)
    }
  }

  @Test("[[4, 2], [2, 5]] = RᵀR with R = [[2, 1], [0, 2]]; only the upper triangle is read")
  func knownAnswer() throws {
    let cholesky = try Cholesky([[4, 2], [99, 5]] as Matrix<Double>)
    #expect(cholesky.upper == [[2, 1], [0, 2]])
    #expect(cholesky.determinant == 16)
    #expect(try cholesky.solve([8, 12]) == [1, 2])
    #expect(try cholesky.solve([[8, 4], [12, 2]] as Matrix<Double>) == [[1, 1], [2, 0]])
    #expect(abs(cholesky.logDeterminant - Double.log(16)) <= 1e-15)
  }

  @Test("The block that is not positive definite is named, and non-finite numbers are refused")
  func errors() {
    let a = Matrix<Double>(diagonal: [1, 2, -1, 4])
    #expect(thrown { () throws(LinearAlgebraError) in try Cholesky(a) } == .notPositiveDefinite(index: 2))
    #expect(
      thrown { () throws(LinearAlgebraError) in try Cholesky(Matrix<Float>(zeros: 1, 1)) }
        == .notPositiveDefinite(index: 0))
    #expect(
      thrown { () throws(LinearAlgebraError) in try Cholesky([[.nan]] as Matrix<Double>) }
        == .nonFinite(argument: "the matrix"))
    #expect(
      thrown { () throws(LinearAlgebraError) in
        try Cholesky(Matrix<Double>(identity: 2)).solve([1, .infinity])
      } == .nonFinite(argument: "the right-hand side"))
    #expect(
      LinearAlgebraError.notPositiveDefinite(index: 2).description
        == "the matrix is not positive definite (its leading block of order 3 is not)")
  }

  @Test("A matrix that is not square stops the program")
  func notSquare() async {
    await #expect(processExitsWith: .failure) { _ = try Cholesky(Matrix<Double>(zeros: 2, 3)) }
  }
}
