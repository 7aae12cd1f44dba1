/// The routines that Keel calls, and what a positive `info` means for each: the one place where LAPACK's
/// `info` becomes an error.
enum LAPACKRoutine: String {
  case potrf, potri, pocon, getrf, getri, gecon, geqrf, orgqr, ormqr, geqp3, gesdd, gesvd, syevd, gelsd

  /// The name with its prefix, such as `dgesdd`.
  func name<Scalar: LAPACKScalar>(_: Scalar.Type) -> String {
    Scalar._lapackPrefix + rawValue
  }

  /// Throws what `info` stands for, if it is not zero.
  func check<Scalar: LAPACKScalar>(_ info: Int, _ type: Scalar.Type) throws(LinearAlgebraError) {
    guard info != 0 else { return }
    guard info > 0 else {
      throw .illegalArgument(routine: name(type), position: -info)
    }
    switch self {
    case .potrf:
      throw .notPositiveDefinite(index: info - 1)
    case .getrf, .getri, .potri:
      throw .singular(routine: name(type), index: info - 1)
    case .gesdd, .gesvd, .syevd, .gelsd, .pocon, .gecon, .geqrf, .orgqr, .ormqr, .geqp3:
      // The last six define no positive value; if one comes, it is a failure all the same.
      throw .notConverged(routine: name(type), info: info)
    }
  }
}

extension LAPACKRoutine {
  /// Stops the program unless `info` is 0: for routines that can fail only by an illegal argument.
  func expectSuccess<Scalar: LAPACKScalar>(_ info: Int, _ type: Scalar.Type) {
    precondition(info == 0, "\(name(type)) refused an argument (info = \(info)): a bug of Keel")
  }

  /// Stops the program if an order is beyond the one up to which LAPACK can count the workspace.
  ///
  /// LAPACK computes the length in 32-bit integers. Beyond them it wraps around: the answer to a query is
  /// then too small, the routine does not notice, and it would write past the end.
  func requireCountableWorkspace(order: Int, largest: Int) {
    precondition(
      order <= largest,
      "\(rawValue): LAPACK counts its workspace in 32 bits, enough for vectors up to order \(largest)")
  }
}

/// A LAPACK option letter as C takes it (`char` is signed on some platforms and unsigned on others).
@inline(__always)
func letter(_ code: UInt8) -> CChar { CChar(truncatingIfNeeded: code) }

/// LAPACK's option letters.
enum Letter {
  static let all = UInt8(ascii: "A")
  static let left = UInt8(ascii: "L")
  static let lower = UInt8(ascii: "L")
  static let none = UInt8(ascii: "N")
  static let notTransposed = UInt8(ascii: "N")
  static let infinityNorm = UInt8(ascii: "I")
  static let oneNorm = UInt8(ascii: "1")
  static let right = UInt8(ascii: "R")
  static let thin = UInt8(ascii: "S")
  static let transposed = UInt8(ascii: "T")
  static let upper = UInt8(ascii: "U")
  static let vectors = UInt8(ascii: "V")
}
