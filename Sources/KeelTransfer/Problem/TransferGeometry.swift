import Keel

/// The angles, distances and norms that the statements about a transfer problem are written in.
///
/// S is the span of the training inputs, `R₀` and `R*` the row spaces of `B₀` and `B*`. Each cosine is
/// the k-th singular value of the product of orthonormal bases, hence 0 when a dimension is below k.
public struct TransferGeometry: Sendable {
  /// `d(B₀, B*) = min_U ‖B₀ - UB*‖₂` over orthogonal U, in `0...√2`.
  public let featureDistance: Double
  /// The orthogonal U of that minimum, k × k.
  public let alignment: Matrix<Double>
  /// The true head in the coordinates of the pretrained features, `Uv*`.
  public let alignedTrueHead: [Double]
  /// `‖w*‖ = ‖v*‖`.
  public let weightNorm: Double
  /// `cos θ_max(R₀, S)`.
  public let pretrainedToInputs: Double
  /// `cos θ_max(R₀, S⊥)`.
  public let pretrainedToComplement: Double
  /// `cos θ_max(R*, S)`.
  public let trueToInputs: Double
  /// `cos θ_max(R*, S⊥)`.
  public let trueToComplement: Double
  /// The ratio of the largest to the smallest nonzero singular value of X.
  public let conditionNumber: Double
  /// The smallest eigenvalue of Σ; 1 for the identity.
  public let oodLeastEigenvalue: Double
  /// The largest eigenvalue of Σ; 1 for the identity.
  public let oodLargestEigenvalue: Double
  /// `‖w* - P₀w*‖` with the projection `P₀` onto `R₀`: what no head on the pretrained features expresses.
  public let weightsOutsidePretrained: Double
  /// `cos θ_max(R₀ + span w*, S)`, the same as for `R₀` when w* lies in it.
  public let augmentedToInputs: Double

  // What the flags of the assumptions need besides.
  let featureCount: Int
  let inputDimension: Int
  let rank: Int
  let orthonormalityDeviation: Double
  /// Whether there is no noise in the labels, or noise that is zero.
  let labelsAreNoiseless: Bool
  /// Whether the training loss has a gradient at the head zero: `B₀Xᵀy ≠ 0`.
  let headIsPulled: Bool

  /// The geometry of a problem.
  ///
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  public init(
    _ problem: LinearTransferProblem, reduced: ReducedTransferProblem
  ) throws(TransferError) {
    let basis = reduced.rowSpaceBasis
    (featureDistance, alignment) = try linearAlgebra { () throws(LinearAlgebraError) in
      let tolerance = LinearTransferProblem.orthonormalityTolerance
      let pretrained = try Subspace(orthonormalRows: problem.pretrainedFeatures, tolerance: tolerance)
      let truth = try Subspace(orthonormalRows: problem.trueFeatures, tolerance: tolerance)
      return (try pretrained.featureDistance(to: truth), try pretrained.featureAlignment(of: truth))
    }
    alignedTrueHead = alignment * problem.trueHead
    weightNorm = reduced.weightNorm
    let pretrained = try Self.cosines(of: problem.pretrainedFeatures, with: basis)
    let truth = try Self.cosines(of: problem.trueFeatures, with: basis)
    (pretrainedToInputs, pretrainedToComplement) = (pretrained.inside, pretrained.outside)
    (trueToInputs, trueToComplement) = (truth.inside, truth.outside)
    conditionNumber = (reduced.singularValues.first ?? 1) / (reduced.singularValues.last ?? 1)
    oodLeastEigenvalue = problem.oodEigenvalues.lowerBound
    oodLargestEigenvalue = problem.oodEigenvalues.upperBound

    (featureCount, inputDimension, rank) = (problem.featureCount, problem.inputDimension, reduced.rank)
    orthonormalityDeviation = max(
      LinearTransferProblem.deviationFromOrthonormalRows(problem.pretrainedFeatures),
      LinearTransferProblem.deviationFromOrthonormalRows(problem.trueFeatures))
    var outside = problem.trueWeights
    for _ in 0..<2 {
      let inside = problem.pretrainedFeatures * outside
      BLAS.gemv(-1, problem.pretrainedFeatures.transposed, inside, beta: 1, into: &outside)
    }
    weightsOutsidePretrained = BLAS.nrm2(outside)
    if weightsOutsidePretrained > TransferAssumptions.tolerance * weightNorm {
      let length = weightsOutsidePretrained
      let direction = Matrix(row: outside.map { $0 / length })
      let augmented = Matrix(stacking: [problem.pretrainedFeatures, direction])
      augmentedToInputs = try Self.cosineInside(of: augmented, with: basis)
    } else {
      augmentedToInputs = pretrainedToInputs
    }
    let pull = reduced.initialFeatures * zip(reduced.eigenvalues, reduced.trainingTarget).map { $0 * $1 }
    headIsPulled =
      BLAS.nrm2(pull) > TransferAssumptions.tolerance * (reduced.eigenvalues.first ?? 0) * reduced.weightScale
    labelsAreNoiseless = problem.labelNoise?.allSatisfy { $0 == 0 } ?? true
  }

  /// The head alignment error `φ² = |(v₀·v*)² - ‖v*‖⁴|` with the aligned true head.
  public func squaredHeadAlignmentError(head: [Double]) -> Double {
    let inner = BLAS.dot(head, alignedTrueHead)
    let square = weightNorm * weightNorm
    // Factored: the difference of two fourth powers cancels when the head is nearly right.
    return ((inner - square) * (inner + square)).magnitude
  }

  /// The k-th largest cosines between the rows of `features` and the span of `basis`, and its complement.
  private static func cosines(
    of features: Matrix<Double>, with basis: Matrix<Double>
  ) throws(TransferError) -> (inside: Double, outside: Double) {
    let k = features.rows
    var rest = features
    BLAS.gemm(-1, features * basis.transposed, basis, beta: 1, into: &rest)
    let outside = try linearAlgebra { () throws(LinearAlgebraError) in
      features.columns - basis.rows < k ? 0 : try SVD(rest, vectors: .none).singularValues[k - 1]
    }
    return (try cosineInside(of: features, with: basis), min(outside, 1))
  }

  /// The k-th largest cosine between the k rows of `features` and the span of `basis`.
  private static func cosineInside(
    of features: Matrix<Double>, with basis: Matrix<Double>
  ) throws(TransferError) -> Double {
    let k = features.rows
    guard basis.rows >= k else { return 0 }
    let values = try linearAlgebra { () throws(LinearAlgebraError) in
      try SVD(features * basis.transposed, vectors: .none).singularValues
    }
    return min(values[k - 1], 1)
  }
}
