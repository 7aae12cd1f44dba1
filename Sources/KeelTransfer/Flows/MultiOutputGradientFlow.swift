import Keel

/// Gradient flow of fine-tuning with several outputs in reduced coordinates:
///
///     V' = η_v C G,    C' = η_B V Gᵀ,    G = 2 diag(λ)(A - CᵀV)
///
/// - The flow keeps `η_B VVᵀ - η_v CCᵀ` (k × k), and rows of B outside the span of X.
/// - Outputs meet in the features only; with frozen features each is a linear probe of its own. With one
///   output the flow is ``GradientFlow``.
/// - The lower bounds for fine-tuning are stated for one output, and do not apply to one of several: the
///   balancedness of an output's own head is not kept.
///
/// The unknowns are the heads row after row and then the features row after row.
public struct MultiOutputGradientFlow: ODESystem, Sendable {
  /// The problem whose training loss is descended.
  public let problem: ReducedMultiOutputProblem
  /// The learning rates of the layers.
  public let rates: LearningRates
  private let targets: Matrix<Double>
  private let weights: [Double]

  /// The flow of a problem.
  public init(_ problem: ReducedMultiOutputProblem, rates: LearningRates = .fineTuning) {
    self.problem = problem
    self.rates = rates
    targets = problem.trainingTargets
    weights = problem.eigenvalues.map { 2 * $0 }
  }

  /// `kc + km`.
  public var dimension: Int { problem.featureCount * (problem.outputCount + problem.rank) }

  /// Writes the derivative of a flat state; 6ckm operations.
  public func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
    let state = state(y.withUnsafeBufferPointer { Array($0) })
    var g = targets
    BLAS.gemm(-1, state.features.transposed, state.heads, beta: 1, into: &g)
    g = g.scalingRows(by: weights)
    let headChange = state.features * g
    let featureChange = state.heads * g.transposed
    let split = headChange.rows * headChange.columns
    headChange.withSpan { for i in $0.indices { dy[i] = rates.head * $0[i] } }
    featureChange.withSpan { for i in $0.indices { dy[split + i] = rates.features * $0[i] } }
  }

  /// The state before training: given heads on the pretrained features.
  public func start(heads: Matrix<Double>) -> MultiOutputState {
    let state = MultiOutputState(heads: heads, features: problem.initialFeatures)
    problem.requireFit(state)
    return state
  }

  /// Follows the flow from a state.
  ///
  /// - Parameters:
  ///   - start: where training starts.
  ///   - options: how the flow is followed, always by ``DormandPrince853``; its events are not looked
  ///     for.
  /// - Throws: ``TransferError/integration(_:)`` if the solution cannot be continued.
  public func path(
    from start: MultiOutputState, options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> TrainingPath<MultiOutputState> {
    problem.requireFit(start)
    return try follow(from: start, options: options)
  }

  /// `η_B VVᵀ - η_v CCᵀ`, constant along the flow.
  public func conserved(_ state: MultiOutputState) -> Matrix<Double> {
    var result = rates.features * (state.heads * state.heads.transposed)
    BLAS.gemm(-rates.head, state.features, state.features.transposed, beta: 1, into: &result)
    return result
  }
}

extension MultiOutputGradientFlow: FollowedFlow {
  func state(_ y: [Double]) -> MultiOutputState {
    let (k, c, m) = (problem.featureCount, problem.outputCount, problem.rank)
    return MultiOutputState(
      heads: Matrix(rows: k, columns: c, elements: Array(y[..<(k * c)])),
      features: Matrix(rows: k, columns: m, elements: Array(y[(k * c)...])))
  }

  func flatten(_ state: MultiOutputState) -> [Double] { state.heads.elements + state.features.elements }

  func losses(of state: MultiOutputState) -> TransferLosses { problem.losses(of: state) }

  func reducibleTrainingLoss(of state: MultiOutputState) -> Double {
    problem.outputs.enumerated().reduce(0) { sum, output in
      let head = Array(state.heads.column(output.offset))
      return sum
        + state.features.withSpan { output.element.reducibleTrainingLoss(head: head.span, features: $0) }
    }
  }

  func sizes(of state: MultiOutputState) -> (head: Double, features: Double) {
    (BLAS.nrm2(state.heads.elements), BLAS.nrm2(state.features.elements))
  }

  var featureShape: (rows: Int, columns: Int) { (problem.featureCount, problem.rank) }
  var largestSingularValue: Double { problem.singularValues.first ?? 0 }
  var weightScale: Double { BLAS.nrm2(problem.outputs.map(\.weightScale)) }
}

/// Linear probing, fine-tuning, and probing then fine-tuning, of one problem with several outputs.
public struct MultiOutputTransferPaths: Sendable {
  /// The linear probe of each output, in closed form.
  public var linearProbes: [LinearProbe]
  /// The limit of probing.
  public var probed: TrainingPoint<MultiOutputState>
  /// Fine-tuning from the given heads.
  public var fineTuning: TrainingPath<MultiOutputState>
  /// Fine-tuning from the heads of the linear probe; its time begins when fine-tuning does.
  public var probingThenFineTuning: TrainingPath<MultiOutputState>
}

extension ReducedMultiOutputProblem {
  /// Follows linear probing, fine-tuning, and probing then fine-tuning.
  ///
  /// - Parameters:
  ///   - heads: `V₀`, k × c: where probing and fine-tuning start, on the pretrained features.
  ///   - probingTime: how long LP-FT probes before it fine-tunes; infinity probes to the limit.
  ///   - options: how the two paths of fine-tuning are followed.
  /// - Throws: ``TransferError`` if a factorization fails or a flow cannot be continued.
  public func paths(
    from heads: Matrix<Double>, probingTime: Double = .infinity, options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> MultiOutputTransferPaths {
    let flow = MultiOutputGradientFlow(self)
    let start = flow.start(heads: heads)
    var probes: [LinearProbe] = []
    for (j, output) in outputs.enumerated() {
      probes.append(try LinearProbe(output, from: Array(heads.column(j))))
    }
    func probed(_ time: Double) -> MultiOutputState {
      let columns = probes.map { $0.head(at: time) }
      return flow.start(heads: Matrix(Matrix(rows: columns).transposed))
    }
    let limit = probed(.infinity)
    return MultiOutputTransferPaths(
      linearProbes: probes,
      probed: TrainingPoint(time: .infinity, state: limit, losses: losses(of: limit)),
      fineTuning: try flow.path(from: start, options: options),
      probingThenFineTuning: try flow.path(from: probed(probingTime), options: options))
  }
}
