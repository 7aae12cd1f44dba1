import Keel
import KeelTransfer
import Testing

@Suite("Label noise")
struct LabelNoiseTests {
  /// A random problem with noisy labels and a head.
  static func noisy(_ index: Int, deviation: Double = 0.3) throws -> (LinearTransferProblem, head: [Double]) {
    let (clean, head) = try GradientFlowTests.problem(index)
    var stream = RandomStream(seed: 11).stream("label-noise").stream(index)
    return (try clean.withLabelNoise(deviation: deviation, using: &stream), head)
  }

  @Test("reduced and full coordinates agree with noisy labels, losses included", arguments: 0..<20)
  func coordinates(index: Int) throws {
    let (problem, head) = try Self.noisy(index)
    let reduced = try ReducedTransferProblem(problem)
    let flow = GradientFlow(reduced)
    let path = try flow.path(from: flow.start(head: head), options: FlowOptions(endTime: 1))
    let reference = try FullGradientFlow(problem).path(head: head, at: [1])[0]
    let features = reduced.fullFeatures(path.last.state, pretrained: problem.pretrainedFeatures)
    #expect(agree(path.last.state.head, reference.head, 1e-10))
    #expect(features.maximumDifference(from: reference.features) <= 1e-10)
    // The losses by their definitions: training against the noisy labels, the others against the truth.
    let weights = reference.features.transposed * reference.head
    let misfit = zip(problem.inputs * weights, problem.labels).map { $0 - $1 }
    let error = zip(weights, problem.trueWeights).map { $0 - $1 }
    let inside = reduced.rowSpaceBasis * error
    let losses = path.last.losses
    #expect(agree(losses.training, BLAS.dot(misfit, misfit), 1e-9 * (1 + losses.training)))
    #expect(agree(losses.inDistribution, BLAS.dot(inside, inside), 1e-9 * (1 + losses.inDistribution)))
    #expect(agree(losses.outOfDistribution, BLAS.dot(error, error), 1e-9 * (1 + losses.outOfDistribution)))
  }

  @Test("the probe is the least-squares fit of the noisy labels in full coordinates", arguments: 0..<40)
  func probe(index: Int) throws {
    let (problem, _) = try Self.noisy(index)
    guard problem.inputs.rows >= problem.featureCount, problem.inputs.rows <= problem.inputDimension else {
      return
    }
    let design = problem.inputs * problem.pretrainedFeatures.transposed
    let expected = try QR(design).solve(problem.labels)
    let probe = try LinearProbe(ReducedTransferProblem(problem))
    let condition = try SVD(design).conditionNumber
    #expect(agree(probe.head, expected, 1e-14 * condition * condition * (1 + BLAS.nrm2(expected))))
  }

  @Test(
    "the upper bound on the probe's error holds with noisy labels, whose share it names", arguments: 0..<40)
  func upperBound(index: Int) throws {
    let (problem, head) = try Self.noisy(index)
    let reduced = try ReducedTransferProblem(problem)
    let probe = try LinearProbe(reduced)
    guard probe.isUnique, let noise = problem.labelNoise else { return }
    let geometry = try TransferGeometry(problem, reduced: reduced)
    let bound = linearProbeUpperBound(geometry, probe: probe)
    #expect(probe.point().losses.outOfDistribution.squareRoot() <= bound + 1e-10)
    // The shift by its definition: the difference of the probes with and without noise.
    let clean = try LinearProbe(ReducedTransferProblem(problem.withLabelNoise(nil)))
    let shift = BLAS.nrm2(zip(probe.head, clean.head).map { $0 - $1 })
    let condition = probe.amplification * geometry.conditionNumber
    #expect(agree(probe.amplifiedLabelNoise, shift, 1e-13 * (1 + condition) * (1 + BLAS.nrm2(noise))))
    #expect(clean.amplifiedLabelNoise == 0)
    // What fine-tuning keeps, it keeps for any labels: its lower bound stands.
    let path = try GradientFlow(reduced).path(
      from: TransferState(head: head, features: reduced.initialFeatures), options: FlowOptions(endTime: 2))
    let lower = FineTuningLowerBound(geometry, head: head).repaired
    #expect(path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot() >= lower - 1e-10)
  }

