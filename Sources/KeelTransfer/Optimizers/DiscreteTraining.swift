public import Keel

/// Discrete training of the two-layer linear model with an optimizer, and how far it drifts from the
/// invariants of gradient flow.
///
///     var training = try DiscreteTraining(
///       problem, head: head, optimizer: .heavyBall(learningRate: 0.001, momentum: 0.9))
///     training.run(steps: 500)
///     print(training.losses.outOfDistribution, training.drift.imbalance)
///
/// Every rule but Adam commutes with rotations of the input space. Its iterates then are
///
///     B = f (B₀ - C₀Fᵀ) + CFᵀ
///
/// with the features `C = BF` in the span S of the training inputs and one number f, which is 1 unless
/// weights decay. Such training runs on `(v, C, f)`, k(m + 1) + 1 numbers, and gives the iterates of
/// training in full coordinates up to rounding. Adam, and any optimizer on request, runs in full coordinates.
///
/// Batches are drawn from a stream: the same stream gives the same path, on any number of threads.
public struct DiscreteTraining: Sendable {
  /// The coordinates in which iterates are kept.
  public enum Coordinates: String, Sendable, Codable, CaseIterable {
    /// The head, the features in the span of the training inputs, and one factor of the rest.
    case reduced
    /// The head and all features.
    case full
  }

  /// What is seen after some step.
  public struct Record: Sendable, Equatable {
    /// How many steps were made.
    public var step: Int
    /// The losses then.
    public var losses: TransferLosses
    /// The drift since the start.
    public var drift: InvariantDrift
  }

  /// The problem that is trained on.
  public let problem: LinearTransferProblem
  /// The same in reduced coordinates.
  public let reduced: ReducedTransferProblem
  /// How steps are made.
  public let optimizer: Optimizer
  /// The coordinates in which iterates are kept.
  public let coordinates: Coordinates
  /// How many steps were made.
  public private(set) var stepCount = 0

  // The features are k × m or k × d, row after row. `outside` is the factor f alone; in full coordinates,
  // where it has no use, it is empty.
  private var headGroup: ParameterGroup
  private var featureGroup: ParameterGroup
  private var outside: ParameterGroup
  private var sampler: BatchSampler
  private let source: GradientSource
  private let imbalanceAtStart: Matrix<Double>

