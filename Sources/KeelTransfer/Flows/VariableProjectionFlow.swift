import Keel

/// Fine-tuning with an infinitely fast head: at every moment the head is the least-squares fit on the
/// features of that moment (variable projection).
///
///     C' = v(C) gᵀ,    v(C) = argmin_v ‖XBᵀv - y‖,    g = 2 λ∘(a - Cᵀv(C))
///
/// It is the limit of ``GradientFlow`` with learning rates `η_v/η_B → ∞`, and not the same as probing and
/// then fine-tuning, although both begin at the linear probe: there the head falls behind the features.
///
/// - The flow keeps `CCᵀ`, the limit of `η_B vvᵀ - η_v CCᵀ`: at the least-squares head `Cg = 0`. So the
///   singular values of the features in the span of X never change, and features that determine the head
///   at the start do so forever.
/// - Rows outside the span of X do not move. Balancedness `vvᵀ - CCᵀ` is not kept: the lower bounds for
///   fine-tuning, which rest on it, do not apply.
/// - The initial head plays no role.
///
/// Source of the projected functional: Golub and Pereyra (1973), *The differentiation of pseudo-inverses
/// and nonlinear least squares problems whose variables separate*. Its conserved matrix on this model was
/// worked out for this library.
public struct VariableProjectionFlow: ODESystem, Sendable {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  private let labels: [Double]

  /// The flow of a problem.
  ///
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` if the inputs do not determine the head on
  ///   the pretrained features (`XB₀ᵀ` has a rank below k). Directions of the head that are not seen would
  ///   keep what an initial head has in them, and there is no limit that is independent of it.
  public init(_ problem: ReducedTransferProblem) throws(TransferError) {
    let probe = try LinearProbe(problem)
    guard probe.isUnique else {
      throw .outOfRange(
        argument: "problem",
        reason: "must determine the head on the pretrained features, but XB₀ᵀ has rank \(probe.rank) "
          + "for \(problem.featureCount) features")
    }
    self.problem = problem
    labels = zip(problem.singularValues, problem.trainingTarget).map { $0 * $1 }
  }

  /// `km`: the features row after row.
  public var dimension: Int { problem.featureCount * problem.rank }

  /// Writes the derivative of a flat state; one QR factorization of an m × k matrix.
  public func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
    let (k, m) = (problem.featureCount, problem.rank)
    let features = Matrix(rows: k, columns: m, elements: y.withUnsafeBufferPointer { Array($0) })
    let head = leastSquaresHead(features)
    var g = problem.trainingTarget
    BLAS.gemv(-1, features.transposed, head, beta: 1, into: &g)
    for j in 0..<m { g[j] *= 2 * problem.eigenvalues[j] }
    for i in 0..<k {
      for j in 0..<m { dy[i * m + j] = head[i] * g[j] }
    }
  }

  /// Follows the flow from the pretrained features.
  ///
  /// - Parameter options: how the flow is followed, always by ``DormandPrince853``; its events are not looked
  ///   for.
  /// - Returns: the path, its heads being the least-squares ones; its conserved matrix is `CCᵀ`.
  /// - Throws: ``TransferError/integration(_:)`` if the solution cannot be continued.
  public func path(options: FlowOptions = FlowOptions()) throws(TransferError) -> FlowPath {
    let start = TransferState(
      head: leastSquaresHead(problem.initialFeatures), features: problem.initialFeatures)
    let path = try follow(from: start, options: options)
    func point(_ point: TrainingPoint<TransferState>) -> FlowPoint {
      FlowPoint(time: point.time, state: point.state, losses: point.losses)
    }
    return FlowPath(
      samples: path.samples.map(point), last: point(path.last),
      lowestOutOfDistribution: point(path.lowestOutOfDistribution), end: path.end,
      conservedDrift: path.conservedDrift, steps: path.steps, evaluations: path.evaluations)
  }

  /// The head that fits the labels best on given features; not numbers where they do not determine it,
  /// which the integrator reports. The conserved singular values rule that out but for a flow that
  /// diverges.
  private func leastSquaresHead(_ features: Matrix<Double>) -> [Double] {
    let design = Matrix(features.scalingColumns(by: problem.singularValues).transposed)
    do {
      return try QR(design).solve(labels)
    } catch {
      return [Double](repeating: .nan, count: problem.featureCount)
    }
  }
}

extension VariableProjectionFlow: FollowedFlow {
  func state(_ y: [Double]) -> TransferState {
    let features = Matrix(rows: problem.featureCount, columns: problem.rank, elements: y)
    return TransferState(head: leastSquaresHead(features), features: features)
  }

  func flatten(_ state: TransferState) -> [Double] { state.features.elements }

  func losses(of state: TransferState) -> TransferLosses { problem.losses(of: state) }

  func reducibleTrainingLoss(of state: TransferState) -> Double {
    state.features.withSpan { problem.reducibleTrainingLoss(head: state.head.span, features: $0) }
  }

  /// `CCᵀ`.
  func conserved(_ state: TransferState) -> Matrix<Double> { state.features * state.features.transposed }

  func sizes(of state: TransferState) -> (head: Double, features: Double) {
    (BLAS.nrm2(state.head), BLAS.nrm2(state.features.elements))
  }

  var featureShape: (rows: Int, columns: Int) { (problem.featureCount, problem.rank) }
  var largestSingularValue: Double { problem.singularValues.first ?? 0 }
  var weightScale: Double { problem.weightScale }
}
