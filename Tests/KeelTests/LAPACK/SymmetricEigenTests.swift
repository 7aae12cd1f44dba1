import Keel
import Testing

@Suite("Symmetric eigenvalues")
struct SymmetricEigenTests {
  @Test("Residual, orthogonality and order of the values", arguments: MatrixCase.square)
  func properties(of problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    let half = problem.matrix(type)
    let a = half + Matrix(half.transposed)
    let tolerance = problem.tolerance(type)
    let eigen = try SymmetricEigen(a)
    #expect(eigen.order == problem.rows)
    #expect(Matrix(eigen.vectors).orthonormalityError <= tolerance)
    #expect((eigen.reconstruct() - a).frobenius <= tolerance * a.frobenius)
    #expect(
      (a * eigen.vectors - Matrix(eigen.vectors).scalingColumns(by: eigen.values)).frobenius
        <= tolerance * a.frobenius)
    #expect(zip(eigen.values, eigen.values.dropFirst()).allSatisfy { $0 <= $1 })
    let values = try SymmetricEigen(a, vectors: false)
    #expect(!values.hasVectors)
    for (x, y) in zip(values.values, eigen.values) { #expect(abs(x - y) <= tolerance * a.frobenius) }
    // Invariants that the decomposition does not use.
    #expect(abs(eigen.values.reduce(0, +) - a.trace) <= tolerance * max(a.frobenius, 1))
    if problem.kind == .general {
      let x: [Scalar] = (0..<problem.rows).map { Scalar($0 % 3) - 1 }
      let solved = try eigen.solve(a * x)
      let error = (Matrix(column: solved) - Matrix(column: x)).frobenius
      #expect(error <= tolerance * eigen.conditionNumber * max(Matrix(column: x).frobenius, 1))
    }
  }

  @Test("[[2, 1], [1, 2]] has 1 and 3; only the upper triangle is read")
  func knownAnswer() throws {
    let eigen = try SymmetricEigen([[2, 1], [99, 2]] as Matrix<Double>)
    #expect(abs(eigen.values[0] - 1) <= 1e-15 && abs(eigen.values[1] - 3) <= 2e-15)
    #expect(abs(abs(eigen.vectorRows[0, 0]) - 0.5.squareRoot()) <= 1e-15)
    #expect(abs(eigen.determinant - 3) <= 1e-14)
    #expect(abs(eigen.conditionNumber - 3) <= 1e-14)
    let inverse = try eigen.inverse()
    let expected = Matrix<Double>(rows: [[2, -1], [-1, 2]]) / 3
    #expect((inverse - expected).largest <= 1e-15)
    let root = eigen.applying { $0.squareRoot() }
    #expect((root * root - Matrix(rows: [[2, 1], [1, 2]])).largest <= 1e-14)
  }

  @Test("Rank, determinant and inverse of a singular matrix")
  func singular() throws {
    let eigen = try SymmetricEigen(Matrix<Double>(diagonal: [4, 0, -1]))
    #expect(eigen.values == [-1, 0, 4])
    #expect(eigen.rank() == 2)
    #expect(eigen.determinant == 0)
    #expect(eigen.logDeterminant == (0, -.infinity))
    #expect(eigen.conditionNumber == .infinity)
    #expect(
      thrown { () throws(LinearAlgebraError) in try eigen.inverse() }
        == .singular(routine: "dsyevd", index: 1))
    #expect(try SymmetricEigen(Matrix<Double>(zeros: 0, 0)).conditionNumber == 1)
  }

  @Test("A number that is not finite is refused")
  func nonFinite() {
    let a: Matrix<Double> = [[1, 0], [.nan, 1]]
    #expect(
      thrown { () throws(LinearAlgebraError) in try SymmetricEigen(a) } == .nonFinite(argument: "the matrix"))
  }

  @Test("A workspace serves many matrices of one order")
  func reuse() throws {
    for vectors in [true, false] {
      var workspace = SymmetricEigen<Double>.Workspace(order: 6, vectors: vectors)
      var eigen = SymmetricEigen<Double>(order: 6, vectors: vectors)
      var stream = RandomStream(seed: 7)
      for _ in 0..<4 {
        let a = Matrix<Double>.normal(6, 9, &stream)
        try eigen.factor(a.transposed.gramOfRows, workspace: &workspace)
        #expect(try eigen.values == SymmetricEigen(a.transposed.gramOfRows, vectors: vectors).values)
      }
    }
  }
}

extension MatrixView {
  /// The Gram matrix of the rows of the matrix of which this is the transpose.
  fileprivate var gramOfRows: Matrix<Scalar> { gram() }
}
