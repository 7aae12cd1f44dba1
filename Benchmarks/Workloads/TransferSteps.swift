import Keel

extension Workload {
  /// One step of gradient descent on `½‖X Bᵀv - y‖²` over the features `B` and the head `v` of a
  /// two-layer linear network, for `n` inputs of `d` dimensions and `k` features.
  static let transferSteps: [Workload] = [(50, 100, 5), (100, 500, 20), (1000, 2000, 50)].flatMap {
    [directStep($0, $1, $2), reducedStep($0, $1, $2)]
  }

  /// The step in full coordinates: with `g = Xᵀ(X Bᵀv - y)`, `v ← v - ηBg` and `B ← B - ηvgᵀ`.
  private static func directStep(_ n: Int, _ d: Int, _ k: Int) -> Workload {
    Workload("transferdirect-\(n)x\(d)x\(k)", 1, .step) {
      let x = Matrix<Double>.sample(n, d, seed: 9) / Double(d).squareRoot()
      var stream = RandomStream(seed: 10)
      let y: [Double] = stream.normals(count: n)
      var step = Step(features: k, dimension: d, &stream)
      var residual = [Double](repeating: 0, count: n)
      return { repetitions in
        for _ in 0..<repetitions {
          step.combine()
          residual = y
          BLAS.gemv(1, x, step.combined, beta: -1, into: &residual)
          BLAS.gemv(1, x.transposed, residual, into: &step.gradient)
          step.descend()
        }
        return step.head[0]
      }
    }
  }

  /// The same step in the coordinates of the right singular vectors of `X`, where `X` is the diagonal of
  /// its singular values `s`: `g = s(s Cᵀv - y)`. It needs `min(n, d)` columns in place of `d`.
  private static func reducedStep(_ n: Int, _ d: Int, _ k: Int) -> Workload {
    Workload("transferreduced-\(n)x\(d)x\(k)", 1, .step) {
      let m = min(n, d)
      var stream = RandomStream(seed: 11)
      let s: [Double] = stream.normals(count: m).map(abs)
      let y: [Double] = stream.normals(count: m)
      var step = Step(features: k, dimension: m, &stream)
      return { repetitions in
        for _ in 0..<repetitions {
          step.combine()
          for i in 0..<m { step.gradient[i] = s[i] * (s[i] * step.combined[i] - y[i]) }
          step.descend()
        }
        return step.head[0]
      }
    }
  }
}

/// What both coordinates share: features, head, and the products with them.
private struct Step {
  var features: Matrix<Double>
  var head: [Double]
  var combined: [Double]
  var gradient: [Double]
  private var change: [Double]
  private let rate = 1e-4

  init(features k: Int, dimension: Int, _ stream: inout RandomStream) {
    features = Matrix.sample(k, dimension, seed: 12) / Double(dimension).squareRoot()
    head = stream.normals(count: k)
    combined = [Double](repeating: 0, count: dimension)
    gradient = combined
    change = [Double](repeating: 0, count: k)
  }

  /// `combined = Bᵀv`.
  mutating func combine() { BLAS.gemv(1, features.transposed, head, into: &combined) }

  /// One step of both layers against `gradient`.
  mutating func descend() {
    BLAS.gemv(1, features, gradient, into: &change)
    BLAS.ger(-rate, head, gradient, into: &features)
    BLAS.axpy(-rate, change, into: &head)
  }
}
