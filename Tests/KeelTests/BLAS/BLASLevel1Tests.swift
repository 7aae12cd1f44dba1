import Keel
import TestSupport
import Testing

/// Level 1 against plain loops, on arrays, slices, spans, and rows and columns of matrices.
@Suite("BLAS level 1")
struct BLASLevel1Tests {
  static let counts = Array(0...9) + [15, 16, 17, 31, 33, 64, 100, 1000]

  @Test("dot, asum, nrm2, iamax", arguments: Layout.allCases, Layout.allCases)
  func reductions(layoutX: Layout, layoutY: Layout) {
    reductions(layoutX, layoutY, Double.self)
    reductions(layoutX, layoutY, Float.self)
  }

  func reductions<S: RealScalar>(_ layoutX: Layout, _ layoutY: Layout, _: S.Type) {
    for n in Self.counts {
      var random = SplitMix(seed: UInt64(n))
      let (x, y): ([S], [S]) = (random.array(n), random.array(n))
      let (viewX, viewY) = (layoutX.view(of: x), layoutY.view(of: y))
      let what = "\(S.self) \(n) \(layoutX) \(layoutY) seed \(n)"
      let dot = Expected(1, Matrix(row: x), Matrix(vector: y))
      #expect(
        dot.firstMismatch(with: Matrix(row: [BLAS.dot(viewX, viewY)]), terms: n + 1) == nil, "dot \(what)")
      let asum = Expected(1, Matrix(row: x.map(\.magnitude)), Matrix(repeating: 1, rows: n, columns: 1))
      #expect(
        asum.firstMismatch(with: Matrix(row: [BLAS.asum(viewX)]), terms: n + 1) == nil, "asum \(what)")
      let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
      // The square root halves the relative error of the sum and adds one rounding; libraries that scale
      // add a few more.
      let bound = gamma(n + 8, S.self) * squares.squareRoot()
      #expect((Double(BLAS.nrm2(viewX)) - squares.squareRoot()).magnitude <= bound, "nrm2 \(what)")
      let largest = x.indices.max { x[$0].magnitude < x[$1].magnitude }
      #expect(BLAS.iamax(viewX).map { x[$0].magnitude } == largest.map { x[$0].magnitude }, "iamax \(what)")
    }
  }

  @Test("axpy, scal, copy, swap, rot", arguments: Layout.allCases, [1, 3])
  func updates(layout: Layout, stride: Int) {
    updates(layout, stride, Double.self)
    updates(layout, stride, Float.self)
  }

  func updates<S: RealScalar>(_ layout: Layout, _ stride: Int, _: S.Type) {
    for n in Self.counts {
      var random = SplitMix(seed: UInt64(n))
      let (x, y): ([S], [S]) = (random.array(n), random.array(n))
      let view = layout.view(of: x)
      let what = "\(S.self) \(n) \(layout) stride \(stride) seed \(n)"
      /// `body` applied to y, which is a column of a matrix with `stride` columns.
      func changed(_ body: (inout MutableVectorView<S>) -> Void) -> [S] {
        var wide = Matrix<S>(repeating: 7, rows: n, columns: stride)
        wide.setColumn(0, to: y)
        wide.withMutableColumn(0) { body(&$0) }
        #expect((1..<stride).allSatisfy { j in wide.column(j).allSatisfy { $0 == 7 } }, "\(what)")
        return Array(wide.column(0))
      }
      let alpha: S = 0.75
      let unit = Matrix<S>(rows: 1, columns: 1, elements: [1])
      let sum = Expected(alpha, Matrix(vector: x), unit, beta: 1, Matrix(vector: y))
      let axpy = changed { BLAS.axpy(alpha, view, into: &$0) }
      #expect(sum.firstMismatch(with: Matrix(vector: axpy), terms: 2) == nil, "axpy \(what)")
      #expect(changed { BLAS.scal(alpha, &$0) } == y.map { alpha * $0 }, "scal \(what)")
      #expect(changed { BLAS.copy(view, into: &$0) } == x, "copy \(what)")

      var other = x
      #expect(changed { BLAS.swap(&other, &$0) } == x, "swap \(what)")
      #expect(other == y, "swap \(what)")

      let (c, s): (S, S) = (0.6, 0.8)
      other = x
      let second = changed { BLAS.rot(&other, &$0, c: c, s: s) }
      let (columnX, columnY) = (Matrix(vector: x), Matrix(vector: y))
      let first = Expected(c, columnX, unit) + Expected(s, columnY, unit)
      let minus = Expected(c, columnY, unit) + Expected(-s, columnX, unit)
      #expect(first.firstMismatch(with: Matrix(vector: other), terms: 2) == nil, "rot \(what)")
      #expect(minus.firstMismatch(with: Matrix(vector: second), terms: 2) == nil, "rot \(what)")
    }
  }

  @Test("rotg turns a vector onto the first axis")
  func rotg() {
    for (a, b) in [(3.0, 4.0), (-3, 4), (1, 0), (0, 0), (0, -2), (1e300, 1e300), (1e-300, -1e-300)] {
      let (c, s, r) = BLAS.rotg(a, b)
      let scale = max(a.magnitude, b.magnitude)
      #expect((c * c + s * s - 1).magnitude <= 4 * Double.ulpOfOne, "\(a) \(b)")
      #expect((c * a + s * b - r).magnitude <= 4 * Double.ulpOfOne * scale, "\(a) \(b)")
      #expect((c * b - s * a).magnitude <= 4 * Double.ulpOfOne * scale, "\(a) \(b)")
    }
    #expect(BLAS.rotg(Float(3), 4).r.magnitude == 5)
  }

  @Test("The norm does not overflow or underflow in between")
  func extremeNorms() {
    #expect(abs(BLAS.nrm2([3e200, 4e200]) - 5e200) <= 5e200 * 4 * Double.ulpOfOne)
    #expect(abs(BLAS.nrm2([3e-200, 4e-200]) - 5e-200) <= 5e-200 * 4 * Double.ulpOfOne)
    #expect(abs(BLAS.nrm2([Float(3e30), 4e30]) - 5e30) <= 5e30 * 4 * Float.ulpOfOne)
    #expect(BLAS.nrm2([Double.infinity, 1]) == .infinity)
  }

  @Test("Slices and spans are vectors")
  func spans() {
    let x: [Double] = [1, 2, 3, 4, 5]
    #expect(BLAS.dot(x[1..<3], x[3...]) == 23)
    #expect(BLAS.asum(x[2..<2]) == 0)
    #expect(BLAS.iamax(x[2..<2]) == nil)
    #expect(BLAS.dot(x.span, x) == 55)
    let a: Matrix<Double> = [[1, 2], [3, 4]]
    a.withRow(1) { row in #expect(BLAS.dot(row, a.column(0)) == 15) }
    var b = a
    b.withMutableRow(0) { BLAS.axpy(2, a.row(1), into: &$0) }
    #expect(b == [[7, 10], [3, 4]])
    b.withMutableSpan { BLAS.scal(10, &$0) }
    #expect(b == [[70, 100], [30, 40]])
  }
}
