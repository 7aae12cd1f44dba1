import Keel
import KeelTransfer
import Testing

@Suite("Gradient flow")
struct GradientFlowTests {
  /// A random problem of moderate size, with the singular values of its inputs between 0.5 and 2 so that
  /// the slow reference takes few steps.
  static func problem(_ index: Int) throws -> (LinearTransferProblem, head: [Double]) {
    var stream = RandomStream(seed: 20_220_310).stream("gradient-flow").stream(index)
    let k = stream.integer(in: 1..<5)
    let d = stream.integer(in: 2 * k + 2..<2 * k + 10)
    let n = stream.integer(in: 1..<d + 3)
    let problem = try LinearTransferProblem.random(
      featureCount: k, inputDimension: d, trainingCount: n,
      weightNorm: Double.exp(stream.uniform(in: -1..<1)), featureDistance: stream.uniform(in: 0..<0.3),
      using: &stream)
    let svd = try SVD(problem.inputs)
    let values = svd.singularValues.map { _ in stream.uniform(in: 0.5..<2.0) }
    let inputs = svd.u.scalingColumns(by: values) * svd.vt
    return (
      try LinearTransferProblem(
        inputs: inputs, pretrainedFeatures: problem.pretrainedFeatures, trueFeatures: problem.trueFeatures,
        trueHead: problem.trueHead), stream.normals(count: k)
    )
  }

  @Test("reduced and full coordinates agree on 60 random problems")
  func coordinates() throws {
    let times = [0.1, 1, 3]
    let worst = try Parallel.map(60) { index -> Double in
      let (problem, head) = try Self.problem(index)
      let reduced = try ReducedTransferProblem(problem)
      let flow = GradientFlow(reduced)
      let path = try flow.path(
        from: flow.start(head: head), options: FlowOptions(endTime: 3, sampleTimes: times))
      let reference = try FullGradientFlow(problem).path(head: head, at: times)
      return zip(path.samples, reference).reduce(0) { worst, pair in
        let features = reduced.fullFeatures(pair.0.state, pretrained: problem.pretrainedFeatures)
        let headDifference = zip(pair.0.state.head, pair.1.head).map { ($0 - $1).magnitude }.max() ?? .nan
        return max(worst, headDifference, features.maximumDifference(from: pair.1.features))
      }
    }
    #expect(worst.allSatisfy { $0 <= 1e-10 }, "the largest difference is \(worst.max() ?? .nan)")
  }

  @Test("gradient descent has the same iterates in reduced and in full coordinates")
  func descent() throws {
    for index in 0..<20 {
      let (problem, head) = try Self.problem(index)
      let reduced = try ReducedTransferProblem(problem)
      let eta = 0.02
      var descent = GradientDescent(reduced, head: head, stepSize: eta)
      var v = head
      var b = problem.pretrainedFeatures
      for _ in 0..<200 {
        let before = descent.state
        descent.step()
        // The drift of balancedness, exactly as the step makes it.
        let residual = reduced.target.enumerated().map { j, a in
          2 * reduced.eigenvalues[j]
            * (a
              - before.features.column(j).enumerated().reduce(0) { $0 + $1.element * before.head[$1.offset] })
        }
        let headGradient = before.features * residual
        let norm = residual.reduce(0) { $0 + $1 * $1 }
        let drift =
          (eta * eta)
          * (Matrix(outerProductOf: headGradient, headGradient) - norm
            * Matrix(outerProductOf: before.head, before.head))
        let size = 1 + norm + headGradient.reduce(0) { $0 + $1 * $1 }
        #expect((descent.state.imbalance - before.imbalance).maximumDifference(from: drift) <= 1e-14 * size)

        let misfit = zip(problem.inputs * (b.transposed * v), problem.labels).map { $0 - $1 }
        let gradient = problem.inputs.transposed * misfit
        let change = (b * gradient).map { -2 * eta * $0 }
        b -= Matrix(outerProductOf: v, gradient) * (2 * eta)
        v = zip(v, change).map { $0 + $1 }
      }
      let full = reduced.fullFeatures(descent.state, pretrained: problem.pretrainedFeatures)
      #expect(full.maximumDifference(from: b) <= 1e-12)
      #expect(agree(descent.state.head, v, 1e-12))
    }
  }

