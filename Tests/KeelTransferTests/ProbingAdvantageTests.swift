import Keel
import KeelTransfer
import Testing

@Suite("When probing must win")
struct ProbingAdvantageTests {
  @Test("the two sides of reference problem a")
  func reference() throws {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    let probe = try LinearProbe(reduced, from: ReferenceProblem.head)
    let advantage = ProbingAdvantage(geometry, head: ReferenceProblem.head, probe: probe)
    // The upper bound of the probe is known to 12 digits, and ε‖w*‖ must be added to it.
    let missing = 0.0900673571896 * 1.3462912017836
    #expect(agree(advantage.probingUpperBound, 0.379175524934, 1e-11))
    #expect(agree(advantage.amplificationForm.featureError, 0.379175524934 + missing, 1e-11))
    let ratio = 2.1665595351446 / 0.55159908472471 / 0.5731419277966
    #expect(agree(advantage.conditionNumberForm.featureError, missing * (2 + ratio), 1e-11))
    // The repaired bound is c x - ε‖w*‖.
    #expect(agree(advantage.fineTuningLowerBound, -0.0097694588658, 1e-12))
    #expect(agree(advantage.amplificationForm.displacementError, -0.0097694588658 + missing, 1e-11))
    #expect(!advantage.holds)
    #expect(advantage.lossRatioBound == .infinity)
  }

  @Test("where the condition holds, the least loss of fine-tuning exceeds the probe's by the margin")
  func certain() throws {
    var certified = 0
    for index in 0..<24 {
      var stream = RandomStream(seed: 77).stream(index)
      let k = 1 + index % 3
      let d = 3 * k + 6
      let plain = try LinearTransferProblem.random(
        featureCount: k, inputDimension: d, trainingCount: 2 * k + 2,
        weightNorm: Double.exp(stream.uniform(in: -1..<1)),
        featureDistance: Double.exp(stream.uniform(in: -9..<(-5))), using: &stream)
      // A second moment with eigenvalues between 1/4 and 4 for every other problem.
      let sigma = index.isMultiple(of: 2) ? nil : Self.secondMoment(d, using: &stream)
      let problem = try LinearTransferProblem(
        inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures,
        trueFeatures: plain.trueFeatures, trueHead: plain.trueHead, oodSecondMoment: sigma)
      let reduced = try ReducedTransferProblem(problem)
      let geometry = try TransferGeometry(problem, reduced: reduced)
      let head: [Double] = stream.normals(count: k)
      let probe = try LinearProbe(reduced, from: head)
      let advantage = ProbingAdvantage(geometry, head: head, probe: probe)
      // The forms are ordered because κ/cos bounds the amplification.
      #expect(
        advantage.amplificationForm.featureError
          <= advantage.conditionNumberForm.featureError * (1 + 1e-12), "problem \(index)")
      guard advantage.holds else { continue }
      certified += 1
      let flow = GradientFlow(reduced)
      let path = try flow.path(from: flow.start(head: head))
      let fineTuning = path.lowestOutOfDistribution.losses.outOfDistribution
      let probing = probe.point().losses.outOfDistribution
      #expect(
        fineTuning.squareRoot() - probing.squareRoot() >= advantage.amplificationForm.margin - 1e-10,
        "problem \(index)")
      #expect(probing / fineTuning <= advantage.lossRatioBound * (1 + 1e-9), "problem \(index)")
    }
    #expect(certified >= 10, "the condition held \(certified) times")
  }

  @Test("an ambiguous probe is never certain to win")
  func ambiguous() throws {
    let features: Matrix<Double> = [[0.6, 0.8, 0, 0], [0, 0, 0.6, 0.8]]
    let problem = try LinearTransferProblem(
      inputs: [[1, 0, 0, 0]], pretrainedFeatures: features, trueFeatures: features, trueHead: [1, 1])
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    let advantage = ProbingAdvantage(geometry, head: [3, 0], probe: try LinearProbe(reduced))
    #expect(!advantage.holds)
    #expect(advantage.probingUpperBound == .infinity)
    #expect(advantage.amplificationForm.featureError == .infinity)
  }

  private static func secondMoment(_ d: Int, using stream: inout RandomStream) -> Matrix<Double> {
    let frame = Matrix<Double>.randomOrthogonal(d, using: &stream)
    let values = (0..<d).map { _ in Double.exp(stream.uniform(in: -1.3..<1.3)) }
    let sigma = frame.scalingColumns(by: values) * frame.transposed
    // Exactly symmetric.
    return Matrix(rows: d, columns: d) { i, j in (sigma[i, j] + sigma[j, i]) / 2 }
  }
}
