import Foundation
import Keel
import KeelFrames
import TestSupport
import Testing

@Suite("Small symmetric eigenproblems")
struct SmallSymmetricEigenTests {
  /// Rotations have a few units of rounding each, and there are d(d-1)/2 a sweep; for d = 3 nothing above 9.8e-16 and
  /// 1.3e-15 was seen in the 10⁷ matrices of `manyMatrices`.
  private func residualBound(_ d: Int) -> Double { 1e-15 * max(1, Double(d) / 3) }
  private func orthogonalityBound(_ d: Int) -> Double { 3e-15 * max(1, Double(d) / 3) }

  // One instruction set is enough where another test says that all give the same bits.

  @Test("residuals, orthogonality and order", arguments: SymmetricFamily.allCases)
  func defects(family: SymmetricFamily) throws {
    for d in [1, 2, 3, 4, 5, 6, 8, 11, 16, 17, 20] {
      let seed = UInt64(1000 * d + family.rawValue.count)
      let matrices = family.batch(d <= 3 ? 70 : 2, d, seed: seed)
      var defects = EigenDefects()
      defects.judge(matrices, try SmallSymmetricEigen(matrices))
      #expect(defects.residual <= residualBound(d), "order \(d), seed \(seed)")
      #expect(defects.orthogonality <= orthogonalityBound(d), "order \(d), seed \(seed)")
      #expect(defects.isOrdered, "order \(d), seed \(seed)")
      let floats = matrices.converted(to: Float.self)
      defects = EigenDefects()
      defects.judge(floats, try SmallSymmetricEigen(floats))
      // The same in units of rounding.
      let scale = Double(Float.ulpOfOne) / Double.ulpOfOne
      #expect(defects.residual <= scale * residualBound(d), "Float, order \(d), seed \(seed)")
      #expect(defects.orthogonality <= scale * orthogonalityBound(d), "Float, order \(d), seed \(seed)")
      #expect(defects.isOrdered, "Float, order \(d), seed \(seed)")
    }
  }

  /// Matrices of order 3 in each family: 10⁷ in all with KEEL_EIGEN_TRIALS=1111112 in a release build.
  @Test("many matrices of order 3", arguments: SymmetricFamily.allCases)
  func manyMatrices(family: SymmetricFamily) throws {
    let trials = ProcessInfo.processInfo.environment["KEEL_EIGEN_TRIALS"].flatMap(Int.init) ?? 250
    let defects = try Parallel.reduce(trials, chunk: 1 << 14, into: EigenDefects()) { range in
      var defects = EigenDefects()
      let matrices = family.batch(range.count, 3, seed: UInt64(range.lowerBound))
      defects.judge(matrices, try SmallSymmetricEigen(matrices))
      return defects
    } combine: { all, some in
      all.residual = max(all.residual, some.residual)
      all.orthogonality = max(all.orthogonality, some.orthogonality)
      all.isOrdered = all.isOrdered && some.isOrdered
    }
    if trials > 250 { print("\(family): \(trials) matrices, \(defects)") }
    #expect(defects.residual <= 1e-15)
    #expect(defects.orthogonality <= 3e-15)
    #expect(defects.isOrdered)
  }

  @Test("eigenvalues and eigenvectors agree with LAPACK's", arguments: 1...20)
  func agreement(d: Int) throws {
    for family in SymmetricFamily.allCases {
      let matrices = family.batch(2, d, seed: UInt64(d))
      let eigen = try SmallSymmetricEigen(matrices)
      for b in 0..<matrices.count {
        let expected = try SymmetricEigen(matrices[b])
        // Both have a backward error of a few roundings of the norm, by which eigenvalues can move.
        let error = Double(8 + d) * Double.ulpOfOne * matrices[b].frobeniusNorm
        for j in 0..<d {
          #expect((eigen.values[b, j] - expected.values[j]).magnitude <= error, "\(family), matrix \(b)")
          let below = j > 0 ? expected.values[j] - expected.values[j - 1] : .infinity
          let above = j + 1 < d ? expected.values[j + 1] - expected.values[j] : .infinity
          let gap = min(below, above)
          guard gap > 1e3 * error else { continue }
          var cosine = 0.0
          for i in 0..<d { cosine += eigen.vectors[b, i, j] * expected.vectorRows[j, i] }
          // Davis and Kahan: the sine of the angle is at most the error over the gap, in either solution;
          // the cosine falls short of 1 by half its square.
          let sine = 2 * error / gap
          #expect(cosine.magnitude >= 1 - sine * sine - 1e-14, "\(family), matrix \(b), axis \(j)")
        }
      }
    }
  }

