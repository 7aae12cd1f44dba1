import Keel
import KeelTransfer
import Testing

@Suite("Heads to start fine-tuning from")
struct ProbeHeadsTests {
  @Test("the perturbed probe solves the regularised normal equations", arguments: 0..<8)
  func perturbed(index: Int) throws {
    let (plain, _) = try GradientFlowTests.problem(index)
    var stream = RandomStream(seed: 61).stream(index)
    let problem = try plain.withLabelNoise(deviation: 0.2, using: &stream)
    let reduced = try ReducedTransferProblem(problem)
    let design = problem.inputs * problem.pretrainedFeatures.transposed
    for ridge in [1e-3, 0.1, 10] {
      let head = try reduced.perturbedProbeHead(ridge: ridge)
      let misfit = zip(problem.labels, design * head).map { $0 - $1 }
      let gradient = zip(design.transposed * misfit, head).map { $0 - ridge * $1 }
      // The singular values of the inputs are at most 2.
      #expect(BLAS.nrm2(gradient) <= 1e-13 * (1 + 4 * BLAS.nrm2(problem.labels)), "ridge \(ridge)")
    }
    #expect(try reduced.perturbedProbeHead(ridge: 0) == LinearProbe(reduced).head)
    #expect(throws: TransferError.self) { try reduced.perturbedProbeHead(ridge: -1) }
    #expect(throws: TransferError.self) { try reduced.perturbedProbeHead(ridge: .nan) }
  }

  @Test("averaged probes on perfect features are the true head, and the same for the same seed")
  func averaged() throws {
    let perfect = try ReferenceProblem.perfect.get()
    var stream = RandomStream(seed: 62)
    // The features are seen with a cosine of .57 and the inputs have a condition of 4.
    let head = try perfect.averagedProbeHead(count: 5, size: 6, using: &stream)
    #expect(agree(head, [1, -0.5, 0.75], 1e-11))

    let problem = try ReferenceProblem.a.get()
    let all = try problem.averagedProbeHead(count: 3, size: 10, using: &stream)
    #expect(agree(all, try LinearProbe(ReducedTransferProblem(problem)).head, 1e-12))
    var (one, two) = (RandomStream(seed: 63), RandomStream(seed: 63))
    let first = try problem.averagedProbeHead(count: 4, size: 5, using: &one)
    #expect(first == (try problem.averagedProbeHead(count: 4, size: 5, using: &two)))
    #expect(!agree(first, all, 1e-6))
  }

  @Test("a larger head leaves less for the features to do in the linearised network and in the true one")
  func headNorm() throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.a.get())
    let probe = try LinearProbe(problem)
    let points = try problem.headNormSweep(of: probe.head, scales: [0, 0.5, 1])
    #expect(points.map(\.scale) == [0, 0.5, 1])
    // From the probe itself features move least, in both; the values are those of the reference path.
    #expect(points[2].featureMove < points[1].featureMove && points[1].featureMove < points[0].featureMove)
    #expect(agree(points[2].featureMove, 0.0310647320040, 1e-11))
    #expect(agree(points[2].fineTuned.losses.outOfDistribution, 0.0050556346196, 1e-12))
    #expect(agree(points[0].fineTuned.losses.outOfDistribution, 0.0539319872652, 1e-11))
    // A small move is nearly the linearised one: relative differences are of the size of the move.
    #expect(abs(points[2].linearizedFeatureMove / points[2].featureMove - 1) <= 0.1)
    #expect(points[2].linearized.training <= 1e-24)
    // A head of zero moves no features at first.
    #expect(points[0].linearizedFeatureMove == 0)
  }
}
