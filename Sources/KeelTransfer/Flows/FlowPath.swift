import Keel

/// A point on a training path.
public struct FlowPoint: Sendable, Equatable {
  /// The training time t ≥ 0; infinity stands for the limit in closed form.
  public var time: Double
  /// Head and features at that time.
  public var state: TransferState
  /// The losses at that time.
  public var losses: TransferLosses
}

/// When and how precisely a flow is followed.
public struct FlowOptions: Sendable {
  /// The relative tolerance of the integrator.
  public var relativeTolerance: Double
  /// The absolute tolerance of the integrator.
  public var absoluteTolerance: Double
  /// The time to stop at, or nil to go on to convergence.
  public var endTime: Double?
  /// The flow has converged when the training error `‖X(w - w*)‖` is at most this times `σ₁‖w*‖` (with noisy
  /// labels: what can be fitted of it, against the weights that fit the labels), or is as small as rounding and ``absoluteTolerance`` let it be for a head of its size.
  public var residualTolerance: Double
  /// The flow is at rest when no unknown changes by more than this, relative to its size, in the time
  /// that the fastest direction of X needs.
  public var restTolerance: Double
  /// The largest number of steps; reaching it ends the path with ``FlowPath/End/stepLimit``.
  public var maximumSteps: Int
  /// Times, in increasing order, at which the path is sampled; infinity is the end of a path that
  /// converges or comes to rest.
  public var sampleTimes: [Double]

  /// Options; the defaults follow the flow to its limit with ten to twelve correct digits.
  public init(
    relativeTolerance: Double = 1e-13, absoluteTolerance: Double = 1e-15, endTime: Double? = nil,
    residualTolerance: Double = 1e-13, restTolerance: Double = 1e-15, maximumSteps: Int = 200_000,
    sampleTimes: [Double] = []
  ) {
    precondition(zip(sampleTimes, sampleTimes.dropFirst()).allSatisfy(<=), "Sample times must increase")
    precondition((sampleTimes.first ?? 0) >= 0 && (endTime ?? 0) >= 0, "Training begins at time 0")
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
    self.endTime = endTime
    self.residualTolerance = residualTolerance
    self.restTolerance = restTolerance
    self.maximumSteps = maximumSteps
    self.sampleTimes = sampleTimes
  }
}

/// What was seen along a training path.
public struct FlowPath: Sendable {
  /// Why a path ended.
  public enum End: String, Sendable, Codable {
    /// The training error is zero up to the tolerance.
    case converged
    /// The state no longer moves although the training error is not zero: a saddle, or a layer that
    /// alone cannot fit the labels.
    case atRest
    /// The requested time was reached.
    case endTime
    /// The allowed number of steps was used.
    case stepLimit
  }

  /// The points at the requested times that the path reached.
  public var samples: [FlowPoint]
  /// The last point.
  public var last: FlowPoint
  /// The point of least out-of-distribution loss, start and end included.
  public var lowestOutOfDistribution: FlowPoint
  /// Why the path ended.
  public var end: End
  /// The largest change of an entry of the conserved matrix, looked at every 32 steps and at the end: a
  /// measure of the integrator's error.
  public var conservedDrift: Double
  /// The number of accepted steps.
  public var steps: Int
  /// The number of evaluations of the derivative.
  public var evaluations: Int
}

