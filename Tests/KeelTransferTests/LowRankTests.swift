import Keel
import KeelTransfer
import Testing

@Suite("Low-rank updates")
struct LowRankTests {
  /// The flow in full coordinates (v, A₂, A₁), from its definition.
  struct FullFlow: ODESystem {
    let problem: LinearTransferProblem
    let rank: Int
    let rates: LearningRates
    var dimension: Int { problem.featureCount * (1 + rank) + rank * problem.inputDimension }

    func split(_ y: [Double]) -> (head: [Double], left: Matrix<Double>, right: Matrix<Double>) {
      let (k, r, d) = (problem.featureCount, rank, problem.inputDimension)
      return (
        Array(y[..<k]), Matrix(rows: k, columns: r, elements: Array(y[k..<(k + k * r)])),
        Matrix(rows: r, columns: d, elements: Array(y[(k + k * r)...]))
      )
    }

    func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
      let (v, left, right) = split(y.withUnsafeBufferPointer { Array($0) })
      let b = problem.pretrainedFeatures + left * right
      let misfit = zip(problem.inputs * (b.transposed * v), problem.labels).map { $0 - $1 }
      let gradient = problem.inputs.transposed * misfit
      let features = Matrix(outerProductOf: v, gradient)
      let change =
        (b * gradient).map { rates.head * $0 }
        + ((features * right.transposed).elements + (left.transposed * features).elements)
        .map { rates.features * $0 }
      for i in change.indices { dy[i] = -2 * change[i] }
    }
  }

  /// A problem with a random right factor; the index decides about rank, noise and second moment.
  static func setting(_ index: Int) throws -> (LinearTransferProblem, [Double], right: Matrix<Double>) {
    let (plain, head) = try GradientFlowTests.problem(index)
    var stream = RandomStream(seed: 23).stream("low-rank").stream(index)
    let d = plain.inputDimension
    let factor = Matrix<Double>(rows: d, columns: d, elements: stream.normals(count: d * d))
    let problem = try LinearTransferProblem(
      inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures, trueFeatures: plain.trueFeatures,
      trueHead: plain.trueHead, oodSecondMoment: index % 3 == 0 ? factor.gram() : nil,
      labelNoise: index % 2 == 0 ? stream.normals(count: plain.inputs.rows) : nil)
    let right = LowRankFlow.gaussianFactor(rank: 1 + index % 4, inputDimension: d, using: &stream)
    return (problem, head, right)
  }

  @Test("reduced and full coordinates agree, losses included", arguments: 0..<8)
  func coordinates(index: Int) throws {
    let (problem, head, right) = try Self.setting(index)
    let rates = [LearningRates.fineTuning, .featuresOnly, LearningRates(head: 0.5, features: 2)][index % 3]
    let reduced = try ReducedTransferProblem(problem)
    let flow = try LowRankFlow(problem, reduced: reduced, right: right, rates: rates)
    let path = try flow.path(from: flow.start(head: head), options: FlowOptions(endTime: 1))
    let full = FullFlow(problem: problem, rank: right.rows, rates: rates)
    let zero = [Double](repeating: 0, count: problem.featureCount * right.rows)
    let reference = try DormandPrince853(
      full, from: head + zero + right.elements, relativeTolerance: 1e-13, absoluteTolerance: 1e-15)
    while reference.time < 1 { try reference.step(notPast: 1) }
    let (v, left, rightNow) = full.split(reference.state)
    let b = problem.pretrainedFeatures + left * rightNow
    #expect(agree(path.last.state.head, v, 1e-9))
    #expect(flow.fullFeatures(path.last.state).maximumDifference(from: b) <= 1e-9)
    #expect(path.conservedDrift <= 1e-9)
    // Balancedness of the factors, from the definition too.
    func balance(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Matrix<Double> {
      left.transposed * left - right * right.transposed
    }
    #expect(balance(left, rightNow).maximumDifference(from: balance(0 * left, right)) <= 1e-9)

    let moved = b - problem.pretrainedFeatures
    let outside = moved - (moved * reduced.rowSpaceBasis.transposed) * reduced.rowSpaceBasis
    #expect(agree(flow.movementOutside(of: path.last.state), BLAS.nrm2(outside.elements), 1e-9))

    let weights = b.transposed * v
    let misfit = zip(problem.inputs * weights, problem.labels).map { $0 - $1 }
    let error = zip(weights, problem.trueWeights).map { $0 - $1 }
    let weighted = problem.oodSecondMoment.map { $0 * error } ?? error
    let losses = path.last.losses
    let ood = BLAS.dot(error, weighted)
    #expect(agree(losses.training, BLAS.dot(misfit, misfit), 1e-8 * (1 + losses.training)))
    #expect(agree(losses.outOfDistribution, ood, 1e-8 * (1 + ood)))
  }

  @Test("a factor in the span of the inputs keeps the features outside, any other moves them")
  func outside() throws {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    var stream = RandomStream(seed: 4)
    let free = LowRankFlow.gaussianFactor(rank: 2, inputDimension: 20, using: &stream)
    let inside = (free * reduced.rowSpaceBasis.transposed) * reduced.rowSpaceBasis
    let paths = try [free, inside].map { right in
      let flow = try LowRankFlow(problem, reduced: reduced, right: right)
      let path = try flow.path(from: flow.start(head: ReferenceProblem.head))
      #expect(path.end == .converged && path.last.losses.inDistribution <= 1e-20)
      return flow.movementOutside(of: path.last.state)
    }
    #expect(paths[0] > 0.05 && paths[1] <= 1e-14)
  }

  @Test("low rank fits the labels, with more error out of distribution the higher the rank")
  func comparison() throws {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    var stream = RandomStream(seed: 9)
    let right = LowRankFlow.gaussianFactor(rank: 6, inputDimension: 20, using: &stream)
    let losses = try [1, 3, 6].map { rank -> Double in
      let flow = try LowRankFlow(problem, reduced: reduced, right: Matrix(right[rows: 0..<rank]))
      let start = flow.start(head: ReferenceProblem.head)
      let path = try flow.path(
        from: start,
        options: FlowOptions(relativeTolerance: 1e-9, absoluteTolerance: 1e-11, residualTolerance: 1e-6))
      #expect(path.end == .converged)
      #expect(path.lowestOutOfDistribution.losses.outOfDistribution <= path.last.losses.outOfDistribution)
      // Balancedness of head and features is not kept.
      let before = TransferState(head: start.head, features: flow.features(of: start)).imbalance
      let after = TransferState(head: path.last.state.head, features: flow.features(of: path.last.state))
      #expect(after.imbalance.maximumDifference(from: before) > 1e-3)
      return path.last.losses.outOfDistribution
    }
    // Between LP-FT (0.005), since with few directions the head learns first, and fine-tuning (0.44).
    #expect(losses == losses.sorted() && losses[0] > 0.0051 && losses[2] < 0.44, "\(losses)")
  }

  @Test("a factor of zero leaves the features at rest: linear probing")
  func zeroFactor() throws {
    let problem = try ReferenceProblem.tiny()
    let reduced = try ReducedTransferProblem(problem)
    let flow = try LowRankFlow(problem, reduced: reduced, right: Matrix(zeros: 1, 6))
    let last = try flow.path(from: flow.start(head: [0.5, 0.5]), options: FlowOptions(endTime: 0.25)).last
    #expect(agree(last.state.head, [0.582364894294364, 0.43399622274965], 1e-12))
    #expect(flow.fullFeatures(last.state) == problem.pretrainedFeatures)
  }

  @Test("factors that do not fit are refused")
  func errors() throws {
    let problem = try ReferenceProblem.tiny()
    let reduced = try ReducedTransferProblem(problem)
    for right in [
      Matrix<Double>(zeros: 0, 6), Matrix(zeros: 1, 5), Matrix(repeating: .nan, rows: 1, columns: 6),
    ] {
      #expect(throws: TransferError.self) { try LowRankFlow(problem, reduced: reduced, right: right) }
    }
  }
}
