import Keel
import KeelTransfer
import Testing

@Suite("The linearised network")
struct LinearizationTests {
  private static func difference(_ a: TransferState, _ b: TransferState) -> Double {
    let head = zip(a.head, b.head).map { ($0 - $1).magnitude }.max() ?? 0
    return max(head, a.features.maximumDifference(from: b.features))
  }

  @Test("it agrees with the true path to first order in time", arguments: 0..<12)
  func firstOrder(index: Int) throws {
    let (problem, head) = try GradientFlowTests.problem(index)
    let reduced = try ReducedTransferProblem(problem)
    let linear = try LinearizedFlow(reduced, head: head)
    let flow = GradientFlow(reduced)
    let step = 1e-3 / (linear.rates.first ?? 1)
    let path = try flow.path(
      from: flow.start(head: head), options: FlowOptions(endTime: step, sampleTimes: [step / 2, step]))
    let errors = path.samples.map { Self.difference($0.state, linear.parameters(at: $0.time)) }
    #expect(linear.parameters(at: 0) == flow.start(head: head))
    // Halving a small step divides a second-order difference by 4; what is of third order is 1e-3 of it.
    #expect(errors[0] > 0 && errors[1] < 1e-5)
    #expect(abs(errors[1] / errors[0] - 4) <= 0.05, "\(errors)")
  }

  @Test("its residual is the exponential of the kernel", arguments: 0..<12)
  func exponential(index: Int) throws {
    let (problem, head) = try GradientFlowTests.problem(index)
    let reduced = try ReducedTransferProblem(problem)
    let linear = try LinearizedFlow(reduced, head: head)
    let kernel =
      reduced.initialFeatures.gram() + BLAS.dot(head, head) * Matrix(identity: reduced.rank)
    let start = zip(reduced.target, linear.weights(at: 0)).map { $0 - $1 }
    for time in [0.01, 0.3, 2] {
      let generator = (-2 * time) * kernel.scalingColumns(by: reduced.eigenvalues)
      let expected = try matrixExponential(generator) * start
      let found = zip(reduced.target, linear.weights(at: time)).map { $0 - $1 }
      #expect(agree(found, expected, 1e-12 * (1 + BLAS.nrm2(start))), "t = \(time)")
      let losses = linear.losses(at: time)
      #expect(agree(losses.inDistribution, BLAS.dot(found, found), 1e-12 * (1 + losses.inDistribution)))
      let weighted = zip(reduced.eigenvalues, found).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      #expect(agree(losses.training, weighted, 1e-12 * (1 + weighted)))
    }
    #expect(linear.losses(at: .infinity).training <= 1e-24 * (1 + BLAS.dot(start, start)))
  }

