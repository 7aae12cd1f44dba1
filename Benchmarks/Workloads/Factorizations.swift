import Keel

extension Workload {
  /// LAPACK through the factorizations as values, memory included, as a caller writes it. The amounts
  /// are the nominal counts of Golub and Van Loan, *Matrix Computations*, for the factors made.
  static let factorizations: [Workload] =
    [eigen(500)]
    + [(500, 200), (500, 20)].map(singularValues)
    + [(500, 200), (2000, 50), (1000, 1000)].map(orthogonal)

  /// Eigenvalues and vectors.
  private static func eigen(_ n: Int) -> Workload {
    Workload("dsyevd-\(n)", 9 * Double(n * n * n)) {
      let sample = Matrix<Double>.sample(n, n, seed: 6)
      let a = sample + Matrix(sample.transposed)
      return { repetitions in
        var sum = 0.0
        for _ in 0..<repetitions { sum += try SymmetricEigen(a).values[0] }
        return sum
      }
    }
  }

  /// Singular values and the thin vectors of both sides.
  private static func singularValues(_ m: Int, _ n: Int) -> Workload {
    let amount = 6 * Double(m * n * n) + 20 * Double(n * n * n)
    return Workload("dgesdd-\(m)x\(n)", amount) {
      let a = Matrix<Double>.sample(m, n, seed: 7)
      return { repetitions in
        var sum = 0.0
        for _ in 0..<repetitions { sum += try SVD(a).singularValues[0] }
        return sum
      }
    }
  }

  /// The thin Q and R as matrices.
  private static func orthogonal(_ m: Int, _ n: Int) -> Workload {
    let amount = 4 * Double(n * n) * (Double(m) - Double(n) / 3)
    return Workload("dqr-\(m)x\(n)", amount) {
      let a = Matrix<Double>.sample(m, n, seed: 8)
      return { repetitions in
        var sum = 0.0
        for _ in 0..<repetitions {
          let qr = try QR(a)
          sum += qr.thinQ()[0, 0] + qr.r[0, 0]
        }
        return sum
      }
    }
  }
}
