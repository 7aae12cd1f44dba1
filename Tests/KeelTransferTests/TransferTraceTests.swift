import Keel
import KeelTransfer
import Testing

@Suite("Transfer trace")
struct TransferTraceTests {
  @Test("the paths of a reference problem pass through the points computed elsewhere")
  func reference() throws {
    let trace = try TransferTrace(
      try ReferenceProblem.a.get(), head: ReferenceProblem.head,
      options: .init(times: [0, 0.1, 1, .infinity]))
    // Digits that two independent integrators agree on.
    let fineTuning = trace.fineTuning.samples
    #expect(fineTuning.map(\.time) == [0, 0.1, 1, .infinity])
    for (sample, (ood, change)) in zip(
      fineTuning.dropFirst(),
      [
        (1.1482905156553, 0.3719331948065), (0.5421136902654, 0.7194003459972),
        (0.4403835495786, 0.7758216312299),
      ])
    {
      #expect(agree(sample.losses.outOfDistribution, ood, 1e-12))
      #expect(agree(sample.featureChange, change, 1e-12))
      #expect(sample.conservedDrift <= 1e-11)
    }
    #expect(fineTuning[0].featureChange == 0 && fineTuning[0].conservedDrift == 0)
    #expect(agree(fineTuning[0].headNorm, (0.25 + 0.0625 + 0.25).squareRoot(), 1e-15))
    let both = trace.probingThenFineTuning.samples
    #expect(agree(both[2].losses.outOfDistribution, 0.0050557376810, 1e-12))
    #expect(agree(both[3].losses.outOfDistribution, 0.0050556346196, 1e-12))
    let probe = trace.linearProbing
    #expect(agree(probe.samples[3].losses.outOfDistribution, 0.00672335331681, 1e-13))
    #expect(agree(probe.last.losses.outOfDistribution, 0.00672335331681, 1e-13))
    #expect(probe.samples.allSatisfy { $0.featureChange == 0 && $0.conservedDrift == 0 })
    #expect(agree(trace.probeBound, 0.379175524934, 1e-11))
    #expect(agree(trace.lowerBound?.asPrinted ?? .nan, 0.0054030078729, 1e-12))
    // Over all admissible heads it is 0.2251; those that the flow can reach err by more.
    let invariant = trace.invariantBound?.value ?? .nan
    #expect(invariant >= 0.2251 && invariant <= 0.4403835495786.squareRoot())
    #expect(trace.rank == 10 && trace.probeIsUnique)
    #expect(agree(trace.squaredHeadAlignmentError, 3.2849058500362, 1e-12))
  }

  @Test("the times chosen begin at 0, rise to convergence and end at infinity")
  func times() throws {
    let trace = try TransferTrace(
      try ReferenceProblem.a.get(), head: ReferenceProblem.head, options: .init(sampleCount: 40))
    for path in trace.paths {
      #expect(path.samples.count == 40 && path.end == .converged)
      #expect(path.samples.first?.time == 0 && path.samples.last?.time == .infinity)
      #expect(zip(path.samples, path.samples.dropFirst()).allSatisfy { $0.time < $1.time })
      #expect(path.samples.last?.losses == path.last.losses)
      // The first step is short enough to show the start, the last finite one long enough to show the end.
      let losses = path.samples.map(\.losses.training)
      #expect(losses[0] - losses[1] <= 0.01 * losses[0])
      #expect(agree(losses[38], losses[39], 1e-12))
      let seen = path.samples.map(\.losses.outOfDistribution).min() ?? .nan
      #expect(path.lowestOutOfDistribution.losses.outOfDistribution <= seen + 1e-15)
    }
  }

