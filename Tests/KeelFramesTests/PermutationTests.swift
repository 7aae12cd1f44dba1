import Keel
import KeelFrames
import Testing

@Suite("Permutations")
struct PermutationTests {
  @Test("they act on rows, on rows and columns, and on arrays as a group", arguments: 0...12)
  func action(count: Int) throws {
    var stream = RandomStream(seed: 71).stream(count)
    let (p, q) = (Permutation.random(count, using: &stream), Permutation.random(count, using: &stream))
    let rows = Matrix<Double>.randomNormal(rows: count, columns: 3, using: &stream)
    let square = Matrix<Double>.randomNormal(rows: count, columns: count, using: &stream)
    #expect((p * q).transformed(rows) == p.transformed(q.transformed(rows)))
    #expect((p * q).conjugating(square) == p.conjugating(q.conjugating(square)))
    #expect((p * q).transformed(Array(0..<count)) == p.transformed(q.transformed(Array(0..<count))))
    #expect(p.inverseTransformed(p.transformed(rows)) == rows)
    #expect(p.inverseConjugating(p.conjugating(square)) == square)
    #expect(p.inverse.transformed(rows) == p.inverseTransformed(rows))
    #expect((p * p.inverse).isIdentity && (p.inverse * p) == Permutation(identity: count))
    #expect((p * q).sign == p.sign * q.sign)
    for i in 0..<count {
      for j in 0..<3 { #expect(p.transformed(rows)[p[i], j] == rows[i, j]) }
    }
    let matrix = Matrix<Double>(rows: count, columns: count) { i, j in p[j] == i ? 1 : 0 }
    #expect(p.transformed(rows) == matrix * rows)
    if count > 0 { #expect(abs(try LU(matrix).determinant - Double(p.sign)) <= 1e-12) }
  }

  @Test("what is no permutation is refused", arguments: [[0, 0], [1, 2], [-1, 0], [3, 1, 0]])
  func refused(images: [Int]) {
    #expect(throws: FrameError.self) { try Permutation(images: images) }
  }
}
