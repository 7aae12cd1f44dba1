import Keel
import TestSupport
import Testing

@Suite("Matrix arithmetic and reductions")
struct MatrixArithmeticTests {
  let a: Matrix<Double> = [[1, 2, 3], [4, 5, 6]]

  @Test("Element-wise operations, also on views")
  func elementwise() {
    let b: Matrix<Double> = [[10, 20, 30], [40, 50, 60]]
    #expect(a + b == [[11, 22, 33], [44, 55, 66]] && b - a == 9 * a && -a == a * -1)
    #expect(b / 10 == a && a.hadamard(b) == [[10, 40, 90], [160, 250, 360]])
    #expect(a.map { $0 * $0 } == [[1, 4, 9], [16, 25, 36]])
    #expect(a.combined(with: b, max) == b)
    var c = a
    c += b
    c -= a
    c *= 2
    c /= 2
    c.apply { $0 + 1 }
    c.combine(with: a) { $0 * $1 }
    #expect(c == [[11, 42, 93], [164, 255, 366]])
    let square: Matrix<Double> = [[1, 2], [3, 4]]
    #expect(square + square.transposed == [[2, 5], [5, 8]])
    #expect(square.transposed - square == [[0, 1], [-1, 0]])
    #expect(
      0.5 * square.transposed == [[0.5, 1.5], [1, 2]] && -square.transposed == [[-1, -3], [-2, -4]])
    #expect(a[0..<2, 1..<3] + a[columns: 0..<2] == [[3, 5], [9, 11]])
    #expect(a[0..<2, 1..<3].transposed.map { $0 + 1 } == [[3, 6], [4, 7]])
    c = square
    c += square.transposed
    #expect(c == [[2, 5], [5, 8]])
    #expect(square + [[1, 1], [1, 1]] == [[2, 3], [4, 5]])
  }

  @Test("Scaling and shifting rows and columns")
  func broadcasting() {
    #expect(a.scalingRows(by: [2, -1]) == [[2, 4, 6], [-4, -5, -6]])
    #expect(a.scalingColumns(by: [1, 0, 2]) == [[1, 0, 6], [4, 0, 12]])
    #expect(a.addingToRows([1, 2, 3]) == [[2, 4, 6], [5, 7, 9]])
    #expect(a.addingToColumns([1, -1]) == [[2, 3, 4], [3, 4, 5]])
    #expect(a.transposed.scalingRows(by: [1, 0, 2]) == [[1, 4], [0, 0], [6, 12]])
    #expect(a.addingToRows(a.columnMeans.map(-)).columnMeans == [0, 0, 0])
  }

  @Test("Products")
  func products() {
    #expect(a * a.transposed == [[14, 32], [32, 77]])
    #expect(a * [1, 0, -1] == [-2, -2] && a.transposed * [1, 1] == [5, 7, 9])
    #expect(a * a.row(1) == [32, 77])
    #expect(a.gram() == a.transposed * a && a.transposed.gram() == a * a.transposed)
    var m: Matrix<Double> = [[1, 2], [3, 4]]
    m.mirror(.upper)
    #expect(m == [[1, 2], [2, 4]])
    m = [[1, 2], [3, 4]]
    m.mirror(.lower)
    #expect(m == [[1, 3], [3, 4]])
  }

  @Test("Reductions on matrices and views")
  func reductions() {
    #expect(a.sum == 21 && a.mean == 3.5 && a.trace == 6 && a.diagonal == [1, 5])
    #expect(a.rowSums == [6, 15] && a.columnSums == [5, 7, 9])
    #expect(a.rowMeans == [2, 5] && a.columnMeans == [2.5, 3.5, 4.5])
    #expect(a.minimum == 1 && a.maximum == 6)
    let view = a[0..<2, 1..<3].transposed  // [[2, 5], [3, 6]]
    #expect(view.sum == 16 && view.trace == 8 && view.diagonal == [2, 6])
    #expect(view.rowSums == [7, 9] && view.columnSums == [5, 11])
    #expect(view.minimum == 2 && view.maximum == 6 && view.isFinite)
    #expect(a.maximumDifference(from: a + a) == 6)
  }

  @Test("NaN and infinity are not lost")
  func nonFinite() {
    for (i, j) in [(0, 0), (0, 1), (1, 2)] {
      var b = a
      b[i, j] = .nan
      #expect(b.minimum?.isNaN == true && b.maximum?.isNaN == true && !b.isFinite, "\(i) \(j)")
      #expect(b.maximumDifference(from: a).isNaN && b.sum.isNaN, "\(i) \(j)")
      b[i, j] = -.infinity
      #expect(b.minimum == -.infinity && !b.isFinite && !b.transposed.isFinite, "\(i) \(j)")
    }
    for count in [1, 7, 8, 9, 1023, 1024, 1025, 1033, 3000] {
      var row = Matrix<Float>(zeros: 1, count)
      #expect(row.isFinite, "\(count)")
      for j in [0, count / 2, count - 1] {
        row[0, j] = .infinity
        #expect(!row.isFinite, "\(count) \(j)")
        row[0, j] = .greatestFiniteMagnitude
      }
      #expect(row.isFinite, "\(count)")
    }
  }

  @Test("Sums of every length", arguments: [1, 2, 3])
  func sums(rows: Int) {
    for columns in Array(0...40) + [1000] {
      var random = SplitMix(seed: UInt64(columns))
      let m: Matrix<Float> = random.matrix(rows, columns)
      let exact = m.elements.reduce(0.0) { $0 + Double($1) }
      let magnitude = m.elements.reduce(0.0) { $0 + Double($1.magnitude) }
      let bound = gamma(m.count, Float.self) * magnitude
      #expect((Double(m.sum) - exact).magnitude <= bound, "\(rows)×\(columns)")
      #expect((Double(m.transposed.sum) - exact).magnitude <= bound, "\(rows)×\(columns)")
      #expect(m.rowSums == m.transposed.columnSums && m.columnSums == m.transposed.rowSums)
      // A block of a wider matrix sums in the same order as a copy of it, row by row.
      let wide = Matrix(concatenating: [m, m])
      #expect(wide[columns: 0..<columns].rowSums == m.rowSums, "\(rows)×\(columns)")
    }
  }
}
