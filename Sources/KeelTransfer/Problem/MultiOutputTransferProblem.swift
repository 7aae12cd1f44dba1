import Keel

/// A transfer problem with several outputs: `f(x) = VᵀBx` with c heads, the columns of V (k × c), on one
/// feature extractor B (k × d); the truth is `W* = B*ᵀV*` (d × c).
///
/// Losses are the sums of those of the outputs: the training loss is `‖XBᵀV - Y‖_F²`. Out of distribution
/// it is `tr((BᵀV - W*)ᵀΣ(BᵀV - W*))`; for Σ = I that is the mean over inputs of covariance I, and no
/// longer the worst case over inputs of norm 1, which would be a spectral norm.
public struct MultiOutputTransferProblem: Sendable {
  /// The true heads `V*`, k × c.
  public let trueHeads: Matrix<Double>
  /// The noise of the training labels, n × c, or nil for noiseless labels.
  public let labelNoise: Matrix<Double>?
  /// What all outputs have in common, as a problem of the first of them.
  private let first: LinearTransferProblem

  /// A problem over given data.
  ///
  /// - Parameters:
  ///   - inputs: X, n × d with n and d at least 1, not all zero.
  ///   - pretrainedFeatures: `B₀`, k × d with orthonormal rows.
  ///   - trueFeatures: `B*`, k × d with orthonormal rows.
  ///   - trueHeads: `V*`, k × c with c at least 1.
  ///   - oodSecondMoment: Σ, d × d, symmetric without negative eigenvalues; nil means the identity.
  ///   - labelNoise: n × c finite numbers that are added to the labels; nil means none.
  /// - Throws: ``TransferError`` naming the argument that does not fit.
  public init(
    inputs: Matrix<Double>, pretrainedFeatures: Matrix<Double>, trueFeatures: Matrix<Double>,
    trueHeads: Matrix<Double>, oodSecondMoment: Matrix<Double>? = nil, labelNoise: Matrix<Double>? = nil
  ) throws(TransferError) {
    let k = pretrainedFeatures.rows
    guard trueHeads.rows == k, trueHeads.columns >= 1 else {
      throw .wrongShape(
        argument: "trueHeads", expected: "\(k) × c with c at least 1", found: shape(trueHeads))
    }
    guard trueHeads.isFinite else { throw .notFinite(argument: "trueHeads") }
    first = try LinearTransferProblem(
      inputs: inputs, pretrainedFeatures: pretrainedFeatures, trueFeatures: trueFeatures,
      trueHead: Array(trueHeads.column(0)), oodSecondMoment: oodSecondMoment)
    if let labelNoise {
      guard labelNoise.rows == inputs.rows, labelNoise.columns == trueHeads.columns else {
        throw .wrongShape(
          argument: "labelNoise", expected: "\(inputs.rows) × \(trueHeads.columns)", found: shape(labelNoise))
      }
      guard labelNoise.isFinite else { throw .notFinite(argument: "labelNoise") }
    }
    self.trueHeads = trueHeads
    self.labelNoise = labelNoise
  }

  /// The training inputs X as rows, n × d.
  public var inputs: Matrix<Double> { first.inputs }
  /// The pretrained features `B₀`, k × d, with orthonormal rows.
  public var pretrainedFeatures: Matrix<Double> { first.pretrainedFeatures }
  /// The true features `B*`, k × d, with orthonormal rows.
  public var trueFeatures: Matrix<Double> { first.trueFeatures }
  /// The second moment Σ of inputs out of distribution, d × d, or nil for the identity.
  public var oodSecondMoment: Matrix<Double>? { first.oodSecondMoment }
  /// The number of outputs c.
  public var outputCount: Int { trueHeads.columns }
  /// The number of features k.
  public var featureCount: Int { first.featureCount }
  /// The number of input dimensions d.
  public var inputDimension: Int { first.inputDimension }
  /// The true weights `W* = B*ᵀV*`, d × c.
  public var trueWeights: Matrix<Double> { trueFeatures.transposed * trueHeads }

  /// The training labels `XW*` with their noise, n × c.
  public var labels: Matrix<Double> {
    let clean = inputs * trueWeights
    guard let labelNoise else { return clean }
    return clean + labelNoise
  }

  /// The problem of one output alone. Its flow is not that of the output among others, with which it
  /// shares the features.
  public func output(_ j: Int) throws(TransferError) -> LinearTransferProblem {
    try LinearTransferProblem(
      inputs: inputs, pretrainedFeatures: pretrainedFeatures, trueFeatures: trueFeatures,
      trueHead: Array(trueHeads.column(j)), oodSecondMoment: oodSecondMoment,
      labelNoise: labelNoise.map { Array($0.column(j)) })
  }
}

