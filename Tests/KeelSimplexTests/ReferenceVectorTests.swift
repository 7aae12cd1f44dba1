import KeelSimplex
import Testing

@Suite("Maps onto the simplex, known values")
struct ReferenceVectorTests {
  @Test(
    "entmax of (-2, 0, 0.5)",
    arguments: [
      (1.25, [0.0053394178464363462, 0.35210978596847238, 0.64255079618509127]),
      (1.5, [0.0, 0.32600736366156181, 0.67399263633843819]), (2.0, [0.0, 0.25, 0.75]),
    ])
  func entmax(alpha: Double, expected: [Double]) throws {
    let map = try Entmax<Double>(alpha: .all(alpha))
    var p: [Double] = [-2, 0, 0.5]
    p.withUnsafeMutableBufferPointer { p in
      guard let start = p.baseAddress else { return }
      map.project(
        RowBatch(rows: 1, columns: 3, input: start, inputStride: 3, output: start, outputStride: 3))
    }
    for (a, b) in zip(p, expected) { #expect(abs(a - b) <= 1e-14) }
  }
}
