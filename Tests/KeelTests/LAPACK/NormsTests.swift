import Keel
import Testing

@Suite("Norms and polar decomposition")
struct NormsTests {
  @Test("Against plain loops, for matrices, transposes and blocks", arguments: MatrixCase.all)
  func properties(of problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    let a = problem.matrix(type)
    let tolerance = problem.tolerance(type)
    let rowSums = (0..<a.rows).map { i in a.row(i).reduce(0) { $0 + abs($1) } }
    let columnSums = (0..<a.columns).map { j in a.column(j).reduce(0) { $0 + abs($1) } }
    let (rows, columns) = (rowSums.max() ?? 0, columnSums.max() ?? 0)
    #expect(abs(a.infinityNorm - rows) <= tolerance * rows)
    #expect(abs(a.oneNorm - columns) <= tolerance * columns)
    #expect(a.maxNorm == a.largest)
    #expect(abs(a.frobeniusNorm - a.frobenius) <= tolerance * a.frobenius)
    let t = a.transposed
    #expect(t.oneNorm == a.infinityNorm || abs(t.oneNorm - rows) <= tolerance * rows)
    #expect(abs(t.infinityNorm - columns) <= tolerance * columns)
    #expect(t.maxNorm == a.maxNorm)
    #expect(abs(t.frobeniusNorm - a.frobenius) <= tolerance * a.frobenius)
    if a.rows > 2, a.columns > 2 {
      let block = a[1..<a.rows, 1..<a.columns - 1]
      let copy = Matrix(block)
      #expect(abs(block.oneNorm - copy.oneNorm) <= tolerance * columns)
      #expect(abs(block.transposed.oneNorm - copy.infinityNorm) <= tolerance * rows)
      #expect(block.maxNorm == copy.largest)
      #expect(abs(block.frobeniusNorm - copy.frobenius) <= tolerance * a.frobenius)
    }
    // ‖A‖₂ ≤ ‖A‖_F ≤ ‖A‖_* and ‖A‖₂² ≤ ‖A‖₁ ‖A‖_∞.
    let (spectral, nuclear) = (try a.spectralNorm(), try a.nuclearNorm())
    #expect(spectral <= a.frobenius * (1 + tolerance) && a.frobenius <= nuclear * (1 + tolerance))
    #expect(spectral * spectral <= a.oneNorm * a.infinityNorm * (1 + tolerance))

    let polar = try PolarDecomposition(a)
    #expect((polar.reconstruct() - a).frobenius <= tolerance * max(1, a.frobenius))
    #expect(polar.positive == Matrix(polar.positive.transposed))
    let isometry = a.rows >= a.columns ? polar.isometry : Matrix(polar.isometry.transposed)
    #expect(isometry.orthonormalityError <= tolerance)
    let smallest = try SymmetricEigen(polar.positive, vectors: false).values.first ?? 0
    #expect(smallest >= -tolerance * a.frobenius)
  }

  @Test("Known values")
  func knownAnswers() throws {
    let a: Matrix<Double> = [[1, -2], [-3, 4], [0, 0]]
    #expect(a.oneNorm == 6 && a.infinityNorm == 7 && a.maxNorm == 4)
    #expect(abs(a.frobeniusNorm - 30.0.squareRoot()) <= 1e-15 * 6)
    #expect(abs(try Matrix<Double>(diagonal: [3, -4]).spectralNorm() - 4) <= 1e-15)
    #expect(abs(try Matrix<Double>(diagonal: [3, -4]).nuclearNorm() - 7) <= 2e-15)
    #expect(try Matrix<Double>(diagonal: [3, -4]).rank() == 2)
    #expect(try Matrix<Double>(diagonal: [3, 0]).conditionNumber() == .infinity)
    #expect(Matrix<Double>(zeros: 0, 2).oneNorm == 0)
    #expect(Matrix<Float>(repeating: 1e30, rows: 2, columns: 2).frobeniusNorm == 2e30)
  }

  @Test("NaN and infinity show in the norms", arguments: [Double.nan, .infinity])
  func nonFinite(_ poison: Double) {
    let a: Matrix<Double> = [[1, 2], [poison, 3]]
    for norm in [a.oneNorm, a.infinityNorm, a.frobeniusNorm] { #expect(!norm.isFinite) }
    #expect(
      thrown { () throws(LinearAlgebraError) in try a.spectralNorm() } == .nonFinite(argument: "the matrix"))
  }
}
