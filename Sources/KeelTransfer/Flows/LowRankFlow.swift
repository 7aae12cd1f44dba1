import Keel

/// A head and the two factors of a low-rank update of the features.
public struct LowRankState: Sendable, Equatable {
  /// The head v, k.
  public var head: [Double]
  /// The left factor `A₂`, k × r.
  public var left: Matrix<Double>
  /// The part of the right factor in the span of X, `P = A₁F`, r × m.
  public var right: Matrix<Double>

  /// A state with given parts.
  public init(head: [Double], left: Matrix<Double>, right: Matrix<Double>) {
    precondition(
      head.count == left.rows && left.columns == right.rows,
      "A low-rank state needs one row of the left factor a feature, and one column a row of the right factor")
    self.head = head
    self.left = left
    self.right = right
  }
}

/// Fine-tuning through a low-rank update `B = B₀ + A₂A₁` with k × r and r × d factors (LoRA), in exact
/// reduced coordinates. Only the head, unless it is frozen, and the factors learn:
///
///     v' = η_v C g,    A₂' = η_B v (Pg)ᵀ,    P' = η_B (A₂ᵀv) gᵀ,    C = B₀F + A₂P,    g = 2 λ∘(a - Cᵀv)
///
/// with `P = A₁F`. Usually `A₂ = 0` at the start, so that training begins at the pretrained features, and
/// `A₁` is Gaussian. The part of `A₁` outside the span of X never moves, and the error there is linear in
/// v and `A₂ᵀv`: k + kr + rm unknowns are all there is, whatever n and d.
///
/// What differs from fine-tuning all features:
/// - `A₂ᵀA₂ - PPᵀ` (r × r) is kept: the two factors are balanced against each other, not the head against
///   the features. `vvᵀ - BBᵀ` is not kept.
/// - Features outside the span of X do move, by `A₂` times the part of `A₁` there, unless the rows of `A₁`
///   lie in that span: see ``movementOutside(of:)``. The lower bounds for fine-tuning do not apply, for
///   both reasons.
/// - Rank 1 suffices to fit the training labels, `B₀` permitting, as there is one output.
///
/// Source: Hu et al. (2022), *LoRA: Low-rank adaptation of large language models*. The reduction was
/// worked out for this library.
public struct LowRankFlow: ODESystem, Sendable {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// The learning rates of the head and of both factors.
  public let rates: LearningRates
  /// The right factor at the start, r × d.
  public let initialRight: Matrix<Double>
  private let pretrained: Matrix<Double>
  private let initialInside: Matrix<Double>
  /// `[R R_A r]`, p × (k + r + 1): the part of `[B₀ᵀ A₁ᵀ w*]` outside the span of X.
  private let perpendicular: Matrix<Double>
  private let oodForm: Matrix<Double>?

  /// The flow of a problem.
  ///
  /// - Parameters:
  ///   - problem: the problem.
  ///   - reduced: its reduction.
  ///   - right: `A₁` at the start, r × d with r at least 1; see ``gaussianFactor(rank:inputDimension:using:)``.
  ///   - rates: those of the head (0 freezes it) and of both factors.
  /// - Throws: ``TransferError`` if the factor does not fit or a factorization fails.
  public init(
    _ problem: LinearTransferProblem, reduced: ReducedTransferProblem, right: Matrix<Double>,
    rates: LearningRates = .fineTuning
  ) throws(TransferError) {
    let d = problem.inputDimension
    guard right.rows >= 1, right.columns == d else {
      throw .wrongShape(argument: "right", expected: "r × \(d) with r at least 1", found: shape(right))
    }
    guard right.isFinite else { throw .notFinite(argument: "right") }
    let basis = reduced.rowSpaceBasis
    var outside = Matrix(stacking: [problem.pretrainedFeatures, right, Matrix(row: problem.trueWeights)])
    outside.removeSpan(of: basis)
    let qr = try linearAlgebra { () throws(LinearAlgebraError) in try QR(outside.transposed) }
    perpendicular = qr.r
    oodForm = ReducedTransferProblem.secondMoment(
      problem.oodSecondMoment, in: [basis, Matrix(qr.thinQ().transposed)])
    self.problem = reduced
    self.rates = rates
    initialRight = right
    pretrained = problem.pretrainedFeatures
    initialInside = right * basis.transposed
  }

  /// A right factor with independent normal entries of variance 1/d, so that rows have about norm 1.
  public static func gaussianFactor(
    rank: Int, inputDimension d: Int, using stream: inout RandomStream
  ) -> Matrix<Double> {
    precondition(rank >= 1 && d >= 1, "A low-rank factor needs a rank and a dimension of at least 1")
    return Matrix(rows: rank, columns: d, elements: stream.normals(count: rank * d))
      * (1 / Double(d).squareRoot())
  }

  /// The rank r of the update.
  public var rank: Int { initialRight.rows }

  /// `k + kr + rm`: the head, the left factor and the right factor, row after row.
  public var dimension: Int {
    problem.featureCount * (1 + rank) + rank * problem.rank
  }

