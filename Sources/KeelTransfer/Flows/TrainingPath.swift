import Keel

/// A point on a training path whose unknowns are more than one head and features.
public struct TrainingPoint<State: Sendable & Equatable>: Sendable, Equatable {
  /// The training time t ≥ 0.
  public var time: Double
  /// The unknowns at that time.
  public var state: State
  /// The losses at that time.
  public var losses: TransferLosses
}

/// What was seen along a training path, as ``FlowPath`` is for the flow of one head and features.
public struct TrainingPath<State: Sendable & Equatable>: Sendable {
  /// The points at the requested times that the path reached.
  public var samples: [TrainingPoint<State>]
  /// The last point.
  public var last: TrainingPoint<State>
  /// The point of least out-of-distribution loss, start and end included.
  public var lowestOutOfDistribution: TrainingPoint<State>
  /// Why the path ended.
  public var end: FlowPath.End
  /// The largest change of an entry of the flow's conserved matrix, looked at every 32 steps and at the
  /// end: a measure of the integrator's error.
  public var conservedDrift: Double
  /// The number of accepted steps.
  public var steps: Int
  /// The number of evaluations of the derivative.
  public var evaluations: Int
}

/// A gradient flow that can be followed to its limit.
protocol FollowedFlow: ODESystem {
  associatedtype State: Sendable & Equatable
  /// The state in a flat vector of unknowns.
  func state(_ y: [Double]) -> State
  /// A state as the flat vector of unknowns.
  func flatten(_ state: State) -> [Double]
  /// The losses of a state.
  func losses(of state: State) -> TransferLosses
  /// The part of the training loss that training can still remove.
  func reducibleTrainingLoss(of state: State) -> Double
  /// The matrix that the flow keeps.
  func conserved(_ state: State) -> Matrix<Double>
  /// The Frobenius norms of the state's head and of its features in the span of X.
  func sizes(of state: State) -> (head: Double, features: Double)
  /// The shape of the moving features: k and m.
  var featureShape: (rows: Int, columns: Int) { get }
  /// `σ₁(X)`.
  var largestSingularValue: Double { get }
  /// The norm of the weights that training sees.
  var weightScale: Double { get }
}

extension FollowedFlow {
  /// Follows the flow from a state, as ``GradientFlow/path(from:options:)`` does its own.
  ///
  /// The least out-of-distribution loss is searched for on the dense output: each step is looked at in
  /// quarters, and refined by golden section around the least of them where that is a new minimum.
  func follow(
    from start: State, options: FlowOptions
  ) throws(TransferError) -> TrainingPath<State> {
    let integrator = try integrating { () throws(IntegrationError) in
      try DormandPrince853(
        self, from: flatten(start), relativeTolerance: options.relativeTolerance,
        absoluteTolerance: options.absoluteTolerance)
    }
    let conservedAtStart = conserved(start)
    var now = TrainingPoint(time: 0, state: start, losses: losses(of: start))
    var lowest = now
    var samples: [TrainingPoint<State>] = []
    var pending = options.sampleTimes[...]
    var drift = 0.0
    var end: FlowPath.End?
    while end == nil {
      while let next = pending.first, next <= now.time {
        samples.append(now)
        pending = pending.dropFirst()
      }
      if let limit = options.endTime, now.time >= limit {
        end = .endTime
      } else if options.endTime == nil, pending.first ?? .infinity == .infinity,
        hasConverged(now.state, options: options)
      {
        end = .converged
      } else if isAtRest(integrator, tolerance: options.restTolerance) {
        end = .atRest
      } else if integrator.acceptedSteps >= options.maximumSteps {
        end = .stepLimit
      } else {
        let limit = min(pending.first ?? .infinity, options.endTime ?? .infinity)
        try integrating { () throws(IntegrationError) in try integrator.step(notPast: limit) }
        let before = now.losses.outOfDistribution
        let state = state(integrator.state)
        now = TrainingPoint(time: integrator.time, state: state, losses: losses(of: state))
        lowest = lower(
          lowest, or: now, in: integrator, from: before, notable: 1e-12 * weightScale * weightScale)
        if integrator.acceptedSteps % 32 == 0 {
          drift = max(drift, conserved(state).maximumDifference(from: conservedAtStart))
        }
      }
    }
    if end == .converged || end == .atRest {
      samples += pending.map { TrainingPoint(time: $0, state: now.state, losses: now.losses) }
    }
    drift = max(drift, conserved(now.state).maximumDifference(from: conservedAtStart))
    return TrainingPath(
      samples: samples, last: now, lowestOutOfDistribution: lowest, end: end ?? .stepLimit,
      conservedDrift: drift, steps: integrator.acceptedSteps, evaluations: integrator.evaluations)
  }

