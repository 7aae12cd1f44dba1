import Keel
import TestSupport
import Testing

/// Level 2 against plain loops: every small shape, layout and triangle, strided operands and results.
@Suite("BLAS level 2")
struct BLASLevel2Tests {
  static let shapes = BLASLevel3Tests.shapes

  @Test("gemv", arguments: Layout.allCases, Layout.allCases)
  func gemv(layoutA: Layout, layoutX: Layout) {
    gemv(layoutA, layoutX, Double.self)
    gemv(layoutA, layoutX, Float.self)
  }

  func gemv<S: RealScalar>(_ layoutA: Layout, _ layoutX: Layout, _: S.Type) {
    for (index, (m, n)) in Self.shapes.enumerated() {
      for scales in Scales.all {
        var random = SplitMix(seed: UInt64(index))
        let (alpha, beta) = (S(scales.alpha), S(scales.beta))
        let a: Matrix<S> = random.matrix(m, n)
        let x: [S] = random.array(n)
        let old: Matrix<S> = scales.content(m, 1, &random)
        let (viewA, viewX) = (layoutA.view(of: a), layoutX.view(of: x))
        let expected = Expected(alpha, a, Matrix(vector: x), beta: beta, old)
        let what = "gemv \(S.self) \(m)×\(n) \(layoutA) \(layoutX) \(scales) seed \(index)"

        var y = old.elements
        BLAS.gemv(alpha, viewA, viewX, beta: beta, into: &y)
        #expect(expected.firstMismatch(with: Matrix(vector: y), terms: n + 3) == nil, "\(what)")

        var wide = Matrix<S>(repeating: 7, rows: m, columns: 3)
        wide.setColumn(1, to: old.elements)
        wide.withMutableColumn(1) { BLAS.gemv(alpha, viewA, viewX, beta: beta, into: &$0) }
        #expect(
          expected.firstMismatch(with: wide[columns: 1..<2], terms: n + 3) == nil
            && wide.column(0).allSatisfy { $0 == 7 } && wide.column(2).allSatisfy { $0 == 7 },
          "\(what), strided result")
      }
    }
  }

  @Test("symv", arguments: Layout.allCases, BLAS.Triangle.allCases)
  func symv(layout: Layout, triangle: BLAS.Triangle) {
    symv(layout, triangle, Double.self)
    symv(layout, triangle, Float.self)
  }

  func symv<S: RealScalar>(_ layout: Layout, _ triangle: BLAS.Triangle, _: S.Type) {
    for n in Array(0...9) + [33, 70] {
      for scales in Scales.all {
        for strided in [false, true] {
          var random = SplitMix(seed: UInt64(n))
          let (alpha, beta) = (S(scales.alpha), S(scales.beta))
          let a: Matrix<S> = random.matrix(n, n)
          let x: [S] = random.array(n)
          let old: Matrix<S> = scales.content(n, 1, &random)
          let view = layout.view(of: a.poisoned(outside: triangle))
          let viewX = (strided ? Layout.block : .whole).view(of: x)
          var wide = Matrix<S>(repeating: 7, rows: n, columns: strided ? 3 : 1)
          wide.setColumn(0, to: old.elements)
          wide.withMutableColumn(0) { BLAS.symv(triangle, alpha, view, viewX, beta: beta, into: &$0) }
          let expected = Expected(alpha, a.symmetric(triangle), Matrix(vector: x), beta: beta, old)
          #expect(
            expected.firstMismatch(with: wide[columns: 0..<1], terms: n + 3) == nil,
            "symv \(S.self) \(n) \(layout) \(triangle) strided \(strided) \(scales) seed \(n)")
        }
      }
    }
  }

  @Test("ger, syr and syr2", arguments: Layout.allCases, Layout.allCases)
  func updates(layoutX: Layout, layoutY: Layout) {
    updates(layoutX, layoutY, Double.self)
    updates(layoutX, layoutY, Float.self)
  }

  func updates<S: RealScalar>(_ layoutX: Layout, _ layoutY: Layout, _: S.Type) {
    for (index, (m, n)) in Self.shapes.enumerated() {
      var random = SplitMix(seed: UInt64(index))
      let alpha: S = [1, -0.5, 0, 2][index % 4]
      let x: [S] = random.array(m)
      let y: [S] = random.array(n)
      let z: [S] = random.array(m)
      let (viewX, viewY, viewZ) = (layoutX.view(of: x), layoutY.view(of: y), layoutY.view(of: z))
      let what = "\(S.self) \(m)×\(n) \(layoutX) \(layoutY) alpha \(alpha) seed \(index)"

      let old: Matrix<S> = random.matrix(m, n)
      var a = Framed(old, frame: 7)
      a.write { BLAS.ger(alpha, viewX, viewY, into: &$0) }
      let expected = Expected(alpha, Matrix(vector: x), Matrix(row: y), beta: 1, old)
      #expect(expected.firstMismatch(with: a.view, terms: 4) == nil && a.frameIsIntact, "ger \(what)")

      for triangle in BLAS.Triangle.allCases {
        let old = BLASLevel3Tests.marked(random.matrix(m, m, S.self), outside: triangle)
        var one = Framed(old, frame: 7)
        one.write { BLAS.syr(triangle, alpha, viewX, into: &$0) }
        let square = Expected(alpha, Matrix(vector: x), Matrix(row: x), beta: 1, old)
        #expect(
          square.firstMismatch(with: one.view, terms: 4, in: triangle.contains) == nil && one.frameIsIntact
            && BLASLevel3Tests.isMarked(one.view, outside: triangle), "syr \(triangle) \(what)")

        var two = Framed(old, frame: 7)
        two.write { BLAS.syr2(triangle, alpha, viewX, viewZ, into: &$0) }
        let mixed =
          Expected(alpha, Matrix(vector: x), Matrix(row: z), beta: 1, old)
          + Expected(alpha, Matrix(vector: z), Matrix(row: x))
        #expect(
          mixed.firstMismatch(with: two.view, terms: 5, in: triangle.contains) == nil && two.frameIsIntact
            && BLASLevel3Tests.isMarked(two.view, outside: triangle), "syr2 \(triangle) \(what)")
      }
    }
  }

  @Test("trmv and trsv", arguments: Layout.allCases, BLAS.Triangle.allCases)
  func triangular(layout: Layout, triangle: BLAS.Triangle) {
    triangular(layout, triangle, Double.self)
    triangular(layout, triangle, Float.self)
  }

  func triangular<S: RealScalar>(_ layout: Layout, _ triangle: BLAS.Triangle, _: S.Type) {
    for n in Array(0...9) + [33, 70] {
      for unit in [false, true] {
        for strided in [false, true] {
          var random = SplitMix(seed: UInt64(n))
          let a = (unit ? 0.25 : 1) * Matrix<S>.withLargeDiagonal(n, &random)
          let x: [S] = random.array(n)
          let view = layout.view(of: a.poisoned(outside: triangle, unit: unit))
          let full = a.triangular(triangle, unit: unit)
          let what = "\(S.self) \(n) \(layout) \(triangle) unit \(unit) strided \(strided) seed \(n)"
          var wide = Matrix<S>(repeating: 7, rows: n, columns: strided ? 3 : 1)
          wide.setColumn(0, to: x)
          var solved = wide
          wide.withMutableColumn(0) { BLAS.trmv(triangle, unit: unit, view, into: &$0) }
          let expected = Expected(1, full, Matrix(vector: x))
          #expect(expected.firstMismatch(with: wide[columns: 0..<1], terms: n + 2) == nil, "trmv \(what)")

          solved.withMutableColumn(0) { BLAS.trsv(triangle, unit: unit, view, into: &$0) }
          // The residual bound of substitution, as for trsm.
          let residual = Expected(1, full, Matrix(solved[columns: 0..<1]), beta: -1, Matrix(vector: x))
          let zero = Matrix<S>(zeros: n, 1)
          #expect(residual.firstMismatch(with: zero, terms: n + 5) == nil, "trsv \(what)")
        }
      }
    }
  }
}
