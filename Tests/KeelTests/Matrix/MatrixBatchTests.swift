import Keel
import TestSupport
import Testing

@Suite("Batches of matrices")
struct MatrixBatchTests {
  @Test("Elements, matrices and views")
  func access() {
    let a: Matrix<Double> = [[1, 2], [3, 4], [5, 6]]
    var batch = MatrixBatch([a, -a])
    #expect(batch.count == 2 && batch.rows == 3 && batch.columns == 2 && batch.elementsPerMatrix == 6)
    #expect(batch.elements == a.elements + (-a).elements)
    #expect(batch == MatrixBatch(count: 2, rows: 3, columns: 2, elements: batch.elements))
    #expect(batch[1, 2, 0] == -5 && Matrix(batch[0]) == a)
    let seen = batch[0]
    batch[0] = batch[1]
    batch[1, 0, 0] = 7
    batch.withMutableSpan { $0[1] = 8 }
    #expect(Matrix(batch[0]) == [[-1, 8], [-3, -4], [-5, -6]] && batch[1, 0, 0] == 7)
    #expect(Matrix(seen) == a)
    batch.withMutableMatrix(1) { BLAS.gemm(1, a, Matrix<Double>(identity: 2), into: &$0) }
    #expect(Matrix(batch[1]) == a)
    #expect(batch.withSpan { $0[6] } == 1)
    #expect(MatrixBatch<Float>([]).count == 0)
  }

  @Test("Products of every small shape", arguments: 0...5, 0...5)
  func products(m: Int, k: Int) {
    for n in 0...5 {
      for count in [0, 1, 3] {
        var random = SplitMix(seed: UInt64(100 * m + 10 * k + n))
        let a: [Matrix<Float>] = (0..<count).map { _ in random.matrix(m, k) }
        let b: [Matrix<Float>] = (0..<count).map { _ in random.matrix(k, n) }
        guard count > 0 else { continue }
        let product = MatrixBatch(a) * MatrixBatch(b)
        for index in 0..<count {
          let mismatch = Expected(1, a[index], b[index]).firstMismatch(with: product[index], terms: k + 1)
          #expect(mismatch == nil, "\(m)×\(k)×\(n), matrix \(index) of \(count)")
        }
      }
    }
  }

  @Test("Shapes that do not fit trap")
  func preconditions() async {
    await #expect(processExitsWith: .failure) { _ = MatrixBatch<Double>(zeros: 2, rows: 1, columns: 1)[2] }
    await #expect(processExitsWith: .failure) {
      _ = MatrixBatch<Double>([Matrix(zeros: 1, 1), Matrix(zeros: 1, 2)])
    }
    await #expect(processExitsWith: .failure) {
      _ = MatrixBatch<Double>(zeros: 2, rows: 1, columns: 2) * MatrixBatch(zeros: 2, rows: 1, columns: 2)
    }
  }
}
