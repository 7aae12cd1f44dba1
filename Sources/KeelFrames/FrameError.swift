/// What can be wrong with data that is to be averaged over a frame.
public enum FrameError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An argument has no rows, points or vertices, where at least one is needed.
  case empty(argument: String)
  /// An argument holds a NaN or an infinity.
  case notFinite(argument: String, position: String)
  /// An argument is outside its range.
  case outOfRange(argument: String, expected: String, found: String)
  /// An argument has the wrong shape.
  case wrongShape(argument: String, expected: String, found: String)
  /// A frame has too many elements to go through all of them; draw some.
  case tooManyElements(argument: String, count: String, limit: String)
  /// The frame that was asked for does not exist for this argument.
  case undefined(argument: String, reason: String)

  /// A sentence that names the argument.
  public var description: String {
    switch self {
    case .empty(let argument): "\(argument) is empty"
    case .notFinite(let argument, let position): "\(argument) is not finite at \(position)"
    case .outOfRange(let argument, let expected, let found):
      "\(argument) must be \(expected), but is \(found)"
    case .wrongShape(let argument, let expected, let found):
      "\(argument) must be \(expected), but is \(found)"
    case .tooManyElements(let argument, let count, let limit):
      "The frame of \(argument) has \(count) elements; no more than \(limit) can be gone through"
    case .undefined(let argument, let reason): "\(argument) has no such frame: \(reason)"
    }
  }
}
