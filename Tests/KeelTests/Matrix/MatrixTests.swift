import Foundation
import Keel
import TestSupport
import Testing

@Suite("Matrix")
struct MatrixTests {
  let a: Matrix<Double> = [[1, 2, 3], [4, 5, 6]]

  @Test("Initialisers agree")
  func initialisers() {
    #expect(a.rows == 2 && a.columns == 3 && a.count == 6 && !a.isSquare && !a.isEmpty)
    #expect(a.elements == [1, 2, 3, 4, 5, 6])
    #expect(a == Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6]))
    #expect(a == Matrix(rows: 2, columns: 3) { Double(3 * $0 + $1 + 1) })
    #expect(a == Matrix(rows: [[1, 2, 3], [4, 5, 6]]))
    #expect(a == Matrix(converting: Matrix<Float>(converting: a)))
    #expect(Matrix<Double>(identity: 2) == Matrix(diagonal: [1, 1]))
    #expect(Matrix<Float>(zeros: 2, 1) == Matrix(repeating: 0, rows: 2, columns: 1))
    #expect(Matrix(column: [1.0, 2]) == [[1], [2]])
    #expect(Matrix(row: [1.0, 2]) == [[1, 2]])
    #expect(Matrix(outerProductOf: [1, 2], [3, 4.0]) == [[3, 4], [6, 8]])
    #expect(Set([a, a, -a]).count == 2)
  }

  @Test("Empty matrices", arguments: [(0, 0), (0, 3), (3, 0)])
  func empty(rows: Int, columns: Int) {
    let empty = Matrix<Double>(zeros: rows, columns)
    #expect(empty.isEmpty && empty.elements.isEmpty)
    #expect(Matrix(empty.transposed) == Matrix(zeros: columns, rows))
    #expect(empty + empty == empty && 2 * empty == empty)
    #expect(empty.sum == 0 && empty.mean.isNaN && empty.minimum == nil && empty.isFinite)
    #expect(empty.rowSums == Array(repeating: 0, count: rows))
    #expect(empty.transposed.rowSums == Array(repeating: 0, count: columns))
    #expect(empty.diagonal.isEmpty && empty.trace == 0)
    #expect(empty.transposed * empty == Matrix(zeros: columns, columns))
    #expect(empty.gram() == Matrix(zeros: columns, columns))
    #expect(Matrix(stacking: [empty, empty]) == Matrix(zeros: 2 * rows, columns))
    #expect(Matrix(concatenating: [empty, empty]) == Matrix(zeros: rows, 2 * columns))
    #expect(empty.description == "\(rows)×\(columns) Matrix<Double>" + String(repeating: "\n", count: rows))
    var copy = empty
    copy.setBlock(0..<rows, 0..<columns, to: empty)
    #expect(copy.withMutableSpan { $0.count } == 0)
    #expect(copy == empty)
    #expect(Matrix<Double>(rows: []) == Matrix(zeros: 0, 0))
    #expect(([] as Matrix<Double>) == Matrix(zeros: 0, 0))
  }

  @Test("Copies are values; views keep what they saw")
  func valueSemantics() {
    var b = a
    let (view, transposed, row) = (b[0..<2, 1..<3], b.transposed, b.row(0))
    b[0, 1] = 9
    #expect(a[0, 1] == 2 && b[0, 1] == 9)
    #expect(view[0, 0] == 2 && transposed[1, 0] == 2 && row[1] == 2)
    b[0..<2, 1..<3] = b[0..<2, 0..<2]
    #expect(b == [[1, 1, 9], [4, 4, 5]])
    b[rows: 1..<2] = a[rows: 0..<1]
    #expect(b == [[1, 1, 9], [1, 2, 3]])
    b[columns: 0..<1] = a[columns: 2..<3]
    #expect(b == [[3, 1, 9], [6, 2, 3]])
    b.setRow(0, to: [7, 8, 9])
    b.setColumn(2, to: a.column(0))
    #expect(b == [[7, 8, 1], [6, 2, 4]])
    b.setBlock(0..<2, 0..<2, to: Matrix<Double>(identity: 2))
    #expect(b == [[1, 0, 1], [0, 1, 4]])
  }

