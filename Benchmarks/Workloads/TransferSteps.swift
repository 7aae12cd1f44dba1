import Keel
import KeelTransfer

extension Workload {
  /// Steps of training a two-layer linear network, for `n` inputs of `d` dimensions and `k` features.
  ///
  /// - `transferdirect`: gradient descent in full coordinates.
  /// - `transferreduced`: the same iterates in the coordinates of the singular vectors of X.
  /// - `transferboost`: a step of the boost integrator of order 4 in those coordinates.
  /// - `transferrank50`: the reduced step for inputs of rank 50 whatever n and d: its time should not
  ///   depend on them.
  static let transferSteps: [Workload] =
    sizes.flatMap { size in
      [
        directStep("", Double.self, size), directStep("-float", Float.self, size),
        reducedStep("", Double.self, size), reducedStep("-float", Float.self, size), boostStep(size),
      ]
    }
    + [(50, 100, 5), (200, 400, 5), (800, 1600, 5)].map { n, d, k in
      Workload("transferrank50-\(n)x\(d)x\(k)", 1, .step) {
        try descent(of: inputs(n, d, rank: 50), k, Double.self)
      }
    }

  private typealias Size = (n: Int, d: Int, k: Int)

  private static let sizes: [Size] = [(50, 100, 5), (100, 500, 20), (1000, 2000, 50)]

  private static func directStep<Scalar: TransferScalar>(
    _ suffix: String, _: Scalar.Type, _ size: Size
  ) -> Workload {
    Workload("transferdirect-\(size.n)x\(size.d)x\(size.k)\(suffix)", 1, .step) {
      let start = try Start(inputs(size.n, size.d), size.k)
      var descent = FullGradientDescent(
        start.problem, head: start.head.map { Scalar($0) }, stepSize: Scalar(start.rate))
      return { repetitions in
        descent.run(steps: repetitions)
        return Double(descent.head[0])
      }
    }
  }

  private static func reducedStep<Scalar: TransferScalar>(
    _ suffix: String, _: Scalar.Type, _ size: Size
  ) -> Workload {
    Workload("transferreduced-\(size.n)x\(size.d)x\(size.k)\(suffix)", 1, .step) {
      try descent(of: inputs(size.n, size.d), size.k, Scalar.self)
    }
  }

  private static func descent<Scalar: TransferScalar>(
    of inputs: Matrix<Double>, _ k: Int, _: Scalar.Type
  ) throws -> Body {
    let start = try Start(inputs, k)
    var descent = GradientDescent(
      try ReducedTransferProblem(start.problem), head: start.head.map { Scalar($0) },
      stepSize: Scalar(start.rate))
    return { repetitions in
      descent.run(steps: repetitions)
      return Double(descent.head[0])
    }
  }

  private static func boostStep(_ size: Size) -> Workload {
    Workload("transferboost-\(size.n)x\(size.d)x\(size.k)", 1, .step) {
      let start = try Start(inputs(size.n, size.d), size.k)
      let problem = try ReducedTransferProblem(start.problem)
      let integrator = BoostIntegrator(
        problem, from: TransferState(head: start.head, features: problem.initialFeatures))
      return { repetitions in
        for _ in 0..<repetitions { try integrator.step(start.rate) }
        return integrator.state.head[0]
      }
    }
  }

  /// Normal inputs.
  private static func inputs(_ n: Int, _ d: Int) -> Matrix<Double> { .sample(n, d, seed: 9) }

  /// Normal inputs of lower rank, of about the same size.
  private static func inputs(_ n: Int, _ d: Int, rank: Int) -> Matrix<Double> {
    let factors = Matrix<Double>.sample(n, rank, seed: 10) * Matrix<Double>.sample(rank, d, seed: 11)
    return factors / Double(rank).squareRoot()
  }

  /// A random problem over given inputs, a head to start from and a step size.
  private struct Start {
    let problem: LinearTransferProblem
    let head: [Double]
    let rate: Double

    init(_ inputs: Matrix<Double>, _ k: Int) throws {
      var stream = RandomStream(seed: 9)
      let d = inputs.columns
      let truth = Matrix<Double>.randomOrthonormalRows(k, d, using: &stream)
      let pretrained = try LinearTransferProblem.features(atDistance: 0.5, from: truth, using: &stream)
      head = stream.normals(count: k)
      problem = try LinearTransferProblem(
        inputs: inputs, pretrainedFeatures: pretrained, trueFeatures: truth,
        trueHead: [1] + [Double](repeating: 0, count: k - 1))
      // Far below the limit of stability: the squared Frobenius norm bounds the eigenvalues of XᵀX.
      let norm = BLAS.nrm2(inputs.elements)
      rate = 1e-2 / (norm * norm)
    }
  }
}
