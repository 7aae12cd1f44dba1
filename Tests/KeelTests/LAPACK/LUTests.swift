import Keel
import RealModule
import Testing

@Suite("LU")
struct LUTests {
  @Test("Residual, inverse, solutions and determinant", arguments: MatrixCase.square)
  func properties(of problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    let a = problem.matrix(type)
    let n = problem.rows
    let tolerance = problem.tolerance(type)
    let lu = try LU(a)
    #expect((lu.reconstruct() - a).frobenius <= tolerance * a.frobenius)
    // Pivoting bounds the multipliers.
    #expect(lu.upper.largest <= 1)
    guard lu.singularIndex == nil else {
      // 1e-12 is nothing beside 1 in Float: the ill-conditioned kind may be exactly singular there.
      #expect(problem.kind != .general)
      #expect(lu.determinant == 0 && lu.logDeterminant.sign == 0 && lu.conditionNumberEstimate == .infinity)
      return
    }
    let qr = try QR(a)
    let condition = try a.conditionNumber()
    if problem.kind == .general {
      #expect(lu.logDeterminant.sign == qr.logDeterminant.sign)
      #expect(abs(lu.logDeterminant.log - qr.logDeterminant.log) <= tolerance * condition)
    }
    // Backward stable whatever the condition: the residual is small against ‖A‖‖X‖.
    var stream = RandomStream(seed: problem.seed)
    for p in [0, 1, 4] {
      let b = Matrix<Scalar>.normal(n, p, &stream)
      let x = try lu.solve(b)
      #expect((a * x - b).frobenius <= tolerance * (a.frobenius * x.frobenius + b.frobenius))
      let first = try lu.solve(b.transposed.rows > 0 ? b.column(0).map { $0 } : stream.normals(count: n))
      if p > 0 {
        let difference = Matrix(column: first) - Matrix(column: x.column(0).map { $0 })
        #expect(difference.frobenius <= tolerance * condition * max(x.frobenius, 1))
      }
    }
    let inverse = try lu.inverse()
    if problem.kind == .general {
      #expect((a * inverse - Matrix(identity: n)).largest <= tolerance * condition)
      let exact = a.oneNorm * inverse.oneNorm
      if n > 0 {
        #expect(lu.conditionNumberEstimate <= exact * (1 + tolerance * condition))
        #expect(lu.conditionNumberEstimate >= exact / 5)
      }
    }
  }

  @Test("Known determinants, solutions and inverses")
  func knownAnswers() throws {
    let a: Matrix<Double> = [[0, 2], [4, 1]]
    #expect(try a.determinant() == -8)
    #expect(try solve(a, [2, 9]) == [2, 1])
    #expect(try solve(a, [[2, 0], [9, 4]] as Matrix<Double>) == [[2, 1], [1, 0]])
    #expect(try a.inverse() == [[-0.125, 0.25], [0.5, 0]])
    #expect(try a.transposed.determinant() == -8)
    #expect(try Matrix<Double>(zeros: 0, 0).determinant() == 1)
    #expect(try Matrix<Double>(zeros: 0, 0).inverse().isEmpty)
    // 10^-400 and 10^400 do not fit in a Double, their logarithms do.
    for (exponent, sign) in [(-100.0, 1.0), (100, 1)] {
      let (s, log) = try LU(Matrix<Double>(diagonal: Array(repeating: .exp10(exponent), count: 4)))
        .logDeterminant
      #expect(s == sign && abs(log - 4 * exponent * Double.log(10)) <= 1e-12)
    }
    // The 1-norm condition number of [[1, 2], [3, 4]] is 6 · 3.5 = 21.
    #expect(abs(try LU([[1, 2], [3, 4]] as Matrix<Double>).conditionNumberEstimate - 21) <= 1e-13)
  }

  @Test("An exact zero pivot is named, and non-finite numbers are refused")
  func errors() {
    let a: Matrix<Double> = [[1, 2], [2, 4]]
    let singular = LinearAlgebraError.singular(routine: "dgetrf", index: 1)
    #expect(thrown { () throws(LinearAlgebraError) in try solve(a, [1, 1]) } == singular)
    #expect(thrown { () throws(LinearAlgebraError) in try a.inverse() } == singular)
    #expect(
      singular.description == "dgetrf: the matrix is singular (the pivot at index 1 is exactly zero)")
    let b: Matrix<Float> = [[1, .infinity], [0, 1]]
    #expect(thrown { () throws(LinearAlgebraError) in try LU(b) } == .nonFinite(argument: "the matrix"))
  }

  @Test("One value serves many matrices of one order")
  func reuse() throws {
    var lu = LU<Double>(order: 5)
    var cholesky = Cholesky<Double>(order: 5)
    var stream = RandomStream(seed: 9)
    for _ in 0..<3 {
      let a = Matrix<Double>.normal(5, 5, &stream)
      try lu.factor(a)
      #expect(try lu.determinant == LU(a).determinant)
      try cholesky.factor(a.gram())
      #expect(try cholesky.upper == Cholesky(a.gram()).upper)
    }
  }
}