  @Test("the least loss of a probe lies between the times of its samples")
  func lowestProbe() throws {
    // A probe from a huge misaligned head passes near the truth in one coordinate before the other.
    let problem = try LinearTransferProblem(
      inputs: [[3, 0, 0, 0], [0, 1, 0, 0]],
      pretrainedFeatures: [[0.8, 0, 0.6, 0], [0, 0.8, 0, -0.6]],
      trueFeatures: [[0.8, 0, -0.6, 0], [0, 0.8, 0, 0.6]], trueHead: [1, 1])
    let trace = try TransferTrace(
      problem, head: [-3, -3], options: .init(times: Array(stride(from: 0, through: 4, by: 0.01))))
    let samples = trace.linearProbing.samples
    let seen = samples.min { $0.losses.outOfDistribution < $1.losses.outOfDistribution }
    let lowest = trace.linearProbing.lowestOutOfDistribution
    #expect(lowest.losses.outOfDistribution <= (seen?.losses.outOfDistribution ?? .nan))
    #expect(agree(lowest.time, seen?.time ?? .nan, 0.01))
    #expect(lowest.losses.outOfDistribution < trace.linearProbing.last.losses.outOfDistribution - 0.01)
  }

  @Test("doubling both rates halves all times", arguments: [0.25, 4])
  func rates(factor: Double) throws {
    let problem = try ReferenceProblem.b.get()
    let times = [0, 0.1, 1.5]
    let one = try TransferTrace(
      problem, head: ReferenceProblem.head,
      options: .init(rates: LearningRates(head: 1, features: 0.5), probingTime: 0.7, times: times))
    let other = try TransferTrace(
      problem, head: ReferenceProblem.head,
      options: .init(
        rates: LearningRates(head: factor, features: 0.5 * factor), probingTime: 0.7 / factor,
        times: times.map { $0 / factor }))
    for (a, b) in zip(one.paths, other.paths) {
      #expect(zip(a.samples, b.samples).allSatisfy { $0.losses == $1.losses })
      #expect(a.last.losses == b.last.losses)
      // The limit of probing lies at infinity.
      let (time, scaled) = (a.lowestOutOfDistribution.time, b.lowestOutOfDistribution.time * factor)
      #expect(time == scaled || agree(time, scaled, 1e-8 * time))
    }
    #expect(one.lowerBound == nil && one.invariantBound == nil)
  }

  @Test("unequal rates lead to the limits computed elsewhere")
  func ratio() throws {
    for (kappa, limit) in [(0.1, 0.906082), (10, 0.024147), (0, 0.951525)] {
      let trace = try TransferTrace(
        try ReferenceProblem.a.get(), head: ReferenceProblem.head,
        options: .init(rates: LearningRates(head: kappa, features: 1), times: [.infinity]))
      #expect(agree(trace.fineTuning.last.losses.outOfDistribution, limit, 5e-7), "ratio \(kappa)")
      if kappa == 0 {
        // A head that does not learn is not probed either.
        #expect(trace.linearProbing.last.state.head == ReferenceProblem.head)
        #expect(trace.probingThenFineTuning.samples == trace.fineTuning.samples)
      }
    }
  }

