// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Witnesses of `LAPACKScalar`, which documents them.

import CBLASShim
public import RealModule

extension Float: LAPACKScalar {
  public static var _lapackPrefix: String { "s" }

  public static func _potrf(
    _ uplo: UInt8, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) -> Int {
    Int(keel_spotrf(letter(uplo), size(n), a, size(lda)))
  }

  public static func _potri(
    _ uplo: UInt8, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) -> Int {
    Int(keel_spotri(letter(uplo), size(n), a, size(lda)))
  }

  public static func _pocon(
    _ uplo: UInt8, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int, _ anorm: Self,
    _ rcond: UnsafeMutablePointer<Self>?, _ work: UnsafeMutablePointer<Self>?,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int {
    Int(keel_spocon(letter(uplo), size(n), a, size(lda), anorm, rcond, work, iwork))
  }

  public static func _getrf(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int, _ ipiv: UnsafeMutablePointer<Int32>?
  ) -> Int {
    Int(keel_sgetrf(size(m), size(n), a, size(lda), ipiv))
  }

  public static func _getri(
    _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int, _ ipiv: UnsafePointer<Int32>?,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int {
    Int(keel_sgetri(size(n), a, size(lda), ipiv, work, size(lwork)))
  }

  public static func _gecon(
    _ norm: UInt8, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int, _ anorm: Self,
    _ rcond: UnsafeMutablePointer<Self>?, _ work: UnsafeMutablePointer<Self>?,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int {
    Int(keel_sgecon(letter(norm), size(n), a, size(lda), anorm, rcond, work, iwork))
  }

  public static func _geqrf(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int, _ tau: UnsafeMutablePointer<Self>?,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int {
    Int(keel_sgeqrf(size(m), size(n), a, size(lda), tau, work, size(lwork)))
  }

  public static func _orgqr(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ tau: UnsafePointer<Self>?, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int {
    Int(keel_sorgqr(size(m), size(n), size(k), a, size(lda), tau, work, size(lwork)))
  }

  public static func _ormqr(
    _ side: UInt8, _ trans: UInt8, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ tau: UnsafePointer<Self>?, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int {
    Int(
      keel_sormqr(
        letter(side), letter(trans), size(m), size(n), size(k), a, size(lda), tau, c, size(ldc), work,
        size(lwork)))
  }

  public static func _geqp3(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ jpvt: UnsafeMutablePointer<Int32>?, _ tau: UnsafeMutablePointer<Self>?,
    _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int {
    Int(keel_sgeqp3(size(m), size(n), a, size(lda), jpvt, tau, work, size(lwork)))
  }

  public static func _gesdd(
    _ job: UInt8, _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ s: UnsafeMutablePointer<Self>?, _ u: UnsafeMutablePointer<Self>?, _ ldu: Int,
    _ vt: UnsafeMutablePointer<Self>?, _ ldvt: Int, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int {
    Int(
      keel_sgesdd(
        letter(job), size(m), size(n), a, size(lda), s, u, size(ldu), vt, size(ldvt), work, size(lwork),
        iwork))
  }

  public static func _gesvd(
    _ jobu: UInt8, _ jobvt: UInt8, _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ s: UnsafeMutablePointer<Self>?, _ u: UnsafeMutablePointer<Self>?, _ ldu: Int,
    _ vt: UnsafeMutablePointer<Self>?, _ ldvt: Int, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int
  ) -> Int {
    Int(
      keel_sgesvd(
        letter(jobu), letter(jobvt), size(m), size(n), a, size(lda), s, u, size(ldu), vt, size(ldvt),
        work, size(lwork)))
  }

  public static func _syevd(
    _ job: UInt8, _ uplo: UInt8, _ n: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ w: UnsafeMutablePointer<Self>?, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int,
    _ iwork: UnsafeMutablePointer<Int32>?, _ liwork: Int
  ) -> Int {
    Int(
      keel_ssyevd(
        letter(job), letter(uplo), size(n), a, size(lda), w, work, size(lwork), iwork, size(liwork)))
  }

  public static func _gelsd(
    _ m: Int, _ n: Int, _ nrhs: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int,
    _ b: UnsafeMutablePointer<Self>?, _ ldb: Int, _ s: UnsafeMutablePointer<Self>?, _ rcond: Self,
    _ rank: UnsafeMutablePointer<Int32>?, _ work: UnsafeMutablePointer<Self>?, _ lwork: Int,
    _ iwork: UnsafeMutablePointer<Int32>?
  ) -> Int {
    Int(
      keel_sgelsd(
        size(m), size(n), size(nrhs), a, size(lda), b, size(ldb), s, rcond, rank, work, size(lwork),
        iwork))
  }
}