  @Test("with a head of zero it is the linear probe")
  func zeroHead() throws {
    for index in 0..<6 {
      let (problem, head) = try GradientFlowTests.problem(index)
      let reduced = try ReducedTransferProblem(problem)
      let zero = head.map { _ in 0.0 }
      let linear = try LinearizedFlow(reduced, head: zero)
      let probe = try LinearProbe(reduced, from: zero)
      for time in [0.1, 1, .infinity] {
        let state = linear.parameters(at: time)
        let size = 1 + BLAS.nrm2(probe.head)
        #expect(agree(state.head, probe.head(at: time), 1e-9 * size), "problem \(index), t = \(time)")
        #expect(state.features == reduced.initialFeatures)
        let losses = probe.point(at: time).losses
        #expect(
          agree(linear.losses(at: time).outOfDistribution, losses.outOfDistribution, 1e-9 * size * size))
      }
    }
  }

  @Test("the second moment and noise of labels enter its losses as they enter those of a state")
  func losses() throws {
    let (plain, head) = try GradientFlowTests.problem(7)
    var stream = RandomStream(seed: 9)
    let d = plain.inputDimension
    let problem = try LinearTransferProblem(
      inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures, trueFeatures: plain.trueFeatures,
      trueHead: plain.trueHead,
      oodSecondMoment: Matrix<Double>.randomNormal(rows: d, columns: d, using: &stream).gram(),
      labelNoise: stream.normals(count: plain.inputs.rows))
    let reduced = try ReducedTransferProblem(problem)
    let expected = reduced.losses(of: GradientFlow(reduced).start(head: head))
    let found = try LinearizedFlow(reduced, head: head).losses(at: 0)
    #expect(agree(found.training, expected.training, 1e-13 * expected.training))
    #expect(agree(found.inDistribution, expected.inDistribution, 1e-13 * expected.inDistribution))
    #expect(
      agree(found.outOfDistribution, expected.outOfDistribution, 1e-12 * expected.outOfDistribution))
  }

  @Test("a larger head on the same residual moves features less and comes closer to the linearised path")
  func lazyTraining() throws {
    let problem = try ReferenceProblem.a.get()
    let head = ReferenceProblem.head
    let outputs = problem.inputs * (problem.pretrainedFeatures.transposed * head)
    var errors: [Double] = []
    var moves: [Double] = []
    for scale in [4.0, 8, 16, 32] {
      // The offset of the outputs keeps the residual at the start.
      let shifted = try ReducedTransferProblem(
        problem.withLabelNoise(outputs.map { (scale - 1) * $0 }))
      let flow = GradientFlow(shifted)
      let large = head.map { scale * $0 }
      let limit = try flow.path(from: flow.start(head: large)).last.state
      errors.append(
        Self.difference(limit, try LinearizedFlow(shifted, head: large).parameters(at: .infinity)))
      moves.append((limit.features - shifted.initialFeatures).maximumDifference(from: Matrix(zeros: 3, 10)))
    }
    // Features move by the residual over the head's norm, and the neglected product of moves is smaller by
    // another power of it at least.
    for (one, two) in zip(moves.dropFirst(), moves.dropFirst(2)) { #expect(abs(one / two - 2) <= 0.2) }
    for (one, two) in zip(errors.dropFirst(), errors.dropFirst(2)) { #expect(one / two >= 3.5, "\(errors)") }
  }

  @Test("features move linearly in the head's norm and predictions quadratically", arguments: 0..<8)
  func split(index: Int) throws {
    let (problem, head) = try GradientFlowTests.problem(index)
    var stream = RandomStream(seed: 19).stream(index)
    let inputs = Matrix<Double>.randomNormal(rows: 4, columns: problem.inputDimension, using: &stream)
    let split = NeuralTangentSplit(problem, head: head)
    let one = split.velocity(of: inputs)
    // Powers of two scale without rounding.
    let four = split.scalingHead(by: 4).velocity(of: inputs)
    #expect(four.features == 4 * one.features)
    #expect(four.pretrainEffective == one.pretrainEffective)
    #expect(four.fineTuningEffective == one.fineTuningEffective.map { 16 * $0 })
    // The velocity is the kernel applied to twice the residual.
    let twice = split.residual.map { 2 * $0 }
    let size = 1e-12 * (1 + BLAS.nrm2(one.predictions))
    #expect(
      agree(split.pretrainEffectiveKernel(inputs, problem.inputs) * twice, one.pretrainEffective, size))
    #expect(
      agree(split.fineTuningEffectiveKernel(inputs, problem.inputs) * twice, one.fineTuningEffective, size))

    // And it is the slope of the true path: its difference quotient at h errs by O(h), removed by two steps.
    let reduced = try ReducedTransferProblem(problem)
    let flow = GradientFlow(reduced)
    let h = 1e-4
    let path = try flow.path(
      from: flow.start(head: head), options: FlowOptions(endTime: 2 * h, sampleTimes: [0, h, 2 * h]))
    let outputs = path.samples.map { sample in
      let full = reduced.fullFeatures(sample.state, pretrained: problem.pretrainedFeatures)
      return (features: inputs * full.transposed, predictions: inputs * (full.transposed * sample.state.head))
    }
    let slope = (0..<4).map { i in
      (4 * outputs[1].predictions[i] - outputs[2].predictions[i] - 3 * outputs[0].predictions[i]) / (2 * h)
    }
    // The third derivative grows with the cube of the fastest rate.
    let rate = (try LinearizedFlow(reduced, head: head).rates.first ?? 1) * h
    let tolerance = (rate * rate + 1e-10) * (1 + BLAS.nrm2(one.predictions)) * 10
    #expect(agree(slope, one.predictions, tolerance), "\(slope), \(one.predictions)")
    let featureSlope =
      (4 * outputs[1].features - outputs[2].features - 3 * outputs[0].features) / (2 * h)
    #expect(featureSlope.maximumDifference(from: one.features) <= tolerance)
  }
}
