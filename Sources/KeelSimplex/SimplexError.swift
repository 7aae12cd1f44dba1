/// What can be wrong with the parameters of a map, or with the data of a loss.
public enum SimplexError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An argument is outside its range, or NaN where that is not allowed.
  case outOfRange(argument: String, expected: String, found: String)
  /// An argument has the wrong shape.
  case wrongShape(argument: String, expected: String, found: String)
  /// A polytope is empty.
  case infeasible(argument: String, reason: String)

  /// A sentence that names the argument.
  public var description: String {
    switch self {
    case .outOfRange(let argument, let expected, let found):
      "\(argument) must be \(expected), but is \(found)"
    case .wrongShape(let argument, let expected, let found):
      "\(argument) must be \(expected), but is \(found)"
    case .infeasible(let argument, let reason): "\(argument) leaves nothing to choose from: \(reason)"
    }
  }
}
