import Keel

/// The boost integrator of order 4 with steps chosen by their error, and with dense output.
///
/// A step compares the gradient at its end, which the next step needs anyway, with the gradient of its last
/// stage: `(h/6)‖g(y₁) - g₄‖` is how far the boost of an embedded method of order 3 would differ, and thus
/// by how much, relative to its size, the state would. Two limits hold for it: the tolerance, and a quarter
/// of the step's whole boost `h‖g‖`. The second is a bound of stability: near the limit of the flow, where
/// every step is accurate, it keeps the fast directions decaying.
///
/// The state between two steps is the state of a shorter step, so that it is of order 4 too and as balanced
/// as all others.
///
/// ```swift
/// let integrator = try AdaptiveBoostIntegrator(problem, from: start, relativeTolerance: 1e-9)
/// while integrator.time < 10 { try integrator.step(notPast: 10) }
/// ```
///
/// Source of the control of steps: Hairer and Wanner (1996), *Solving Ordinary Differential Equations II*,
/// section IV.2. The estimate on this flow was worked out for this library.
public final class AdaptiveBoostIntegrator: FlowIntegrator {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// The learning rates of the layers.
  public let rates: LearningRates
  /// Bound on the estimated error of a step, relative to the size of the state.
  public let relativeTolerance: Double
  /// The time of the current state.
  public private(set) var time: Double
  /// The time before the last step.
  public private(set) var previousTime: Double
  /// The number of accepted steps so far.
  public private(set) var acceptedSteps = 0
  /// The number of rejected steps so far.
  public private(set) var rejectedSteps = 0

  private let stepper: BoostStepper<Double>
  private let fastestRate: Double
  private var nextStep: Double?
  private var lastError = 1.0

  /// An integrator that starts at a given state.
  ///
  /// - Parameters:
  ///   - problem: the problem whose training loss is descended.
  ///   - start: the state at `time`.
  ///   - time: the time of the initial state.
  ///   - rates: the learning rates of the layers.
  ///   - relativeTolerance: bound on the estimated error of a step, relative to the size of the state.
  /// - Throws: ``IntegrationError/notFinite(time:)`` if the start is not finite.
  public init(
    _ problem: ReducedTransferProblem, from start: TransferState, at time: Double = 0,
    rates: LearningRates = .fineTuning, relativeTolerance: Double = 1e-12
  ) throws(IntegrationError) {
    precondition(relativeTolerance > 0, "Tolerances must be positive")
    self.problem = problem
    self.rates = rates
    self.relativeTolerance = relativeTolerance
    self.time = time
    previousTime = time
    fastestRate = max(rates.head, rates.features)
    stepper = BoostStepper(problem, rates: rates, from: start)
    let size = stepper.headNorm * stepper.featureNorm * stepper.gradientNorm
    guard size.isFinite, stepper.isFinite(stepper.current) else { throw .notFinite(time: time) }
  }

  /// The current state.
  public var state: TransferState { stepper.state(stepper.current) }

  /// The number of passes over the features so far: four a step, three more for one that is rejected or
  /// for a state between steps.
  public var evaluations: Int { stepper.passes }

  /// Errors are relative to the size of the whole state.
  var absoluteTolerance: Double { 0 }

  /// Takes one step that meets the tolerance and does not pass `limit`.
  ///
  /// - Throws: ``IntegrationError`` if no step meets the tolerance; the state is then the last good one.
  public func step(notPast limit: Double = .infinity) throws(IntegrationError) {
    precondition(limit >= time, "A step cannot go back in time")
    guard limit > time else { return }
    let gradient = stepper.gradientNorm
    let noise = gradientNoise
    var h = min(nextStep ?? initialStep(), limit - time)
    var rejected = false
    while true {
      guard time + h > time, h > 4 * time.ulp else { throw .stepTooSmall(time: time, step: h) }
      let reachesLimit = h >= limit - time
      stepper.stepCommutatorFree(h)
      let difference = fastestRate * stepper.errorOfFourthOrderStep(h)
      let allowed = max(min(relativeTolerance, fastestRate * h * gradient / 4), fastestRate * h * noise)
      let error = difference == 0 ? 0 : difference / allowed
      if error <= 1, stepper.isFinite(stepper.trial) {
        stepper.accept()
        previousTime = time
        time = reachesLimit ? limit : time + h
        acceptedSteps += 1
        // A proportional and an integral part: the error falls with h⁴.
        let safeError = max(error, 1e-6)
        let growth = min(5, 0.9 * Double.pow(safeError, -0.7 / 4) * Double.pow(lastError, 0.4 / 4))
        lastError = safeError
        let proposal = h * (rejected ? min(1, growth) : growth)
        // A step that was cut at the limit says little about the next one: keep the longer proposal.
        nextStep = reachesLimit ? max(proposal, nextStep ?? 0) : proposal
        return
      }
      rejected = true
      rejectedSteps += 1
      h *= error.isFinite ? max(0.2, 0.9 * Double.pow(error, -0.25)) : 0.2
      nextStep = h
    }
  }

  /// The state at a time within the last step, accurate to order 4 and exactly as balanced as the others.
  ///
  /// Complexity: three passes over the features and one that writes them.
  public func state(at t: Double) -> TransferState { stepper.state(node(at: t)) }

  // MARK: - What a path needs

  func withState<R, E: Error>(_ body: (Span<Double>) throws(E) -> R) throws(E) -> R {
    let buffer = UnsafeBufferPointer(start: stepper.current.state, count: stepper.k * (1 + stepper.m))
    return try body(buffer.span)
  }

  func interpolate(at t: Double, into result: inout [Double]) {
    precondition(result.count == stepper.k * (1 + stepper.m), "The result must have the system's dimension")
    let node = node(at: t)
    for i in result.indices { result[i] = node.state[i] }
  }

  func motion() -> FlowMotion {
    stepper.prepare()
    let (node, k, m) = (stepper.current, stepper.k, stepper.m)
    func array(_ pointer: UnsafeMutablePointer<Double>, _ count: Int) -> [Double] {
      Array(UnsafeBufferPointer(start: pointer, count: count))
    }
    return FlowMotion(
      rates: rates, head: array(node.head, k), output: array(node.output, m),
      gradient: array(node.gradient, m), along: array(node.along, k), turned: array(node.turned, m))
  }

  private func node(at t: Double) -> BoostStepper<Double>.Node {
    precondition(t >= previousTime && t <= time, "Dense output covers the last step only")
    guard t < time else { return stepper.current }
    stepper.stepCommutatorFree(t - previousTime, fromPrevious: true)
    return stepper.trial
  }

  /// A quarter of what rounding can leave of the gradient's norm, `2λ₁(k + 1)u‖v‖‖C‖`, below which a path
  /// counts as converged: gradients of this size say nothing about a step.
  private var gradientNoise: Double {
    let sums = Double(stepper.k + 1) * .ulpOfOne * stepper.headNorm * stepper.featureNorm
    return (problem.eigenvalues.first ?? 0) * sums / 2
  }

  /// A tenth of what the fastest rate at the start allows; steps grow fivefold if they can.
  private func initialStep() -> Double {
    let (head, features) = (stepper.headNorm, stepper.featureNorm)
    let decay = 2 * (problem.eigenvalues.first ?? 0) * (head * head + features * features)
    let speed = fastestRate * (decay + stepper.gradientNorm)
    return speed > 0 ? 0.1 / speed : 1
  }
}
