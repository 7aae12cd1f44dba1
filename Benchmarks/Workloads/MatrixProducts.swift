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
      let a = onCacheLine { Matrix<Scalar>.sample(n, n, seed: 1) }
      let b = onCacheLine { Matrix<Scalar>.sample(n, n, seed: 2) }
      var c = onCacheLine { Matrix<Scalar>(zeros: n, n) }
      return { repetitions in
        for _ in 0..<repetitions { BLAS.gemm(1, a, b, into: &c) }
        return Double(c[n - 1, n - 1])
      }
    }
  }

  private static func rawProduct(_ n: Int) -> Workload {
    Workload("dgemm-\(n)-rawC", 2 * Double(n * n * n)) {
      let a = onCacheLine { Matrix<Double>.sample(n, n, seed: 1) }
      let b = onCacheLine { Matrix<Double>.sample(n, n, seed: 2) }
      var c = onCacheLine { Matrix<Double>(zeros: n, n) }
      return { repetitions in
        a.withUnsafeElements { a in
          b.withUnsafeElements { b in
            c.withUnsafeMutableElements { reference_dgemm(CInt(n), a, b, $0, repetitions) }
          }
        }
        return c[n - 1, n - 1]
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

/// A matrix that starts on a cache line, if `make` gives one within some attempts: in a product of order 8
/// loads that cross lines cost a third, and memory comes on any multiple of 16.
private func onCacheLine<Scalar: RealScalar>(_ make: () -> Matrix<Scalar>) -> Matrix<Scalar> {
  var rejected: [Matrix<Scalar>] = []
  var matrix = make()
  // Large matrices start at the same place in their page every time, and don't matter.
  while matrix.count <= 1 << 12, rejected.count < 100,
    matrix.withUnsafeElements({ Int(bitPattern: $0) % 64 }) != 0
  {
    rejected.append(matrix)
    matrix = make()
  }
  return matrix
}
