import Keel
import KeelTransfer
import Testing

@Suite("Variable projection and two learning rates")
struct VariableProjectionTests {
  static func reduced(whitened: Bool) throws -> ReducedTransferProblem {
    try ReducedTransferProblem((whitened ? ReferenceProblem.b : ReferenceProblem.a).get())
  }

  @Test(
    "an infinitely fast head on the reference problems", arguments: [(false, 0.006398), (true, 0.006399)])
  func reference(whitened: Bool, expected: Double) throws {
    let problem = try Self.reduced(whitened: whitened)
    let path = try VariableProjectionFlow(problem).path()
    #expect(path.end == .converged)
    #expect(agree(path.last.losses.outOfDistribution, expected, 5e-7))
    #expect(path.conservedDrift <= 1e-12)
    // It begins at the linear probe, and ends elsewhere than LP-FT.
    let start = try VariableProjectionFlow(problem).path(options: FlowOptions(endTime: 0))
    #expect(agree(start.last.state.head, try LinearProbe(problem).head, 1e-13))
    let probed = try problem.paths(from: ReferenceProblem.head).probingThenFineTuning
    #expect(!agree(path.last.losses.outOfDistribution, probed.last.losses.outOfDistribution, 2e-5))
  }

  struct Ratio: Sendable {
    let ratio: Double
    let a: Double
    let b: Double
  }

  @Test(
    "learning rates of different size",
    arguments: [
      Ratio(ratio: 0, a: 0.951525, b: 0.951525), Ratio(ratio: 0.1, a: 0.906082, b: 0.905898),
      Ratio(ratio: 1, a: 0.440384, b: 0.425932), Ratio(ratio: 10, a: 0.024147, b: 0.021367),
      Ratio(ratio: 100, a: 0.005721, b: 0.005680), Ratio(ratio: 1000, a: 0.006288, b: 0.006290),
    ], [false, true])
  func ratios(expected: Ratio, whitened: Bool) throws {
    let problem = try Self.reduced(whitened: whitened)
    let flow = GradientFlow(problem, rates: LearningRates(head: expected.ratio, features: 1))
    // Six digits need no more than a residual of 1e-8; a fast head makes the flow stiff, and its steps few
    // digits long.
    let path = try flow.path(
      from: flow.start(head: ReferenceProblem.head),
      options: FlowOptions(relativeTolerance: 1e-9, absoluteTolerance: 1e-11, residualTolerance: 1e-8))
    #expect(path.end == .converged, "\(path.steps) steps")
    #expect(agree(path.last.losses.outOfDistribution, whitened ? expected.b : expected.a, 6e-7))
  }

  @Test("the limit of a fast head is approached at the first order of the ratio")
  func limit() throws {
    var stream = RandomStream(seed: 21)
    let problem = try ReducedTransferProblem(
      LinearTransferProblem.random(
        featureCount: 2, inputDimension: 8, trainingCount: 4, weightNorm: 1, featureDistance: 0.3,
        using: &stream))
    let options = FlowOptions(relativeTolerance: 1e-11, absoluteTolerance: 1e-13, endTime: 0.5)
    let limit = try VariableProjectionFlow(problem).path(options: options).last.state
    let probe = try LinearProbe(problem).head
    let errors = try [50.0, 100, 200].map { ratio in
      let flow = GradientFlow(problem, rates: LearningRates(head: ratio, features: 1))
      let state = try flow.path(from: flow.start(head: probe), options: options).last.state
      return state.features.maximumDifference(from: limit.features)
    }
    for i in 0..<2 {
      #expect(agree(errors[i] / errors[i + 1], 2, 0.2), "\(errors)")
    }
  }

  @Test("the least loss on the way is found between steps", arguments: 0..<10)
  func lowest(index: Int) throws {
    let (problem, _) = try GradientFlowTests.problem(index)
    guard problem.inputs.rows > problem.featureCount else { return }
    let flow = try VariableProjectionFlow(ReducedTransferProblem(problem))
    let times = (0...200).map { Double($0) * 0.01 }
    let dense = try flow.path(options: FlowOptions(endTime: 2, sampleTimes: times))
    let coarse = try flow.path(options: FlowOptions(endTime: 2))
    let sampled = dense.samples.map(\.losses.outOfDistribution).min() ?? .nan
    #expect(coarse.lowestOutOfDistribution.losses.outOfDistribution <= sampled + 1e-10)
  }

  @Test("inputs that do not determine the head are refused")
  func undetermined() throws {
    var stream = RandomStream(seed: 2)
    let problem = try LinearTransferProblem.random(
      featureCount: 3, inputDimension: 8, trainingCount: 2, weightNorm: 1, featureDistance: 0.3,
      using: &stream)
    #expect(throws: TransferError.self) { try VariableProjectionFlow(ReducedTransferProblem(problem)) }
  }
}
