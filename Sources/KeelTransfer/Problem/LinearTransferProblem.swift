import Keel

/// Transfer learning with a two-layer linear network, as in the theory of fine-tuning's distortion.
///
/// The model is `f(x) = vᵀBx` with a head `v` (k) on a feature extractor `B` (k × d). Pretraining left
/// `B₀`; the truth is `w* = B*ᵀv*`, close to the span of `B₀`. Training sees `n` inputs, the rows of X,
/// with labels `y = Xw* + ξ`, noiseless unless ``labelNoise`` is given; testing happens out of distribution,
/// on inputs with second moment Σ, against the noiseless truth.
///
/// - The training loss is `‖XBᵀv - y‖²`, a sum, without 1/n or 1/2.
/// - The out-of-distribution loss is `(Bᵀv - w*)ᵀΣ(Bᵀv - w*)`; with Σ = I it is also the worst squared
///   error over inputs of norm 1.
///
/// Source: Kumar, Raghunathan, Jones, Ma and Liang (2022), *Fine-tuning can distort pretrained features
/// and underperform out-of-distribution*, section 3.
public struct LinearTransferProblem: Sendable {
  /// The training inputs X as rows, n × d.
  public let inputs: Matrix<Double>
  /// The pretrained features `B₀`, k × d, with orthonormal rows.
  public let pretrainedFeatures: Matrix<Double>
  /// The true features `B*`, k × d, with orthonormal rows.
  public let trueFeatures: Matrix<Double>
  /// The true head `v*`, k.
  public let trueHead: [Double]
  /// The second moment Σ of inputs out of distribution, d × d, or nil for the identity.
  public let oodSecondMoment: Matrix<Double>?
  /// The noise ξ of the training labels `y = Xw* + ξ`, n, or nil for noiseless labels.
  ///
  /// Training then sees, in the span of X, the weights that fit the noisy labels instead of w*. What is
  /// stated about any labels stays true: gradients stay in the span of the inputs, balancedness is kept,
  /// and the lower bounds on fine-tuning's error hold. What needs a probe or a fit that recovers the truth
  /// does not: see ``TransferAssumptions/labelsAreNoiseless``.
  public let labelNoise: [Double]?
  /// The smallest and the largest eigenvalue of Σ, those that rounding made negative being 0.
  let oodEigenvalues: ClosedRange<Double>

  /// The largest deviation from orthonormal rows that is taken as rounding: what storing a basis in
  /// single precision leaves behind stays below it.
  public static let orthonormalityTolerance = 1e-6

