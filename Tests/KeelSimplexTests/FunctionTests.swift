import Keel
import KeelSimplex
import Testing

/// The functions are the maps.
@Suite("Functions of the literature")
struct FunctionTests {
  @Test("Arrays and matrices")
  func functions() throws {
    let x: [Double] = [-2, 0, 0.5]
    let rows: Matrix<Double> = [[-2, 0, 0.5], [1, 1, 1]]
    #expect(sparsemax(x) == Sparsemax<Double>()(x))
    #expect(sparsemax(rows) == Sparsemax<Double>()(rows))
    #expect(softmax(x) == (try Entmax<Double>(alpha: 1)(x)))
    #expect(softmax(rows) == (try Entmax<Double>(alpha: 1)(rows)))
    #expect(entmax15(x) == (try Entmax<Double>(alpha: 1.5)(x)))
    #expect(entmax15(rows) == (try Entmax<Double>(alpha: 1.5)(rows)))
    #expect(try entmax(x, alpha: 1.3) == Entmax<Double>(alpha: 1.3)(x))
    #expect(try entmax(rows, alpha: .perRow([1.3, 2])) == Entmax<Double>(alpha: .perRow([1.3, 2]))(rows))
    #expect(sparsemax(x, valid: .lengths([2])) == [0, 1, 0])
    #expect(throws: SimplexError.self) { try entmax(x, alpha: 0) }
  }
}