  @Test("Views of views")
  func views() {
    let m = Matrix<Double>(rows: 5, columns: 7) { Double(10 * $0 + $1) }
    let block = m[1..<4, 2..<7]
    #expect(Matrix(block[1..<3, 1..<2]) == [[23], [33]])
    #expect(Array(block.row(1)) == [22, 23, 24, 25, 26] && Array(block.column(1)) == [13, 23, 33])
    let turned = block.transposed
    #expect(turned.rows == 5 && turned.columns == 3 && turned[4, 2] == 36)
    #expect(Array(turned.row(1)) == [13, 23, 33] && Array(turned.column(1)) == [22, 23, 24, 25, 26])
    #expect(turned.transposed == block)
    #expect(Matrix(turned[1..<3, 0..<2]) == [[13, 23], [14, 24]])
    #expect(Array(m.column(3)[1..<3]) == [13, 23])
    #expect(m.row(2).description == "[20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0]")
    #expect(m[columns: 0..<1].transposed == Matrix(row: [0.0, 10, 20, 30, 40]).view)
    #expect(block != m[1..<4, 1..<6] && block != m[1..<4, 2..<6])
  }

  @Test("Copying a transpose, in and out of its tiles", arguments: [1, 31, 32, 33, 100])
  func transposedCopies(size: Int) {
    for columns in [1, 32, 45] {
      let m = Matrix<Float>(rows: size, columns: columns) { Float(1000 * $0 + $1) }
      #expect(
        Matrix(m.transposed) == Matrix(rows: columns, columns: size) { Float(1000 * $1 + $0) },
        "\(size)×\(columns)")
      var target = Matrix<Float>(zeros: columns + 1, size + 2)
      target.setBlock(0..<columns, 1..<1 + size, to: m.transposed)
      #expect(target[0..<columns, 1..<1 + size] == m.transposed, "\(size)×\(columns)")
      #expect(target.row(columns).allSatisfy { $0 == 0 } && target.column(0).allSatisfy { $0 == 0 })
    }
  }

  @Test("Span access")
  func spans() {
    var b = a
    #expect(b.withSpan { span in (0..<span.count).map { span[$0] } } == a.elements)
    #expect(b.withRow(1) { $0[2] } == 6)
    b.withMutableRow(0) { $0[1] = 20 }
    b.withMutableSpan { $0[5] = 60 }
    b.withMutableColumn(0) { $0[1] += 36 }
    b.withMutableBlock(0..<2, 1..<3) { block in
      block[0, 1] *= 10
      block.withMutableRow(1) { $0[0] = 50 }
    }
    #expect(b == [[1, 20, 30], [40, 50, 60]])
    #expect(a == [[1, 2, 3], [4, 5, 6]])
    struct Stop: Error {}
    #expect(throws: Stop.self) { try b.withMutableRow(0) { _ throws(Stop) in throw Stop() } }
  }

  @Test("Stacking, selecting, reshaping")
  func stacking() {
    #expect(Matrix(stacking: [a, [[7, 8, 9]]]) == [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    #expect(Matrix(concatenating: [a, [[7], [8]]]) == [[1, 2, 3, 7], [4, 5, 6, 8]])
    #expect(Matrix<Double>(stacking: []) == [])
    #expect(a.selectingRows([1, 0, 1]) == [[4, 5, 6], [1, 2, 3], [4, 5, 6]])
    #expect(a.selectingColumns([2, 0]) == [[3, 1], [6, 4]])
    #expect(a.selectingRows([]) == Matrix(zeros: 0, 3))
    #expect(a.reshaped(rows: 3, columns: 2) == [[1, 2], [3, 4], [5, 6]])
  }

  @Test("JSON and back")
  func coding() throws {
    let data = try JSONEncoder().encode(a)
    #expect(try JSONDecoder().decode(Matrix<Double>.self, from: data) == a)
    let empty = Matrix<Float>(zeros: 0, 3)
    #expect(try JSONDecoder().decode(Matrix<Float>.self, from: JSONEncoder().encode(empty)) == empty)
    for broken in [
      #"{"rows":2,"columns":2,"elements":[1,2,3]}"#, #"{"rows":-1,"columns":-2,"elements":[1,2]}"#,
      #"{"rows":4611686018427387904,"columns":4,"elements":[]}"#, #"{"rows":1,"elements":[1]}"#,
    ] {
      #expect(throws: DecodingError.self, "\(broken)") {
        try JSONDecoder().decode(Matrix<Double>.self, from: Data(broken.utf8))
      }
    }
  }

  @Test("Indices and shapes out of range trap")
  func preconditions() async {
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(zeros: 2, 2)[0, 2] }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(zeros: 2, 2)[-1, 0] }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(zeros: 2, 2)[0..<3, 0..<1] }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(zeros: 2, 2).transposed.row(2) }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(rows: 1, columns: 2, elements: [1]) }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(rows: [[1, 2], [3]]) }
    await #expect(processExitsWith: .failure) {
      _ = Matrix<Double>(zeros: 2, 2) + Matrix<Double>(zeros: 2, 3)
    }
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>(zeros: 2, 2)
      m[0..<1, 0..<1] = m[0..<2, 0..<1]
    }
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>(zeros: 2, 2)
      m.withMutableColumn(1) { $0[2] = 1 }
    }
  }
}
