import Keel

extension GradientFlow {
  /// Follows the flow from a state.
  ///
  /// The least out-of-distribution loss is looked for in every step in which its slope changes sign, at the
  /// root of the slope on the dense output; so are the events of the options.
  ///
  /// - Parameters:
  ///   - start: the state at time 0.
  ///   - options: when and how precisely the flow is followed, and what is looked for.
  /// - Throws: ``TransferError/integration(_:)`` if the solution cannot be continued. Running out of
  ///   steps is not an error but an end of the path.
  public func path(
    from start: TransferState, options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> FlowPath {
    try integrating { () throws(IntegrationError) in
      switch options.method {
      case .dormandPrince853:
        let integrator = try DormandPrince853(
          self, from: flatten(start), relativeTolerance: options.relativeTolerance,
          absoluteTolerance: options.absoluteTolerance)
        var follower = PathFollower(self, integrator, from: start, options: options)
        return try follower.follow()
      case .boosts:
        let integrator = try AdaptiveBoostIntegrator(
          problem, from: start, rates: rates, relativeTolerance: options.relativeTolerance)
        var follower = PathFollower(self, integrator, from: start, options: options)
        return try follower.follow()
      }
    }
  }
}

/// Follows a flow with an integrator and gathers what is seen.
private struct PathFollower<Integrator: FlowIntegrator> {
  private let flow: GradientFlow
  private let integrator: Integrator
  private let options: FlowOptions
  private let start: TransferState
  private let conservedAtStart: Matrix<Double>
  private var samples: [FlowPoint] = []
  private var pending: ArraySlice<Double>
  private var crossings: [FlowCrossing] = []
  private var lowest: FlowPoint
  private var drift = 0.0
  /// Of the current state: the losses, half the slope of the out-of-distribution loss, the events' values.
  private var losses: TransferLosses
  private var motion: FlowMotion
  private var slope: Double
  private var eventValues: [Double]
  private var end: FlowPath.End?
  /// Where an event has ended the path.
  private var endPoint: FlowPoint?

  init(_ flow: GradientFlow, _ integrator: Integrator, from start: TransferState, options: FlowOptions) {
    self.flow = flow
    self.integrator = integrator
    self.options = options
    self.start = start
    conservedAtStart = flow.conserved(start)
    let first = FlowPoint(time: 0, state: start, losses: flow.problem.losses(of: start))
    pending = options.sampleTimes[...]
    lowest = first
    losses = first.losses
    motion = integrator.motion()
    slope = flow.halfOutOfDistributionSlope(head: start.head.span, motion)
    eventValues = options.events.map { $0.value(first) }
  }

  private var problem: ReducedTransferProblem { flow.problem }

  mutating func follow() throws(IntegrationError) -> FlowPath {
    while end == nil {
      while let next = pending.first, next <= integrator.time {
        samples.append(point)
        pending = pending.dropFirst()
      }
      end = reasonToEnd()
      if end == nil { try step() }
    }
    let end = end ?? .stepLimit
    let last = endPoint ?? point
    // A state at rest or converged stays where it is.
    if end == .converged || end == .atRest {
      samples += pending.map { FlowPoint(time: $0, state: last.state, losses: last.losses) }
    }
    drift = max(drift, flow.conserved(last.state).maximumDifference(from: conservedAtStart))
    return FlowPath(
      samples: samples, last: last, lowestOutOfDistribution: lowest, end: end, conservedDrift: drift,
      crossings: crossings, steps: integrator.acceptedSteps, evaluations: integrator.evaluations)
  }

  private func reasonToEnd() -> FlowPath.End? {
    if let limit = options.endTime, integrator.time >= limit { return .endTime }
    let waits = pending.first ?? .infinity < .infinity
    if options.endTime == nil, !waits, isConverged { return .converged }
    if isAtRest { return .atRest }
    return integrator.acceptedSteps >= options.maximumSteps ? .stepLimit : nil
  }

  private mutating func step() throws(IntegrationError) {
    try integrator.step(notPast: min(pending.first ?? .infinity, options.endTime ?? .infinity))
    let (before, slopeBefore) = (losses.outOfDistribution, slope)
    losses = integrator.withState { losses(of: $0) }
    motion = integrator.motion()
    slope = integrator.withState {
      flow.halfOutOfDistributionSlope(head: $0.extracting(first: problem.featureCount), motion)
    }
    lookForEvents()
    let latest = endPoint?.time ?? integrator.time
    if slopeBefore < 0, slope > 0,
      hasNewMinimum(from: (before, slopeBefore), to: (losses.outOfDistribution, slope))
    {
      let time = bracketedRoot(
        from: (integrator.previousTime, slopeBefore), to: (integrator.time, slope), tolerance: 0
      ) { t in
        flow.halfOutOfDistributionSlope(at: interpolated(at: t).span)
      }
      if time <= latest { lower(to: point(at: time)) }
    }
    let atEnd = endPoint?.losses ?? losses
    if atEnd.outOfDistribution < lowest.losses.outOfDistribution { lower(to: endPoint ?? point) }
    if integrator.acceptedSteps % 32 == 0 {
      drift = max(drift, flow.conserved(point.state).maximumDifference(from: conservedAtStart))
    }
  }

