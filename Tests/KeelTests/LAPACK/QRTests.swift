import Keel
import Testing

@Suite("QR")
struct QRTests {
  @Test("Residual, orthogonality, triangle", arguments: MatrixCase.all)
  func properties(of problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    let a = problem.matrix(type)
    let tolerance = problem.tolerance(type)
    let qr = try QR(a)
    let (thin, full, r) = (qr.thinQ(), qr.fullQ(), qr.r)
    #expect(thin.rows == problem.rows && thin.columns == problem.k)
    #expect(r.rows == problem.k && r.columns == problem.columns)
    #expect(thin.orthonormalityError <= tolerance)
    #expect(full.isSquare && full.orthonormalityError <= tolerance)
    #expect((thin * r - a).frobenius <= tolerance * a.frobenius)
    #expect((qr.reconstruct() - a).frobenius <= tolerance * a.frobenius)
    for i in 0..<r.rows { for j in 0..<min(i, r.columns) { #expect(r[i, j] == 0) } }

    var stream = RandomStream(seed: problem.seed)
    for p in [0, 1, 3] {
      let c = Matrix<Scalar>.normal(problem.rows, p, &stream)
      var (forward, backward) = (c, c)
      qr.applyQ(to: &forward)
      qr.applyQTransposed(to: &backward)
      #expect((forward - full.timesByLoops(c)).largest <= tolerance * max(c.frobenius, 1))
      #expect(
        (backward - Matrix(full.transposed).timesByLoops(c)).largest <= tolerance * max(c.frobenius, 1))
    }

    let pivoted = try PivotedQR(a)
    #expect((pivoted.reconstruct() - a).frobenius <= tolerance * a.frobenius)
    #expect(pivoted.permutation.sorted() == Array(0..<problem.columns))
    let diagonal = (0..<problem.k).map { abs(pivoted.qr.r[$0, $0]) }
    #expect(zip(diagonal, diagonal.dropFirst()).allSatisfy { $1 <= $0 * (1 + tolerance) + tolerance })
    switch problem.kind {
    case .general: #expect(pivoted.rank() == problem.k)
    case .rankDeficient: #expect(pivoted.rank() == problem.k / 2)
    case .zero: #expect(pivoted.rank() == 0)
    case .illConditioned: #expect(pivoted.rank(tolerance: 0.5e-12) >= problem.k / 2)
    }
  }

  @Test("Least squares leaves a residual orthogonal to the columns")
  func leastSquares() throws {
    var stream = RandomStream(seed: 11)
    let a = Matrix<Double>.normal(20, 6, &stream)
    let b = Matrix<Double>.normal(20, 3, &stream)
    let x = try QR(a).solve(b)
    #expect((a.transposed * (a * x - b)).largest <= 1e-13)
    #expect((try PivotedQR(a).solve(b) - x).largest <= 1e-13)
    #expect(
      try QR(a).solve(b.column(1).map { $0 }) == QR(a).solve(Matrix(column: b.column(1).map { $0 })).elements)
  }

  @Test("A basic solution of a rank-deficient problem has the residual of the best one")
  func basicSolution() throws {
    let a = MatrixCase(rows: 17, columns: 5, kind: .rankDeficient).matrix(Double.self)
    let b = (0..<17).map { Double($0 * $0 % 7) }
    let x = try PivotedQR(a).solve(b)
    #expect(x.count { $0 != 0 } == 2)
    let best = try SVD(a).solve(b)
    let residual = { (x: [Double]) in (Matrix(column: a * x) - Matrix(column: b)).frobenius }
    #expect(abs(residual(x) - residual(best)) <= 1e-13 * Matrix(column: b).frobenius)
  }

  @Test("Determinants of permutations, reflections and triangles")
  func determinants() throws {
    let cases: [(Matrix<Double>, Double)] = [
      ([], 1), ([[-3]], -3), ([[0, 1], [1, 0]], -1), ([[0, 1, 0], [0, 0, 1], [1, 0, 0]], 1),
      ([[2, 1, 0], [0, 3, 5], [0, 0, 4]], 24), ([[1, 2], [3, 4]], -2), ([[1, 2], [2, 4]], 0),
    ]
    for (a, determinant) in cases {
      #expect(abs(try QR(a).determinant - determinant) <= 1e-14 * max(1, abs(determinant)))
      #expect(abs(try PivotedQR(a).determinant - determinant) <= 1e-14 * max(1, abs(determinant)))
      let (sign, log) = try QR(a).logDeterminant
      if determinant != 0 {
        #expect(sign == (determinant < 0 ? -1 : 1))
        #expect(abs(log - Double.log(abs(determinant))) <= 1e-14)
      }
      #expect(try PivotedQR(a).logDeterminant.sign == sign || determinant == 0)
    }
  }

  @Test("An exactly singular triangle and numbers that are not finite are refused")
  func errors() {
    #expect(
      thrown { () throws(LinearAlgebraError) in try QR([[1, 0], [0, 0]] as Matrix<Double>).solve([1, 1]) }
        == .singular(routine: "QR.solve", index: 1))
    let poisoned: Matrix<Float> = [[1, .nan], [0, 1]]
    #expect(
      thrown { () throws(LinearAlgebraError) in try QR(poisoned) } == .nonFinite(argument: "the matrix"))
    #expect(
      thrown { () throws(LinearAlgebraError) in try PivotedQR(poisoned) }
        == .nonFinite(argument: "the matrix"))
    #expect(
      thrown { () throws(LinearAlgebraError) in
        try QR(Matrix<Float>(identity: 2)).solve([.infinity, 0])
      } == .nonFinite(argument: "the right-hand side"))
  }

  @Test("A workspace serves many matrices of one shape")
  func reuse() throws {
    var stream = RandomStream(seed: 6)
    var workspace = QR<Float>.Workspace(rows: 9, columns: 4)
    var qr = QR<Float>(rows: 9, columns: 4)
    var q = Matrix<Float>(zeros: 9, 4)
    for _ in 0..<4 {
      let a = Matrix<Float>.normal(9, 4, &stream)
      try qr.factor(a, workspace: &workspace)
      qr.formQ(into: &q, workspace: &workspace)
      #expect((q * qr.r - a).largest <= 1e-5)
      var c = a
      qr.applyQTransposed(to: &c, workspace: &workspace)
      #expect((Matrix(c[0..<4, 0..<4]) - qr.r).largest <= 1e-5)
    }
  }
}
