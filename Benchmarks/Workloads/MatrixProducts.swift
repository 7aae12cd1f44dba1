import CReference
import Keel

extension Workload {
  /// Products through ``BLAS``, and at small sizes the same call from C beside them.
  static let matrixProducts: [Workload] =
    [8, 32, 128, 256, 512, 1024, 2048].map { product(Double.self, "d", $0) }
    + [product(Float.self, "s", 1024)]
    + [8, 32].map(rawProduct)
    + [(100, 500), (1000, 2000)].flatMap { rows, columns in
      [
        matrixVector(rows, columns, transposed: false),
        matrixVector(rows, columns, transposed: true),
      ]
    }

  private static func product<Scalar: RealScalar>(_: Scalar.Type, _ prefix: String, _ n: Int) -> Workload {
    Workload("\(prefix)gemm-\(n)", 2 * Double(n * n * n)) {
      let a = Matrix<Scalar>.sample(n, n, seed: 1)
      let b = Matrix<Scalar>.sample(n, n, seed: 2)
      var c = Matrix<Scalar>(zeros: n, n)
      return { repetitions in
        for _ in 0..<repetitions { BLAS.gemm(1, a, b, into: &c) }
        return Double(c[n - 1, n - 1])
      }
    }
  }

  private static func rawProduct(_ n: Int) -> Workload {
    Workload("dgemm-\(n)-rawC", 2 * Double(n * n * n)) {
      let a = Matrix<Double>.sample(n, n, seed: 1).elements
      let b = Matrix<Double>.sample(n, n, seed: 2).elements
      var c = [Double](repeating: 0, count: n * n)
      return { repetitions in
        reference_dgemm(CInt(n), a, b, &c, repetitions)
        return c[n * n - 1]
      }
    }
  }

  private static func matrixVector(_ rows: Int, _ columns: Int, transposed: Bool) -> Workload {
    Workload("dgemv-\(rows)x\(columns)\(transposed ? "-transposed" : "")", 2 * Double(rows * columns)) {
      let a = Matrix<Double>.sample(rows, columns, seed: 3)
      var stream = RandomStream(seed: 4)
      let x: [Double] = stream.normals(count: transposed ? rows : columns)
      var y = [Double](repeating: 0, count: transposed ? columns : rows)
      return { repetitions in
        for _ in 0..<repetitions {
          if transposed { BLAS.gemv(1, a.transposed, x, into: &y) } else { BLAS.gemv(1, a, x, into: &y) }
        }
        return y[0]
      }
    }
  }
}
