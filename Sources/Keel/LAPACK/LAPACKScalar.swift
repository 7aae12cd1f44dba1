public import RealModule

/// The scalar types for which a LAPACK exists, with the routines on raw, column-major storage.
///
/// Each requirement is the Fortran routine of the same name with `s` or `d` in front: letters are
/// ASCII codes, `lwork == -1` asks for the size of the workspace, pivots count from 1, and the result
/// is LAPACK's `info`. The requirements carry an underscore because they check nothing: call the
/// factorizations ``Cholesky``, ``LU``, ``QR``, ``PivotedQR``, ``SVD``, ``SymmetricEigen``.
public protocol LAPACKScalar: Real, BinaryFloatingPoint, Sendable {
  /// The letter in front of the routines' names: `s` or `d`.
  static var _lapackPrefix: String { get }

  /// Cholesky factor of one triangle, in place.
  static func _potrf(
    _ uplo: UInt8, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) -> Int
  /// Inverse, in one triangle, from the factor of `_potrf`.
  static func _potri(
    _ uplo: UInt8, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) -> Int
  /// Reciprocal condition number in the 1-norm from the factor of `_potrf`.
  static func _pocon(
    _ uplo: UInt8, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int, _ anorm: Self,
    _ rcond: UnsafeMutablePointer<Self>?, _ work: UnsafeMutablePointer<Self>?,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int
  /// LU factors with row interchanges, in place.
  static func _getrf(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int, _ ipiv: UnsafeMutablePointer<Int32>?
  ) -> Int
  /// Inverse from the factors of `_getrf`.
  static func _getri(
    _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int, _ ipiv: UnsafePointer<Int32>?,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int
  /// Reciprocal condition number in the 1-norm or the ∞-norm from the factors of `_getrf`.
  static func _gecon(
    _ norm: UInt8, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int, _ anorm: Self,
    _ rcond: UnsafeMutablePointer<Self>?, _ work: UnsafeMutablePointer<Self>?,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int
  /// Householder QR, in place.
  static func _geqrf(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int, _ tau: UnsafeMutablePointer<Self>?,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int
  /// The first `n` columns of Q from `k` reflectors, in place.
  static func _orgqr(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ tau: UnsafePointer<Self>?, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int
  /// `C ← op(Q) C` or `C op(Q)` from `k` reflectors.
  static func _ormqr(
    _ side: UInt8, _ trans: UInt8, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ tau: UnsafePointer<Self>?, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int
  /// Householder QR with column pivoting, in place.
  static func _geqp3(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ jpvt: UnsafeMutablePointer<Int32>?, _ tau: UnsafeMutablePointer<Self>?,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int
  /// SVD by divide and conquer; destroys `a`.
  static func _gesdd(
    _ job: UInt8, _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ s: UnsafeMutablePointer<Self>?, _ u: UnsafeMutablePointer<Self>?, _ ldu: Int,
    _ vt: UnsafeMutablePointer<Self>?, _ ldvt: Int, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int
  /// SVD by the QR iteration; destroys `a`.
  static func _gesvd(
    _ jobu: UInt8, _ jobvt: UInt8, _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ s: UnsafeMutablePointer<Self>?, _ u: UnsafeMutablePointer<Self>?, _ ldu: Int,
    _ vt: UnsafeMutablePointer<Self>?, _ ldvt: Int, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int
  /// Eigenvalues, in increasing order, and eigenvectors of a symmetric matrix, in place.
  static func _syevd(
    _ job: UInt8, _ uplo: UInt8, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ w: UnsafeMutablePointer<Self>?, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int,
    _ iwork: UnsafeMutablePointer<Int32>?, _ liwork: Int
  ) -> Int
  /// Least squares of least norm by the SVD; destroys `a`, overwrites `b` with the solution.
  static func _gelsd(
    _ m: Int, _ n: Int, _ nrhs: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Self>?, _ ldb: Int, _ s: UnsafeMutablePointer<Self>?, _ rcond: Self,
    _ rank: UnsafeMutablePointer<Int32>?, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int
}
