import Keel
import TestSupport
import Testing

/// Level 3 against plain loops: every small shape, layout, triangle and side, blocks as results. What
/// must not be read is NaN; what must not be written is compared afterwards.
@Suite("BLAS level 3")
struct BLASLevel3Tests {
  static let large = [(33, 17, 40), (64, 65, 31), (1, 200, 3), (130, 1, 129), (70, 90, 100)]

  @Test("gemm", arguments: Layout.allCases)
  func gemm(layout: Layout) {
    gemm(layout, Double.self)
    gemm(layout, Float.self)
  }

  func gemm<S: RealScalar>(_ layoutA: Layout, _: S.Type) {
    for layoutB in Layout.allCases {
      var index = 0
      for m in 0...9 {
        for n in 0...9 {
          for k in 0...9 {
            index += 1
            gemm(m, n, k, layoutA, layoutB, Scales.cycled(index), seed: UInt64(index), S.self)
          }
        }
      }
      for (m, n, k) in Self.large {
        index += 1
        gemm(m, n, k, layoutA, layoutB, Scales.cycled(index), seed: UInt64(index), S.self)
      }
    }
  }

  func gemm<S: RealScalar>(
    _ m: Int, _ n: Int, _ k: Int, _ layoutA: Layout, _ layoutB: Layout, _ scales: Scales, seed: UInt64,
    _: S.Type
  ) {
    var random = SplitMix(seed: seed)
    let a: Matrix<S> = random.matrix(m, k)
    let b: Matrix<S> = random.matrix(k, n)
    let old: Matrix<S> = scales.content(m, n, &random)
    let (alpha, beta) = (S(scales.alpha), S(scales.beta))
    let (viewA, viewB) = (layoutA.view(of: a), layoutB.view(of: b))
    var c = Framed(old, frame: 7)
    c.write { BLAS.gemm(alpha, viewA, viewB, beta: beta, into: &$0) }
    // k products, the two scalings and the last sum.
    let mismatch = Expected(alpha, a, b, beta: beta, old).firstMismatch(with: c.view, terms: k + 3)
    #expect(
      mismatch == nil && c.frameIsIntact,
      "gemm \(S.self) \(m)×\(k)×\(n) \(layoutA) \(layoutB) \(scales) seed \(seed)")
  }

  @Test("symm", arguments: Layout.allCases, Layout.allCases)
  func symm(layoutA: Layout, layoutB: Layout) {
    symm(layoutA, layoutB, Double.self)
    symm(layoutA, layoutB, Float.self)
  }

  func symm<S: RealScalar>(_ layoutA: Layout, _ layoutB: Layout, _: S.Type) {
    var index = 0
    for (m, n) in Self.shapes {
      for side in BLAS.Side.allCases {
        for triangle in BLAS.Triangle.allCases {
          index += 1
          var random = SplitMix(seed: UInt64(index))
          let scales = Scales.cycled(index)
          let (alpha, beta) = (S(scales.alpha), S(scales.beta))
          let order = side == .left ? m : n
          let a: Matrix<S> = random.matrix(order, order)
          let b: Matrix<S> = random.matrix(m, n)
          let old: Matrix<S> = scales.content(m, n, &random)
          let (viewA, viewB) = (layoutA.view(of: a.poisoned(outside: triangle)), layoutB.view(of: b))
          var c = Framed(old, frame: 7)
          c.write { BLAS.symm(side, triangle, alpha, viewA, viewB, beta: beta, into: &$0) }
          let full = a.symmetric(triangle)
          let expected =
            side == .left
            ? Expected(alpha, full, b, beta: beta, old) : Expected(alpha, b, full, beta: beta, old)
          #expect(
            expected.firstMismatch(with: c.view, terms: order + 3) == nil && c.frameIsIntact,
            "symm \(S.self) \(m)×\(n) \(side) \(triangle) \(layoutA) \(layoutB) \(scales) seed \(index)")
        }
      }
    }
  }

  @Test("syrk", arguments: Layout.allCases)
  func syrk(layout: Layout) {
    syrk(layout, Double.self)
    syrk(layout, Float.self)
  }

  func syrk<S: RealScalar>(_ layout: Layout, _: S.Type) {
    var index = 0
    for (n, k) in Self.shapes {
      for triangle in BLAS.Triangle.allCases {
        index += 1
        var random = SplitMix(seed: UInt64(index))
        let scales = Scales.cycled(index)
        let (alpha, beta) = (S(scales.alpha), S(scales.beta))
        let a: Matrix<S> = random.matrix(n, k)
        let content: Matrix<S> = scales.content(n, n, &random)
        let old = Self.marked(content, outside: triangle)
        let view = layout.view(of: a)
        var c = Framed(old, frame: 7)
        c.write { BLAS.syrk(triangle, alpha, view, beta: beta, into: &$0) }
        let expected = Expected(alpha, a, Matrix(a.transposed), beta: beta, old)
        #expect(
          expected.firstMismatch(with: c.view, terms: k + 3, in: triangle.contains) == nil
            && c.frameIsIntact && Self.isMarked(c.view, outside: triangle),
          "syrk \(S.self) n \(n) k \(k) \(triangle) \(layout) \(scales) seed \(index)")
      }
    }
  }

  @Test("syr2k", arguments: Layout.allCases, Layout.allCases)
  func syr2k(layoutA: Layout, layoutB: Layout) {
    syr2k(layoutA, layoutB, Double.self)
    syr2k(layoutA, layoutB, Float.self)
  }

  func syr2k<S: RealScalar>(_ layoutA: Layout, _ layoutB: Layout, _: S.Type) {
    var index = 0
    for (n, k) in Self.shapes {
      for triangle in BLAS.Triangle.allCases {
        index += 1
        var random = SplitMix(seed: UInt64(index))
        let scales = Scales.cycled(index)
        let (alpha, beta) = (S(scales.alpha), S(scales.beta))
        let a: Matrix<S> = random.matrix(n, k)
        let b: Matrix<S> = random.matrix(n, k)
        let content: Matrix<S> = scales.content(n, n, &random)
        let old = Self.marked(content, outside: triangle)
        let (viewA, viewB) = (layoutA.view(of: a), layoutB.view(of: b))
        var c = Framed(old, frame: 7)
        c.write { BLAS.syr2k(triangle, alpha, viewA, viewB, beta: beta, into: &$0) }
        let expected =
          Expected(alpha, a, Matrix(b.transposed), beta: beta, old) + Expected(alpha, b, Matrix(a.transposed))
        #expect(
          expected.firstMismatch(with: c.view, terms: 2 * k + 3, in: triangle.contains) == nil
            && c.frameIsIntact && Self.isMarked(c.view, outside: triangle),
          "syr2k \(S.self) n \(n) k \(k) \(triangle) \(layoutA) \(layoutB) \(scales) seed \(index)")
      }
    }
  }

  @Test("trmm and trsm", arguments: Layout.allCases, BLAS.Side.allCases)
  func triangularProducts(layout: Layout, side: BLAS.Side) {
    triangularProducts(layout, side, Double.self)
    triangularProducts(layout, side, Float.self)
  }

  func triangularProducts<S: RealScalar>(_ layout: Layout, _ side: BLAS.Side, _: S.Type) {
    var index = 0
    for (m, n) in Self.shapes {
      for triangle in BLAS.Triangle.allCases {
        for unit in [false, true] {
          index += 1
          var random = SplitMix(seed: UInt64(index))
          let alpha: S = [1, -0.5, 2][index % 3]
          let order = side == .left ? m : n
          // A unit triangle with large entries has an exponentially large inverse.
          let a = (unit ? 0.5 : 1) * Matrix<S>.withLargeDiagonal(order, &random)
          let b: Matrix<S> = random.matrix(m, n)
          let view = layout.view(of: a.poisoned(outside: triangle, unit: unit))
          let full = a.triangular(triangle, unit: unit)
          var (product, solution) = (Framed(b, frame: 7), Framed(b, frame: 7))
          product.write { BLAS.trmm(side, triangle, unit: unit, alpha, view, into: &$0) }
          let expected = side == .left ? Expected(alpha, full, b) : Expected(alpha, b, full)
          let what =
            "\(S.self) \(m)×\(n) \(side) \(triangle) unit \(unit) \(layout) alpha \(alpha) seed \(index)"
          #expect(
            expected.firstMismatch(with: product.view, terms: order + 3) == nil && product.frameIsIntact,
            "trmm \(what)")

          solution.write { BLAS.trsm(side, triangle, unit: unit, alpha, view, into: &$0) }
          // Substitution solves a problem with |ΔA| <= γ |A| (Higham 2002, theorem 8.5), so the residual
          // alpha B - AX is within γ (|A||X| + |alpha B|). Libraries multiply by reciprocals of the
          // diagonal: one rounding more.
          let x = Matrix(solution.view)
          let residual =
            side == .left ? Expected(1, full, x, beta: -alpha, b) : Expected(1, x, full, beta: -alpha, b)
          let zero = Matrix<S>(zeros: m, n)
          #expect(
            residual.firstMismatch(with: zero, terms: order + 5) == nil && solution.frameIsIntact,
            "trsm \(what)")
        }
      }
    }
  }

  @Test("An operand may be the result itself or a view of it")
  func aliasing() {
    var random = SplitMix(seed: 1)
    let a: Matrix<Double> = random.matrix(5, 5)
    let product = a * a
    var result = a
    BLAS.gemm(1, result, result, into: &result)
    #expect(result == product)
    result = a
    BLAS.gemm(1, result.transposed, a, into: &result)
    #expect(result == a.transposed * a)
    result = a
    result.withMutableBlock(0..<2, 0..<5) { BLAS.gemm(1, a[0..<2, 0..<5], a, into: &$0) }
    #expect(result[0..<2, 0..<5].maximumDifference(from: product[0..<2, 0..<5]) <= 10 * Double.ulpOfOne)
    #expect(result[rows: 2..<5] == a[rows: 2..<5])
    var x: [Double] = [1, 2, 3, 4, 5]
    let image = a * x
    BLAS.gemv(1, a, x, into: &x)
    #expect(x == image)
    BLAS.axpy(1, x, into: &x)
    #expect(x == image.map { 2 * $0 })
  }

  @Test("Shapes that do not fit trap")
  func preconditions() async {
    await #expect(processExitsWith: .failure) {
      var c = Matrix<Double>(zeros: 2, 2)
      BLAS.gemm(1, Matrix<Double>(zeros: 2, 3), Matrix<Double>(zeros: 2, 2), into: &c)
    }
    await #expect(processExitsWith: .failure) {
      var c = Matrix<Double>(zeros: 2, 3)
      BLAS.gemm(1, Matrix<Double>(zeros: 2, 3), Matrix<Double>(zeros: 3, 2), into: &c)
    }
    await #expect(processExitsWith: .failure) {
      var b = Matrix<Double>(zeros: 2, 3)
      BLAS.trsm(.left, .lower, 1, Matrix<Double>(identity: 3), into: &b)
    }
    await #expect(processExitsWith: .failure) {
      var y = [Double](repeating: 0, count: 2)
      BLAS.gemv(1, Matrix<Double>(zeros: 2, 3), [1, 2], into: &y)
    }
    await #expect(processExitsWith: .failure) { _ = BLAS.dot([1.0, 2], [1.0]) }
  }

  static let shapes = (0...9).flatMap { m in (0...9).map { (m, $0) } } + [(33, 40), (65, 1), (70, 100)]

  /// The content with a known number where a function must not write.
  static func marked<S: RealScalar>(_ content: Matrix<S>, outside triangle: BLAS.Triangle) -> Matrix<S> {
    Matrix(rows: content.rows, columns: content.columns) { triangle.contains($0, $1) ? content[$0, $1] : 3 }
  }

  static func isMarked<S: RealScalar>(_ view: MatrixView<S>, outside triangle: BLAS.Triangle) -> Bool {
    (0..<view.rows).allSatisfy { i in
      (0..<view.columns).allSatisfy { j in triangle.contains(i, j) || view[i, j] == 3 }
    }
  }
}
