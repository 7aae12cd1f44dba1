// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Witnesses of `BLASScalar`, which documents them.

import CBLASShim
public import RealModule

extension Float: BLASScalar {
  public static func _dot(
    _ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafePointer<Self>?, _ incy: Int
  ) -> Self {
    cblas_sdot(size(n), x, size(incx), y, size(incy))
  }

  public static func _nrm2(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Self {
    cblas_snrm2(size(n), x, size(incx))
  }

  public static func _asum(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Self {
    cblas_sasum(size(n), x, size(incx))
  }

  public static func _iamax(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Int {
    Int(cblas_isamax(size(n), x, size(incx)))
  }

  public static func _axpy(
    _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?,
    _ incy: Int
  ) {
    cblas_saxpy(size(n), alpha, x, size(incx), y, size(incy))
  }

  public static func _scal(_ n: Int, _ alpha: Self, _ x: UnsafeMutablePointer<Self>?, _ incx: Int) {
    cblas_sscal(size(n), alpha, x, size(incx))
  }

  public static func _copy(
    _ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_scopy(size(n), x, size(incx), y, size(incy))
  }

  public static func _swap(
    _ n: Int, _ x: UnsafeMutablePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_sswap(size(n), x, size(incx), y, size(incy))
  }

  public static func _rot(
    _ n: Int, _ x: UnsafeMutablePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int,
    _ c: Self, _ s: Self
  ) {
    cblas_srot(size(n), x, size(incx), y, size(incy), c, s)
  }

  public static func _gemv(
    _ transposed: Bool, _ rows: Int, _ columns: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafePointer<Self>?, _ incx: Int, _ beta: Self, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_sgemv(
      CblasRowMajor, operation(transposed), size(rows), size(columns), alpha, a, size(lda), x, size(incx),
      beta, y, size(incy))
  }

  public static func _ger(
    _ rows: Int, _ columns: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int,
    _ y: UnsafePointer<Self>?, _ incy: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) {
    cblas_sger(
      CblasRowMajor, size(rows), size(columns), alpha, x, size(incx), y, size(incy), a, size(lda))
  }

  public static func _symv(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int, _ x: UnsafePointer<Self>?,
    _ incx: Int, _ beta: Self, _ y: UnsafeMutablePointer<Self>?, _ incy: Int
  ) {
    cblas_ssymv(
      CblasRowMajor, triangle(lower), size(n), alpha, a, size(lda), x, size(incx), beta, y, size(incy))
  }

  public static func _syr(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int,
    _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) {
    cblas_ssyr(CblasRowMajor, triangle(lower), size(n), alpha, x, size(incx), a, size(lda))
  }

  public static func _syr2(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafePointer<Self>?,
    _ incy: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int
  ) {
    cblas_ssyr2(
      CblasRowMajor, triangle(lower), size(n), alpha, x, size(incx), y, size(incy), a, size(lda))
  }

  public static func _trmv(
    _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafeMutablePointer<Self>?, _ incx: Int
  ) {
    cblas_strmv(
      CblasRowMajor, triangle(lower), operation(transposed), diagonal(unit), size(n), a, size(lda), x,
      size(incx))
  }

  public static func _trsv(
    _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafeMutablePointer<Self>?, _ incx: Int
  ) {
    cblas_strsv(
      CblasRowMajor, triangle(lower), operation(transposed), diagonal(unit), size(n), a, size(lda), x,
      size(incx))
  }

  public static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self,
    _ c: UnsafeMutablePointer<Self>?, _ ldc: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, operation(transposeA), operation(transposeB), size(m), size(n), size(k), alpha, a,
      size(lda), b, size(ldb), beta, c, size(ldc))
  }

  public static func _symm(
    _ right: Bool, _ lower: Bool, _ m: Int, _ n: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int
  ) {
    cblas_ssymm(
      CblasRowMajor, side(right), triangle(lower), size(m), size(n), alpha, a, size(lda), b, size(ldb), beta,
      c, size(ldc))
  }

  public static func _syrk(
    _ lower: Bool, _ transposed: Bool, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>?,
    _ lda: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int
  ) {
    cblas_ssyrk(
      CblasRowMajor, triangle(lower), operation(transposed), size(n), size(k), alpha, a, size(lda), beta, c,
      size(ldc))
  }

  public static func _syr2k(
    _ lower: Bool, _ transposed: Bool, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>?,
    _ lda: Int, _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?,
    _ ldc: Int
  ) {
    cblas_ssyr2k(
      CblasRowMajor, triangle(lower), operation(transposed), size(n), size(k), alpha, a, size(lda), b,
      size(ldb), beta, c, size(ldc))
  }

  public static func _trmm(
    _ right: Bool, _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ m: Int, _ n: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafeMutablePointer<Self>?, _ ldb: Int
  ) {
    cblas_strmm(
      CblasRowMajor, side(right), triangle(lower), operation(transposed), diagonal(unit), size(m), size(n),
      alpha, a, size(lda), b, size(ldb))
  }

  public static func _trsm(
    _ right: Bool, _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ m: Int, _ n: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafeMutablePointer<Self>?, _ ldb: Int
  ) {
    cblas_strsm(
      CblasRowMajor, side(right), triangle(lower), operation(transposed), diagonal(unit), size(m), size(n),
      alpha, a, size(lda), b, size(ldb))
  }
}
