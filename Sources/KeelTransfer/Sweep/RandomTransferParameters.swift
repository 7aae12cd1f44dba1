import Keel

/// The numbers that a random transfer problem, with a head to start from, is drawn from.
///
/// The problem and the noise of the head come from streams that are named by the seed alone. Problems
/// that differ in one number only are therefore drawn alike: other distances turn the same features
/// further along the same planes, and other deviations scale the same head. Curves and phase diagrams
/// over such numbers compare like with like.
public struct RandomTransferParameters: Sendable, Equatable, Hashable {
  /// The number of features k, at least 1 and at most d/2.
  public var featureCount: Int
  /// The number of input dimensions d.
  public var inputDimension: Int
  /// The number of training inputs n, at least 1. The rank of X is `min(n, d)`.
  public var trainingCount: Int
  /// `‖w*‖`, positive.
  public var weightNorm: Double
  /// The feature distance `d(B₀, B*)`, in `0...√2`.
  public var featureDistance: Double
  /// The standard deviation σ of each weight of the head `v₀`, at least 0; 0 is the zero head.
  public var headDeviation: Double
  /// Whether all nonzero singular values of X are made 1.
  public var hasWhitenedInputs: Bool
  /// The seed that everything random derives from.
  public var seed: UInt64

  /// The most numbers that the inputs may hold, n · d, and the features a hundredth of it, k · d: beyond
  /// that a problem no longer fits into the memory of a usual machine together with its integrator.
  public static let sizeLimit = 1 << 26

  /// Parameters; they are checked where they are used, by ``validate()``.
  public init(
    featureCount: Int = 3, inputDimension: Int = 20, trainingCount: Int = 10, weightNorm: Double = 1,
    featureDistance: Double = 0.1, headDeviation: Double = 1, hasWhitenedInputs: Bool = false,
    seed: UInt64 = 0
  ) {
    self.featureCount = featureCount
    self.inputDimension = inputDimension
    self.trainingCount = trainingCount
    self.weightNorm = weightNorm
    self.featureDistance = featureDistance
    self.headDeviation = headDeviation
    self.hasWhitenedInputs = hasWhitenedInputs
    self.seed = seed
  }

  /// Checks that there are such problems.
  ///
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` that names the property.
  public func validate() throws(TransferError) {
    let (k, d, n) = (featureCount, inputDimension, trainingCount)
    guard k >= 1 else { throw .outOfRange(argument: "featureCount", reason: "must be at least 1, not \(k)") }
    guard (2...Self.sizeLimit / 100).contains(d) else {
      throw .outOfRange(
        argument: "inputDimension", reason: "must be from 2 to \(Self.sizeLimit / 100), not \(d)")
    }
    guard n >= 1 else { throw .outOfRange(argument: "trainingCount", reason: "must be at least 1, not \(n)") }
    guard k <= d / 2 else {
      throw .outOfRange(
        argument: "featureCount",
        reason: "must be at most half the dimension, \(d / 2) for \(d) dimensions, not \(k)")
    }
    guard n <= Self.sizeLimit / d else {
      throw .outOfRange(
        argument: "trainingCount",
        reason: "makes inputs of \(n) × \(d) numbers; the limit is \(Self.sizeLimit) numbers")
    }
    guard k <= Self.sizeLimit / 100 / d else {
      throw .outOfRange(
        argument: "featureCount",
        reason: "makes features of \(k) × \(d) numbers; the limit is \(Self.sizeLimit / 100) numbers")
    }
    guard weightNorm > 0, weightNorm.isFinite else {
      throw .outOfRange(argument: "weightNorm", reason: "must be positive and finite, not \(weightNorm)")
    }
    guard (0...2.0.squareRoot()).contains(featureDistance) else {
      throw .outOfRange(
        argument: "featureDistance",
        reason:
          "must be from 0 to √2 = 1.414..., the greatest distance of two features, not \(featureDistance)")
    }
    guard headDeviation >= 0, headDeviation.isFinite else {
      throw .outOfRange(
        argument: "headDeviation", reason: "must be finite and not negative, not \(headDeviation)")
    }
  }

  /// The head at the start, `v₀ ~ N(0, σ²I)`: σ times a vector that depends on the seed and k alone.
  public var head: [Double] {
    var stream = root.stream("head")
    let noise: [Double] = stream.normals(count: featureCount)
    return noise.map { headDeviation * $0 }
  }

  /// The problem.
  ///
  /// Complexity: O(dk²) for the features and O(nd) for the inputs; an SVD of X if they are whitened.
  ///
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` as ``validate()`` does, or
  ///   ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  public func problem() throws(TransferError) -> LinearTransferProblem {
    try validate()
    var stream = root.stream("problem")
    let problem = try LinearTransferProblem.random(
      featureCount: featureCount, inputDimension: inputDimension, trainingCount: trainingCount,
      weightNorm: weightNorm, featureDistance: featureDistance, using: &stream)
    guard hasWhitenedInputs else { return problem }
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(problem.inputs) }
    return try LinearTransferProblem(
      inputs: svd.u * svd.vt, pretrainedFeatures: problem.pretrainedFeatures,
      trueFeatures: problem.trueFeatures, trueHead: problem.trueHead)
  }

  private var root: RandomStream { RandomStream(seed: seed).stream("random-transfer") }
}
