/// How training makes a step from a gradient: the rule, its learning rate, what it is regularised with, and
/// which training inputs a gradient is taken over.
///
///     var optimizer = Optimizer.heavyBall(learningRate: 0.001, momentum: 0.9)
///     optimizer.weightDecay = .decoupled(0.01)
///     optimizer.batches = .shuffled(size: 4)
///
/// The gradient is that of the training loss `‖XBᵀv - y‖²`, a sum over the training inputs without 1/n or
/// 1/2. Gradients of batches are multiplied by n over the batch's size, which makes them unbiased: a
/// learning rate means the same whatever the batches.
public struct Optimizer: Sendable, Equatable {
  /// How a step is made from a gradient G at the parameters p, with the learning rate η.
  public enum Rule: Sendable, Equatable {
    /// `p ← p - ηG`.
    case gradientDescent
    /// Polyak's momentum: `u ← μu + G`, `p ← p - ηu`, from u = 0.
    case heavyBall(momentum: Double)
    /// Nesterov's momentum: `u ← μu + G`, `p ← p - η(G + μu)`, from u = 0.
    ///
    /// The parameters are the points of look-ahead, at which gradients are taken, as is usual in software
    /// for training.
    case nesterov(momentum: Double)
    /// Adam, with the corrections of the bias of both averages and ε added to the root.
    ///
    /// It divides every coordinate by a size of its own, so it depends on the coordinates: unlike the other
    /// rules it moves rows outside the span of the training inputs.
    ///
    /// Source: Kingma and Ba (2015), *Adam: a method for stochastic optimization*, algorithm 1.
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  }

  /// What pulls parameters to zero.
  public struct WeightDecay: Sendable, Equatable {
    /// How the pull enters a step.
    public enum Kind: String, Sendable, Codable {
      /// `λp` is added to the gradient: the penalty `λ/2 ‖p‖²`.
      case penalty
      /// Parameters are multiplied by `1 - ηλ` before the step, whatever the rule does to gradients.
      ///
      /// Source: Loshchilov and Hutter (2019), *Decoupled weight decay regularization*.
      case decoupled
    }

    /// λ, at least 0.
    public var strength: Double
    /// How the pull enters a step.
    public var kind: Kind
    /// Whether the head decays too.
    public var includesHead: Bool

    /// Weight decay of given strength.
    public init(_ strength: Double, kind: Kind = .penalty, includesHead: Bool = true) {
      self.strength = strength
      self.kind = kind
      self.includesHead = includesHead
    }

    /// No weight decay.
    public static let none = WeightDecay(0)

    /// The penalty `λ/2 ‖p‖²` on head and features.
    public static func penalty(_ strength: Double) -> WeightDecay { WeightDecay(strength) }

    /// Decoupled decay of head and features.
    public static func decoupled(_ strength: Double) -> WeightDecay {
      WeightDecay(strength, kind: .decoupled)
    }
  }

  /// The penalty `α/2 ‖B - B₀‖² + β/2 ‖v - v₀‖²` on the distance from where training starts (L2-SP).
  ///
  /// Source: Li, Grandvalet and Davoine (2018), *Explicit inductive bias for transfer learning with
  /// convolutional networks*; there new heads are pulled to zero instead, which ``WeightDecay`` does.
  public struct StartingPointPenalty: Sendable, Equatable {
    /// α, at least 0.
    public var features: Double
    /// β, at least 0.
    public var head: Double

    /// A penalty of given strengths.
    public init(features: Double, head: Double = 0) {
      self.features = features
      self.head = head
    }

    /// No penalty.
    public static let none = StartingPointPenalty(features: 0)
  }

  /// The training inputs over which the gradient of a step is taken.
  public enum Batches: Sendable, Equatable {
    /// All of them.
    case full
    /// So many, drawn with replacement in every step; 1 is stochastic gradient descent.
    case withReplacement(size: Int)
    /// So many, without replacement: every epoch goes through all inputs once in a new random order. The
    /// last batch of an epoch is smaller when the size does not divide the number of inputs.
    case shuffled(size: Int)
  }

