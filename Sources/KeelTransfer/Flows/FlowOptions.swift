import Keel

/// The integrator with which a gradient flow is followed.
public enum FlowMethod: String, Sendable, CaseIterable, Codable {
  /// ``DormandPrince853``, of order 8: the fastest to full precision at a given time.
  case dormandPrince853
  /// ``AdaptiveBoostIntegrator``, of order 4, which keeps what the flow conserves to rounding at every
  /// tolerance. All learning rates are followed, also when one of them is zero. Where the rates of a large
  /// problem differ widely it reaches the limit much sooner, because its steps keep fast directions
  /// decaying however loose the tolerance is; 1e-6 to 1e-9 is a good one.
  case boosts
}

/// When and how precisely a flow is followed.
public struct FlowOptions: Sendable {
  /// The integrator.
  public var method: FlowMethod
  /// The relative tolerance of the integrator.
  public var relativeTolerance: Double
  /// The absolute tolerance of the integrator; boosts have none.
  public var absoluteTolerance: Double
  /// The time to stop at, or nil to go on to convergence.
  public var endTime: Double?
  /// The flow has converged when the training error `‖X(w - w*)‖` is at most this times `σ₁‖w*‖` (with noisy
  /// labels: what can be fitted of it, against the weights that fit the labels), or is as small as rounding
  /// and ``absoluteTolerance`` let it be for a head of its size.
  public var residualTolerance: Double
  /// The flow is at rest when no unknown changes by more than this, relative to its size, in the time
  /// that the fastest direction of X needs.
  public var restTolerance: Double
  /// The largest number of steps; reaching it ends the path with ``FlowPath/End/stepLimit``.
  public var maximumSteps: Int
  /// Times, in increasing order, at which the path is sampled; infinity is the end of a path that
  /// converges or comes to rest.
  public var sampleTimes: [Double]
  /// Events whose times are looked for.
  public var events: [FlowEvent]

  /// Options; the defaults follow the flow to its limit with ten to twelve correct digits.
  public init(
    relativeTolerance: Double = 1e-13, absoluteTolerance: Double = 1e-15, endTime: Double? = nil,
    residualTolerance: Double = 1e-13, restTolerance: Double = 1e-15, maximumSteps: Int = 200_000,
    sampleTimes: [Double] = [], method: FlowMethod = .dormandPrince853, events: [FlowEvent] = []
  ) {
    precondition(zip(sampleTimes, sampleTimes.dropFirst()).allSatisfy(<=), "Sample times must increase")
    precondition((sampleTimes.first ?? 0) >= 0 && (endTime ?? 0) >= 0, "Training begins at time 0")
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
    self.endTime = endTime
    self.residualTolerance = residualTolerance
    self.restTolerance = restTolerance
    self.maximumSteps = maximumSteps
    self.sampleTimes = sampleTimes
    self.method = method
    self.events = events
  }
}
