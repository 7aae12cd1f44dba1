import Keel

/// A transfer problem in the coordinates in which gradient descent moves: exact, and free of n and d.
///
/// With the singular value decomposition `X = U diag(σ) Fᵀ` of rank m, gradients of the training loss
/// never leave the span of F: B moves only in `C = BF` (k × m), and `B - CFᵀ` stays `B₀ - C₀Fᵀ` for all
/// time. In these coordinates, with `λ = σ²` and `a = Fᵀw*`,
///
///     g = 2 λ∘(a - Cᵀv),    v' = C g,    C' = v gᵀ,
///
/// (for noisy labels with ``trainingTarget`` in place of a) at a cost of 4km operations an evaluation. The error outside the span of X is `‖Rv - r‖` with the
/// triangular factor `[R r]` of `(I - FFᵀ)[B₀ᵀ w*]`, computed once without cancellation.
public struct ReducedTransferProblem: Sendable {
  /// The nonzero singular values σ of X, decreasing, m.
  public let singularValues: [Double]
  /// Their squares λ, the eigenvalues of `XᵀX`.
  public let eigenvalues: [Double]
  /// `a = Fᵀw*`, m: what losses in and out of distribution compare with.
  public let target: [Double]
  /// `a + diag(1/σ)Uᵀξ`, m: what gradients pull towards. It is ``target`` when labels are noiseless; the
  /// noise of an input direction that is hardly seen is amplified by its small singular value.
  public let trainingTarget: [Double]
  /// `‖(I - UUᵀ)ξ‖²`: the part of the training loss that no weights can fit; 0 for noiseless labels.
  public let irreducibleTrainingLoss: Double
  /// Whether the labels of the problem carry noise.
  public let hasLabelNoise: Bool
  /// `C₀ = B₀F`, k × m.
  public let initialFeatures: Matrix<Double>
  /// `Fᵀ`, m × d: an orthonormal basis of the span of the training inputs, as rows.
  public let rowSpaceBasis: Matrix<Double>
  /// `[R r]`, p × (k + 1): the part of `[B₀ᵀ w*]` outside the span of X, in an orthonormal basis.
  public let perpendicular: Matrix<Double>
  /// `‖w*‖ = ‖v*‖`.
  public let weightNorm: Double
  /// Σ in the basis of F and of the perpendicular part, (m + p) × (m + p); nil for Σ = I.
  let oodForm: Matrix<Double>?

  /// The tolerance below which a singular value of X, relative to the largest, counts as zero.
  public static let rankTolerance = 1e-12

  /// The reduction of a problem.
  ///
  /// Complexity: one thin SVD of X and one QR of a d × (k + 1) matrix.
  ///
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if a factorization fails, and
  ///   ``TransferError/outOfRange(argument:reason:)`` if the inputs are so large or so small that the
  ///   eigenvalues of `XᵀX` are not normal numbers.
  public init(_ problem: LinearTransferProblem) throws(TransferError) {
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(problem.inputs) }
    let largest = svd.singularValues.first ?? 0
    let m = svd.singularValues.count { $0 > Self.rankTolerance * largest }
    let basis = Matrix(svd.vt[rows: 0..<m])
    let weights = problem.trueWeights
    let singularValues = Array(svd.singularValues[..<m])
    self.singularValues = singularValues
    eigenvalues = singularValues.map { $0 * $0 }
    guard eigenvalues.allSatisfy(\.isNormal) else {
      throw .outOfRange(
        argument: "inputs", reason: "must be scaled: the squares of singular values overflow or underflow")
    }
    rowSpaceBasis = basis
    let target = basis * weights
    self.target = target
    let fit = problem.labelNoise.map {
      LabelNoiseFit($0, left: Matrix(svd.u[columns: 0..<m]), singularValues: singularValues)
    }
    trainingTarget = fit?.shift(target) ?? target
    irreducibleTrainingLoss = fit?.residualLoss ?? 0
    hasLabelNoise = fit != nil
    initialFeatures = problem.pretrainedFeatures * basis.transposed
    weightNorm = BLAS.nrm2(problem.trueHead)

