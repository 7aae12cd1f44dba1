// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Witnesses of `BLASScalar`, which documents them.

import CBLASShim
public import RealModule

extension Double: BLASScalar {
  public static func _dot(
    _ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafePointer<Self>?, _ incy: Int
  ) -> Self {
    cblas_ddot(size(n), x, size(incx), y, size(incy))
  }

  public static func _nrm2(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Self {
    cblas_dnrm2(size(n), x, size(incx))
  }

  public static func _asum(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Self {
    cblas_dasum(size(n), x, size(incx))
  }

  public static func _iamax(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Int {
    Int(cblas_idamax(size(n), x, size(incx)))
  }

  public static func _axpy(
    _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?,
    _ incy: Int
  ) {
    cblas_daxpy(size(n), alpha, x, size(incx), y, size(incy))
  }

  public static func _scal(_ n: Int, _ alpha: Self, _ x: UnsafeMutablePointer<Self>?, _ incx: Int) {
    cblas_dscal(size(n), alpha, x, size(incx))
  }

  public static func _copy(
    _ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_dcopy(size(n), x, size(incx), y, size(incy))
  }

  public static func _swap(
    _ n: Int, _ x: UnsafeMutablePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_dswap(size(n), x, size(incx), y, size(incy))
  }

  public static func _rot(
    _ n: Int, _ x: UnsafeMutablePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int,
    _ c: Self, _ s: Self
  ) {
    cblas_drot(size(n), x, size(incx), y, size(incy), c, s)
  }

  public static func _gemv(
    _ transposed: Bool, _ rows: Int, _ columns: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafePointer<Self>?, _ incx: Int, _ beta: Self, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_dgemv(
      CblasRowMajor, operation(transposed), size(rows), size(columns), alpha, a, size(lda), x, size(incx),
      beta, y, size(incy))
  }

  public static func _ger(
    _ rows: Int, _ columns: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int,
    _ y: UnsafePointer<Self>?, _ incy: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) {
    cblas_dger(
      CblasRowMajor, size(rows), size(columns), alpha, x, size(incx), y, size(incy), a, size(lda))
  }

  public static func _symv(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int, _ x: UnsafePointer<Self>?,
    _ incx: Int, _ beta: Self, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_dsymv(
      CblasRowMajor, triangle(lower), size(n), alpha, a, size(lda), x, size(incx), beta, y, size(incy))
  }

  public static func _syr(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int,
    _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) {
    cblas_dsyr(CblasRowMajor, triangle(lower), size(n), alpha, x, size(incx), a, size(lda))
  }

  public static func _syr2(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafePointer<Self>?,
    _ incy: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) {
    cblas_dsyr2(
      CblasRowMajor, triangle(lower), size(n), alpha, x, size(incx), y, size(incy), a, size(lda))
  }

  public static func _trmv(
    _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafeMutablePointer<Self>?, _ incx: Int
  ) {
    cblas_dtrmv(
      CblasRowMajor, triangle(lower), operation(transposed), diagonal(unit), size(n), a, size(lda), x,
      size(incx))
  }

  public static func _trsv(
    _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafeMutablePointer<Self>?, _ incx: Int
  ) {
    cblas_dtrsv(
      CblasRowMajor, triangle(lower), operation(transposed), diagonal(unit), size(n), a, size(lda), x,
      size(incx))
  }

  public static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self,
    _ c: UnsafeMutablePointer<Self>?, _ ldc: Int
  ) {
    cblas_dgemm(
      CblasRowMajor, operation(transposeA), operation(transposeB), size(m), size(n), size(k), alpha, a,
      size(lda), b, size(ldb), beta, c, size(ldc))
  }

  public static func _symm(
    _ right: Bool, _ lower: Bool, _ m: Int, _ n: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int
  ) {
    cblas_dsymm(
      CblasRowMajor, side(right), triangle(lower), size(m), size(n), alpha, a, size(lda), b, size(ldb), beta,
      c, size(ldc))
  }

  public static func _syrk(
    _ lower: Bool, _ transposed: Bool, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>?,
    _ lda: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int
  ) {
    cblas_dsyrk(
      CblasRowMajor, triangle(lower), operation(transposed), size(n), size(k), alpha, a, size(lda), beta, c,
      size(ldc))
  }

  public static func _syr2k(
    _ lower: Bool, _ transposed: Bool, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>?,
    _ lda: Int, _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?,
    _ ldc: Int
  ) {
    cblas_dsyr2k(
      CblasRowMajor, triangle(lower), operation(transposed), size(n), size(k), alpha, a, size(lda), b,
      size(ldb), beta, c, size(ldc))
  }

  public static func _trmm(
    _ right: Bool, _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ m: Int, _ n: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafeMutablePointer<Self>?, _ ldb: Int
  ) {
    cblas_dtrmm(
      CblasRowMajor, side(right), triangle(lower), operation(transposed), diagonal(unit), size(m), size(n),
      alpha, a, size(lda), b, size(ldb))
  }

  public static func _trsm(
    _ right: Bool, _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ m: Int, _ n: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafeMutablePointer<Self>?, _ ldb: Int
  ) {
    cblas_dtrsm(
      CblasRowMajor, side(right), triangle(lower), operation(transposed), diagonal(unit), size(m), size(n),
      alpha, a, size(lda), b, size(ldb))
  }
}
