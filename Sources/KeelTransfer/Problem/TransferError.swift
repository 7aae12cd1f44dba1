import Keel

/// What can be wrong with the data of a transfer problem, or stop a computation on it.
public enum TransferError: Error, Sendable, CustomStringConvertible {
  /// An argument has the wrong shape.
  case wrongShape(argument: String, expected: String, found: String)
  /// An argument holds an infinity or NaN.
  case notFinite(argument: String)
  /// The rows of an argument should be orthonormal; `deviation` is the largest entry of `AAᵀ - I`.
  case notOrthonormal(argument: String, deviation: Double)
  /// An argument is outside its range.
  case outOfRange(argument: String, reason: String)
  /// A path has no closed form; `deviation` says how far the start is from one that has.
  case noClosedForm(reason: String, deviation: Double)
  /// A factorization failed.
  case linearAlgebra(LinearAlgebraError)
  /// The gradient flow could not be integrated.
  case integration(IntegrationError)

  /// The error of a list that has the wrong number of entries.
  public static func wrongCount(argument: String, expected: Int, found: Int) -> TransferError {
    .wrongShape(
      argument: argument, expected: "a list of \(expected) number\(expected == 1 ? "" : "s")",
      found: "one of \(found)")
  }

  /// A sentence that names the argument or the routine.
  public var description: String {
    switch self {
    case .wrongShape(let argument, let expected, let found):
      "\(argument) must be \(expected), but is \(found)"
    case .notFinite(let argument):
      "\(argument) holds an infinity or NaN"
    case .notOrthonormal(let argument, let deviation):
      "The rows of \(argument) must be orthonormal, but an inner product is off by \(deviation)"
    case .outOfRange(let argument, let reason):
      "\(argument) \(reason)"
    case .noClosedForm(let reason, let deviation):
      "There is no closed form for this path: \(reason) (deviation \(deviation))"
    case .linearAlgebra(let error):
      "\(error)"
    case .integration(let error):
      "\(error)"
    }
  }
}

/// Runs `body` and wraps what linear algebra throws.
func linearAlgebra<T>(_ body: () throws(LinearAlgebraError) -> T) throws(TransferError) -> T {
  do { return try body() } catch { throw .linearAlgebra(error) }
}

/// Runs `body` and wraps what an integrator throws.
func integrating<T>(_ body: () throws(IntegrationError) -> T) throws(TransferError) -> T {
  do { return try body() } catch { throw .integration(error) }
}