  @Test("probing for no time is fine-tuning, and probing for a time starts from there")
  func partialProbing() throws {
    let problem = try ReferenceProblem.a.get()
    let none = try TransferTrace(
      problem, head: ReferenceProblem.head, options: .init(probingTime: 0, times: [0, 1]))
    #expect(none.fineTuning.samples == none.probingThenFineTuning.samples)
    let some = try TransferTrace(
      problem, head: ReferenceProblem.head, options: .init(probingTime: 0.3, times: [0, 0.3]))
    #expect(
      agree(
        some.probingThenFineTuning.samples[0].headNorm, some.linearProbing.samples[1].headNorm, 1e-15))
  }

  @Test("a saddle is reported as rest, and its samples go on for ever")
  func saddle() throws {
    let problem = try LinearTransferProblem(
      inputs: [[1, 0, 0, 0], [0, 1, 0, 0]], pretrainedFeatures: [[0, 0.6, 0.8, 0]],
      trueFeatures: [[1, 0, 0, 0]], trueHead: [2])
    let trace = try TransferTrace(problem, head: [0])
    #expect(trace.fineTuning.end == .atRest && !trace.assumptions.startIsNotSaddle)
    #expect(trace.fineTuning.samples.count == 100)
    #expect(
      trace.fineTuning.samples.allSatisfy { $0.headAlignment.isNaN && $0.losses.outOfDistribution == 4 })
  }

  @Test("a path that runs out of steps has no samples beyond its end")
  func stepLimit() throws {
    let trace = try TransferTrace(
      try ReferenceProblem.a.get(), head: ReferenceProblem.head,
      options: .init(times: [0, 1e-3, 100, .infinity], flow: FlowOptions(maximumSteps: 3)))
    #expect(trace.fineTuning.end == .stepLimit)
    #expect(trace.fineTuning.samples.count < 4 && trace.linearProbing.samples.count == 4)
  }

  @Test("times stay numbers where reactions and convergence are beyond their range")
  func extremeTimes() throws {
    let problem = try LinearTransferProblem(
      inputs: [[-4.5e-51, 7e-51], [3e-53, 2e-51]], pretrainedFeatures: [[0.6, 0.8]],
      trueFeatures: [[0.8, -0.6]], trueHead: [1e200])
    for rate in [1e-200, 1, 1e200] {
      let trace = try TransferTrace(
        problem, head: [0.5],
        options: .init(
          rates: LearningRates(head: rate, features: rate), sampleCount: 9,
          flow: FlowOptions(maximumSteps: 100)))
      let times = trace.linearProbing.samples.map(\.time)
      #expect(times.count == 9 && times.first == 0 && times.last == .infinity)
      #expect(zip(times, times.dropFirst()).allSatisfy(<=), "\(times)")
    }
  }

  static let refusals: [(String, [Double], TransferTrace.Options)] = [
    ("head", [1], .init()),
    ("head", [1, .nan, 0], .init()),
    ("rates", [1, 1, 1], .init(rates: LearningRates(head: 0, features: 0))),
    ("rates", [1, 1, 1], .init(rates: LearningRates(head: .infinity, features: 1))),
    ("probingTime", [1, 1, 1], .init(probingTime: -1)),
    ("probingTime", [1, 1, 1], .init(probingTime: .nan)),
    ("sampleCount", [1, 1, 1], .init(sampleCount: 2)),
    ("times", [1, 1, 1], .init(times: [])),
    ("times", [1, 1, 1], .init(times: [-1, 1])),
    ("times", [1, 1, 1], .init(times: [1, 1])),
    ("times", [1, 1, 1], .init(times: [0, .nan])),
  ]

  @Test("heads and options that do not fit are refused by name", arguments: refusals)
  func refusal(argument: String, head: [Double], options: TransferTrace.Options) throws {
    let problem = try ReferenceProblem.a.get()
    let error = #expect(throws: TransferError.self) {
      try TransferTrace(problem, head: head, options: options)
    }
    #expect(error?.description.hasPrefix(argument + " ") == true)
  }

  @Test("features made orthonormal are the nearest and give the same weights")
  func orthonormalizing() throws {
    let features: Matrix<Double> = [[1, 0.1, 0, 0], [0, 1, 0.2, 0], [0.1, 0, 2, 0.3]]
    let head = [1.0, -2, 0.5]
    let (nearest, newHead) = try LinearTransferProblem.orthonormalizing(features, head: head)
    #expect(nearest.transposed.gram().maximumDifference(from: Matrix(identity: 3)) <= 1e-15 * 4)
    #expect(agree(nearest.transposed * newHead, features.transposed * head, 1e-15 * 8))
    // Nearest: B Qᵀ is symmetric and positive.
    let product = features * nearest.transposed
    #expect(product.maximumDifference(from: Matrix(product.transposed)) <= 1e-15 * 8)
    #expect((0..<3).allSatisfy { product[$0, $0] > 0 })
    let again = try LinearTransferProblem.orthonormalizing(nearest)
    #expect(again.features.maximumDifference(from: nearest) <= 1e-15 * 4 && again.head.isEmpty)
    #expect(throws: TransferError.self) { try LinearTransferProblem.orthonormalizing([[1, 2], [2, 4]]) }
    #expect(throws: TransferError.self) { try LinearTransferProblem.orthonormalizing([[1], [2]]) }
    #expect(throws: TransferError.self) { try LinearTransferProblem.orthonormalizing([[1, .nan]]) }
    #expect(throws: TransferError.self) { try LinearTransferProblem.orthonormalizing([[1, 2]], head: []) }
  }
}
