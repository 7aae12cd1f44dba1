import Keel
import KeelTransfer

extension TransferFigures {
  /// The error of the integrators against the number of their steps.
  static let integratorError = ReportFigure("integrator-error", checks: ["transfer.boost-integrator"]) { _ in
    let runs = try integratorRuns()
    return Plot(
      title: "Error of the integrators",
      caption:
        "Fine-tuning of one random problem up to the time 4/λ₁ in equal steps: the largest error of a weight "
        + "against an adaptive method of order 8. Where a curve begins late, longer steps overflow. Boosts of order 4 need as many evaluations of the gradient "
        + "as the classical Runge-Kutta method, and are more accurate at an equal step.",
      x: Plot.Axis("number of steps", scale: .logarithmic),
      y: Plot.Axis("largest error of a weight", scale: .logarithmic),
      series: runs.map { $0.series(\.error) })
  }

  /// What the integrators make of the matrix that the flow conserves.
  static let integratorDrift = ReportFigure("integrator-drift", checks: ["transfer.boost-integrator"]) { _ in
    let runs = try integratorRuns()
    return Plot(
      title: "Drift of the conserved matrix",
      caption:
        "The same runs: the largest change of an entry of vvᵀ - CCᵀ, which gradient flow conserves. Boosts "
        + "keep it up to rounding whatever the step; a change of exactly 0 is shown as 1e-17.",
      x: Plot.Axis("number of steps", scale: .logarithmic),
      y: Plot.Axis("largest change of an entry", scale: .logarithmic),
      series: runs.map { $0.series { max($0.drift, 1e-17) } })
  }

  /// One integrator with different numbers of steps.
  private struct Run {
    struct Result {
      let steps: Int
      let error: Double
      let drift: Double
    }

    let integrator: FixedStepIntegrator
    let results: [Result]

    func series(_ value: (Result) -> Double) -> Plot.Series {
      let style = integrator.style
      return Plot.Series(
        integrator.rawValue, .linePoints(style.dash, style.symbol), style.color,
        results.map { Plot.Point(Double($0.steps), value($0)) })
    }
  }

  /// The integrators that are compared.
  private enum FixedStepIntegrator: String, CaseIterable {
    case euler = "Euler (gradient descent)"
    case rungeKutta = "Runge-Kutta, order 4"
    case boost1 = "boosts, order 1"
    case boost2 = "boosts, order 2"
    case boost4 = "boosts, order 4"

    var style: (dash: Plot.Dash, symbol: Plot.Symbol, color: Plot.Color) {
      switch self {
      case .euler: (.dotted, .cross, .plain)
      case .rungeKutta: (.dashed, .square, .vermillion)
      case .boost1: (.dotted, .circle, .sky)
      case .boost2: (.dashDotted, .triangle, .green)
      case .boost4: (.solid, .disk, .blue)
      }
    }

    /// The state after so many equal steps up to a time; `nil` if the steps are so long that it overflows.
    func state(
      of problem: ReducedTransferProblem, from start: TransferState, at time: Double, steps: Int
    ) -> TransferState? {
      let h = time / Double(steps)
      switch self {
      case .euler:
        var descent = GradientDescent(problem, head: start.head, stepSize: h)
        descent.run(steps: steps)
        return descent.state
      case .rungeKutta:
        let flow = GradientFlow(problem)
        var y = flow.flatten(start)
        for _ in 0..<steps { classicalStep(flow, &y, h) }
        return flow.state(y)
      case .boost1, .boost2, .boost4:
        let method: BoostMethod =
          self == .boost1 ? .lieEuler : self == .boost2 ? .lieMidpoint : .commutatorFree
        let integrator = BoostIntegrator(problem, from: start, method: method)
        for _ in 0..<steps {
          do { try integrator.step(h) } catch { return nil }
        }
        return integrator.state
      }
    }

    /// A step of the classical Runge-Kutta method of order 4.
    private func classicalStep(_ flow: GradientFlow, _ y: inout [Double], _ h: Double) {
      func slope(_ y: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: y.count)
        var span = result.mutableSpan
        flow.derivative(at: y.span, into: &span)
        return result
      }
      func moved(_ by: Double, _ along: [Double]) -> [Double] { zip(y, along).map { $0 + by * $1 } }
      let k1 = slope(y)
      let k2 = slope(moved(h / 2, k1))
      let k3 = slope(moved(h / 2, k2))
      let k4 = slope(moved(h, k3))
      for i in y.indices { y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) }
    }
  }

  private static func integratorRuns() throws -> [Run] {
    let parameters = RandomTransferParameters(seed: 1)
    let reduced = try ReducedTransferProblem(parameters.problem())
    let flow = GradientFlow(reduced)
    let start = flow.start(head: parameters.head)
    let time = 4 / reduced.eigenvalues[0]
    let exact = try flow.path(from: start, options: FlowOptions(endTime: time)).last.state
    let conserved = start.imbalance
    let counts = (3...10).map { 1 << $0 }
    return FixedStepIntegrator.allCases.map { integrator in
      let results = counts.compactMap { steps -> Run.Result? in
        guard let state = integrator.state(of: reduced, from: start, at: time, steps: steps) else {
          return nil
        }
        let headError = zip(state.head, exact.head).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
        return Run.Result(
          steps: steps, error: max(headError, state.features.maximumDifference(from: exact.features)),
          drift: state.imbalance.maximumDifference(from: conserved))
      }
      return Run(integrator: integrator, results: results)
    }
  }
}