extension GradientFlow {
  /// Follows the flow from a state.
  ///
  /// The least out-of-distribution loss is searched for in every step in which its slope changes sign,
  /// by golden section on the dense output.
  ///
  /// - Throws: ``TransferError/integration(_:)`` if the solution cannot be continued. Running out of
  ///   steps is not an error but an end of the path.
  public func path(
    from start: TransferState, options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> FlowPath {
    let integrator = try integrating { () throws(IntegrationError) in
      try DormandPrince853(
        self, from: flatten(start), relativeTolerance: options.relativeTolerance,
        absoluteTolerance: options.absoluteTolerance)
    }
    let firstPoint = FlowPoint(time: 0, state: start, losses: problem.losses(of: start))
    let conservedAtStart = conserved(start)
    let scale = (problem.singularValues.first ?? 1) * problem.weightScale
    var lowest = firstPoint
    var samples: [FlowPoint] = []
    var pending = options.sampleTimes[...]
    var slope = oodSlope(integrator)
    var drift = 0.0
    var losses = firstPoint.losses
    var end: FlowPath.End?

    while end == nil {
      while let next = pending.first, next <= integrator.time {
        samples.append(point(of: integrator))
        pending = pending.dropFirst()
      }
      if let limit = options.endTime, integrator.time >= limit {
        end = .endTime
      } else if options.endTime == nil, pending.first ?? .infinity == .infinity,
        trainingError(integrator, losses)
          <= max(options.residualTolerance * scale, trainingErrorFloor(integrator))
      {
        end = .converged
      } else if isAtRest(integrator, tolerance: options.restTolerance) {
        end = .atRest
      } else if integrator.acceptedSteps >= options.maximumSteps {
        end = .stepLimit
      } else {
        let limit = min(pending.first ?? .infinity, options.endTime ?? .infinity)
        try integrating { () throws(IntegrationError) in try integrator.step(notPast: limit) }
        let before = losses.outOfDistribution
        losses = self.losses(of: integrator)
        let newSlope = oodSlope(integrator)
        if slope < 0, newSlope > 0,
          hasNewMinimum(
            in: integrator, from: (before, slope), to: (losses.outOfDistribution, newSlope),
            below: lowest.losses.outOfDistribution)
        {
          let inside = minimum(in: integrator)
          if inside.losses.outOfDistribution < lowest.losses.outOfDistribution { lowest = inside }
        }
        if losses.outOfDistribution < lowest.losses.outOfDistribution { lowest = point(of: integrator) }
        slope = newSlope
        if integrator.acceptedSteps % 32 == 0 {
          drift = max(drift, conserved(state(integrator.state)).maximumDifference(from: conservedAtStart))
        }
      }
    }
    let last = point(of: integrator)
    // A state at rest or converged stays where it is.
    if end == .converged || end == .atRest {
      samples += pending.map { FlowPoint(time: $0, state: last.state, losses: last.losses) }
    }
    drift = max(drift, conserved(last.state).maximumDifference(from: conservedAtStart))
    return FlowPath(
      samples: samples, last: last, lowestOutOfDistribution: lowest, end: end ?? .stepLimit,
      conservedDrift: drift, steps: integrator.acceptedSteps, evaluations: integrator.evaluations)
  }

  private func point(of integrator: DormandPrince853<GradientFlow>) -> FlowPoint {
    let state = state(integrator.state)
    return FlowPoint(time: integrator.time, state: state, losses: problem.losses(of: state))
  }

  private func losses(of integrator: DormandPrince853<GradientFlow>) -> TransferLosses {
    let k = problem.featureCount
    return integrator.withState { y in
      problem.losses(head: y.extracting(first: k), features: y.extracting(droppingFirst: k))
    }
  }

  /// The part of the training error that the flow removes in the limit.
  private func trainingError(
    _ integrator: DormandPrince853<GradientFlow>, _ losses: TransferLosses
  ) -> Double {
    guard problem.hasLabelNoise else { return losses.training.squareRoot() }
    let k = problem.featureCount
    return integrator.withState { y in
      problem.reducibleTrainingLoss(head: y.extracting(first: k), features: y.extracting(droppingFirst: k))
        .squareRoot()
    }
  }

  /// Half the derivative in time of the out-of-distribution loss.
  private func oodSlope(_ integrator: DormandPrince853<GradientFlow>) -> Double {
    let k = problem.featureCount
    return integrator.withState { y in
      integrator.withDerivative { dy in
        let inside = problem.residual(head: y.extracting(first: k), features: y.extracting(droppingFirst: k))
        let outside = problem.perpendicularError(head: y.extracting(first: k))
        let error = inside.map { -$0 } + outside
        let change = errorChange(y, dy)
        if let form = problem.oodForm { return BLAS.dot(form * error, change) }
        return BLAS.dot(error, change)
      }
    }
  }

  /// The derivative in time of the error `[Cᵀv - a, Rv - r]`.
  private func errorChange(_ y: Span<Double>, _ dy: Span<Double>) -> [Double] {
    let k = problem.featureCount
    let m = problem.rank
    var change = [Double](repeating: 0, count: m + problem.perpendicular.rows)
    for i in 0..<k {
      let row = y.extracting(k + i * m..<k + (i + 1) * m)
      let rowChange = dy.extracting(k + i * m..<k + (i + 1) * m)
      for j in 0..<m { change[j] += y[i] * rowChange[j] + dy[i] * row[j] }
    }
    for p in 0..<problem.perpendicular.rows {
      for i in 0..<k { change[m + p] += problem.perpendicular[p, i] * dy[i] }
    }
    return change
  }

  /// What rounding and the integrator leave of the training error for a head of the current size.
  ///
  /// Each entry of `a - Cᵀv` is a sum of k + 1 terms of at most `‖v‖‖C‖`, and an error of the absolute
  /// tolerance in every entry of C moves the whole by `√(km)‖v‖` times as much. A head of 10⁶ could
  /// otherwise never converge, and would be followed to the limit of steps.
  private func trainingErrorFloor(_ integrator: DormandPrince853<GradientFlow>) -> Double {
    let k = problem.featureCount
    return integrator.withState { y in
      var head = 0.0
      var features = 0.0
      for i in 0..<k { head += y[i] * y[i] }
      for i in k..<y.count { features += y[i] * y[i] }
      let rounding = Double(k + 1) * .ulpOfOne * features.squareRoot()
      let integration = Double(k * problem.rank).squareRoot() * integrator.absoluteTolerance
      return (problem.singularValues.first ?? 0) * head.squareRoot() * (rounding + integration)
    }
  }

  private func isAtRest(_ integrator: DormandPrince853<GradientFlow>, tolerance: Double) -> Bool {
    let fastest = 2 * (problem.eigenvalues.first ?? 0)
    return integrator.withState { y in
      integrator.withDerivative { dy in
        var size = problem.weightNorm
        var speed = 0.0
        for i in y.indices {
          size = max(size, y[i].magnitude)
          speed = max(speed, dy[i].magnitude)
        }
        return speed <= tolerance * fastest * size
      }
    }
  }

  /// Whether the loss, between two points of falling and rising slope, may lie notably below the least
  /// one so far.
  ///
  /// A convex curve stays above its tangents, so the loss where they meet is the least possible.
  /// Rounding makes slopes change sign at every step near the limit; those minima are not worth a search.
  private func hasNewMinimum(
    in integrator: DormandPrince853<GradientFlow>, from start: (loss: Double, halfSlope: Double),
    to end: (loss: Double, halfSlope: Double), below lowest: Double
  ) -> Bool {
    let step = integrator.time - integrator.previousTime
    let meeting =
      (end.loss - start.loss - 2 * end.halfSlope * step) / (2 * (start.halfSlope - end.halfSlope))
    let least = max(0, start.loss + 2 * start.halfSlope * meeting)
    return lowest.squareRoot() - least.squareRoot() > 1e-12 * problem.weightNorm
  }

  /// The least out-of-distribution loss within the last step, by golden section.
  private func minimum(in integrator: DormandPrince853<GradientFlow>) -> FlowPoint {
    let ratio = (5.0.squareRoot() - 1) / 2
    var low = integrator.previousTime
    var high = integrator.time
    var buffer = [Double](repeating: 0, count: dimension)
    func loss(_ t: Double) -> Double {
      integrator.interpolate(at: t, into: &buffer)
      let k = problem.featureCount
      let y = buffer.span
      return problem.losses(head: y.extracting(first: k), features: y.extracting(droppingFirst: k))
        .outOfDistribution
    }
    var left = high - ratio * (high - low)
    var right = low + ratio * (high - low)
    var leftLoss = loss(left)
    var rightLoss = loss(right)
    // A minimum is flat: below the square root of the rounding unit the loss no longer tells times apart.
    while high - low > 1e-9 * integrator.time, left > low, right < high {
      if leftLoss < rightLoss {
        high = right
        (right, rightLoss) = (left, leftLoss)
        left = high - ratio * (high - low)
        leftLoss = loss(left)
      } else {
        low = left
        (left, leftLoss) = (right, rightLoss)
        right = low + ratio * (high - low)
        rightLoss = loss(right)
      }
    }
    let time = leftLoss < rightLoss ? left : right
    integrator.interpolate(at: time, into: &buffer)
    let state = state(buffer)
    return FlowPoint(time: time, state: state, losses: problem.losses(of: state))
  }
}