  /// A problem over given data.
  ///
  /// - Parameters:
  ///   - inputs: X, n × d with n and d at least 1, not all zero.
  ///   - pretrainedFeatures: `B₀`, k × d with orthonormal rows.
  ///   - trueFeatures: `B*`, k × d with orthonormal rows.
  ///   - trueHead: `v*`, k.
  ///   - oodSecondMoment: Σ, d × d, symmetric without negative eigenvalues; nil means the identity.
  ///   - labelNoise: ξ, n finite numbers that are added to the labels; nil means none.
  /// - Throws: ``TransferError`` naming the argument that does not fit.
  public init(
    inputs: Matrix<Double>, pretrainedFeatures: Matrix<Double>, trueFeatures: Matrix<Double>,
    trueHead: [Double], oodSecondMoment: Matrix<Double>? = nil, labelNoise: [Double]? = nil
  ) throws(TransferError) {
    let d = inputs.columns
    let k = pretrainedFeatures.rows
    guard inputs.rows >= 1, d >= 1 else {
      throw .wrongShape(argument: "inputs", expected: "at least 1 × 1", found: shape(inputs))
    }
    guard k >= 1, k <= d, pretrainedFeatures.columns == d else {
      throw .wrongShape(
        argument: "pretrainedFeatures", expected: "k × \(d) with 1 ≤ k ≤ \(d)",
        found: shape(pretrainedFeatures))
    }
    guard trueFeatures.rows == k, trueFeatures.columns == d else {
      throw .wrongShape(argument: "trueFeatures", expected: "\(k) × \(d)", found: shape(trueFeatures))
    }
    guard trueHead.count == k else {
      throw .wrongCount(argument: "trueHead", expected: k, found: trueHead.count)
    }
    guard inputs.isFinite else { throw .notFinite(argument: "inputs") }
    guard inputs.elements.contains(where: { $0 != 0 }) else {
      throw .outOfRange(argument: "inputs", reason: "must not be all zero")
    }
    guard trueHead.allSatisfy(\.isFinite) else { throw .notFinite(argument: "trueHead") }
    try Self.requireOrthonormalRows(pretrainedFeatures, "pretrainedFeatures")
    try Self.requireOrthonormalRows(trueFeatures, "trueFeatures")
    if let sigma = oodSecondMoment {
      guard sigma.rows == d, sigma.columns == d else {
        throw .wrongShape(argument: "oodSecondMoment", expected: "\(d) × \(d)", found: shape(sigma))
      }
      guard sigma.isFinite else { throw .notFinite(argument: "oodSecondMoment") }
      let asymmetry = sigma.maximumDifference(from: Matrix(sigma.transposed))
      guard asymmetry <= 1e-10 * sigma.elements.reduce(0, { max($0, $1.magnitude) }) else {
        throw .outOfRange(argument: "oodSecondMoment", reason: "must be symmetric")
      }
      let values = try linearAlgebra { () throws(LinearAlgebraError) in
        try SymmetricEigen(sigma, vectors: false).values
      }
      let (least, largest) = (values.first ?? 0, max(values.last ?? 0, 0))
      guard least >= -1e-10 * largest else {
        throw .outOfRange(
          argument: "oodSecondMoment", reason: "must have no negative eigenvalue, but has \(least)")
      }
      oodEigenvalues = max(least, 0)...largest
    } else {
      oodEigenvalues = 1...1
    }
    if let labelNoise {
      guard labelNoise.count == inputs.rows else {
        throw .wrongCount(argument: "labelNoise", expected: inputs.rows, found: labelNoise.count)
      }
      guard labelNoise.allSatisfy(\.isFinite) else { throw .notFinite(argument: "labelNoise") }
    }
    self.inputs = inputs
    self.pretrainedFeatures = pretrainedFeatures
    self.trueFeatures = trueFeatures
    self.trueHead = trueHead
    self.oodSecondMoment = oodSecondMoment
    self.labelNoise = labelNoise
  }

  /// The true weights `w* = B*ᵀv*`, d.
  public var trueWeights: [Double] { trueFeatures.transposed * trueHead }

  /// The training labels `Xw* + ξ`, n.
  public var labels: [Double] {
    let clean = inputs * trueWeights
    guard let labelNoise else { return clean }
    return zip(clean, labelNoise).map { $0 + $1 }
  }

  /// The number of features k.
  public var featureCount: Int { pretrainedFeatures.rows }

  /// The number of input dimensions d.
  public var inputDimension: Int { inputs.columns }

  private static func requireOrthonormalRows(
    _ features: Matrix<Double>, _ argument: String
  ) throws(TransferError) {
    guard features.isFinite else { throw .notFinite(argument: argument) }
    let deviation = deviationFromOrthonormalRows(features)
    guard deviation <= orthonormalityTolerance else {
      throw .notOrthonormal(argument: argument, deviation: deviation)
    }
  }

  /// The largest entry of `AAᵀ - I`.
  static func deviationFromOrthonormalRows(_ features: Matrix<Double>) -> Double {
    features.transposed.gram().maximumDifference(from: Matrix(identity: features.rows))
  }
}

func shape(_ matrix: Matrix<Double>) -> String { "\(matrix.rows) × \(matrix.columns)" }
