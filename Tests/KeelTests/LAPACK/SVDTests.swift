import Keel
import Testing

@Suite("SVD")
struct SVDTests {
  @Test("Residual, orthogonality and order of the values", arguments: MatrixCase.all)
  func properties(of problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    let a = problem.matrix(type)
    let tolerance = problem.tolerance(type)
    let values = try SVD(a, vectors: .none)
    #expect(values.u.columns == 0 && values.vt.rows == 0)
    for vectors in [SVD<Scalar>.Vectors.thin, .full] {
      for algorithm in [SVD<Scalar>.Algorithm.divideAndConquer, .qrIteration] {
        let svd = try SVD(a, vectors: vectors, algorithm: algorithm)
        #expect(svd.singularValues.count == problem.k)
        #expect(svd.u.rows == problem.rows && svd.vt.columns == problem.columns)
        if vectors == .full { #expect(svd.u.isSquare && svd.vt.isSquare) }
        #expect(svd.u.orthonormalityError <= tolerance)
        #expect(Matrix(svd.vt.transposed).orthonormalityError <= tolerance)
        #expect((svd.reconstruct() - a).frobenius <= tolerance * a.frobenius)
        #expect(zip(svd.singularValues, svd.singularValues.dropFirst()).allSatisfy { $0 >= $1 && $1 >= 0 })
        for (x, y) in zip(svd.singularValues, values.singularValues) {
          #expect(abs(x - y) <= tolerance * a.frobenius)
        }
      }
    }
    let svd = try SVD(a)
    switch problem.kind {
    case .general: #expect(svd.rank() == problem.k)
    case .rankDeficient: #expect(svd.rank() == problem.k / 2)
    case .zero:
      #expect(svd.rank() == 0)
      #expect(svd.conditionNumber == (problem.k == 0 ? 1 : .infinity))
    case .illConditioned:
      for (x, y) in zip(svd.singularValues, problem.prescribed) {
        #expect(abs(x - Scalar(y)) <= tolerance)
      }
    }
  }

  @Test("The four conditions of Penrose hold for the pseudo-inverse", arguments: MatrixCase.all)
  func pseudoInverse(of problem: MatrixCase) throws {
    // The error of A⁺ grows with the condition number: the ill-conditioned kind is cut off at 1e-4.
    let a = problem.matrix(Double.self)
    let svd = try SVD(a)
    let cut = problem.kind == .illConditioned ? 1e-4 : nil
    let inverse = svd.pseudoInverse(tolerance: cut)
    #expect(inverse.rows == problem.columns && inverse.columns == problem.rows)
    let r = svd.rank(tolerance: cut)
    let condition = r == 0 ? 1 : svd.singularValues[0] / svd.singularValues[r - 1]
    let tolerance = problem.tolerance(Double.self) * condition
    let (left, right) = (a * inverse, inverse * a)
    #expect((left - Matrix(left.transposed)).largest <= tolerance)
    #expect((right - Matrix(right.transposed)).largest <= tolerance)
    #expect((inverse * left - inverse).frobenius <= tolerance * max(inverse.frobenius, 1))
    if cut == nil { #expect((left * a - a).frobenius <= tolerance * a.frobenius) }
    let b = (0..<problem.rows).map { Double($0 % 5) - 2 }
    let x = try svd.solve(b, tolerance: cut)
    #expect((Matrix(column: x) - Matrix(column: inverse * b)).frobenius <= tolerance * inverse.frobenius * 10)
  }

  @Test("Known values: [[3, 0], [4, 5]] has √45 and √5")
  func knownAnswer() throws {
    let svd = try SVD([[3, 0], [4, 5]] as Matrix<Double>)
    #expect(abs(svd.singularValues[0] - 45.0.squareRoot()) <= 4e-15)
    #expect(abs(svd.singularValues[1] - 5.0.squareRoot()) <= 4e-15)
    #expect(abs(svd.conditionNumber - 3) <= 1e-14)
    #expect(svd.rank() == 2)
    #expect(svd.rank(tolerance: 0.4) == 1)
  }

  @Test("When divide and conquer does not converge, the QR iteration takes over")
  func fallback() throws {
    for (rows, columns) in [(12, 5), (5, 12), (7, 7)] {
      let a = MatrixCase(rows: rows, columns: columns, kind: .general).matrix(Double.self)
      for vectors in [SVD<Double>.Vectors.none, .thin, .full] {
        var workspace = SVD<Double>.Workspace(rows: rows, columns: columns, vectors: vectors)
        workspace.forcesFallback = true
        var svd = SVD<Double>(rows: rows, columns: columns, vectors: vectors)
        try svd.factor(a, workspace: &workspace)
        let reference = try SVD(a, vectors: vectors, algorithm: .qrIteration)
        #expect(svd.singularValues == reference.singularValues)
        #expect(svd.u == reference.u && svd.vt == reference.vt)
      }
    }
  }

  @Test("A workspace serves many matrices of one shape, views included")
  func reuse() throws {
    var stream = RandomStream(seed: 5)
    var workspace = SVD<Double>.Workspace(rows: 9, columns: 4)
    var svd = SVD<Double>(rows: 9, columns: 4)
    for _ in 0..<5 {
      let wide = Matrix<Double>.normal(6, 12, &stream)
      let block = wide[0..<4, 2..<11].transposed
      try svd.factor(block, workspace: &workspace)
      let direct = try SVD(Matrix(block))
      #expect(svd.singularValues == direct.singularValues)
      #expect((svd.reconstruct() - Matrix(block)).frobenius <= 90 * Double.ulpOfOne * wide.frobenius)
    }
  }

  @Test("A number that is not finite is refused", arguments: [Double.nan, .infinity, -.infinity])
  func nonFinite(_ poison: Double) {
    for (rows, columns) in [(1, 1), (4, 3), (3, 4)] {
      var a = Matrix<Double>(repeating: 1, rows: rows, columns: columns)
      a[rows - 1, columns - 1] = poison
      #expect(thrown { () throws(LinearAlgebraError) in try SVD(a) } == .nonFinite(argument: "the matrix"))
    }
    let huge = Matrix<Double>(repeating: .greatestFiniteMagnitude / 8, rows: 3, columns: 3)
    #expect(throws: Never.self) { try SVD(huge) }
  }

  @Test("A workspace of another shape stops the program")
  func wrongWorkspace() async {
    await #expect(processExitsWith: .failure) {
      var workspace = SVD<Double>.Workspace(rows: 2, columns: 3)
      var svd = SVD<Double>(rows: 3, columns: 2)
      try svd.factor(Matrix(zeros: 3, 2), workspace: &workspace)
    }
  }
}