  private mutating func lower(to point: FlowPoint) {
    if point.losses.outOfDistribution < lowest.losses.outOfDistribution { lowest = point }
  }

  // MARK: - Events

  /// Locates the events of the last step; the first one that ends the path hides those after it.
  private mutating func lookForEvents() {
    guard !options.events.isEmpty else { return }
    let now = point
    var found: [(crossing: FlowCrossing, endsPath: Bool)] = []
    for (index, event) in options.events.enumerated() {
      let (before, after) = (eventValues[index], event.value(now))
      eventValues[index] = after
      guard event.happens(from: before, to: after) else { continue }
      let time = bracketedRoot(
        from: (integrator.previousTime, before), to: (integrator.time, after), tolerance: 0
      ) { event.value(point(at: $0)) }
      found.append((FlowCrossing(event: event.name, point: point(at: time)), event.endsPath))
    }
    found.sort { $0.crossing.point.time < $1.crossing.point.time }
    for (crossing, endsPath) in found {
      crossings.append(crossing)
      if endsPath {
        end = .event
        endPoint = crossing.point
        return
      }
    }
  }

  // MARK: - Points

  private var point: FlowPoint {
    let y = integrator.withState { y in y.withUnsafeBufferPointer { Array($0) } }
    return FlowPoint(time: integrator.time, state: flow.state(y), losses: losses(of: y.span))
  }

  /// A point within the last step.
  private func point(at t: Double) -> FlowPoint {
    guard t < integrator.time else { return point }
    let y = interpolated(at: t)
    return FlowPoint(time: t, state: flow.state(y), losses: losses(of: y.span))
  }

  private func interpolated(at t: Double) -> [Double] {
    var y = [Double](repeating: 0, count: flow.dimension)
    integrator.interpolate(at: t, into: &y)
    return y
  }

  private func losses(of y: Span<Double>) -> TransferLosses {
    let k = problem.featureCount
    return problem.losses(head: y.extracting(first: k), features: y.extracting(droppingFirst: k))
  }

  // MARK: - Ends

  private var isConverged: Bool {
    let scale = (problem.singularValues.first ?? 1) * problem.weightScale
    return trainingError <= max(options.residualTolerance * scale, trainingErrorFloor)
  }

  /// The part of the training error that the flow removes in the limit.
  private var trainingError: Double {
    guard problem.hasLabelNoise else { return losses.training.squareRoot() }
    let k = problem.featureCount
    return integrator.withState { y in
      problem.reducibleTrainingLoss(head: y.extracting(first: k), features: y.extracting(droppingFirst: k))
        .squareRoot()
    }
  }

  /// What rounding and the integrator leave of the training error for a head of the current size.
  ///
  /// Each entry of `a - Cᵀv` is a sum of k + 1 terms of at most `‖v‖‖C‖`, and an error of the absolute
  /// tolerance in every entry of C moves the whole by `√(km)‖v‖` times as much. A head of 10⁶ could
  /// otherwise never converge, and would be followed to the limit of steps.
  private var trainingErrorFloor: Double {
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

  private var isAtRest: Bool {
    let fastest = 2 * (problem.eigenvalues.first ?? 0)
    let size = integrator.withState { y in
      var size = problem.weightNorm
      for i in y.indices { size = max(size, y[i].magnitude) }
      return size
    }
    return motion.speed <= options.restTolerance * fastest * size
  }

  /// Whether the loss, between two points of falling and rising slope, may lie notably below the least
  /// one so far.
  ///
  /// A convex curve stays above its tangents, so the loss where they meet is the least possible.
  /// Rounding makes slopes change sign at every step near the limit; those minima are not worth a search.
  private func hasNewMinimum(
    from start: (loss: Double, halfSlope: Double), to end: (loss: Double, halfSlope: Double)
  ) -> Bool {
    let step = integrator.time - integrator.previousTime
    let meeting =
      (end.loss - start.loss - 2 * end.halfSlope * step) / (2 * (start.halfSlope - end.halfSlope))
    let least = max(0, start.loss + 2 * start.halfSlope * meeting)
    return lowest.losses.outOfDistribution.squareRoot() - least.squareRoot() > 1e-12 * problem.weightNorm
  }
}
