import Keel

/// The linear probe: the head that gradient flow reaches on frozen pretrained features, in closed form.
///
///     v_LP = v₀ + (XB₀ᵀ)⁺(y - XB₀ᵀv₀),    v(t) = v_LP + exp(-Ht)(v₀ - v_LP),    H = 2 B₀XᵀXB₀ᵀ
///
/// The limit does not depend on `v₀` exactly when `XB₀ᵀ` has rank k; otherwise the part of `v₀` in its
/// null space stays. Other features than the pretrained ones can be probed too: those in the middle of a
/// path, for instance.
public struct LinearProbe: Sendable {
  /// The problem that is probed.
  public let problem: ReducedTransferProblem
  /// The frozen features in the span of X, k × m: those of pretraining, unless others were given.
  public let features: Matrix<Double>
  /// The head at the start, k.
  public let initialHead: [Double]
  /// The limit `v_LP`, k.
  public let head: [Double]
  /// The rank of `XB₀ᵀ`.
  public let rank: Int
  /// `‖(XB₀ᵀ)⁺X‖₂`, the amplification of the error outside the pretrained features.
  public let amplification: Double
  /// `‖(XB₀ᵀ)⁺ξ‖`: how far the noise of the labels moves the limit; 0 for noiseless labels.
  public let amplifiedLabelNoise: Double
  /// The nonzero eigenvalues of H, decreasing, and for each what its mode adds to the head.
  private let rates: [Double]
  private let corrections: Matrix<Double>

  /// Whether the limit is the same for every initial head.
  public var isUnique: Bool { rank == problem.featureCount }

  /// The largest and the smallest nonzero rate of the probe's flow, the eigenvalues of H.
  public var rateRange: ClosedRange<Double>? {
    guard let high = rates.first, let low = rates.last else { return nil }
    return low...high
  }

  /// The probe of a problem.
  ///
  /// - Parameters:
  ///   - problem: the problem in reduced coordinates.
  ///   - initialHead: `v₀`, k; nil means zero.
  ///   - features: the frozen features `C = BF`, k × m; nil means the pretrained ones.
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  public init(
    _ problem: ReducedTransferProblem, from initialHead: [Double]? = nil, features: Matrix<Double>? = nil
  ) throws(TransferError) {
    let k = problem.featureCount
    let start = initialHead ?? [Double](repeating: 0, count: k)
    precondition(start.count == k, "The head must have one weight a feature")
    let features = features ?? problem.initialFeatures
    precondition(
      features.rows == k && features.columns == problem.rank, "The features do not fit the problem")
    // XB₀ᵀ in the basis of its left singular vectors: diag(σ) C₀ᵀ.
    let design = Matrix(features.scalingColumns(by: problem.singularValues).transposed)
    var misfit = zip(problem.singularValues, problem.trainingTarget).map { $0 * $1 }
    BLAS.gemv(-1, design, start, beta: 1, into: &misfit)
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(design) }
    // Singular values are zero below the tolerance of the rank, and below the rounding of C₀, which the
    // singular values of X multiply: without it, features outside S would have a probe made of noise.
    let zero = max(
      ReducedTransferProblem.rankTolerance * (svd.singularValues.first ?? 0),
      Double(problem.rowSpaceBasis.columns) * .ulpOfOne * (problem.singularValues.first ?? 0))
    let rank = svd.singularValues.count { $0 > zero }
    // v₀ + V Σ⁺ Uᵀ misfit, and the norm of V Σ⁺ Uᵀ diag(σ).
    let left = Matrix(svd.u[columns: 0..<rank])
    let right = Matrix(svd.vt[rows: 0..<rank])
    let inverse = svd.singularValues[..<rank].map { 1 / $0 }
    let coefficients = zip(inverse, left.transposed * misfit).map { $0 * $1 }
    let weighted = Matrix(left.transposed).scalingRows(by: inverse).scalingColumns(by: problem.singularValues)
    amplification =
      rank == 0
      ? 0
      : try linearAlgebra { () throws(LinearAlgebraError) in
        try SVD(weighted, vectors: .none).singularValues.first ?? 0
      }
    let noise = zip(problem.singularValues, zip(problem.trainingTarget, problem.target)).map {
      $0 * ($1.0 - $1.1)
    }
    amplifiedLabelNoise = BLAS.nrm2(zip(inverse, left.transposed * noise).map { $0 * $1 })
    self.problem = problem
    self.features = features
    self.initialHead = start
    self.rank = rank
    // Rates from singular values, not as eigenvalues of H, where slow modes drown in rounding.
    rates = svd.singularValues[..<rank].map { 2 * $0 * $0 }
    corrections = right.scalingRows(by: coefficients)
    head = zip(start, right.transposed * coefficients).map { $0 + $1 }
  }

  /// The head after probing for a time; infinity gives the limit.
  public func head(at time: Double) -> [Double] {
    precondition(time >= 0, "Training begins at time 0")
    guard time < .infinity else { return head }
    let progress = rates.map { -Double.expMinusOne(-$0 * time) }
    return zip(initialHead, corrections.transposed * progress).map { $0 + $1 }
  }

  /// The losses of the probe after a time; infinity gives those of the limit.
  public func point(at time: Double = .infinity) -> FlowPoint {
    let state = TransferState(head: head(at: time), features: features)
    return FlowPoint(time: time, state: state, losses: problem.losses(of: state))
  }
}
