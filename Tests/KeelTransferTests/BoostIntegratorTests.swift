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
    _ method: BoostIntegrator.Method, steps: Int
  ) throws -> (error: Double, drift: Double) {
    var integrator = BoostIntegrator(problem, from: start, method: method)
    for _ in 0..<steps { try integrator.step(1 / Double(steps)) }
    let head = zip(integrator.state.head, end.head).map { ($0 - $1).magnitude }.max() ?? .nan
    return (
      max(head, integrator.state.features.maximumDifference(from: end.features)),
      integrator.state.imbalance.maximumDifference(from: start.imbalance)
    )
  }

  @Test("the observed order is the method's", arguments: BoostIntegrator.Method.allCases)
  func order(method: BoostIntegrator.Method) throws {
    let (problem, start, end) = try reference()
    // Steps small enough for the leading term of the error, large enough to stay above rounding.
    let steps = method == .lieEuler ? 1600 : method == .lieMidpoint ? 800 : 200
    let coarse = try error(problem, start, end, method, steps: steps)
    let fine = try error(problem, start, end, method, steps: 2 * steps)
    let observed = Double.log2(coarse.error / fine.error)
    #expect((observed - Double(method.order)).magnitude <= 0.1, "observed order \(observed)")
    // Each boost rounds to a few units; the drift of thousands of them is a random walk.
    #expect(fine.drift <= 1e-13)
  }

  @Test("order 4 is at least ten times more accurate than Runge-Kutta of order 4 at equal step")
  func againstRungeKutta() throws {
    let (problem, start, end) = try reference()
    let boost = try error(problem, start, end, .commutatorFree, steps: 50)
    // The classical method's error on this problem, steps and time, known from an independent program.
    let rungeKutta = 2.3e-6
    #expect(10 * boost.error <= rungeKutta, "\(boost.error)")
    #expect(boost.drift <= 2e-15)
  }

  @Test("a step that overflows is an error and leaves the state")
  func overflow() throws {
    let (problem, start, _) = try reference()
    var integrator = BoostIntegrator(problem, from: start)
    #expect(throws: IntegrationError.notFinite(time: 0)) { try integrator.step(1e4) }
    #expect(integrator.state == start)
    #expect(integrator.time == 0)
  }
}
