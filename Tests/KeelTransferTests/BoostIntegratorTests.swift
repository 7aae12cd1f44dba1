import Keel
import KeelTransfer
import Testing

@Suite("Boost integrators")
struct BoostIntegratorTests {
  @Test("one boost, against the exponential of its generator")
  func boost() throws {
    let start = TransferState(head: [1, 2], features: [[0.5, -1, 0.25], [0, 0.75, -0.5]])
    let g = [0.3, -0.4, 1.2]
    var state = start
    state.boost(by: g, for: 0.5)
    #expect(agree(state.head, [1.67435899304705, 1.95522293384122], 1e-13))
    let expected: Matrix<Double> = [
      [0.693801081316931, -1.25840144175591, 1.02520432526772],
      [0.286620638224266, 0.367839149034312, 0.646482552897065],
    ]
    #expect(state.features.maximumDifference(from: expected) <= 1e-13)
    let imbalance: Matrix<Double> = [[-0.3125, 2.875], [2.875, 3.1875]]
    #expect(state.imbalance.maximumDifference(from: imbalance) <= 1e-14)

    // [v, C] exp(h [[0, gᵀ], [g, 0]]) by the general routine.
    var generator = Matrix<Double>(zeros: 4, 4)
    for (j, value) in g.enumerated() {
      generator[0, j + 1] = 0.5 * value
      generator[j + 1, 0] = 0.5 * value
    }
    let before = Matrix(concatenating: [Matrix(column: start.head), start.features])
    let after = Matrix(concatenating: [Matrix(column: state.head), state.features])
    #expect(after.maximumDifference(from: before * (try matrixExponential(generator))) <= 1e-14)

    state.boost(by: g, for: -0.5)
    #expect(agree(state.head, start.head, 1e-14))
    #expect(state.features.maximumDifference(from: start.features) <= 1e-14)
  }

  /// The state of example a at time 1, to full accuracy.
  private func reference() throws -> (ReducedTransferProblem, TransferState, TransferState) {
    let problem = try ReducedTransferProblem(ReferenceProblem.a.get())
    let flow = GradientFlow(problem)
    let start = flow.start(head: ReferenceProblem.head)
    let end = try flow.path(from: start, options: FlowOptions(relativeTolerance: 3e-14, endTime: 1)).last
      .state
    return (problem, start, end)
  }

  private func error(
    _ problem: ReducedTransferProblem, _ start: TransferState, _ end: TransferState,
    _ method: BoostMethod, steps: Int
  ) throws -> (error: Double, drift: Double) {
    let integrator = BoostIntegrator(problem, from: start, method: method)
    for _ in 0..<steps { try integrator.step(1 / Double(steps)) }
    return (
      distance(integrator.state, end), integrator.state.imbalance.maximumDifference(from: start.imbalance)
    )
  }

  private func distance(_ a: TransferState, _ b: TransferState) -> Double {
    max(
      zip(a.head, b.head).map { ($0 - $1).magnitude }.max() ?? .nan,
      a.features.maximumDifference(from: b.features))
  }

  /// The table of errors at time 1 and drifts that an independent program found, to its two digits.
  struct Row: Sendable {
    let method: BoostMethod
    let steps: Int
    let error: Double
    let drift: Double
  }

  @Test(
    "errors and drifts are those of an independent program",
    arguments: [
      Row(method: .lieEuler, steps: 50, error: 1.8e-3, drift: 6e-16),
      Row(method: .lieEuler, steps: 400, error: 2.2e-4, drift: 1e-15),
      Row(method: .lieMidpoint, steps: 50, error: 2.8e-4, drift: 9e-16),
      Row(method: .lieMidpoint, steps: 400, error: 4.0e-6, drift: 3e-15),
      Row(method: .commutatorFree, steps: 50, error: 1.4e-7, drift: 4e-16),
      Row(method: .commutatorFree, steps: 400, error: 2.8e-11, drift: 2e-15),
    ])
  func table(_ row: Row) throws {
    let (problem, start, end) = try reference()
    let found = try error(problem, start, end, row.method, steps: row.steps)
    #expect((0.95...1.05).contains(found.error / row.error), "\(found.error)")
    // Compensation keeps the drift at a rounding or two, below that of a program without it.
    #expect(found.drift <= max(row.drift, 1e-15), "\(found.drift)")
  }