  /// Whether the training error is zero up to the tolerance, or up to rounding and the integrator's
  /// absolute tolerance for a head of the current size.
  private func hasConverged(_ state: State, options: FlowOptions) -> Bool {
    let size = sizes(of: state)
    let (k, m) = featureShape
    let rounding = Double(k + 1) * .ulpOfOne * size.features
    let integration = Double(k * m).squareRoot() * options.absoluteTolerance
    let floor = size.head * (rounding + integration)
    let error = max(0, reducibleTrainingLoss(of: state)).squareRoot()
    return error <= largestSingularValue * max(options.residualTolerance * weightScale, floor)
  }

  private func isAtRest(_ integrator: DormandPrince853<Self>, tolerance: Double) -> Bool {
    integrator.withState { y in
      integrator.withDerivative { dy in
        var size = weightScale
        var speed = 0.0
        for i in y.indices {
          size = max(size, y[i].magnitude)
          speed = max(speed, dy[i].magnitude)
        }
        return speed <= tolerance * 2 * largestSingularValue * largestSingularValue * size
      }
    }
  }

  /// The lower of the least point so far, the end of the last step, and the least point within it.
  private func lower(
    _ lowest: TrainingPoint<State>, or now: TrainingPoint<State>, in integrator: DormandPrince853<Self>,
    from before: Double, notable: Double
  ) -> TrainingPoint<State> {
    let (start, length) = (integrator.previousTime, integrator.time - integrator.previousTime)
    var buffer = [Double](repeating: 0, count: dimension)
    func point(_ x: Double) -> TrainingPoint<State> {
      integrator.interpolate(at: min(start + x * length, integrator.time), into: &buffer)
      let state = state(buffer)
      return TrainingPoint(time: start + x * length, state: state, losses: losses(of: state))
    }
    let best = now.losses.outOfDistribution < lowest.losses.outOfDistribution ? now : lowest
    // Between falling and rising there is a minimum. Quarters tell where; a parabola through three of them
    // tells whether it lies beyond the ends of the step.
    var loss = (0...4).map { $0 == 0 ? before : $0 == 4 ? now.losses.outOfDistribution : 0 }
    for i in 1...3 { loss[i] = point(Double(i) / 4).losses.outOfDistribution }
    let least = loss.indices.min { loss[$0] < loss[$1] } ?? 0
    let middle = min(max(least, 1), 3)
    let curvature = loss[middle - 1] - 2 * loss[middle] + loss[middle + 1]
    guard curvature > 0 else { return best }
    let offset = (loss[middle - 1] - loss[middle + 1]) / (2 * curvature)
    let predicted = loss[middle] - curvature * offset * offset / 2
    guard offset.magnitude < 1, predicted < best.losses.outOfDistribution - notable else { return best }
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (Double(middle - 1) / 4, Double(middle + 1) / 4)
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (leftPoint, rightPoint) = (point(left), point(right))
    // A minimum is flat: below the square root of the rounding unit the loss no longer tells times apart.
    while high - low > 1e-8 {
      if leftPoint.losses.outOfDistribution < rightPoint.losses.outOfDistribution {
        (high, right, rightPoint) = (right, left, leftPoint)
        left = high - ratio * (high - low)
        leftPoint = point(left)
      } else {
        (low, left, leftPoint) = (left, right, rightPoint)
        right = low + ratio * (high - low)
        rightPoint = point(right)
      }
    }
    return [leftPoint, rightPoint, best].min {
      $0.losses.outOfDistribution < $1.losses.outOfDistribution
    } ?? best
  }
}