  /// Training from a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - problem: the problem to train on.
  ///   - reduced: its reduction, if it is at hand; nil computes it.
  ///   - head: `v₀`, k.
  ///   - optimizer: how steps are made.
  ///   - coordinates: nil means reduced coordinates where they are exact.
  ///   - stream: what batches are drawn from; full batches draw nothing.
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` naming the number of the optimizer that is out
  ///   of its range, or if reduced coordinates are asked for with Adam;
  ///   ``TransferError/linearAlgebra(_:)`` if the reduction fails.
  public init(
    _ problem: LinearTransferProblem, reduced: ReducedTransferProblem? = nil, head: [Double],
    optimizer: Optimizer, coordinates: Coordinates? = nil, using stream: RandomStream = RandomStream(seed: 0)
  ) throws(TransferError) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    let n = problem.inputs.rows
    try optimizer.validate(count: n)
    let coordinates = coordinates ?? (optimizer.isRotationInvariant ? .reduced : .full)
    guard coordinates == .full || optimizer.isRotationInvariant else {
      throw .outOfRange(
        argument: "coordinates", reason: "must be full for Adam, whose steps depend on the coordinates")
    }
    let reduction = if let reduced { reduced } else { try ReducedTransferProblem(problem) }
    let decay = optimizer.weightDecay
    let penalty = optimizer.startingPointPenalty
    let featurePull = ParameterGroup.Pull(decay: decay.strength, toStart: penalty.features)
    let features = coordinates == .full ? problem.pretrainedFeatures : reduction.initialFeatures
    self.problem = problem
    self.reduced = reduction
    self.optimizer = optimizer
    self.coordinates = coordinates
    headGroup = ParameterGroup(
      head, pull: .init(decay: decay.includesHead ? decay.strength : 0, toStart: penalty.head),
      rule: optimizer.rule)
    featureGroup = ParameterGroup(features.elements, pull: featurePull, rule: optimizer.rule)
    outside = ParameterGroup(coordinates == .full ? [] : [1], pull: featurePull, rule: optimizer.rule)
    sampler = BatchSampler(optimizer.batches, count: n, using: stream)
    source =
      switch (coordinates, optimizer.batches) {
      case (.full, _): .inputs(problem.inputs, labels: problem.labels)
      case (.reduced, .full): .spectrum(reduction)
      case (.reduced, _):
        .inputs(problem.inputs * reduction.rowSpaceBasis.transposed, labels: problem.labels)
      }
    imbalanceAtStart =
      Matrix(outerProductOf: head, head) - problem.pretrainedFeatures.transposed.gram()
  }

  /// The current head v, k.
  public var head: [Double] { headGroup.values }

  /// The current features B, k × d.
  public var features: Matrix<Double> {
    guard let f = outside.values.first else { return coordinateFeatures }
    var result = f * problem.pretrainedFeatures
    BLAS.gemm(
      1, coordinateFeatures - f * reduced.initialFeatures, reduced.rowSpaceBasis, beta: 1, into: &result)
    return result
  }

  /// The head and the features in the span of the training inputs, `C = BF`.
  public var state: TransferState {
    let inside =
      coordinates == .full ? coordinateFeatures * reduced.rowSpaceBasis.transposed : coordinateFeatures
    return TransferState(head: head, features: inside)
  }

  /// The factor f of the features outside the span of the training inputs, or nil in full coordinates,
  /// where they need not have kept their direction.
  public var outsideFactor: Double? { outside.values.first }

  /// Whether all numbers are finite: a learning rate that is too large makes them overflow.
  public var isFinite: Bool {
    [headGroup, featureGroup, outside].allSatisfy { $0.values.allSatisfy(\.isFinite) }
  }

  /// The losses of the current iterate. Cost: O(km) in reduced and O(nd + kd) in full coordinates, besides
  /// Σ.
  public var losses: TransferLosses {
    if let f = outside.values.first {
      return reduced.losses(
        head: headGroup.values.span, features: featureGroup.values.span, outsideFactor: f)
    }
    let weights = coordinateFeatures.transposed * head
    let misfit = zip(problem.inputs * weights, problem.labels).map { $0 - $1 }
    let error = zip(weights, problem.trueWeights).map { $0 - $1 }
    let inside = reduced.rowSpaceBasis * error
    // A singular Σ can leave a rounding error below zero.
    let ood = problem.oodSecondMoment.map { max(0, BLAS.dot(error, $0 * error)) } ?? BLAS.dot(error, error)
    return TransferLosses(
      training: BLAS.dot(misfit, misfit), inDistribution: BLAS.dot(inside, inside), outOfDistribution: ood)
  }

  /// How far the current iterate is from keeping the invariants of gradient flow.
  ///
  /// In reduced coordinates `(B - B₀)F⊥` is `(f - 1)B₀F⊥` exactly. In full coordinates both invariants are
  /// computed from B by their definitions.
  public var drift: InvariantDrift {
    var imbalance = Matrix(outerProductOf: head, head)
    let rowSpace: Double
    if let f = outside.values.first {
      let k = problem.featureCount
      let perpendicular = Matrix(reduced.perpendicular[columns: 0..<k])
      rowSpace = (f - 1).magnitude * BLAS.nrm2(perpendicular.elements)
      imbalance -= coordinateFeatures.transposed.gram() + (f * f) * perpendicular.gram()
    } else {
      imbalance -= coordinateFeatures.transposed.gram()
      var change = coordinateFeatures - problem.pretrainedFeatures
      let inside = change * reduced.rowSpaceBasis.transposed
      BLAS.gemm(-1, inside, reduced.rowSpaceBasis, beta: 1, into: &change)
      rowSpace = BLAS.nrm2(change.elements)
    }
    return InvariantDrift(
      rowSpace: rowSpace, imbalance: imbalance.maximumDifference(from: imbalanceAtStart))
  }

  /// Step, losses and drift of the current iterate.
  public var record: Record { Record(step: stepCount, losses: losses, drift: drift) }

  /// Makes one step.
  public mutating func step() { run(steps: 1) }

  /// Makes several steps.
  ///
  /// Complexity: O(km) a step in reduced and O(nd + kd) in full coordinates, with n the size of a batch if
  /// there are any; a batch of b inputs in reduced coordinates costs O(bm + km).
  public mutating func run(steps: Int) {
    precondition(steps >= 0, "The number of steps cannot be negative")
    if optimizer.isPlain, case .spectrum(let problem) = source {
      descendPlainly(problem, steps: steps)
    } else {
      for _ in 0..<steps { stepByRule() }
    }
  }

  /// Makes several steps and records the start, every `interval`-th iterate and the last.
  public mutating func run(steps: Int, recordingEvery interval: Int) -> [Record] {
    precondition(steps >= 0, "The number of steps cannot be negative")
    precondition(interval >= 1, "Records are at least one step apart")
    var records = [record]
    var left = steps
    while left > 0 {
      run(steps: min(left, interval))
      left -= min(left, interval)
      records.append(record)
    }
    return records
  }

  /// The features in the coordinates that are kept.
  private var coordinateFeatures: Matrix<Double> {
    let k = problem.featureCount
    return Matrix(rows: k, columns: featureGroup.values.count / k, elements: featureGroup.values)
  }

  private mutating func stepByRule() {
    // The gradient G with respect to the weights Bᵀv gives BG for the head and vGᵀ for the features.
    let rows = sampler.next()
    let b = coordinateFeatures
    let weightGradient = source.gradient(at: b.transposed * head, rows: rows)
    var headGradient = b * weightGradient
    var featureGradient = Matrix(outerProductOf: head, weightGradient).elements
    var outsideGradient = outside.values.map { _ in 0.0 }
    stepCount += 1
    headGroup.step(&headGradient, by: optimizer, number: stepCount)
    featureGroup.step(&featureGradient, by: optimizer, number: stepCount)
    outside.step(&outsideGradient, by: optimizer, number: stepCount)
  }

  /// Steps of plain gradient descent, in the kernel that keeps the features in the nearest cache.
  private mutating func descendPlainly(_ problem: ReducedTransferProblem, steps: Int) {
    let weight = problem.eigenvalues.map { 2 * $0 }
    var gradient = residualGradient(
      weight: weight, target: problem.trainingTarget, head: head, features: featureGroup.values)
    var workspace = gradient
    takeSteps(
      steps: steps, stepSize: optimizer.learningRate, weight: weight, target: problem.trainingTarget,
      head: &headGroup.values, features: &featureGroup.values, gradient: &gradient, workspace: &workspace)
    stepCount += steps
  }
}

/// Where gradients of the training loss with respect to the weights come from.
private enum GradientSource: Sendable {
  /// The training inputs in full coordinates, or in those of F; with their labels.
  case inputs(Matrix<Double>, labels: [Double])
  /// The spectrum of the inputs: `2 λ∘(w - a)`, over all inputs.
  case spectrum(ReducedTransferProblem)

  /// The gradient over the given inputs, or over all.
  func gradient(at weights: [Double], rows: [Int]?) -> [Double] {
    switch self {
    case .spectrum(let problem):
      return weights.indices.map {
        2 * problem.eigenvalues[$0] * (weights[$0] - problem.trainingTarget[$0])
      }
    case .inputs(let inputs, let labels):
      guard let rows else {
        let misfit = zip(inputs * weights, labels).map { 2 * ($0 - $1) }
        return inputs.transposed * misfit
      }
      // Unbiased: the sum over the batch times n over its size.
      let scale = 2 * Double(inputs.rows) / Double(rows.count)
      var gradient = [Double](repeating: 0, count: weights.count)
      for i in rows {
        let misfit = BLAS.dot(inputs.row(i), weights) - labels[i]
        BLAS.axpy(scale * misfit, inputs.row(i), into: &gradient)
      }
      return gradient
    }
  }
}
