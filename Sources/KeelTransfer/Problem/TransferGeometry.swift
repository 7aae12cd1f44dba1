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
    if let sigma = problem.oodSecondMoment {
      let values = try linearAlgebra { () throws(LinearAlgebraError) in
        try SymmetricEigen(sigma, vectors: false).values
      }
      oodLeastEigenvalue = values.first ?? 1
      oodLargestEigenvalue = values.last ?? 1
    } else {
      oodLeastEigenvalue = 1
      oodLargestEigenvalue = 1
    }
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
    let projection = features * basis.transposed
    var rest = features
    BLAS.gemm(-1, projection, basis, beta: 1, into: &rest)
    let inside = try linearAlgebra { () throws(LinearAlgebraError) in
      basis.rows < k ? 0 : try SVD(projection, vectors: .none).singularValues[k - 1]
    }
    let outside = try linearAlgebra { () throws(LinearAlgebraError) in
      features.columns - basis.rows < k ? 0 : try SVD(rest, vectors: .none).singularValues[k - 1]
    }
    return (min(inside, 1), min(outside, 1))
  }
}
