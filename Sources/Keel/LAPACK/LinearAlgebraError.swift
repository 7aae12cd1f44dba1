/// What the data of a linear-algebra problem can make impossible.
///
/// Sizes that do not match are the caller's bug and stop the program with a sentence; everything that
/// depends on the numbers in a matrix is one of these errors.
public enum LinearAlgebraError: Error, Equatable, Sendable {
  /// An exactly zero pivot: the matrix is singular to working precision.
  ///
  /// - `routine`: the routine that met it, such as `dgetrf`.
  /// - `index`: the position of the pivot on the diagonal of the factor, counted from 0.
  case singular(routine: String, index: Int)

  /// The leading principal block that ends at `index` (counted from 0) is not positive definite.
  case notPositiveDefinite(index: Int)

  /// An iteration did not converge; `info` is LAPACK's count of what failed.
  case notConverged(routine: String, info: Int)

  /// An argument holds a NaN or an infinity. LAPACK may hang or return garbage on these, so they are
  /// found before it is called.
  case nonFinite(argument: String)

  /// Rows that should be orthonormal are not: `deviation` is the largest entry of `|BBᵀ - I|`.
  case notOrthonormal(argument: String, deviation: Double)

  /// LAPACK refused an argument (`position` counts from 1 as in its manual). Keel checks arguments
  /// before the call, so this is a bug of Keel or of the LAPACK library.
  case illegalArgument(routine: String, position: Int)
}

extension LinearAlgebraError: CustomStringConvertible {
  /// A sentence that names the routine or the argument and the cause.
  public var description: String {
    switch self {
    case .singular(let routine, let index):
      "\(routine): the matrix is singular (the pivot at index \(index) is exactly zero)"
    case .notPositiveDefinite(let index):
      "the matrix is not positive definite (its leading block of order \(index + 1) is not)"
    case .notConverged(let routine, let info):
      "\(routine): the iteration did not converge (info = \(info))"
    case .nonFinite(let argument):
      "\(argument) holds a NaN or an infinity"
    case .notOrthonormal(let argument, let deviation):
      "the rows of \(argument) are not orthonormal (largest deviation of their Gram matrix from the "
        + "identity: \(deviation))"
    case .illegalArgument(let routine, let position):
      "\(routine): LAPACK refused argument \(position); please report this"
    }
  }
}
