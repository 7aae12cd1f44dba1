import Keel
import KeelTransfer
import Testing

@Suite("Balanced starts")
struct BalancedFlowTests {
  /// A problem and a head with `v₀v₀ᵀ - C₀C₀ᵀ = -ρ²I` in which the head points away from the labels' pull.
  private static func balanced(
    _ index: Int, headNorm: Double? = nil
  ) throws -> (ReducedTransferProblem, head: [Double], squaredCosine: Double) {
    var stream = RandomStream(seed: 404).stream(index)
    let k = 2 + index % 3
    let (m, d) = (k + 2, 2 * k + 5)
    let squaredCosine: Double = stream.uniform(in: 0.1..<0.5)
    let direction: [Double] = stream.normals(count: k)
    let norm = headNorm ?? stream.uniform(in: 0.1..<0.6)
    let head = direction.map { $0 * norm / BLAS.nrm2(direction) }
    let square = squaredCosine * Matrix(identity: k) + Matrix(outerProductOf: head, head)
    let inside = try SymmetricEigen(square).applying { $0.squareRoot() }
    let outside = try SymmetricEigen(Matrix(identity: k) - square).applying { $0.squareRoot() }
    let pretrained = Matrix(concatenating: [
      inside * Matrix<Double>.randomOrthonormalRows(k, m, using: &stream),
      outside * Matrix<Double>.randomOrthonormalRows(k, d - m, using: &stream),
    ])
    let truth = try LinearTransferProblem.features(atDistance: 0.5, from: pretrained, using: &stream)
    let sigma: Double = stream.uniform(in: 0.5..<1.2)
    let problem = try LinearTransferProblem(
      inputs: Matrix(rows: m, columns: d) { i, j in i == j ? sigma : 0 }, pretrainedFeatures: pretrained,
      trueFeatures: truth, trueHead: stream.normals(count: k))
    return (try ReducedTransferProblem(problem), head, squaredCosine)
  }

  @Test("the learned weights agree with the integrator where head and features turn", arguments: 0..<15)
  func weights(index: Int) throws {
    let (problem, head, squaredCosine) = try Self.balanced(index, headNorm: index == 0 ? 0 : nil)
    let closed = try BalancedFlow(problem, head: head)
    #expect(agree(closed.imbalance, -squaredCosine, 1e-14))
    let flow = GradientFlow(problem)
    let times = [0.05, 0.3, 1, 3, 8]
    let path = try flow.path(
      from: flow.start(head: head), options: FlowOptions(endTime: 8, sampleTimes: times))
    for sample in path.samples {
      let learned = sample.state.features.transposed * sample.state.head
      #expect(agree(closed.weights(at: sample.time), learned, 1e-11), "problem \(index), t = \(sample.time)")
      #expect(
        agree(closed.squaredHeadNorm(at: sample.time), BLAS.dot(sample.state.head, sample.state.head), 1e-11),
        "problem \(index), t = \(sample.time)")
    }
    // The other directions do turn: there is no closed form of the state.
    if index > 0 { #expect(WhitenedSingleFeatureFlow.deviation(of: problem, head: head) > 1e-3) }
  }

  @Test("the limit fits the labels, and long times do not overflow", arguments: 0..<6)
  func limit(index: Int) throws {
    let (problem, head, _) = try Self.balanced(index)
    let closed = try BalancedFlow(problem, head: head)
    #expect(agree(closed.weights(at: .infinity), problem.target, 1e-14 * (1 + problem.weightNorm)))
    for time in [1e3, 1e8, 1e300] {
      #expect(agree(closed.weights(at: time), problem.target, 1e-13 * (1 + problem.weightNorm)))
      #expect(agree(closed.squaredHeadNorm(at: time), closed.squaredHeadNorm(at: .infinity), 1e-13))
    }
    let start = problem.initialFeatures.transposed * head
    #expect(agree(closed.weights(at: 0), start, 1e-14))
    #expect(agree(closed.squaredHeadNorm(at: 0), BLAS.dot(head, head), 1e-14))
  }

  @Test("every start with one feature is balanced, and both closed forms agree", arguments: [-2, 0.3, 0, 5])
  func singleFeature(head: Double) throws {
    let problem = try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: [[1.5, 0, 0, 0], [0, 1.5, 0, 0]], pretrainedFeatures: [[0.6, 0, 0.8, 0]],
        trueFeatures: [[0.48, 0.36, 0.8, 0]], trueHead: [2]))
    let balanced = try BalancedFlow(problem, head: [head])
    let single = try WhitenedSingleFeatureFlow(problem, head: [head])
    for time in [0, 0.1, 0.7, 3, 40, 1e5, .infinity] {
      let state = single.state(at: time)
      let expected = state.features.transposed * state.head
      #expect(agree(balanced.weights(at: time), expected, 1e-13 * (1 + head * head)), "t = \(time)")
      #expect(
        agree(balanced.squaredHeadNorm(at: time), state.head[0] * state.head[0], 1e-13 * (1 + head * head)))
    }
  }

  @Test("a start that is not balanced is refused, with its deviation")
  func refused() throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.b.get())
    let (_, deviation) = BalancedFlow.balance(of: problem, head: ReferenceProblem.head)
    #expect(deviation > 0.1)
    do {
      _ = try BalancedFlow(problem, head: ReferenceProblem.head)
      Issue.record("an unbalanced start was accepted")
    } catch {
      #expect("\(error)".hasPrefix("There is no closed form for this path: the start is not balanced"))
    }
    let raw = try ReducedTransferProblem(ReferenceProblem.a.get())
    #expect(throws: TransferError.self) { try BalancedFlow(raw, head: ReferenceProblem.head) }
  }
}
