import Keel
import Testing

/// The examples of the articles, so that they compile and say what they say.
@Suite("Examples in the documentation")
struct DocumentationExampleTests {
  @Test("Landing page")
  func landingPage() throws {
    let x: Matrix<Double> = [[1, 0], [1, 1], [1, 2]]
    let y: [Double] = [1, 3, 5]
    let normal = try Cholesky(x.gram())
    let coefficients = try normal.solve(x.transposed * y)
    #expect(abs(coefficients[0] - 1) < 1e-13 && abs(coefficients[1] - 2) < 1e-13)
  }

  @Test("Matrices and BLAS")
  func matricesAndBLAS() {
    var a: Matrix<Double> = [[1, 2, 3], [4, 5, 6]]
    let before = a
    a[0, 1] = 20
    #expect(before[0, 1] == 2)

    let b: Matrix<Double> = [[1, 2], [3, 4], [5, 6]]
    let gram = b.transposed * b
    let corner = b[0..<2, 0..<2]
    let firstColumn = Array(b.column(0))
    #expect(gram == [[35, 44], [44, 56]] && firstColumn == [1, 3, 5])
    #expect(b[rows: 0..<2] + corner.transposed == [[2, 5], [5, 8]])

    var c = Matrix<Double>(zeros: 3, 3)
    c.setBlock(0..<2, 0..<2, to: gram)
    c.withMutableRow(2) { row in
      for j in row.indices { row[j] = 1 }
    }
    #expect(c == [[35, 44, 0], [44, 56, 0], [1, 1, 1]])

    var product = Matrix<Double>(zeros: 3, 3)
    BLAS.gemm(1, b, b.transposed, into: &product)
    BLAS.gemm(-2, b, b.transposed, beta: 1, into: &product)
    #expect(product == -(b * b.transposed))
    product.withMutableBlock(0..<2, 0..<2) {
      BLAS.gemm(1, gram, gram, into: &$0)
    }
    product.withMutableColumn(2) {
      BLAS.gemv(1, b, [1, -1], into: &$0)
    }
    #expect(product[0..<2, 0..<2] == (gram * gram).view && Array(product.column(2)) == [-1, -1, -1])

    let batch = MatrixBatch([gram, 2 * gram])
    let squares = batch * batch
    #expect(squares[1, 0, 0] / squares[0, 0, 0] == 4)
  }
}
