import Keel
import KeelTransfer
import Testing

@Suite("Schedules of learning rates")
struct RateScheduleTests {
  static func reduced() throws -> ReducedTransferProblem {
    try ReducedTransferProblem(ReferenceProblem.a.get())
  }

  static func start(_ problem: ReducedTransferProblem) -> TransferState {
    TransferState(head: ReferenceProblem.head, features: problem.initialFeatures)
  }

  @Test("probing to the limit and then fine-tuning is LP-FT")
  func probingToTheLimit() throws {
    let problem = try Self.reduced()
    let path = try problem.path(from: Self.start(problem), schedule: .probingThenFineTuning())
    let expected = try problem.paths(from: ReferenceProblem.head)
    #expect(path.phases.count == 2 && path.phases[0].path.end == .atRest && path.end == .converged)
    #expect(path.phases[0].path.last.state == expected.linearProbe.point().state)
    #expect(path.last.state == expected.probingThenFineTuning.last.state)
    #expect(agree(path.last.losses.outOfDistribution, 0.0050556346196, 1e-10))
    #expect(path.last.time == path.phases[1].endTime && path.phases[1].startTime == path.phases[0].endTime)
  }

  @Test("probing for a while is partial probing", arguments: [0, 0.1, 1, 10])
  func partialProbing(time: Double) throws {
    let problem = try Self.reduced()
    let schedule = RateSchedule.probingThenFineTuning(probingTime: time)
    let path = try problem.path(from: Self.start(problem), schedule: schedule)
    let expected = try problem.paths(from: ReferenceProblem.head, probingTime: time).probingThenFineTuning
    // The probe is integrated here and in closed form there: the tolerance of the integrator.
    #expect(agree(path.last.state.head, expected.last.state.head, 1e-11))
    #expect(path.phases[1].startTime == time)
  }

  @Test("phases of one ratio of rates make one path: only time is rescaled")
  func commonFactor() throws {
    let problem = try Self.reduced()
    let schedule = RateSchedule([
      .init(LearningRates(head: 2, features: 2), duration: 0.25),
      .init(LearningRates(head: 0.5, features: 0.5), duration: 1), .init(.fineTuning),
    ])
    let path = try problem.path(
      from: Self.start(problem), schedule: schedule, options: FlowOptions(sampleTimes: [0.1, 0.25, 1.25]))
    let flow = GradientFlow(problem)
    let expected = try flow.path(
      from: Self.start(problem), options: FlowOptions(sampleTimes: [0.2, 0.5, 1]))
    try #require(path.samples.count == 3)
    for i in 0..<3 {
      #expect(agree(path.samples[i].state.head, expected.samples[i].state.head, 1e-11))
    }
    #expect(path.samples.map(\.time) == [0.1, 0.25, 1.25])
    #expect(agree(path.last.state.head, expected.last.state.head, 1e-10))
    #expect(path.balancednessDrift <= 1e-11)
  }

  @Test("each phase keeps its own matrix, and the schedule keeps none of them")
  func conserved() throws {
    let problem = try Self.reduced()
    let schedule = RateSchedule.gradualUnfreezing(
      probingTime: 0.5, featureRates: [0.1, 0.5, 1], stageTime: 0.5)
    let path = try problem.path(
      from: Self.start(problem), schedule: schedule,
      options: FlowOptions(sampleTimes: [0.2, 0.7, 1.2, .infinity]))
    #expect(path.phases.count == 4 && path.end == .converged)
    for phase in path.phases {
      #expect(phase.path.conservedDrift <= 1e-11)
      let flow = GradientFlow(problem, rates: phase.rates)
      #expect(flow.conserved(phase.path.last.state).maximumDifference(from: phase.conserved) <= 1e-11)
    }
    #expect(path.balancednessDrift > 0.1)
    #expect(path.samples.count == 4 && path.samples[3].state == path.last.state)
    // One sample in each of the first phases, at the times of the whole.
    #expect(path.phases.map(\.path.samples.count) == [1, 1, 1, 1])
    let direct = try LinearProbe(problem, from: ReferenceProblem.head).head(at: 0.2)
    #expect(agree(path.samples[0].state.head, direct, 1e-11))
    #expect(
      path.lowestOutOfDistribution.losses.outOfDistribution
        <= (path.samples.map(\.losses.outOfDistribution).min() ?? .nan))
  }

  @Test("samples do not change the path, and an end time cuts it")
  func samplesAndEnd() throws {
    let problem = try Self.reduced()
    let schedule = RateSchedule.probingThenFineTuning()
    let plain = try problem.path(from: Self.start(problem), schedule: schedule)
    let late = plain.last.time + 10
    let sampled = try problem.path(
      from: Self.start(problem), schedule: schedule, options: FlowOptions(sampleTimes: [0, 1, late]))
    #expect(sampled.last == plain.last && sampled.samples.map(\.time) == [0, 1, late])
    #expect(sampled.samples[0].state == Self.start(problem) && sampled.samples[2].state == plain.last.state)
    let cut = try problem.path(
      from: Self.start(problem), schedule: schedule, options: FlowOptions(endTime: 2, sampleTimes: [1, 5]))
    #expect(cut.phases.count == 1 && cut.end == .endTime && cut.last.time == 2 && cut.samples.count == 1)
  }

  @Test("events happen at times of the whole schedule, and can cut it")
  func events() throws {
    let problem = try Self.reduced()
    let schedule = RateSchedule([.init(.linearProbing, duration: 0.5), .init(.fineTuning)])
    func path(_ endsPath: Bool) throws -> SchedulePath {
      let half = FlowEvent("t = 0.75", endsPath: endsPath) { $0.time - 0.75 }
      return try problem.path(
        from: Self.start(problem), schedule: schedule, options: FlowOptions(events: [half]))
    }
    let whole = try path(false)
    #expect(whole.phases.map(\.path.crossings.count) == [0, 1] && whole.end == .converged)
    #expect(agree(whole.phases[1].path.crossings[0].point.time, 0.75, 1e-10))
    let cut = try path(true)
    #expect(cut.end == .event && agree(cut.last.time, 0.75, 1e-10))
  }

  @Test("a phase in which nothing learns only lets time pass, and an endless one ends at once")
  func frozen() throws {
    let problem = try Self.reduced()
    let nothing = LearningRates(head: 0, features: 0)
    let schedule = RateSchedule([.init(nothing, duration: 3), .init(nothing), .init(.featuresOnly)])
    let path = try problem.path(from: Self.start(problem), schedule: schedule)
    #expect(path.phases.map(\.startTime) == [0, 3, 3])
    #expect(path.last.state.head == ReferenceProblem.head && path.end == .converged)
    // Features alone fit the labels without changing the error outside the span of the inputs.
    let flow = GradientFlow(problem, rates: .featuresOnly)
    let alone = try flow.path(from: Self.start(problem))
    #expect(path.last.state == alone.last.state)
  }

  @Test("probing again after fine-tuning finds the probe of the features that were reached")
  func probingAgain() throws {
    let problem = try Self.reduced()
    let schedule = RateSchedule([.init(.fineTuning, duration: 0.2), .init(.linearProbing)])
    let path = try problem.path(from: Self.start(problem), schedule: schedule)
    let features = path.phases[0].path.last.state.features
    let design = Matrix(features.scalingColumns(by: problem.singularValues).transposed)
    let expected = try QR(design).solve(zip(problem.singularValues, problem.target).map { $0 * $1 })
    #expect(agree(path.last.state.head, expected, 1e-12))
    #expect(path.last.state.features == features)
  }
}
