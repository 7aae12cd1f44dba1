import Keel
import KeelTransfer

extension Workload {
  /// One step of gradient descent on the training loss of a two-layer linear network, for `n` inputs of
  /// `d` dimensions and `k` features.
  static let transferSteps: [Workload] = [(50, 100, 5), (100, 500, 20), (1000, 2000, 50)].flatMap {
    [directStep($0, $1, $2), reducedStep($0, $1, $2)]
  }

  /// The step in full coordinates, through BLAS: with `g = 2Xᵀ(y - XBᵀv)`, `v ← v + ηBg` and
  /// `B ← B + ηvgᵀ`.
  private static func directStep(_ n: Int, _ d: Int, _ k: Int) -> Workload {
    Workload("transferdirect-\(n)x\(d)x\(k)", 1, .step) {
      let (problem, rate, start) = try problem(n, d, k)
      let (x, y) = (problem.inputs, problem.labels)
      var (features, head) = (problem.pretrainedFeatures, start)
      var weights = [Double](repeating: 0, count: d)
      var (gradient, residual, change) = (weights, y, head)
      return { repetitions in
        for _ in 0..<repetitions {
          BLAS.gemv(1, features.transposed, head, into: &weights)
          BLAS.copy(y, into: &residual)
          BLAS.gemv(-2, x, weights, beta: 2, into: &residual)
          BLAS.gemv(1, x.transposed, residual, into: &gradient)
          BLAS.gemv(1, features, gradient, into: &change)
          BLAS.ger(rate, head, gradient, into: &features)
          BLAS.axpy(rate, change, into: &head)
        }
        return head[0]
      }
    }
  }

  /// The same iterates in the coordinates of the singular vectors of `X`: `min(n, d)` columns in place
  /// of `d`, and no product with `X`.
  private static func reducedStep(_ n: Int, _ d: Int, _ k: Int) -> Workload {
    Workload("transferreduced-\(n)x\(d)x\(k)", 1, .step) {
      let (problem, rate, start) = try problem(n, d, k)
      var descent = GradientDescent(try ReducedTransferProblem(problem), head: start, stepSize: rate)
      return { repetitions in
        descent.run(steps: repetitions)
        return descent.state.head[0]
      }
    }
  }

  /// A random problem, a step size far below the limit of stability, and a head to start from.
  private static func problem(
    _ n: Int, _ d: Int, _ k: Int
  ) throws -> (problem: LinearTransferProblem, rate: Double, head: [Double]) {
    var stream = RandomStream(seed: 9)
    let problem = try LinearTransferProblem.random(
      featureCount: k, inputDimension: d, trainingCount: n, weightNorm: 1, featureDistance: 0.5,
      using: &stream)
    // The largest eigenvalue of XᵀX is about (√n + √d)².
    let norm = Double(n).squareRoot() + Double(d).squareRoot()
    return (problem, 1e-3 / (norm * norm), stream.normals(count: k))
  }
}
