import Keel
import RealModule
import Testing

@Suite("Subspace")
struct SubspaceTests {
  @Test("Bases from spanning vectors have the rank and contain the vectors", arguments: MatrixCase.all)
  func spanning(_ problem: MatrixCase) throws {
    try check(problem, Double.self)
    try check(problem, Float.self)
  }

  private func check<Scalar: RealScalar>(_ problem: MatrixCase, _ type: Scalar.Type) throws {
    let a = problem.matrix(type)
    let tolerance = problem.tolerance(type)
    let rows = try Subspace(spanningRows: a)
    let columns = try Subspace(spanningColumns: a)
    #expect(rows.ambientDimension == problem.columns && columns.ambientDimension == problem.rows)
    #expect(rows.dimension == columns.dimension)
    #expect(Matrix(rows.basis.transposed).orthonormalityError <= tolerance)
    #expect(rows.complementProjection(ofRows: a).frobenius <= tolerance * max(a.frobenius, 1))
    #expect(columns.complementProjection(ofRows: a.transposed).frobenius <= tolerance * max(a.frobenius, 1))
    #expect((rows.projection(ofRows: a) - a).frobenius <= tolerance * max(a.frobenius, 1))
    #expect(throws: Never.self) { try Subspace(orthonormalRows: rows.basis) }

    let complement = try rows.orthogonalComplement()
    #expect(complement.dimension == problem.columns - rows.dimension)
    #expect((rows.basis * complement.basis.transposed).largest <= tolerance)
    #expect(Matrix(complement.basis.transposed).orthonormalityError <= tolerance)
    #expect((rows.projector + complement.projector - Matrix(identity: problem.columns)).largest <= tolerance)
    #expect(try rows.sum(complement).dimension == problem.columns)
    #expect(try rows.intersection(complement).dimension == 0)
    #expect(try rows.intersection(rows).dimension == rows.dimension)
    #expect(try rows.containmentResidual(of: rows) <= tolerance)
    let x = (0..<problem.columns).map { Scalar($0 % 4) - 1 }
    let split = zip(rows.projection(of: x), rows.complementProjection(of: x)).map { $0 + $1 }
    #expect((Matrix(column: split) - Matrix(column: x)).frobenius <= tolerance * 10)
  }

  @Test("Coordinate subspaces: sum and intersection by hand")
  func lattice() throws {
    let e = Matrix<Double>(identity: 5)
    let a = try Subspace(orthonormalRows: Matrix(e[rows: 0..<3]))
    let b = try Subspace(orthonormalRows: Matrix(e[rows: 2..<4]))
    #expect(try a.sum(b).dimension == 4)
    let common = try a.intersection(b)
    #expect(common.dimension == 1)
    #expect(abs(abs(common.basis[0, 2]) - 1) <= 1e-15)
    #expect(try b.intersection(a).dimension == 1)
    #expect(abs(try a.containmentResidual(of: b) - 1) <= 1e-15)
    #expect(try a.containmentResidual(of: common) <= 1e-15)
    #expect(a.coordinates(of: [1, 2, 3, 4, 5]) == [1, 2, 3])
    #expect(a.projection(of: [1, 2, 3, 4, 5]) == [1, 2, 3, 0, 0])
    #expect(Subspace<Double>.zero(in: 4).dimension == 0)
    #expect(Subspace<Double>.whole(4).dimension == 4)
  }

  @Test("Rows that are not orthonormal are refused with their deviation")
  func notOrthonormal() {
    #expect(
      thrown { () throws(LinearAlgebraError) in
        try Subspace(orthonormalRows: [[1, 0], [0, 2]] as Matrix<Double>)
      } == .notOrthonormal(argument: "the basis", deviation: 3))
    #expect(
      thrown { () throws(LinearAlgebraError) in
        try Subspace(orthonormalRows: [[1, .nan]] as Matrix<Double>)
      } == .nonFinite(argument: "the basis"))
    #expect(
      thrown { () throws(LinearAlgebraError) in
        try Subspace(spanningRows: [[1, .infinity]] as Matrix<Double>)
      } == .nonFinite(argument: "the matrix"))
  }

  @Test("Random subspaces are orthonormal, reproducible and uniform in the mean")
  func random() throws {
    var stream = RandomStream(seed: 3)
    var (first, second) = (stream, stream)
    #expect(
      Subspace<Double>.random(dimension: 3, in: 8, using: &first).basis
        == Subspace<Double>.random(dimension: 3, in: 8, using: &second).basis)
    for (k, d) in [(0, 0), (0, 4), (1, 1), (4, 4), (3, 50)] {
      let s = Subspace<Double>.random(dimension: k, in: d, using: &stream)
      #expect(s.dimension == k && s.ambientDimension == d)
      #expect(Matrix(s.basis.transposed).orthonormalityError <= 1e-14)
    }
    // E[P] = (k/d) I; an entry of P has a variance below 1, so the mean of N has error 1/√N; 5 sigma.
    let trials = 4000
    var (mean, frame) = (Matrix<Double>(zeros: 4, 4), Matrix<Double>(zeros: 2, 4))
    for _ in 0..<trials {
      let s = Subspace<Double>.random(dimension: 2, in: 4, using: &stream)
      mean += s.projector
      frame += s.basis
    }
    #expect((mean / Double(trials) - 0.5 * Matrix(identity: 4)).largest <= 5 / Double(trials).squareRoot())
    #expect((frame / Double(trials)).largest <= 5 / Double(trials).squareRoot())
  }
}