  @Test("the observed order is the method's", arguments: BoostMethod.allCases)
  func order(method: BoostMethod) throws {
    let (problem, start, end) = try reference()
    // Steps small enough for the leading term of the error, large enough to stay above rounding.
    let steps = method == .lieEuler ? 1600 : method == .lieMidpoint ? 800 : 200
    let coarse = try error(problem, start, end, method, steps: steps)
    let fine = try error(problem, start, end, method, steps: 2 * steps)
    let observed = Double.log2(coarse.error / fine.error)
    #expect((observed - Double(method.order)).magnitude <= 0.1, "observed order \(observed)")
    #expect(fine.drift <= 2e-15)
  }

  @Test("order 4 is at least ten times more accurate than Runge-Kutta of order 4 at equal step")
  func againstRungeKutta() throws {
    let (problem, start, end) = try reference()
    for steps in [50, 100, 200] {
      let boost = try error(problem, start, end, .commutatorFree, steps: steps)
      let classical = classicalRungeKutta(GradientFlow(problem), from: start, steps: steps)
      #expect(10 * boost.error <= distance(classical, end), "\(boost.error) of \(distance(classical, end))")
      #expect(boost.drift <= 2e-15)
    }
  }

  /// Runge and Kutta's method of order 4 to time 1.
  private func classicalRungeKutta(_ flow: GradientFlow, from start: TransferState, steps: Int)
    -> TransferState
  {
    func derivative(_ y: [Double]) -> [Double] {
      var result = [Double](repeating: 0, count: y.count)
      var span = result.mutableSpan
      flow.derivative(at: y.span, into: &span)
      return result
    }
    func moved(_ y: [Double], _ k: [Double], _ h: Double) -> [Double] { zip(y, k).map { $0 + h * $1 } }
    let h = 1 / Double(steps)
    var y = flow.flatten(start)
    for _ in 0..<steps {
      let k1 = derivative(y)
      let k2 = derivative(moved(y, k1, h / 2))
      let k3 = derivative(moved(y, k2, h / 2))
      let k4 = derivative(moved(y, k3, h))
      for i in y.indices { y[i] += h / 6 * (k1[i] + 2 * (k2[i] + k3[i]) + k4[i]) }
    }
    return flow.state(y)
  }

  @Test("balancedness does not drift in 100,000 steps", arguments: BoostMethod.allCases)
  func longRun(method: BoostMethod) throws {
    let (problem, start, _) = try reference()
    let integrator = BoostIntegrator(problem, from: start, method: method)
    // To time 100: first large steps, then ever smaller ones, the hardest for sums in finite precision.
    for _ in 0..<100_000 { try integrator.step(1e-3) }
    let drift = integrator.state.imbalance.maximumDifference(from: start.imbalance)
    // What rounding the state to its numbers gives, as after one step.
    #expect(drift <= 2e-15, "\(drift)")
  }