    var outside = Matrix(stacking: [problem.pretrainedFeatures, Matrix(row: weights)])
    outside.removeSpan(of: basis)
    let qr = try linearAlgebra { () throws(LinearAlgebraError) in try QR(outside.transposed) }
    perpendicular = qr.r
    oodForm = Self.secondMoment(problem.oodSecondMoment, in: [basis, Matrix(qr.thinQ().transposed)])
  }

  /// Σ in an orthonormal basis, the rows of the parts one after another; nil for the identity.
  static func secondMoment(_ sigma: Matrix<Double>?, in basis: [Matrix<Double>]) -> Matrix<Double>? {
    guard let sigma else { return nil }
    let frame = Matrix(stacking: basis)
    return frame * sigma * frame.transposed
  }

  /// A problem that differs from another only in its labels and in what is compared with them.
  init(
    sharing other: ReducedTransferProblem, target: [Double], fit: LabelNoiseFit?,
    perpendicular: Matrix<Double>, oodForm: Matrix<Double>?, weightNorm: Double
  ) {
    singularValues = other.singularValues
    eigenvalues = other.eigenvalues
    initialFeatures = other.initialFeatures
    rowSpaceBasis = other.rowSpaceBasis
    self.target = target
    trainingTarget = fit?.shift(target) ?? target
    irreducibleTrainingLoss = fit?.residualLoss ?? 0
    hasLabelNoise = fit != nil
    self.perpendicular = perpendicular
    self.oodForm = oodForm
    self.weightNorm = weightNorm
  }

  /// The number of features k.
  public var featureCount: Int { initialFeatures.rows }

  /// The rank m of X.
  public var rank: Int { target.count }

  /// The full feature extractor `B = B₀ + (C - C₀)Fᵀ` of a state of the flow.
  public func fullFeatures(
    _ state: TransferState, pretrained: Matrix<Double>
  ) -> Matrix<Double> {
    var result = pretrained
    BLAS.gemm(1, state.features - initialFeatures, rowSpaceBasis, beta: 1, into: &result)
    return result
  }
}

/// A head and the moving part of the features: a point on a training path.
public struct TransferState: Sendable, Equatable {
  /// The head v, k.
  public var head: [Double]
  /// The features in the span of X, `C = BF`, k × m.
  public var features: Matrix<Double>

  /// A state with given parts; the head has as many elements as the features have rows.
  public init(head: [Double], features: Matrix<Double>) {
    precondition(head.count == features.rows, "A state needs one head weight a feature")
    self.head = head
    self.features = features
  }

  /// `vvᵀ - CCᵀ`, which gradient flow leaves constant (balancedness).
  public var imbalance: Matrix<Double> {
    var result = Matrix(outerProductOf: head, head)
    BLAS.gemm(-1, features, features.transposed, beta: 1, into: &result)
    return result
  }
}

/// What linear weights fit of the noise of labels, and what they leave.
struct LabelNoiseFit {
  /// `diag(1/σ)Uᵀξ`, m.
  let weights: [Double]
  /// `‖(I - UUᵀ)ξ‖²`.
  let residualLoss: Double

  /// The fit of noise ξ by the left singular vectors U of the inputs, n × m, and their singular values.
  init(_ noise: [Double], left: Matrix<Double>, singularValues: [Double]) {
    weights = zip(left.transposed * noise, singularValues).map { $0 / $1 }
    // Removed twice: the second pass removes what rounding left of the first.
    var unseen = noise
    for _ in 0..<2 {
      let inside = left.transposed * unseen
      BLAS.gemv(-1, left, inside, beta: 1, into: &unseen)
    }
    residualLoss = BLAS.dot(unseen, unseen)
  }

  /// The target of training for labels with this noise.
  func shift(_ target: [Double]) -> [Double] { zip(target, weights).map { $0 + $1 } }
}

extension Matrix<Double> {
  /// Removes from each row its part in the span of a basis with orthonormal rows, twice: the second pass
  /// removes what rounding left of the first.
  mutating func removeSpan(of basis: Matrix<Double>) {
    for _ in 0..<2 {
      let inside = self * basis.transposed
      BLAS.gemm(-1, inside, basis, beta: 1, into: &self)
    }
  }
}
