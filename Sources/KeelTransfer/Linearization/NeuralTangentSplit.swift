import Keel

/// The neural tangent kernel of the two-layer linear network at its start, in its two parts.
///
///     K(x, x') = P(x, x') + F(x, x'),    P = xᵀB₀ᵀB₀x',    F = ‖v₀‖² xᵀx'
///
/// P comes from training the head and depends on pretraining alone; F comes from training the features and
/// grows with the square of the head's norm. For a residual δ on the training inputs, and `g = 2Xᵀδ`, the
/// start of fine-tuning moves
///
/// - the features of an input by `φ'(x) = v₀ (gᵀx)`: linearly in the norm of the head;
/// - its prediction by `P` and `F` applied to the residual: `xᵀB₀ᵀB₀g + ‖v₀‖² xᵀg`, quadratically.
///
/// A larger head thus moves predictions more than features: fine-tuning needs less distortion to fit.
///
/// ```swift
/// let split = NeuralTangentSplit(problem, head: probe.head)
/// let (one, two) = (split.velocity(of: inputs), split.scalingHead(by: 2).velocity(of: inputs))
/// ```
///
/// Source: Tomihari and Sato (2024), *Understanding linear probing then fine-tuning language models from NTK
/// perspective*, section 4, for a scalar output and a linear network.
public struct NeuralTangentSplit: Sendable {
  /// How fast features and predictions of inputs move at the start of fine-tuning.
  public struct Velocity: Sendable, Equatable {
    /// The derivative of the features of each input, as rows: inputs × k. Linear in the head's norm.
    public var features: Matrix<Double>
    /// The part of the derivative of each prediction that the head makes: free of the head's norm.
    public var pretrainEffective: [Double]
    /// The part that the features make: quadratic in the head's norm.
    public var fineTuningEffective: [Double]

    /// The derivative of each prediction.
    public var predictions: [Double] { zip(pretrainEffective, fineTuningEffective).map { $0 + $1 } }
  }

  /// The pretrained features `B₀`, k × d.
  public let pretrainedFeatures: Matrix<Double>
  /// The training inputs X, n × d.
  public let inputs: Matrix<Double>
  /// The head at the start `v₀`, k.
  public let head: [Double]
  /// What the network still misses on the training inputs, n: labels less predictions.
  public let residual: [Double]

  /// The split of a problem at a head on the pretrained features.
  public init(_ problem: LinearTransferProblem, head: [Double]) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    let predictions = problem.inputs * (problem.pretrainedFeatures.transposed * head)
    self.init(
      pretrainedFeatures: problem.pretrainedFeatures, inputs: problem.inputs, head: head,
      residual: zip(problem.labels, predictions).map { $0 - $1 })
  }

  private init(
    pretrainedFeatures: Matrix<Double>, inputs: Matrix<Double>, head: [Double], residual: [Double]
  ) {
    self.pretrainedFeatures = pretrainedFeatures
    self.inputs = inputs
    self.head = head
    self.residual = residual
  }

  /// The split at a head that is `factor` times as large, on the same residual.
  ///
  /// The residual is kept as in the source, where an offset of the outputs makes up for what the scaling
  /// changes in the predictions: only the head's norm differs. To train such a network, add
  /// `(factor - 1) XB₀ᵀv₀` to the labels.
  public func scalingHead(by factor: Double) -> NeuralTangentSplit {
    NeuralTangentSplit(
      pretrainedFeatures: pretrainedFeatures, inputs: inputs, head: head.map { factor * $0 },
      residual: residual)
  }

  /// The pretrain-effective kernel `P(x, y) = xᵀB₀ᵀB₀y` of the rows of two matrices.
  ///
  /// - Parameters:
  ///   - x: p × d.
  ///   - y: q × d.
  /// - Returns: p × q.
  public func pretrainEffectiveKernel(_ x: Matrix<Double>, _ y: Matrix<Double>) -> Matrix<Double> {
    let left = x * pretrainedFeatures.transposed
    return left * (y * pretrainedFeatures.transposed).transposed
  }

  /// The fine-tuning-effective kernel `F(x, y) = ‖v₀‖² xᵀy` of the rows of two matrices.
  ///
  /// - Parameters:
  ///   - x: p × d.
  ///   - y: q × d.
  /// - Returns: p × q.
  public func fineTuningEffectiveKernel(_ x: Matrix<Double>, _ y: Matrix<Double>) -> Matrix<Double> {
    BLAS.dot(head, head) * (x * y.transposed)
  }

  /// How fast features and predictions move at the start of fine-tuning.
  ///
  /// - Parameter x: inputs as rows, p × d.
  public func velocity(of x: Matrix<Double>) -> Velocity {
    let pull = inputs.transposed * residual.map { 2 * $0 }
    let along = x * pull
    let squaredNorm = BLAS.dot(head, head)
    return Velocity(
      features: Matrix(outerProductOf: along, head),
      pretrainEffective: x * (pretrainedFeatures.transposed * (pretrainedFeatures * pull)),
      fineTuningEffective: along.map { squaredNorm * $0 })
  }
}