/// Heads of several outputs and the moving part of their common features.
public struct MultiOutputState: Sendable, Equatable {
  /// The heads V as columns, k × c.
  public var heads: Matrix<Double>
  /// The features in the span of X, `C = BF`, k × m.
  public var features: Matrix<Double>

  /// A state with given parts; heads and features have the same number of rows.
  public init(heads: Matrix<Double>, features: Matrix<Double>) {
    precondition(heads.rows == features.rows, "A state needs one row of head weights a feature")
    self.heads = heads
    self.features = features
  }
}

/// A problem with several outputs in the coordinates in which gradient descent moves: the reductions of
/// its outputs, which share everything but what depends on the labels.
public struct ReducedMultiOutputProblem: Sendable {
  /// The reduced problem of each output, all in the same coordinates.
  public let outputs: [ReducedTransferProblem]

  /// The reduction of a problem.
  ///
  /// Complexity: one thin SVD of X, one QR of a d × (k + 1) and one of a d × (k + c) matrix.
  ///
  /// - Throws: ``TransferError`` as for ``ReducedTransferProblem``.
  public init(_ problem: MultiOutputTransferProblem) throws(TransferError) {
    let (k, c) = (problem.featureCount, problem.outputCount)
    let shared = try ReducedTransferProblem(problem.output(0).withLabelNoise(nil))
    let basis = shared.rowSpaceBasis
    let weights = problem.trueWeights
    var outside = Matrix(stacking: [problem.pretrainedFeatures, Matrix(weights.transposed)])
    outside.removeSpan(of: basis)
    let qr = try linearAlgebra { () throws(LinearAlgebraError) in try QR(outside.transposed) }
    let form = ReducedTransferProblem.secondMoment(
      problem.oodSecondMoment, in: [basis, Matrix(qr.thinQ().transposed)])
    let targets = basis * weights
    var left = problem.inputs * basis.transposed
    left = left.scalingColumns(by: shared.singularValues.map { 1 / $0 })
    outputs = (0..<c).map { j in
      let target = Array(targets.column(j))
      let noise = problem.labelNoise.map { Array($0.column(j)) }
      let fit = noise.map { LabelNoiseFit($0, left: left, singularValues: shared.singularValues) }
      return ReducedTransferProblem(
        sharing: shared, target: target, fit: fit,
        perpendicular: Matrix(rows: qr.r.rows, columns: k + 1) { qr.r[$0, $1 < k ? $1 : k + j] },
        oodForm: form, weightNorm: BLAS.nrm2(Array(problem.trueHeads.column(j))))
    }
  }

  /// What does not depend on the labels.
  private var shared: ReducedTransferProblem { outputs[0] }
  /// The number of outputs c.
  public var outputCount: Int { outputs.count }
  /// The number of features k.
  public var featureCount: Int { shared.featureCount }
  /// The rank m of X.
  public var rank: Int { shared.rank }
  /// The nonzero singular values σ of X, decreasing, m.
  public var singularValues: [Double] { shared.singularValues }
  /// Their squares λ.
  public var eigenvalues: [Double] { shared.eigenvalues }
  /// `C₀ = B₀F`, k × m.
  public var initialFeatures: Matrix<Double> { shared.initialFeatures }
  /// `Fᵀ`, m × d.
  public var rowSpaceBasis: Matrix<Double> { shared.rowSpaceBasis }
  /// What gradients pull towards, `A = FᵀW*` with the fitted noise, m × c.
  public var trainingTargets: Matrix<Double> {
    Matrix(rows: rank, columns: outputCount) { outputs[$1].trainingTarget[$0] }
  }

  /// The losses of a state, summed over outputs. Cost: O(ckm).
  public func losses(of state: MultiOutputState) -> TransferLosses {
    requireFit(state)
    var sum = TransferLosses(training: 0, inDistribution: 0, outOfDistribution: 0)
    for (j, output) in outputs.enumerated() {
      let losses = output.losses(
        of: TransferState(head: Array(state.heads.column(j)), features: state.features))
      sum.training += losses.training
      sum.inDistribution += losses.inDistribution
      sum.outOfDistribution += losses.outOfDistribution
    }
    return sum
  }

  /// The full feature extractor `B = B₀ + (C - C₀)Fᵀ` of a state.
  public func fullFeatures(_ state: MultiOutputState, pretrained: Matrix<Double>) -> Matrix<Double> {
    var result = pretrained
    BLAS.gemm(1, state.features - initialFeatures, rowSpaceBasis, beta: 1, into: &result)
    return result
  }

  func requireFit(_ state: MultiOutputState) {
    precondition(
      state.heads.rows == featureCount && state.heads.columns == outputCount
        && state.features.columns == rank, "The state does not fit the problem")
  }
}
