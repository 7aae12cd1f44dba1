import Keel
import KeelSimplex

extension Workload {
  /// Images that are never written as dense rows, and what they replace, of rows of standard normal scores.
  ///
  /// - `simplexsparse`: sparsemax as compressed sparse rows, memory included.
  /// - `simplexattention`: sparsemax of the scores times 64 columns of values, without the weights in memory.
  /// - `simplexattentiondense`: the same with the weights in memory and a dense product.
  static let sparseMaps: [Workload] =
    [sparseRows(512, 4096), sparseRows(64, 32_000)]
    + [false, true].flatMap { dense in [attention(512, 4096, dense), attention(64, 32_000, dense)] }

  private static func sparseRows(_ rows: Int, _ columns: Int) -> Workload {
    Workload("simplexsparse-\(rows)x\(columns)", Double(rows * columns), .number) {
      let scores = Matrix<Float>.sample(rows, columns, seed: 12)
      let map = Sparsemax<Float>()
      return { repetitions in
        var entries = 0
        for _ in 0..<repetitions { entries += map.sparse(scores, threads: 1).values.count }
        return Double(entries)
      }
    }
  }

  private static func attention(_ rows: Int, _ columns: Int, _ dense: Bool) -> Workload {
    let name = "simplexattention\(dense ? "dense" : "")-\(rows)x\(columns)"
    return Workload(name, Double(rows * columns), .number) {
      let scores = Matrix<Float>.sample(rows, columns, seed: 12)
      let values = Matrix<Float>.sample(columns, 64, seed: 16)
      let map = Sparsemax<Float>()
      guard dense else {
        return { repetitions in
          var sum: Float = 0
          for _ in 0..<repetitions { sum += map.attention(scores, values: values, threads: 1)[0, 0] }
          return Double(sum)
        }
      }
      var weights = Matrix<Float>(zeros: rows, columns)
      var products = Matrix<Float>(zeros: rows, values.columns)
      return { repetitions in
        for _ in 0..<repetitions {
          map.project(scores, threads: 1, into: &weights)
          BLAS.gemm(1, weights, values, into: &products)
        }
        return Double(products[0, 0])
      }
    }
  }
}
