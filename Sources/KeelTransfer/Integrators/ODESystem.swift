/// An autonomous system of ordinary differential equations `y' = f(y)`.
public protocol ODESystem {
  /// The number of unknowns.
  var dimension: Int { get }
  /// Writes `f(y)`; both spans have ``dimension`` elements.
  func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>)
}

/// What can stop an integration before its end.
public enum IntegrationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The step that the tolerance asks for no longer changes the time: the solution grows without bound
  /// or the system is too stiff for an explicit method.
  case stepTooSmall(time: Double, step: Double)
  /// The solution or its derivative is infinite or not a number.
  case notFinite(time: Double)

  /// A sentence that says what happened and when.
  public var description: String {
    switch self {
    case .stepTooSmall(let time, let step):
      "The integration stopped at time \(time): the tolerance asks for a step of \(step), which is lost in rounding"
    case .notFinite(let time):
      "The integration stopped at time \(time): the solution is no longer finite"
    }
  }
}