  @Test("the linear probe's closed form is the limit of its flow")
  func probe() throws {
    for index in 0..<20 {
      let (problem, head) = try Self.problem(index)
      let reduced = try ReducedTransferProblem(problem)
      let probe = try LinearProbe(reduced, from: head)
      guard let rates = probe.rateRange, rates.upperBound < 1e4 * rates.lowerBound else { continue }
      let flow = GradientFlow(reduced, rates: .linearProbing)
      let path = try flow.path(
        from: flow.start(head: head), options: FlowOptions(endTime: 40 / rates.lowerBound, sampleTimes: [0.5])
      )
      #expect(agree(path.last.state.head, probe.head, 1e-10))
      #expect(agree(path.samples[0].state.head, probe.head(at: 0.5), 1e-10))
    }
  }

  @Test("a second moment of inputs weighs the error out of distribution")
  func secondMoment() throws {
    let (plain, head) = try Self.problem(3)
    let d = plain.inputDimension
    var stream = RandomStream(seed: 5)
    let factor = Matrix<Double>(rows: d, columns: d, elements: stream.normals(count: d * d))
    let sigma = factor.gram()
    let problem = try LinearTransferProblem(
      inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures, trueFeatures: plain.trueFeatures,
      trueHead: plain.trueHead, oodSecondMoment: sigma)
    let reduced = try ReducedTransferProblem(problem)
    let flow = GradientFlow(reduced)
    let path = try flow.path(from: flow.start(head: head), options: FlowOptions(endTime: 1))
    let full = reduced.fullFeatures(path.last.state, pretrained: problem.pretrainedFeatures)
    let error = zip(full.transposed * path.last.state.head, problem.trueWeights).map { $0 - $1 }
    let expected = BLAS.dot(error, sigma * error)
    #expect(agree(path.last.losses.outOfDistribution, expected, 1e-11 * (1 + expected)))
  }

  @Test("a saddle is at rest and is said to be")
  func saddle() throws {
    let problem = try LinearTransferProblem(
      inputs: [[1, 0, 0, 0], [0, 1, 0, 0]], pretrainedFeatures: [[0, 0.6, 0.8, 0]],
      trueFeatures: [[1, 0, 0, 0]], trueHead: [2])
    let flow = GradientFlow(try ReducedTransferProblem(problem))
    let path = try flow.path(from: flow.start(head: [0]))
    #expect(path.end == .atRest)
    #expect(path.last.losses.training == 4)
  }

  @Test("the least out-of-distribution loss is found between steps")
  func lowestLoss() throws {
    for index in 0..<12 {
      let (problem, head) = try Self.problem(index)
      let flow = GradientFlow(try ReducedTransferProblem(problem))
      let times = (0...2000).map { Double($0) * 1e-3 }
      let path = try flow.path(
        from: flow.start(head: head), options: FlowOptions(endTime: 2, sampleTimes: times))
      let coarse = try flow.path(from: flow.start(head: head), options: FlowOptions(endTime: 2))
      let sampled = path.samples.map(\.losses.outOfDistribution).min() ?? .nan
      #expect(coarse.lowestOutOfDistribution.losses.outOfDistribution <= sampled + 1e-10)
    }
  }

  @Test("data that does not fit is named")
  func errors() {
    let good: Matrix<Double> = [[1, 0, 0]]
    func message(_ body: () throws -> LinearTransferProblem) -> String {
      do {
        _ = try body()
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(
      message {
        try LinearTransferProblem(
          inputs: [[1, 2]], pretrainedFeatures: good, trueFeatures: good, trueHead: [1])
      } == "pretrainedFeatures must be k × 2 with 1 ≤ k ≤ 2, but is 1 × 3")
    #expect(
      message {
        try LinearTransferProblem(
          inputs: [[1, .nan, 0]], pretrainedFeatures: good, trueFeatures: good, trueHead: [1])
      } == "inputs holds an infinity or NaN")
    #expect(
      message {
        try LinearTransferProblem(
          inputs: [[1, 0, 0]], pretrainedFeatures: [[1, 1, 0]], trueFeatures: good, trueHead: [1])
      }.hasPrefix("The rows of pretrainedFeatures must be orthonormal"))
    #expect(
      message {
        try LinearTransferProblem(
          inputs: [[0, 0, 0]], pretrainedFeatures: good, trueFeatures: good, trueHead: [1])
      } == "inputs must not be all zero")
    #expect(
      message {
        try LinearTransferProblem(
          inputs: [[1, 0, 0]], pretrainedFeatures: good, trueFeatures: good, trueHead: [1, 2])
      } == "trueHead must be a list of 1 number, but is one of 2")
  }
}