  /// How a step is made from a gradient.
  public var rule: Rule
  /// The learning rate η, at least 0.
  public var learningRate: Double
  /// What pulls parameters to zero.
  public var weightDecay = WeightDecay.none
  /// What pulls parameters to where they started.
  public var startingPointPenalty = StartingPointPenalty.none
  /// The training inputs over which gradients are taken.
  public var batches = Batches.full

  /// An optimizer; without further arguments it has full batches and is not regularised.
  public init(
    _ rule: Rule, learningRate: Double, weightDecay: WeightDecay = .none,
    startingPointPenalty: StartingPointPenalty = .none, batches: Batches = .full
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.startingPointPenalty = startingPointPenalty
    self.batches = batches
  }

  /// Gradient descent.
  public static func gradientDescent(learningRate: Double) -> Optimizer {
    Optimizer(.gradientDescent, learningRate: learningRate)
  }

  /// Stochastic gradient descent, by default over single inputs drawn with replacement.
  public static func stochastic(
    learningRate: Double, batches: Batches = .withReplacement(size: 1)
  ) -> Optimizer {
    Optimizer(.gradientDescent, learningRate: learningRate, batches: batches)
  }

  /// Gradient descent with Polyak's momentum.
  public static func heavyBall(learningRate: Double, momentum: Double = 0.9) -> Optimizer {
    Optimizer(.heavyBall(momentum: momentum), learningRate: learningRate)
  }

  /// Gradient descent with Nesterov's momentum.
  public static func nesterov(learningRate: Double, momentum: Double = 0.9) -> Optimizer {
    Optimizer(.nesterov(momentum: momentum), learningRate: learningRate)
  }

  /// Adam with its usual averages.
  public static func adam(learningRate: Double = 0.001) -> Optimizer {
    Optimizer(.adam(), learningRate: learningRate)
  }

  /// Whether steps commute with rotations of the input space, so that training stays in the coordinates of
  /// ``ReducedTransferProblem`` and one factor on the features outside of them: true for all rules but Adam.
  public var isRotationInvariant: Bool {
    if case .adam = rule { false } else { true }
  }

  /// Whether features outside the span of the training inputs stay as they are (invariant I1): the rule does
  /// not depend on the coordinates and there is no weight decay.
  public var keepsRowSpace: Bool { isRotationInvariant && weightDecay.strength == 0 }

  /// Whether this is gradient descent over all inputs and nothing else.
  var isPlain: Bool {
    rule == .gradientDescent && weightDecay.strength == 0 && startingPointPenalty == .none && batches == .full
  }

  /// Checks all numbers; `count` is the number of training inputs.
  func validate(count: Int) throws(TransferError) {
    func require(_ holds: Bool, _ argument: String, _ reason: String) throws(TransferError) {
      if !holds { throw .outOfRange(argument: argument, reason: reason) }
    }
    func requireStrength(_ value: Double, _ argument: String) throws(TransferError) {
      try require(
        value >= 0 && value.isFinite, argument, "must be finite and not negative, but is \(value)")
    }
    func requireFraction(_ value: Double, _ argument: String) throws(TransferError) {
      try require(value >= 0 && value < 1, argument, "must be at least 0 and below 1, but is \(value)")
    }
    try requireStrength(learningRate, "learningRate")
    try requireStrength(weightDecay.strength, "weightDecay")
    try requireStrength(startingPointPenalty.features, "startingPointPenalty.features")
    try requireStrength(startingPointPenalty.head, "startingPointPenalty.head")
    switch rule {
    case .gradientDescent: break
    case .heavyBall(let momentum), .nesterov(let momentum): try requireFraction(momentum, "momentum")
    case .adam(let beta1, let beta2, let epsilon):
      try requireFraction(beta1, "beta1")
      try requireFraction(beta2, "beta2")
      try require(
        epsilon > 0 && epsilon.isFinite, "epsilon", "must be finite and positive, but is \(epsilon)")
    }
    switch batches {
    case .full: break
    case .withReplacement(let size):
      try require(size >= 1, "batches", "must hold at least one input, but hold \(size)")
    case .shuffled(let size):
      try require(
        (1...count).contains(size), "batches", "must hold 1 to \(count) of the inputs, but hold \(size)")
    }
  }
}
