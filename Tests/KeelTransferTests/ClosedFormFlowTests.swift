import Keel
import KeelTransfer
import Testing

@Suite("Flows in closed form")
struct ClosedFormFlowTests {
  /// One feature `(.6, 0, .8, 0)`, inputs `1.5 e₁` and `1.5 e₂`, truth `2 (.48, .36, .8, 0)`.
  private static func example() throws -> ReducedTransferProblem {
    try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: [[1.5, 0, 0, 0], [0, 1.5, 0, 0]], pretrainedFeatures: [[0.6, 0, 0.8, 0]],
        trueFeatures: [[0.48, 0.36, 0.8, 0]], trueHead: [2]))
  }

  @Test(
    "known values of one whitened feature",
    arguments: [
      (0.5, 0.1, [0.69277397353575, 0.74733452132006, 0.17727631441291, 1.64588983351298]),
      (0.5, .infinity, [1.07063521118234, 0.89666395236510, 0.67249796427383, 0.55278010284422]),
      (3, .infinity, [2.96708105823630, 0.32355031128494, 0.24266273346370, 0.59855729484765]),
    ])
  func knownValues(head: Double, time: Double, expected: [Double]) throws {
    let problem = try Self.example()
    let point = try WhitenedSingleFeatureFlow(problem, head: [head]).point(at: time)
    // The coordinates of the basis of S that the reduction chose, back in those of the inputs.
    let row = problem.rowSpaceBasis.transposed * Array(point.state.features.row(0))
    let found = [point.state.head[0], row[0], row[1], point.losses.outOfDistribution]
    #expect(agree(found, expected, 1e-13), "\(found)")
  }

  /// The largest difference of a closed form from the integrated flow at several times.
  private static func difference(
    _ flow: some ClosedFormFlow, rates: LearningRates = .fineTuning, times: [Double] = [0.03, 0.3, 1, 4]
  ) throws -> Double {
    let start = flow.state(at: 0)
    let path = try GradientFlow(flow.problem, rates: rates).path(
      from: start, options: FlowOptions(endTime: times.last, sampleTimes: times))
    return path.samples.reduce(0) { worst, sample in
      let state = flow.state(at: sample.time)
      let head = zip(state.head, sample.state.head).map { ($0 - $1).magnitude }.max() ?? 0
      return max(worst, head, state.features.maximumDifference(from: sample.state.features))
    }
  }

  /// A problem with all singular values of its inputs equal.
  private static func whitened(
    features k: Int, using stream: inout RandomStream
  ) throws -> LinearTransferProblem {
    let d = stream.integer(in: 2 * k + 2..<2 * k + 9)
    let m = stream.integer(in: 1..<d)
    let plain = try LinearTransferProblem.random(
      featureCount: k, inputDimension: d, trainingCount: m,
      weightNorm: Double.exp(stream.uniform(in: -1..<1)), featureDistance: stream.uniform(in: 0..<0.5),
      using: &stream)
    let sigma: Double = stream.uniform(in: 0.3..<1.5)
    return try LinearTransferProblem(
      inputs: Matrix<Double>.randomOrthonormalRows(m, d, using: &stream) * sigma,
      pretrainedFeatures: plain.pretrainedFeatures, trueFeatures: plain.trueFeatures,
      trueHead: plain.trueHead)
  }

  @Test("one whitened feature agrees with the integrator on 50 random problems")
  func singleFeature() throws {
    let worst = try Parallel.map(50) { index -> Double in
      var stream = RandomStream(seed: 301).stream(index)
      let plain = try Self.whitened(features: 1, using: &stream)
      // Every fifth problem has noise in its labels.
      let problem = try ReducedTransferProblem(
        index % 5 == 4 ? plain.withLabelNoise(deviation: 0.3, using: &stream) : plain)
      let normal: Double = stream.normal()
      return try Self.difference(WhitenedSingleFeatureFlow(problem, head: [index == 0 ? 0 : 2 * normal]))
    }
    // The integrator's tolerance is 1e-13 a step; the flow contracts.
    for (index, value) in worst.enumerated() { #expect(value <= 1e-10, "problem \(index) of seed 301") }
  }

  @Test("the limit is the end of long times, without overflow", arguments: [-2.5, -0.1, 0, 1e-9, 0.5, 3, 40])
  func longTimes(head: Double) throws {
    let problem = try Self.example()
    let flow = try WhitenedSingleFeatureFlow(problem, head: [head])
    let limit = flow.point()
    #expect(limit.losses.training <= 1e-26)
    for time in [1e2, 1e4, 1e8, 1e300] {
      let state = flow.state(at: time)
      #expect(agree(state.head, limit.state.head, 1e-13 * (1 + head.magnitude)), "t = \(time)")
      #expect(state.features.maximumDifference(from: limit.state.features) <= 1e-13, "t = \(time)")
    }
    for time in [0, 1e-300, 1e-9, 0.1, 1, 7] {
      let state = flow.state(at: time)
      #expect(
        agree(state.imbalance[0, 0], flow.imbalance, 1e-14 * (1 + head * head)), "t = \(time)")
    }
    #expect(agree(flow.state(at: 0).head, [head], 1e-15 * (1 + head.magnitude)))
  }

  @Test("a start in which nothing grows stays at its saddle")
  func saddle() throws {
    let problem = try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: [[1, 0, 0, 0], [0, 1, 0, 0]], pretrainedFeatures: [[0, 0.6, 0.8, 0]],
        trueFeatures: [[1, 0, 0, 0]], trueHead: [2]))
    let flow = try WhitenedSingleFeatureFlow(problem, head: [0])
    for time in [0, 1, 50, 1e5, .infinity] {
      #expect(flow.state(at: time).head == [0])
      #expect(
        flow.state(at: time).features.maximumDifference(from: problem.initialFeatures) <= 1e-15)
    }
  }

  @Test("labels of zero: the head or the feature shrinks until balancedness stops it")
  func zeroLabels() throws {
    let problem = try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: [[1, 0, 0, 0], [0, 1, 0, 0]], pretrainedFeatures: [[0, 0.6, 0.8, 0]],
        trueFeatures: [[0, 0, 1, 0]], trueHead: [2]))
    for head in [0.2, 0.6, -0.6, 2] {
      let flow = try WhitenedSingleFeatureFlow(problem, head: [head])
      let difference = try Self.difference(flow)
      #expect(difference <= 1e-12, "v₀ = \(head)")
      #expect(flow.point().losses.training <= 1e-28, "v₀ = \(head)")
      #expect(agree(flow.state(at: .infinity).imbalance[0, 0], head * head - 0.36, 1e-14), "v₀ = \(head)")
    }
  }

  @Test("balanced starts of several features agree with the integrator", arguments: 2...5)
  func balanced(features k: Int) throws {
    // All principal angles of R₀ and S equal: cosine c in S, sine outside.
    let c = 0.7
    let d = 2 * k + 3
    let pretrained = Matrix<Double>(rows: k, columns: d) { i, j in
      j == i ? c : j == k + 3 + i ? (1 - c * c).squareRoot() : 0
    }
    var stream = RandomStream(seed: 302).stream(k)
    let truth = try LinearTransferProblem.features(atDistance: 0.4, from: pretrained, using: &stream)
    let inputs = Matrix<Double>(rows: k + 3, columns: d) { i, j in i == j ? 0.8 : 0 }
    let problem = try LinearTransferProblem(
      inputs: inputs, pretrainedFeatures: pretrained, trueFeatures: truth, trueHead: stream.normals(count: k))
    let reduced = try ReducedTransferProblem(problem)
    let zero = [Double](repeating: 0, count: k)
    let flow = try WhitenedSingleFeatureFlow(reduced, head: zero)
    #expect(try Self.difference(flow, times: [0.1, 1, 3, 10]) <= 1e-11)
    #expect(flow.point().losses.training <= 1e-26)
    // So does a head in the direction of the pull, which is balanced no longer.
    let pull = reduced.initialFeatures * reduced.target
    let along = try WhitenedSingleFeatureFlow(reduced, head: pull.map { -1.5 * $0 })
    #expect(try Self.difference(along) <= 1e-11)
    // A head that points elsewhere has no closed form.
    var elsewhere = zero
    elsewhere[k - 1] = 1
    #expect(throws: TransferError.self) { try WhitenedSingleFeatureFlow(reduced, head: elsewhere) }
  }

  @Test("what has no closed form is said, with the deviation")
  func noClosedForm() throws {
    let a = try ReducedTransferProblem(ReferenceProblem.a.get())
    let b = try ReducedTransferProblem(ReferenceProblem.b.get())
    func message(_ problem: ReducedTransferProblem) -> String {
      do {
        _ = try WhitenedSingleFeatureFlow(problem, head: ReferenceProblem.head)
        return "no error"
      } catch { return "\(error)" }
    }
    // The ratio of the singular values is 2.1665595351446/.55159908472471.
    #expect(
      message(a).hasPrefix(
        "There is no closed form for this path: the singular values of X differ by a factor other than 1 "
          + "(deviation 2.927"))
    #expect(
      message(b).hasPrefix("There is no closed form for this path: more than one direction of the head"))
    #expect(WhitenedSingleFeatureFlow.deviation(of: b, head: ReferenceProblem.head) > 0.1)
  }

  @Test("training the features alone agrees with the integrator")
  func featuresOnly() throws {
    for index in 0..<10 {
      let (problem, head) = try GradientFlowTests.problem(index)
      var stream = RandomStream(seed: 303).stream(index)
      let reduced = try ReducedTransferProblem(
        index.isMultiple(of: 2) ? problem : problem.withLabelNoise(deviation: 0.3, using: &stream))
      let flow = FeaturesOnlyFlow(reduced, head: head)
      #expect(try Self.difference(flow, rates: .featuresOnly) <= 1e-11, "problem \(index)")
      let loss = flow.point().losses.training - reduced.irreducibleTrainingLoss
      #expect(loss <= 1e-14 * reduced.irreducibleTrainingLoss + 1e-26, "problem \(index)")
    }
  }

  @Test("features of the small problem under a fixed head")
  func featuresOnlyValues() throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.tiny())
    let point = FeaturesOnlyFlow(problem, head: [0.5, 0.5]).point()
    let found = point.state.features * problem.rowSpaceBasis
    let expected: Matrix<Double> = [[0.9, -0.9, 0, 0, 0, 0], [0.3, -0.3, 0, 0, 0, 0]]
    #expect(found.maximumDifference(from: expected) <= 1e-15)
    #expect(agree(point.losses.outOfDistribution, 1.6, 1e-15))
    let still = FeaturesOnlyFlow(problem, head: [0, 0])
    #expect(still.state(at: .infinity).features == problem.initialFeatures)
    // A head whose square underflows still fits the labels in the end.
    #expect(FeaturesOnlyFlow(problem, head: [1e-170, 0]).point().losses.training <= 1e-28)
    #expect(still.state(at: 3).features == problem.initialFeatures)
  }
}
