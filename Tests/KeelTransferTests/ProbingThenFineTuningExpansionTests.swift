import Foundation
import Keel
import KeelTransfer
import Testing

@Suite("The expansion of probing then fine-tuning")
struct ProbingThenFineTuningExpansionTests {
  @Test("known values of reference problem b")
  func reference() throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.b.get())
    let probe = try LinearProbe(problem)
    let expansion = ProbingThenFineTuningExpansion(probe)
    #expect(expansion.inputsAreWhitened)
    #expect(agree(expansion.predicted, 0.00793759283569 - 0.0015767310638308, 1e-13))
    #expect(agree(try problem.leastProbingLossInDistribution(), 0.00157673106383, 5e-15))
    #expect(
      agree(try problem.leastProbingLossInDistribution(), probe.point().losses.inDistribution, 1e-15))
    let flow = GradientFlow(problem)
    let path = try flow.path(from: flow.start(head: probe.head))
    #expect(agree(expansion.residual(of: path.last.losses), 0.0063708439679 - expansion.predicted, 1e-12))
  }

  @Test("the remainder is of third order for whitened inputs and of second order for others")
  func orders() throws {
    for (whitened, noise, orders) in [(true, 0, 2.9...3.3), (false, 0, 1.9...2.3), (true, 0.5, 2.7...3.3)] {
      let residuals = try [0.1, 0.05, 0.025, 0.0125].map { distortion in
        let plain = try ReferenceProblem.problem(whitened: whitened, distortion: distortion)
        // Noise in the labels of the order of the distortion, in an arbitrary direction.
        let problem = try ReducedTransferProblem(
          LinearTransferProblem(
            inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures,
            trueFeatures: plain.trueFeatures, trueHead: plain.trueHead,
            labelNoise: plain.labels.indices.map { noise * distortion * sin(Double($0) + 1) }))
        let probe = try LinearProbe(problem)
        let flow = GradientFlow(problem)
        let path = try flow.path(from: flow.start(head: probe.head))
        let expansion = ProbingThenFineTuningExpansion(probe)
        #expect(expansion.inputsAreWhitened == whitened)
        return expansion.residual(of: path.last.losses).magnitude
      }
      for (one, two) in zip(residuals, residuals.dropFirst()) {
        #expect(orders.contains(log2(one / two)), "whitened: \(whitened), noise \(noise), \(residuals)")
      }
    }
  }

  @Test("no head has a smaller loss in distribution than the least one")
  func least() throws {
    for index in 0..<20 {
      let (plain, head) = try GradientFlowTests.problem(index)
      let problem = try ReducedTransferProblem(plain)
      let least = try problem.leastProbingLossInDistribution()
      let size = problem.weightNorm * problem.weightNorm
      #expect(try LinearProbe(problem, from: head).point().losses.inDistribution >= least - 1e-13 * size)
      // Probing whitened inputs over the same span attains it.
      let whitened = try ReducedTransferProblem(
        LinearTransferProblem(
          inputs: problem.rowSpaceBasis, pretrainedFeatures: plain.pretrainedFeatures,
          trueFeatures: plain.trueFeatures, trueHead: plain.trueHead))
      #expect(agree(try LinearProbe(whitened).point().losses.inDistribution, least, 1e-12 * size))
    }
  }

  @Test("a second moment: the prediction is the loss without the error in the span of the inputs")
  func secondMoment() throws {
    let plain = try ReferenceProblem.b.get()
    var stream = RandomStream(seed: 4)
    let sigma = Matrix<Double>.randomNormal(rows: 20, columns: 20, using: &stream).gram()
    let problem = try LinearTransferProblem(
      inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures, trueFeatures: plain.trueFeatures,
      trueHead: plain.trueHead, oodSecondMoment: sigma)
    let reduced = try ReducedTransferProblem(problem)
    let probe = try LinearProbe(reduced)
    let weights = problem.pretrainedFeatures.transposed * probe.head
    var error = zip(weights, problem.trueWeights).map { $0 - $1 }
    let inside = reduced.rowSpaceBasis * error
    BLAS.gemv(-1, reduced.rowSpaceBasis.transposed, inside, beta: 1, into: &error)
    let expected = BLAS.dot(error, sigma * error)
    #expect(agree(ProbingThenFineTuningExpansion(probe).predicted, expected, 1e-12 * (1 + expected)))
  }
}