  @Test("eigenvectors are a rotation", arguments: 1...20)
  func determinant(d: Int) throws {
    for family in SymmetricFamily.allCases {
      let matrices = family.batch(4, d, seed: UInt64(d))
      let eigen = try SmallSymmetricEigen(matrices)
      for b in 0..<4 { #expect(try LU(eigen.vectors[b]).determinant > 0.99, "\(family)") }
    }
  }

  @Test(
    "all instruction sets give the same bits, whatever is beside a matrix",
    arguments: Array(1...8) + [13, 16, 17])
  func bits(d: Int) throws {
    func check<Scalar: FrameScalar>(_: Scalar.Type) throws {
      let matrices = MatrixBatch(
        SymmetricFamily.allCases.flatMap { family in
          let batch = family.batch(4, d, seed: UInt64(d)).converted(to: Scalar.self)
          return (0..<4).map { Matrix(batch[$0]) }
        })
      let expected = try SmallSymmetricEigen(matrices)
      for instructions in InstructionSet.available {
        let found = try instructions.select { try SmallSymmetricEigen(matrices) }
        let isSame = found.values == expected.values && found.vectors == expected.vectors
        #expect(isSame, "\(instructions)")
        #expect(
          try instructions.select { try SmallSymmetricEigen.values(of: matrices) } == expected.values
            || d > Scalar.frameKernelLimit, "\(instructions)")
      }
      for b in stride(from: 0, to: matrices.count, by: 5) {
        let alone = try SmallSymmetricEigen(MatrixBatch([Matrix(matrices[b])]))
        let isSame =
          alone.values.elements == (0..<d).map { expected.values[b, $0] }
          && alone.vectors.elements == Matrix(expected.vectors[b]).elements
        #expect(isSame, "matrix \(b)")
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test("entries far from 1", arguments: InstructionSet.available, [2, 3, 5])
  func scales(instructions: InstructionSet, d: Int) throws {
    try instructions.select {
      func check<Scalar: FrameScalar>(_: Scalar.Type, exponents: [Int]) throws {
        for family in SymmetricFamily.allCases {
          let matrices = family.batch(5, d, seed: 77).converted(to: Scalar.self)
          let expected = try SmallSymmetricEigen(matrices)
          for exponent in exponents {
            let factor = Scalar(sign: .plus, exponent: Scalar.Exponent(exponent), significand: 1)
            let scaled = MatrixBatch(
              count: 5, rows: d, columns: d, elements: matrices.elements.map { factor * $0 })
            let found = try SmallSymmetricEigen(scaled)
            #expect(found.vectors == expected.vectors, "\(family), 2^\(exponent)")
            #expect(found.values.elements == expected.values.elements.map { factor * $0 }, "2^\(exponent)")
          }
        }
      }
      // Entries of the families are 1e-8 to 1e8, 2^±27.
      try check(Double.self, exponents: [-960, -500, 500, 960])
      try check(Float.self, exponents: [-80, 90])
      for size in [Double.greatestFiniteMagnitude / 4, .leastNormalMagnitude, .leastNonzeroMagnitude] {
        let matrix = Matrix<Double>(rows: d, columns: d) { i, j in i == j ? 0 : size }
        var defects = EigenDefects()
        let batch = MatrixBatch([matrix])
        defects.judge(batch, try SmallSymmetricEigen(batch))
        // Eigenvalues among subnormal numbers are rounded to a multiple of the smallest.
        #expect(defects.residual <= (size < 1e-300 ? 2 : 1e-15) || size == .leastNormalMagnitude)
        #expect(defects.orthogonality <= 3e-15)
      }
    }
  }

  @Test("graded matrices, down to what underflows", arguments: InstructionSet.available)
  func graded(instructions: InstructionSet) throws {
    try instructions.select {
      var random = SplitMix(seed: 5)
      for d in 2...6 {
        let matrices = MatrixBatch(
          (0..<100).map { _ in
            Matrix<Double>(rows: d, columns: d) { _, _ in
              Double.pow(10, 150 * random.scalar(Double.self)) * random.normal()
            }
          })
        var defects = EigenDefects()
        defects.judge(matrices, try SmallSymmetricEigen(matrices))
        #expect(defects.residual <= residualBound(d) && defects.orthogonality <= orthogonalityBound(d))
      }
    }
  }

  @Test("a matrix that is not finite is named", arguments: InstructionSet.available, [1, 2, 3, 4, 17])
  func notFinite(instructions: InstructionSet, d: Int) {
    instructions.select {
      for bad in [0, 5, 36] {
        for value in [Float.nan, .infinity, -.infinity] {
          for (i, j) in [(0, 0), (0, d - 1), (d - 1, d - 1)] {
            var matrices = MatrixBatch<Float>(zeros: 37, rows: d, columns: d)
            matrices[bad, i, j] = value
            matrices[36, 0, 0] = value
            do throws(FrameError) {
              _ = try SmallSymmetricEigen(matrices)
              Issue.record("no error for \(value)")
            } catch {
              guard case .notFinite(let argument, _) = error else {
                Issue.record("\(error)")
                continue
              }
              #expect(argument == "matrix \(bad)")
            }
          }
        }
      }
    }
  }

  @Test("no matrices, and matrices of order 0")
  func empty() throws {
    let none = try SmallSymmetricEigen(MatrixBatch<Double>(zeros: 0, rows: 3, columns: 3))
    #expect(none.values.rows == 0 && none.vectors.count == 0)
    let flat = try SmallSymmetricEigen(MatrixBatch<Double>(zeros: 4, rows: 0, columns: 0))
    #expect(flat.values.rows == 4 && flat.vectors.count == 4)
  }

  @Test("threads, and memory of the caller, change nothing")
  func threadsAndSpans() throws {
    let matrices = SymmetricFamily.gaussian.batch(700, 3, seed: 3)
    let one = try SmallSymmetricEigen(matrices, threads: 1)
    let two = try SmallSymmetricEigen(matrices, threads: 2)
    #expect(one.values == two.values && one.vectors == two.vectors)
    var values = [Double](repeating: 0, count: 2100)
    var vectors = [Double](repeating: 0, count: 6300)
    var valueSpan = values.mutableSpan
    var vectorSpan = vectors.mutableSpan
    try SmallSymmetricEigen.decompose(
      matrices.elements.span, order: 3, values: &valueSpan, vectors: &vectorSpan)
    #expect(values == one.values.elements && vectors == one.vectors.elements)
  }
}
