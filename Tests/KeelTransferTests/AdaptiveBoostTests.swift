import Keel
import KeelTransfer
import Testing

@Suite("Boosts with adaptive steps")
struct AdaptiveBoostTests {
  private func distance(_ a: TransferState, _ b: TransferState) -> Double {
    max(
      zip(a.head, b.head).map { ($0 - $1).magnitude }.max() ?? .nan,
      a.features.maximumDifference(from: b.features))
  }

  /// The state of example a at a time, to full accuracy.
  private func exact(at time: Double, rates: LearningRates = .fineTuning) throws -> (
    GradientFlow, start: TransferState, end: TransferState
  ) {
    let flow = GradientFlow(try ReducedTransferProblem(ReferenceProblem.a.get()), rates: rates)
    let start = flow.start(head: ReferenceProblem.head)
    let options = FlowOptions(relativeTolerance: 3e-14, endTime: time)
    return (flow, start, try flow.path(from: start, options: options).last.state)
  }

  @Test("the error follows the tolerance, and its estimate the fourth power of the step")
  func tolerance() throws {
    let (flow, start, end) = try exact(at: 1)
    var steps: [Double] = []
    for tolerance in [1e-4, 1e-6, 1e-8, 1e-10] {
      let integrator = try AdaptiveBoostIntegrator(flow.problem, from: start, relativeTolerance: tolerance)
      while integrator.time < 1 { try integrator.step(notPast: 1) }
      #expect(integrator.time == 1)
      #expect(distance(integrator.state, end) <= 10 * tolerance, "tolerance \(tolerance)")
      #expect(integrator.state.imbalance.maximumDifference(from: start.imbalance) <= 2e-14)
      #expect(integrator.rejectedSteps <= integrator.acceptedSteps / 5 + 2)
      #expect(
        integrator.evaluations == 2 + 4 * integrator.acceptedSteps + 3 * integrator.rejectedSteps - 1,
        "the start, the passes of steps, and the first pass of the next step not yet taken")
      steps.append(Double(integrator.acceptedSteps))
    }
    // With an estimate of order h⁴ the number of steps grows by 100^(1/4) = 3.2 a line.
    #expect((2.9...3.5).contains(steps[3] / steps[2]), "\(steps)")
  }

  @Test("states between steps are as accurate and as balanced as those at steps")
  func dense() throws {
    let (flow, start, _) = try exact(at: 0)
    let integrator = try AdaptiveBoostIntegrator(flow.problem, from: start, relativeTolerance: 1e-8)
    #expect(integrator.state(at: 0) == start)
    var worst = 0.0
    while integrator.time < 0.5 {
      try integrator.step(notPast: 0.5)
      let time = 0.4 * integrator.previousTime + 0.6 * integrator.time
      let between = integrator.state(at: time)
      #expect(between.imbalance.maximumDifference(from: start.imbalance) <= 1e-14)
      worst = max(worst, distance(between, try exact(at: time).end))
      #expect(distance(integrator.state(at: integrator.time), integrator.state) == 0)
      #expect(distance(integrator.state(at: integrator.previousTime), between) > 0)
    }
    #expect(worst <= 1e-8)
  }

  @Test(
    "paths by boosts are paths by the reference integrator",
    arguments: [(1, 1), (0.2, 3), (1, 0), (0, 1)] as [(Double, Double)])
  func paths(head: Double, features: Double) throws {
    for index in 0..<6 {
      let (problem, v) = try GradientFlowTests.problem(index)
      let flow = GradientFlow(
        try ReducedTransferProblem(problem), rates: LearningRates(head: head, features: features))
      let start = flow.start(head: v)
      var options = FlowOptions(endTime: 2, sampleTimes: [0, 0.3, 1])
      let reference = try flow.path(from: start, options: options)
      options.method = .boosts
      options.relativeTolerance = 1e-8
      let path = try flow.path(from: start, options: options)
      #expect(path.end == reference.end && path.samples.count == 3)
      for (sample, other) in zip(path.samples + [path.last], reference.samples + [reference.last]) {
        #expect(sample.time == other.time)
        #expect(distance(sample.state, other.state) <= 1e-7, "problem \(index)")
      }
      #expect(
        agree(
          path.lowestOutOfDistribution.losses.outOfDistribution,
          reference.lowestOutOfDistribution.losses.outOfDistribution, 1e-7))
      #expect(path.conservedDrift <= 1e-13)
    }
  }

  struct Limit: Sendable {
    let whitened: Bool
    let probes: Bool
    let head: [Double]
    let outOfDistribution: Double
  }

  @Test(
    "the limits of the reference problems, at loose and at tight tolerance",
    arguments: [
      Limit(
        whitened: false, probes: false, head: [0.9732229976458, -0.0548300734216, -0.1001016674614],
        outOfDistribution: 0.4403835495786),
      Limit(
        whitened: false, probes: true, head: [0.9839751339261, -0.5303212296536, 0.7726473309465],
        outOfDistribution: 0.0050556346196),
      Limit(
        whitened: true, probes: false, head: [0.9715754098693, -0.0622180999600, -0.0864676059727],
        outOfDistribution: 0.4259321038318),
      Limit(
        whitened: true, probes: true, head: [0.9910931338645, -0.5497319326405, 0.7619207771642],
        outOfDistribution: 0.0063708439679),
    ], [1e-7, 1e-9])
  func limits(_ limit: Limit, tolerance: Double) throws {
    let problem = try ReducedTransferProblem((limit.whitened ? ReferenceProblem.b : ReferenceProblem.a).get())
    let flow = GradientFlow(problem)
    let head = limit.probes ? try LinearProbe(problem).head : ReferenceProblem.head
    let path = try flow.path(
      from: flow.start(head: head), options: FlowOptions(relativeTolerance: tolerance, method: .boosts))
    // Stability, not accuracy, chooses the steps near the limit: the residual still falls to rounding.
    #expect(path.end == .converged, "\(path.end) after \(path.steps) steps")
    #expect(path.last.losses.training.squareRoot() <= 1e-12)
    #expect(agree(path.last.state.head, limit.head, 10 * tolerance))
    #expect(agree(path.last.losses.outOfDistribution, limit.outOfDistribution, 10 * tolerance))
    #expect(path.conservedDrift <= 1e-13)
    #expect(path.steps <= (tolerance == 1e-7 ? 600 : 1500), "\(path.steps) steps")
  }

  @Test("a saddle is at rest, and large heads converge, with boosts too")
  func ends() throws {
    let saddle = try LinearTransferProblem(
      inputs: [[1, 0, 0, 0], [0, 1, 0, 0]], pretrainedFeatures: [[0, 0.6, 0.8, 0]],
      trueFeatures: [[1, 0, 0, 0]], trueHead: [2])
    let flow = GradientFlow(try ReducedTransferProblem(saddle))
    let path = try flow.path(from: flow.start(head: [0]), options: FlowOptions(method: .boosts))
    #expect(path.end == .atRest)
    #expect(path.last.losses.training == 4)
    for size in [1e2, 1e4, 1e6] {
      let reduced = try ReducedTransferProblem(EdgeCaseTests.random(k: 2, d: 12, n: 4))
      let flow = GradientFlow(reduced)
      let path = try flow.path(
        from: flow.start(head: [size, -size / 2]),
        options: FlowOptions(relativeTolerance: 1e-9, method: .boosts))
      #expect(path.end == .converged, "\(path.end) at \(path.last.time), \(path.steps) steps")
    }
    let reduced = try ReducedTransferProblem(EdgeCaseTests.random(k: 2, d: 12, n: 4))
    for head in [[Double.nan, 1], [.infinity, 1], [1e200, 1]] {
      #expect(throws: TransferError.self) {
        let flow = GradientFlow(reduced)
        return try flow.path(from: flow.start(head: head), options: FlowOptions(method: .boosts))
      }
    }
  }

  @Test("events are located where the function is zero", arguments: FlowMethod.allCases)
  func events(method: FlowMethod) throws {
    let (flow, start, _) = try exact(at: 0)
    let half = FlowEvent("head", direction: .rising) { $0.state.head[0] - 0.75 }
    let clock = FlowEvent("time") { $0.time - 0.7 }
    let never = FlowEvent("never", direction: .falling) { $0.state.head[0] - 0.75 }
    let loss = FlowEvent.trainingLoss(fallsTo: 1e-3, endsPath: true)
    let late = FlowEvent("late") { $0.time - 30 }
    let path = try flow.path(
      from: start,
      options: FlowOptions(
        relativeTolerance: 1e-11, sampleTimes: [0.5, 40], method: method,
        events: [clock, loss, half, never, late]))
    #expect(path.end == .event)
    #expect(path.crossings.map(\.event) == ["head", "time", loss.name])
    #expect(path.samples.map(\.time) == [0.5])
    try #require(path.crossings.count == 3)
    #expect(agree(path.crossings[0].point.state.head[0], 0.75, 1e-14))
    #expect(agree(path.crossings[1].point.time, 0.7, 1e-15))
    #expect(agree(path.crossings[2].point.losses.training, 1e-3, 1e-16))
    #expect(path.last == path.crossings[2].point)
    let (_, _, end) = try exact(at: path.last.time)
    #expect(distance(end, path.last.state) <= 1e-9)
  }

  @Test("the minimum of the loss out of distribution is an event", arguments: FlowMethod.allCases)
  func minimumEvent(method: FlowMethod) throws {
    var found = 0
    for index in 0..<20 {
      let (problem, head) = try GradientFlowTests.problem(index)
      let flow = GradientFlow(try ReducedTransferProblem(problem))
      let event = FlowEvent.outOfDistributionMinimum(of: flow)
      let path = try flow.path(
        from: flow.start(head: head),
        options: FlowOptions(relativeTolerance: 1e-9, endTime: 2, method: method, events: [event]))
      let minima = path.crossings.map(\.point.losses.outOfDistribution)
      for crossing in path.crossings {
        found += 1
        #expect(flow.outOfDistributionSlope(of: crossing.point.state).magnitude <= 1e-7)
      }
      let lowest = path.lowestOutOfDistribution
      // A loss that has settled is lowest anywhere, by rounding.
      if lowest.time > 0, lowest.losses.outOfDistribution < path.last.losses.outOfDistribution - 1e-7 {
        #expect(agree(minima.min() ?? .nan, lowest.losses.outOfDistribution, 1e-8), "problem \(index)")
      }
      // The slope against a difference of the loss over a short time.
      let start = flow.start(head: head)
      let short = try flow.path(from: start, options: FlowOptions(endTime: 1e-5, sampleTimes: [0])).last
      let first = flow.problem.losses(of: start).outOfDistribution
      let slope = flow.outOfDistributionSlope(of: start)
      #expect(agree((short.losses.outOfDistribution - first) / 1e-5, slope, 0.05 * (1 + slope.magnitude)))
    }
    #expect(found >= 3)
  }

  @Test("asymptotic rates of example a")
  func rates() throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.a.get())
    let flow = GradientFlow(problem)
    let path = try flow.path(
      from: flow.start(head: ReferenceProblem.head), options: FlowOptions(sampleTimes: [12, 14]))
    let rates = try problem.asymptoticRates(at: path.last.state)
    #expect(rates.count == 10 && zip(rates, rates.dropFirst()).allSatisfy(>=))
    #expect(agree(rates[9], 0.640711, 5e-7) && agree(rates[0], 14.82, 5e-3))
    // The head alone gives the lower bound 2σ²‖v‖².
    let headOnly = try problem.asymptoticRates(at: path.last.state, rates: .featuresOnly)
    #expect(agree(headOnly[9], 0.5843, 5e-5))
    // The observed decay of the residual.
    let observed = 0.25 * Double.log(path.samples[0].losses.training / path.samples[1].losses.training)
    #expect(agree(observed, 0.64071, 2e-5))
    #expect(rates[9] * path.last.time < 36)
    // A saddle: the part of the error that no layer sees does not decay.
    let still = TransferState(head: [0, 0, 0], features: Matrix(zeros: 3, 10))
    #expect(try problem.asymptoticRates(at: still) == [Double](repeating: 0, count: 10))
  }
}