  /// A step of the same method from boosts of whole states.
  private func plainStep(
    _ problem: ReducedTransferProblem, _ state: TransferState, _ method: BoostMethod, _ h: Double
  ) -> TransferState {
    func gradient(_ state: TransferState) -> [Double] {
      let output = state.features.transposed * state.head
      return output.indices.map { 2 * problem.eigenvalues[$0] * (problem.target[$0] - output[$0]) }
    }
    func boosted(_ state: TransferState, _ g: [Double], _ h: Double) -> TransferState {
      var result = state
      result.boost(by: g, for: h)
      return result
    }
    func sum(_ terms: (Double, [Double])...) -> [Double] {
      problem.target.indices.map { j in terms.reduce(0) { $0 + $1.0 * $1.1[j] } }
    }
    let k1 = gradient(state)
    switch method {
    case .lieEuler: return boosted(state, k1, h)
    case .lieMidpoint: return boosted(state, gradient(boosted(state, k1, h / 2)), h)
    case .commutatorFree:
      let second = boosted(state, k1, h / 2)
      let k2 = gradient(second)
      let k3 = gradient(boosted(state, k2, h / 2))
      let k4 = gradient(boosted(second, sum((1, k3), (-0.5, k1)), h))
      let first = boosted(state, sum((0.25, k1), (1 / 6, k2), (1 / 6, k3), (-1 / 12, k4)), h)
      return boosted(first, sum((-1 / 12, k1), (1 / 6, k2), (1 / 6, k3), (0.25, k4)), h)
    }
  }

  @Test("fused steps are steps of plain boosts, up to rounding", arguments: BoostMethod.allCases)
  func plain(method: BoostMethod) throws {
    for index in 0..<20 {
      let (problem, head) = try GradientFlowTests.problem(index)
      let reduced = try ReducedTransferProblem(problem)
      let start = GradientFlow(reduced).start(head: head)
      let integrator = BoostIntegrator(reduced, from: start, method: method)
      var state = start
      for step in 0..<20 {
        let h = [0.005, 0.01, -0.002][step % 3]
        try integrator.step(h)
        state = plainStep(reduced, state, method, h)
      }
      // Twenty steps of some dozen rounded operations on numbers of a few units.
      #expect(distance(integrator.state, state) <= 1e-13, "problem \(index)")
      let single = BoostIntegrator(reduced, from: start, method: method, scalar: Float.self)
      for step in 0..<20 { try single.step([0.005, 0.01, -0.002][step % 3]) }
      #expect(distance(single.state, state) <= 1e-13 * 0x1p29, "problem \(index), single precision")
    }
  }

  @Test(
    "two learning rates keep their conserved matrix, with the method's order",
    arguments: [(1, 0.25), (0.3, 2), (1, 0), (0, 1), (2, 2)] as [(Double, Double)])
  func learningRates(head: Double, features: Double) throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.a.get())
    let flow = GradientFlow(problem, rates: LearningRates(head: head, features: features))
    let start = flow.start(head: ReferenceProblem.head)
    let end = try flow.path(from: start, options: FlowOptions(relativeTolerance: 3e-14, endTime: 1)).last
      .state
    let errors = try [100, 200].map { steps in
      let integrator = BoostIntegrator(problem, from: start, rates: flow.rates)
      for _ in 0..<steps { try integrator.step(1 / Double(steps)) }
      let drift = flow.conserved(integrator.state).maximumDifference(from: flow.conserved(start))
      #expect(drift <= 4e-15)
      if head == 0 { #expect(integrator.state.head == start.head) }
      if features == 0 { #expect(integrator.state.features == start.features) }
      return distance(integrator.state, end)
    }
    #expect(errors[1] <= 1e-7)
    #expect(Double.log2(errors[0] / errors[1]) >= 3.8, "\(errors)")
  }

  @Test("a step that overflows is an error and leaves the state", arguments: BoostMethod.allCases)
  func overflow(method: BoostMethod) throws {
    let (problem, start, _) = try reference()
    let integrator = BoostIntegrator(problem, from: start, method: method)
    #expect(throws: IntegrationError.notFinite(time: 0)) { try integrator.step(1e4) }
    #expect(integrator.state == start)
    #expect(integrator.time == 0)
    let longer = BoostIntegrator(problem, from: start, method: method)
    try integrator.step(0.01)
    try longer.step(0.01)
    #expect(integrator.state == longer.state)
  }
}