  /// The state before training: a head on the pretrained features, with a left factor of zero.
  public func start(head: [Double]) -> LowRankState {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    return LowRankState(head: head, left: Matrix(zeros: problem.featureCount, rank), right: initialInside)
  }

  /// Writes the derivative of a flat state; O(krm) operations.
  public func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
    let state = state(y.withUnsafeBufferPointer { Array($0) })
    let features = features(of: state)
    var g = problem.trainingTarget
    BLAS.gemv(-1, features.transposed, state.head, beta: 1, into: &g)
    for j in g.indices { g[j] *= 2 * problem.eigenvalues[j] }
    let headChange = features * g
    let along = state.right * g
    let back = state.left.transposed * state.head
    let (k, r, m) = (problem.featureCount, rank, problem.rank)
    for i in 0..<k {
      dy[i] = rates.head * headChange[i]
      for j in 0..<r { dy[k + i * r + j] = rates.features * state.head[i] * along[j] }
    }
    for i in 0..<r {
      for j in 0..<m { dy[k * (1 + r) + i * m + j] = rates.features * back[i] * g[j] }
    }
  }

  /// The features in the span of X, `C = B₀F + A₂P`, k × m.
  public func features(of state: LowRankState) -> Matrix<Double> {
    var result = problem.initialFeatures
    BLAS.gemm(1, state.left, state.right, beta: 1, into: &result)
    return result
  }

  /// The full feature extractor `B = B₀ + A₂A₁`, k × d.
  public func fullFeatures(_ state: LowRankState) -> Matrix<Double> {
    var right = initialRight
    BLAS.gemm(1, state.right - initialInside, problem.rowSpaceBasis, beta: 1, into: &right)
    return pretrained + state.left * right
  }

  /// How far the features moved outside the span of X, `‖(B - B₀)F⊥‖_F`: what fine-tuning of all features
  /// keeps at zero.
  public func movementOutside(of state: LowRankState) -> Double {
    let k = problem.featureCount
    let factor = Matrix(rows: perpendicular.rows, columns: rank) { perpendicular[$0, k + $1] }
    return BLAS.nrm2((factor * state.left.transposed).elements)
  }

  /// The losses of a state.
  public func losses(of state: LowRankState) -> TransferLosses {
    let features = features(of: state)
    let residual = features.withSpan { problem.residual(head: state.head.span, features: $0) }
    let inside = BLAS.dot(residual, residual)
    // Rv + R_A A₂ᵀv - r.
    let outside = perpendicular * (state.head + (state.left.transposed * state.head) + [-1])
    let ood = ReducedTransferProblem.outOfDistributionLoss(
      inside: residual.map { -$0 }, outside: outside, form: oodForm)
    return TransferLosses(
      training: problem.irreducibleTrainingLoss + reducibleTrainingLoss(of: state), inDistribution: inside,
      outOfDistribution: ood)
  }

  /// `A₂ᵀA₂ - PPᵀ`, constant along the flow.
  public func conserved(_ state: LowRankState) -> Matrix<Double> {
    var result = state.left.transposed * state.left
    BLAS.gemm(-1, state.right, state.right.transposed, beta: 1, into: &result)
    return result
  }

  /// Follows the flow from a state.
  ///
  /// - Parameters:
  ///   - start: where training starts: see ``start(head:)``.
  ///   - options: how the flow is followed, always by ``DormandPrince853``; its events are not looked
  ///     for.
  /// - Throws: ``TransferError/integration(_:)`` if the solution cannot be continued.
  public func path(
    from start: LowRankState, options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> TrainingPath<LowRankState> {
    precondition(
      start.head.count == problem.featureCount && start.left.columns == rank
        && start.right.columns == problem.rank, "The state does not fit the problem")
    return try follow(from: start, options: options)
  }
}

extension LowRankFlow: FollowedFlow {
  func state(_ y: [Double]) -> LowRankState {
    let (k, r, m) = (problem.featureCount, rank, problem.rank)
    return LowRankState(
      head: Array(y[..<k]), left: Matrix(rows: k, columns: r, elements: Array(y[k..<(k * (1 + r))])),
      right: Matrix(rows: r, columns: m, elements: Array(y[(k * (1 + r))...])))
  }

  func flatten(_ state: LowRankState) -> [Double] {
    state.head + state.left.elements + state.right.elements
  }

  func reducibleTrainingLoss(of state: LowRankState) -> Double {
    features(of: state).withSpan { problem.reducibleTrainingLoss(head: state.head.span, features: $0) }
  }

  func sizes(of state: LowRankState) -> (head: Double, features: Double) {
    // An error in either factor moves the features by it times the other factor.
    let factors = BLAS.nrm2(state.left.elements) + BLAS.nrm2(state.right.elements)
    return (BLAS.nrm2(state.head) * max(1, factors), BLAS.nrm2(features(of: state).elements))
  }

  var featureShape: (rows: Int, columns: Int) { (problem.featureCount, problem.rank) }
  var largestSingularValue: Double { problem.singularValues.first ?? 0 }
  var weightScale: Double { problem.weightScale }
}
