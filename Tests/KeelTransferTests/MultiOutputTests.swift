import Keel
import KeelTransfer
import Testing

@Suite("Several outputs")
struct MultiOutputTests {
  /// The flow in full coordinates, from its definition.
  struct FullFlow: ODESystem {
    let problem: MultiOutputTransferProblem
    var dimension: Int { problem.featureCount * (problem.outputCount + problem.inputDimension) }

    func split(_ y: [Double]) -> (heads: Matrix<Double>, features: Matrix<Double>) {
      let (k, c, d) = (problem.featureCount, problem.outputCount, problem.inputDimension)
      return (
        Matrix(rows: k, columns: c, elements: Array(y[..<(k * c)])),
        Matrix(rows: k, columns: d, elements: Array(y[(k * c)...]))
      )
    }

    func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
      let (v, b) = split(y.withUnsafeBufferPointer { Array($0) })
      let misfit = problem.inputs * (b.transposed * v) - problem.labels
      let gradient = problem.inputs.transposed * misfit
      let change = (b * gradient).elements + (v * gradient.transposed).elements
      for i in change.indices { dy[i] = -2 * change[i] }
    }
  }

  /// A random problem with c outputs, with noise and a second moment where the index says so.
  static func problem(_ index: Int) throws -> (MultiOutputTransferProblem, heads: Matrix<Double>) {
    let (single, _) = try GradientFlowTests.problem(index)
    var stream = RandomStream(seed: 17).stream("multi-output").stream(index)
    let (k, d, n, c) = (
      single.featureCount, single.inputDimension, single.inputs.rows, stream.integer(in: 1..<5)
    )
    let factor = Matrix<Double>(rows: d, columns: d, elements: stream.normals(count: d * d))
    let problem = try MultiOutputTransferProblem(
      inputs: single.inputs, pretrainedFeatures: single.pretrainedFeatures,
      trueFeatures: single.trueFeatures,
      trueHeads: Matrix(rows: k, columns: c, elements: stream.normals(count: k * c)),
      oodSecondMoment: index % 3 == 0 ? factor.gram() : nil,
      labelNoise: index % 2 == 0
        ? Matrix(rows: n, columns: c, elements: stream.normals(count: n * c)) * 0.2 : nil)
    return (problem, Matrix(rows: k, columns: c, elements: stream.normals(count: k * c)))
  }

  @Test("reduced and full coordinates agree, losses included", arguments: 0..<20)
  func coordinates(index: Int) throws {
    let (problem, heads) = try Self.problem(index)
    let reduced = try ReducedMultiOutputProblem(problem)
    let flow = MultiOutputGradientFlow(reduced)
    let path = try flow.path(from: flow.start(heads: heads), options: FlowOptions(endTime: 1))
    let full = FullFlow(problem: problem)
    let reference = try DormandPrince853(
      full, from: heads.elements + problem.pretrainedFeatures.elements, relativeTolerance: 1e-13,
      absoluteTolerance: 1e-15)
    while reference.time < 1 { try reference.step(notPast: 1) }
    let (v, b) = full.split(reference.state)
    #expect(path.last.state.heads.maximumDifference(from: v) <= 1e-10)
    let features = reduced.fullFeatures(path.last.state, pretrained: problem.pretrainedFeatures)
    #expect(features.maximumDifference(from: b) <= 1e-10)
    #expect(path.conservedDrift <= 1e-10)

    let weights = b.transposed * v
    let misfit = problem.inputs * weights - problem.labels
    let error = weights - problem.trueWeights
    let inside = reduced.rowSpaceBasis * error
    let weighted = problem.oodSecondMoment.map { $0 * error } ?? error
    let losses = path.last.losses
    func close(_ a: Double, _ b: Double) -> Bool { agree(a, b, 1e-9 * (1 + b)) }
    #expect(close(losses.training, BLAS.dot(misfit.elements, misfit.elements)))
    #expect(close(losses.inDistribution, BLAS.dot(inside.elements, inside.elements)))
    #expect(close(losses.outOfDistribution, BLAS.dot(error.elements, weighted.elements)))
  }

  @Test("one output is the flow of one head")
  func oneOutput() throws {
    let single = try ReferenceProblem.a.get()
    let problem = try MultiOutputTransferProblem(
      inputs: single.inputs, pretrainedFeatures: single.pretrainedFeatures,
      trueFeatures: single.trueFeatures, trueHeads: Matrix(column: single.trueHead))
    let paths = try ReducedMultiOutputProblem(problem).paths(
      from: Matrix(column: ReferenceProblem.head), options: FlowOptions(sampleTimes: [0.1, 1]))
    let expected = try ReducedTransferProblem(single).paths(
      from: ReferenceProblem.head, options: FlowOptions(sampleTimes: [0.1, 1]))
    for (path, other) in [
      (paths.fineTuning, expected.fineTuning), (paths.probingThenFineTuning, expected.probingThenFineTuning),
    ] {
      #expect(path.end == .converged && path.steps > 10)
      let points = zip(path.samples + [path.last], other.samples + [other.last])
      for (point, reference) in points {
        // Two orders above the tolerance of a step.
        #expect(agree(point.state.heads.elements, reference.state.head, 1e-11))
        #expect(point.state.features.maximumDifference(from: reference.state.features) <= 1e-11)
        #expect(agree(point.losses.outOfDistribution, reference.losses.outOfDistribution, 1e-11))
      }
      #expect(
        agree(
          path.lowestOutOfDistribution.losses.outOfDistribution,
          other.lowestOutOfDistribution.losses.outOfDistribution, 1e-11))
    }
    #expect(agree(paths.probed.losses.outOfDistribution, 0.00672335331681, 1e-12))
  }

  @Test("the derivative of one output is that of one head, to rounding", arguments: 0..<10)
  func oneDerivative(index: Int) throws {
    let (single, head) = try GradientFlowTests.problem(index)
    let problem = try MultiOutputTransferProblem(
      inputs: single.inputs, pretrainedFeatures: single.pretrainedFeatures,
      trueFeatures: single.trueFeatures, trueHeads: Matrix(column: single.trueHead))
    let rates = LearningRates(head: 0.7, features: 1.3)
    let flow = GradientFlow(try ReducedTransferProblem(single), rates: rates)
    let several = MultiOutputGradientFlow(try ReducedMultiOutputProblem(problem), rates: rates)
    let y = flow.flatten(flow.start(head: head))
    var (one, other) = (y, y)
    var span = one.mutableSpan
    flow.derivative(at: y.span, into: &span)
    var otherSpan = other.mutableSpan
    several.derivative(at: y.span, into: &otherSpan)
    #expect(agree(one, other, 1e-13 * (1 + BLAS.nrm2(one))))
  }

  @Test("the probe of each output is its least-squares fit", arguments: 0..<20)
  func probe(index: Int) throws {
    let (problem, heads) = try Self.problem(index)
    let (n, d) = (problem.inputs.rows, problem.inputDimension)
    guard n >= problem.featureCount, n <= d else { return }
    let design = problem.inputs * problem.pretrainedFeatures.transposed
    let expected = try QR(design).solve(problem.labels)
    let reduced = try ReducedMultiOutputProblem(problem)
    let paths = try reduced.paths(from: heads, options: FlowOptions(endTime: 0))
    let condition = try SVD(design).conditionNumber
    let scale = condition * condition * (1 + BLAS.nrm2(expected.elements))
    #expect(paths.probed.state.heads.maximumDifference(from: expected) <= 1e-14 * scale)
    let first = try problem.output(0)
    // The same sums, in another order.
    #expect(agree(first.labels, Array(problem.labels.column(0)), 1e-13))
  }

  @Test("equal outputs are one output with a head and features that are scaled")
  func equalOutputs() throws {
    // c equal columns v with V Vᵀ = c vvᵀ: √c v and C follow the flow of one head with the target √c a.
    let single = try ReferenceProblem.a.get()
    let c = 4
    let problem = try MultiOutputTransferProblem(
      inputs: single.inputs, pretrainedFeatures: single.pretrainedFeatures,
      trueFeatures: single.trueFeatures, trueHeads: Matrix(rows: 3, columns: c) { i, _ in single.trueHead[i] }
    )
    let flow = MultiOutputGradientFlow(try ReducedMultiOutputProblem(problem))
    let heads = Matrix(rows: 3, columns: c) { i, _ in ReferenceProblem.head[i] }
    let path = try flow.path(from: flow.start(heads: heads))
    let scaled = try LinearTransferProblem(
      inputs: single.inputs, pretrainedFeatures: single.pretrainedFeatures,
      trueFeatures: single.trueFeatures, trueHead: single.trueHead.map { 2 * $0 })
    let expected = try ReducedTransferProblem(scaled).paths(from: ReferenceProblem.head.map { 2 * $0 })
    #expect(
      agree(
        path.last.losses.outOfDistribution, expected.fineTuning.last.losses.outOfDistribution, 1e-10))
  }

  @Test("data that does not fit is named")
  func errors() throws {
    let (problem, _) = try Self.problem(1)
    func message(_ heads: Matrix<Double>, _ noise: Matrix<Double>? = nil) -> String {
      do {
        _ = try MultiOutputTransferProblem(
          inputs: problem.inputs, pretrainedFeatures: problem.pretrainedFeatures,
          trueFeatures: problem.trueFeatures, trueHeads: heads, labelNoise: noise)
        return "no error"
      } catch { return "\(error)" }
    }
    let k = problem.featureCount
    #expect(message(Matrix(zeros: k + 1, 2)).hasPrefix("trueHeads must be"))
    #expect(message(Matrix(zeros: k, 0)).hasPrefix("trueHeads must be"))
    #expect(message(Matrix(repeating: .nan, rows: k, columns: 1)) == "trueHeads holds an infinity or NaN")
    #expect(message(Matrix(zeros: k, 2), Matrix(zeros: 1, 1)).hasPrefix("labelNoise must be"))
  }
}
