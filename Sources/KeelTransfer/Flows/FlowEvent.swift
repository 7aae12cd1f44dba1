import Keel

/// Something that happens on a training path when a function of its point passes zero.
public struct FlowEvent: Sendable {
  /// The way in which the function passes zero.
  public enum Direction: String, Sendable, CaseIterable, Codable {
    /// From below to above.
    case rising
    /// From above to below.
    case falling
    /// Either way.
    case either
  }

  /// What the event is called.
  public var name: String
  /// The way in which the function has to pass zero.
  public var direction: Direction
  /// Whether the path ends there, with ``FlowPath/End/event``.
  public var endsPath: Bool
  /// The function, continuous along a path.
  public var value: @Sendable (FlowPoint) -> Double

  /// An event.
  ///
  /// - Parameters:
  ///   - name: what the event is called.
  ///   - direction: the way in which the function has to pass zero.
  ///   - endsPath: whether the path ends there.
  ///   - value: the function; two zeros within one step of the integrator are not noticed.
  public init(
    _ name: String, direction: Direction = .either, endsPath: Bool = false,
    value: @escaping @Sendable (FlowPoint) -> Double
  ) {
    self.name = name
    self.direction = direction
    self.endsPath = endsPath
    self.value = value
  }

  /// The training loss falls to a value.
  public static func trainingLoss(fallsTo value: Double, endsPath: Bool = false) -> FlowEvent {
    FlowEvent("training loss \(value)", direction: .falling, endsPath: endsPath) {
      $0.losses.training - value
    }
  }

  /// The out-of-distribution loss passes a value.
  public static func outOfDistributionLoss(
    _ direction: Direction, through value: Double, endsPath: Bool = false
  ) -> FlowEvent {
    FlowEvent("out-of-distribution loss \(value)", direction: direction, endsPath: endsPath) {
      $0.losses.outOfDistribution - value
    }
  }

  /// The out-of-distribution loss has a local minimum along the flow.
  public static func outOfDistributionMinimum(of flow: GradientFlow, endsPath: Bool = false) -> FlowEvent {
    FlowEvent("out-of-distribution minimum", direction: .rising, endsPath: endsPath) {
      flow.outOfDistributionSlope(of: $0.state)
    }
  }

  /// Whether a step from one value to another passes zero. A path that starts at zero leaves it; one that
  /// reaches zero at the end of a step has passed it.
  func happens(from start: Double, to end: Double) -> Bool {
    let rises = start < 0 && end >= 0
    let falls = start > 0 && end <= 0
    return switch direction {
    case .rising: rises
    case .falling: falls
    case .either: rises || falls
    }
  }
}

/// An event that happened on a path.
public struct FlowCrossing: Sendable, Equatable {
  /// The name of the event.
  public var event: String
  /// Where it happened.
  public var point: FlowPoint
}
