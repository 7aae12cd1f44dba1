import Keel

/// What was seen while following a schedule.
public struct SchedulePath: Sendable {
  /// What was seen in one phase.
  public struct Phase: Sendable {
    /// The learning rates of the phase.
    public var rates: LearningRates
    /// The time at which the phase began.
    public var startTime: Double
    /// The time at which it ended.
    public var endTime: Double
    /// `η_B vvᵀ - η_v CCᵀ` with the rates of the phase, which the phase keeps.
    public var conserved: Matrix<Double>
    /// The path of the phase, with times of the whole schedule. Its drift is that of ``conserved``.
    public var path: FlowPath
  }

  /// The phases that were followed, in order.
  public var phases: [Phase]
  /// The points at the requested times that the schedule reached.
  public var samples: [FlowPoint]
  /// The point of least out-of-distribution loss of the whole.
  public var lowestOutOfDistribution: FlowPoint

  /// The last point.
  public var last: FlowPoint { phases[phases.count - 1].path.last }
  /// Why the last phase ended.
  public var end: FlowPath.End { phases[phases.count - 1].path.end }
  /// How far `vvᵀ - CCᵀ` at the end is from that at the start, in its largest entry: zero up to the
  /// integrator's error exactly when all phases have equal rates of both layers, or do not move.
  public var balancednessDrift: Double
}

extension ReducedTransferProblem {
  /// Follows training with a schedule of learning rates.
  ///
  /// A phase of the head alone that lasts until it converges ends exactly at the linear probe of its
  /// features, at the time at which the slowest mode is below rounding, `36/(η_v rate)`. An endless phase
  /// in which nothing moves ends at once. Samples do not change where phases end.
  ///
  /// - Parameters:
  ///   - state: where training starts, at time 0.
  ///   - schedule: the phases.
  ///   - options: how phases are followed. Its sample times are times of the whole schedule, infinity being
  ///     its end; its end time, or an event that ends the path, cuts the schedule short. Events see times of
  ///     the whole schedule too.
  /// - Returns: the path; phases after a cut are left out.
  /// - Throws: ``TransferError`` if a flow cannot be continued or a factorization fails.
  public func path(
    from state: TransferState, schedule: RateSchedule, options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> SchedulePath {
    let start = FlowPoint(time: 0, state: state, losses: losses(of: state))
    var result = SchedulePath(phases: [], samples: [], lowestOutOfDistribution: start, balancednessDrift: 0)
    var pending = options.sampleTimes[...]
    var now = start
    for (index, phase) in schedule.phases.enumerated() {
      let left = (options.endTime ?? .infinity) - now.time
      if left <= 0, index > 0 { break }
      var followed = try follow(phase.rates, from: now, for: min(phase.duration, left), options: options)
      let due = pending.prefix { $0 <= followed.endTime }
      pending = pending.dropFirst(due.count)
      followed.path.samples = try sample(Array(due), of: followed, from: now, options: options)
      now = followed.path.last
      let stays = followed.path.end == .converged || followed.path.end == .atRest
      if index == schedule.phases.count - 1, stays {
        followed.path.samples += pending.map { FlowPoint(time: $0, state: now.state, losses: now.losses) }
      }
      result.samples += followed.path.samples
      let lowest = followed.path.lowestOutOfDistribution
      if lowest.losses.outOfDistribution < result.lowestOutOfDistribution.losses.outOfDistribution {
        result.lowestOutOfDistribution = lowest
      }
      result.phases.append(followed)
      if followed.path.end == .stepLimit || followed.path.end == .event { break }
    }
    result.balancednessDrift = now.state.imbalance.maximumDifference(from: start.state.imbalance)
    return result
  }

  /// One phase, without samples.
  private func follow(
    _ rates: LearningRates, from start: FlowPoint, for duration: Double, options: FlowOptions
  ) throws(TransferError) -> SchedulePath.Phase {
    let flow = GradientFlow(self, rates: rates)
    let probes = rates.features == 0 && rates.head > 0 && duration == .infinity
    let probe = probes ? try LinearProbe(self, from: start.state.head, features: start.state.features) : nil
    var local = options
    local.sampleTimes = []
    for i in local.events.indices {
      let value = options.events[i].value
      local.events[i].value = { value($0.later(by: start.time)) }
    }
    local.endTime = duration < .infinity ? duration : nil
    if let probe { local.endTime = probe.rateRange.map { 36 / (rates.head * $0.lowerBound) } ?? 0 }
    var path = try flow.path(from: start.state, options: local)
    if let probe, path.end == .endTime || path.end == .atRest {
      path.last = probe.point()
      path.last.time = local.endTime ?? 0
      path.end = .atRest
    } else if path.end == .atRest, duration < .infinity {
      path.last.time = duration
    }
    path.last = path.last.later(by: start.time)
    path.lowestOutOfDistribution = path.lowestOutOfDistribution.later(by: start.time)
    for i in path.crossings.indices {
      path.crossings[i].point = path.crossings[i].point.later(by: start.time)
    }
    return SchedulePath.Phase(
      rates: rates, startTime: start.time, endTime: path.last.time, conserved: flow.conserved(start.state),
      path: path)
  }

  /// The points of a phase at given times of the schedule, by following it again: a sample cuts a step,
  /// and would keep a phase from ending where it converges.
  private func sample(
    _ times: [Double], of phase: SchedulePath.Phase, from start: FlowPoint, options: FlowOptions
  ) throws(TransferError) -> [FlowPoint] {
    guard let latest = times.last else { return [] }
    var local = options
    local.events = []
    local.sampleTimes = times.map { $0 - start.time }
    local.endTime = latest - start.time
    var samples = try GradientFlow(self, rates: phase.rates).path(from: start.state, options: local).samples
    for i in samples.indices { samples[i].time = times[i] }
    return samples
  }
}

extension FlowPoint {
  fileprivate func later(by time: Double) -> FlowPoint {
    var point = self
    point.time += time
    return point
  }
}
