/// What can be wrong with the parameters of a mixed distribution, or with an outcome.
public enum MixedError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An argument is outside its range, or NaN.
  case outOfRange(argument: String, expected: String, found: String)
  /// An argument has the wrong shape.
  case wrongShape(argument: String, expected: String, found: String)
  /// A point is not in the polytope of a distribution.
  case outsidePolytope(argument: String, reason: String)
  /// A quantity has no closed form, and is too large to enumerate or to integrate; estimate it from samples.
  case notComputable(quantity: String, reason: String)

  /// A sentence that names the argument.
  public var description: String {
    switch self {
    case .outOfRange(let argument, let expected, let found):
      "\(argument) must be \(expected), but is \(found)"
    case .wrongShape(let argument, let expected, let found):
      "\(argument) must be \(expected), but is \(found)"
    case .outsidePolytope(let argument, let reason): "\(argument) is outside the polytope: \(reason)"
    case .notComputable(let quantity, let reason): "\(quantity) cannot be computed exactly: \(reason)"
    }
  }

  /// The error, about a row of a matrix.
  func inRow(_ row: Int) -> MixedError { inPart("row \(row)") }

  /// The error, about a part of what was given.
  func inPart(_ part: String) -> MixedError {
    switch self {
    case .outOfRange(let argument, let expected, let found):
      .outOfRange(argument: "\(part), \(argument)", expected: expected, found: found)
    case .wrongShape(let argument, let expected, let found):
      .wrongShape(argument: "\(part), \(argument)", expected: expected, found: found)
    case .outsidePolytope(let argument, let reason):
      .outsidePolytope(argument: "\(part), \(argument)", reason: reason)
    case .notComputable: self
    }
  }
}