  @Test("gradient descent and boosts see the noisy labels")
  func discrete() throws {
    let (problem, head) = try Self.noisy(4)
    let reduced = try ReducedTransferProblem(problem)
    var descent = GradientDescent(reduced, head: head, stepSize: 0.01)
    var (v, b) = (head, problem.pretrainedFeatures)
    for _ in 0..<50 {
      descent.step()
      let misfit = zip(problem.inputs * (b.transposed * v), problem.labels).map { $0 - $1 }
      let gradient = problem.inputs.transposed * misfit
      let change = b * gradient
      b -= Matrix(outerProductOf: v, gradient) * 0.02
      v = zip(v, change).map { $0 - 0.02 * $1 }
    }
    #expect(agree(descent.state.head, v, 1e-12))
    let flow = GradientFlow(reduced)
    let exact = try flow.path(from: flow.start(head: head), options: FlowOptions(endTime: 0.5)).last
    let boosts = BoostIntegrator(reduced, from: flow.start(head: head))
    for _ in 0..<200 { try boosts.step(0.0025) }
    // Fourth order: about (0.0025 · fastest rate)⁴ over half a unit of time.
    #expect(agree(boosts.state.head, exact.state.head, 1e-6))
  }

  @Test("fine-tuning converges to the noisy labels, and leaves what no weights fit", arguments: 0..<12)
  func limit(index: Int) throws {
    let (problem, head) = try Self.noisy(index)
    let reduced = try ReducedTransferProblem(problem)
    let flow = GradientFlow(reduced)
    let path = try flow.path(from: flow.start(head: head))
    #expect(path.end == .converged)
    let losses = path.last.losses
    #expect(agree(losses.training, reduced.irreducibleTrainingLoss, 1e-12 * (1 + losses.training)))
    // More labels than directions cannot all be fitted.
    #expect((reduced.irreducibleTrainingLoss > 1e-20) == (problem.inputs.rows > reduced.rank))
    let noise = zip(reduced.trainingTarget, reduced.target).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(agree(losses.inDistribution, noise, 1e-9 * (1 + noise)))
    let assumptions = try TransferGeometry(problem, reduced: reduced).assumptions(for: head)
    #expect(!assumptions.labelsAreNoiseless && !assumptions.allowFineTuningToWinInDistribution)
    #expect(!assumptions.allowPerfectProbingThenFineTuning)
    #expect(!assumptions.allowProbingToWinOutOfDistribution)
  }

  @Test("noise of zero changes no bit, and none at all neither")
  func zero() throws {
    let (clean, head) = try GradientFlowTests.problem(2)
    let zero = try clean.withLabelNoise([Double](repeating: 0, count: clean.inputs.rows))
    let paths = try [clean, zero].map { try ReducedTransferProblem($0).paths(from: head).fineTuning.last }
    #expect(paths[0] == paths[1])
    let reduced = try ReducedTransferProblem(zero)
    #expect(reduced.irreducibleTrainingLoss == 0 && reduced.trainingTarget == reduced.target)
    #expect(try TransferGeometry(zero, reduced: reduced).assumptions(for: head).labelsAreNoiseless)
    #expect(try zero.withLabelNoise(nil).labels == clean.labels)
  }

  @Test("the noise drawn has the deviation that was asked for, and follows the seed")
  func drawing() throws {
    let inputs = Matrix<Double>(rows: 10_000, columns: 2) { i, j in i % 2 == j ? 1 : 0 }
    let problem = try LinearTransferProblem(
      inputs: inputs, pretrainedFeatures: [[1, 0]], trueFeatures: [[0, 1]], trueHead: [1])
    func draw() throws -> [Double] {
      var stream = RandomStream(seed: 3)
      return try problem.withLabelNoise(deviation: 0.5, using: &stream).labelNoise ?? []
    }
    let noise = try draw()
    #expect(try noise == draw())
    // The variance of n normals has a standard error of σ²√(2/n) = 0.0035; four of them.
    #expect(agree(BLAS.dot(noise, noise) / 10_000, 0.25, 0.015))
  }

  @Test("noise that does not fit is refused, with its name")
  func errors() throws {
    let (clean, _) = try GradientFlowTests.problem(0)
    var stream = RandomStream(seed: 1)
    func message(_ body: () throws -> LinearTransferProblem) -> String {
      do {
        _ = try body()
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message { try clean.withLabelNoise([]) }.hasPrefix("labelNoise must be"))
    let infinite = [Double](repeating: .infinity, count: clean.inputs.rows)
    #expect(message { try clean.withLabelNoise(infinite) } == "labelNoise holds an infinity or NaN")
    #expect(
      message { try clean.withLabelNoise(deviation: -1, using: &stream) }
        == "deviation must be finite and not negative, but is -1.0")
  }
}
