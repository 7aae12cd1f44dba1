import Keel

/// A point on a training path.
public struct FlowPoint: Sendable, Equatable {
  /// The training time t ≥ 0; infinity stands for the limit in closed form.
  public var time: Double
  /// Head and features at that time.
  public var state: TransferState
  /// The losses at that time.
  public var losses: TransferLosses
}

/// What was seen along a training path.
public struct FlowPath: Sendable {
  /// Why a path ended.
  public enum End: String, Sendable, Codable {
    /// The training error is zero up to the tolerance.
    case converged
    /// The state no longer moves although the training error is not zero: a saddle, or a layer that
    /// alone cannot fit the labels.
    case atRest
    /// The requested time was reached.
    case endTime
    /// The allowed number of steps was used.
    case stepLimit
    /// An event that ends the path happened.
    case event
  }

  /// The points at the requested times that the path reached.
  public var samples: [FlowPoint]
  /// The last point.
  public var last: FlowPoint
  /// The point of least out-of-distribution loss, start and end included.
  public var lowestOutOfDistribution: FlowPoint
  /// Why the path ended.
  public var end: End
  /// The largest change of an entry of the conserved matrix, looked at every 32 steps and at the end: a
  /// measure of the integrator's error.
  public var conservedDrift: Double
  /// The events that happened, in order of time.
  public var crossings: [FlowCrossing] = []
  /// The number of accepted steps.
  public var steps: Int
  /// The number of evaluations of the derivative, or of passes over the features.
  public var evaluations: Int
}
