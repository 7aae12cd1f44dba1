import Keel

/// Gradient flow of fine-tuning in the full coordinates `(v, B)`, from its definition: the slow
/// reference against which ``GradientFlow`` is tested, and the witness that rows outside the span of
/// the training inputs do not move.
///
///     v' = -2 B Xᵀ(XBᵀv - y),    B' = -2 v (XBᵀv - y)ᵀX
///
/// The unknowns are the head and then the features row after row. Cost: O(nd + kd) an evaluation.
public struct FullGradientFlow: ODESystem, Sendable {
  /// The problem whose training loss is descended.
  public let problem: LinearTransferProblem
  private let labels: [Double]

  /// The flow of a problem.
  public init(_ problem: LinearTransferProblem) {
    self.problem = problem
    labels = problem.labels
  }

  /// `k + kd`.
  public var dimension: Int { problem.featureCount * (1 + problem.inputDimension) }

  /// Writes the derivative of a flat state.
  public func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
    let k = problem.featureCount
    let d = problem.inputDimension
    let (head, features) = y.withUnsafeBufferPointer { y in
      (Array(y[..<k]), Matrix(rows: k, columns: d, elements: Array(y[k...])))
    }
    let weights = features.transposed * head
    var residual = labels
    BLAS.gemv(1, problem.inputs, weights, beta: -1, into: &residual)
    let gradient = problem.inputs.transposed * residual
    let headChange = features * gradient
    for i in 0..<k {
      dy[i] = -2 * headChange[i]
      for j in 0..<d { dy[k + i * d + j] = -2 * head[i] * gradient[j] }
    }
  }

  /// The head and the full features at given times, in increasing order, from a head on the pretrained
  /// features.
  ///
  /// - Throws: ``TransferError/integration(_:)`` if the solution cannot be continued.
  public func path(
    head: [Double], at times: [Double], relativeTolerance: Double = 1e-13, absoluteTolerance: Double = 1e-15
  ) throws(TransferError) -> [(head: [Double], features: Matrix<Double>)] {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    precondition(zip(times, times.dropFirst()).allSatisfy(<=), "Times must increase")
    let (k, d) = (problem.featureCount, problem.inputDimension)
    var result: [(head: [Double], features: Matrix<Double>)] = []
    try integrating { () throws(IntegrationError) in
      let integrator = try DormandPrince853(
        self, from: head + problem.pretrainedFeatures.elements, relativeTolerance: relativeTolerance,
        absoluteTolerance: absoluteTolerance)
      for time in times {
        while integrator.time < time { try integrator.step(notPast: time) }
        let y = integrator.state
        result.append((Array(y[..<k]), Matrix(rows: k, columns: d, elements: Array(y[k...]))))
      }
    }
    return result
  }
}
