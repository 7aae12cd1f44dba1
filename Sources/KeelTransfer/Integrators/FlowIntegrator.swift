import Keel

/// What following a path needs of an integrator of gradient flow. States are flat: the head, then the
/// features row after row.
protocol FlowIntegrator: AnyObject {
  /// The time of the current state.
  var time: Double { get }
  /// The time before the last step.
  var previousTime: Double { get }
  /// The number of accepted steps so far.
  var acceptedSteps: Int { get }
  /// The number of evaluations of the derivative, or of passes over the features, so far.
  var evaluations: Int { get }
  /// The error that a step may make in an entry near zero.
  var absoluteTolerance: Double { get }
  /// Takes one step that meets the tolerance and does not pass `limit`.
  func step(notPast limit: Double) throws(IntegrationError)
  /// Reads the current state without a copy.
  func withState<R, E: Error>(_ body: (Span<Double>) throws(E) -> R) throws(E) -> R
  /// How the current state moves.
  func motion() -> FlowMotion
  /// Writes the state at a time within the last step.
  func interpolate(at t: Double, into result: inout [Double])
}

extension DormandPrince853: FlowIntegrator where System == GradientFlow {
  func motion() -> FlowMotion { withState { system.motion(at: $0) } }
}
