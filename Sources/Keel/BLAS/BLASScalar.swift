import CBLASShim
public import RealModule

/// The scalar types for which a BLAS exists, with the routines on raw, row-major storage.
///
/// Each requirement is the CBLAS routine of the same name with `s` or `d` in front; `Int` sizes,
/// strides and leading dimensions are converted here and nowhere else. The requirements carry an
/// underscore because they check nothing: call the functions of ``BLAS``.
public protocol BLASScalar: Real, BinaryFloatingPoint, SIMDScalar, Sendable, Codable,
  LosslessStringConvertible
where Magnitude == Self {
  /// `xᵀy`.
  static func _dot(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafePointer<Self>?, _ incy: Int)
    -> Self
  /// `‖x‖₂`, without overflow.
  static func _nrm2(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Self
  /// `‖x‖₁`.
  static func _asum(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Self
  /// The first index of the entry of largest magnitude.
  static func _iamax(_ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int) -> Int
  /// `y ← αx + y`.
  static func _axpy(
    _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?,
    _ incy: Int)
  /// `x ← αx`.
  static func _scal(_ n: Int, _ alpha: Self, _ x: UnsafeMutablePointer<Self>?, _ incx: Int)
  /// `y ← x`.
  static func _copy(
    _ n: Int, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int)
  /// `x ↔ y`.
  static func _swap(
    _ n: Int, _ x: UnsafeMutablePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int)
  /// `(x, y) ← (cx + sy, cy - sx)`.
  static func _rot(
    _ n: Int, _ x: UnsafeMutablePointer<Self>?, _ incx: Int, _ y: UnsafeMutablePointer<Self>?, _ incy: Int,
    _ c: Self, _ s: Self)
  /// `y ← α op(A) x + βy`, A stored by rows as `rows × columns`.
  static func _gemv(
    _ transposed: Bool, _ rows: Int, _ columns: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafePointer<Self>?, _ incx: Int, _ beta: Self, _ y: UnsafeMutablePointer<Self>?, _ incy: Int)
  /// `A ← αxyᵀ + A`.
  static func _ger(
    _ rows: Int, _ columns: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int,
    _ y: UnsafePointer<Self>?, _ incy: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int)
  /// `y ← αAx + βy`, A symmetric, one triangle read.
  static func _symv(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int, _ x: UnsafePointer<Self>?,
    _ incx: Int, _ beta: Self, _ y: UnsafeMutablePointer<Self>?, _ incy: Int)
  /// `A ← αxxᵀ + A`, one triangle written.
  static func _syr(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int,
    _ a: UnsafeMutablePointer<Self>?, _ lda: Int)
  /// `A ← α(xyᵀ + yxᵀ) + A`, one triangle written.
  static func _syr2(
    _ lower: Bool, _ n: Int, _ alpha: Self, _ x: UnsafePointer<Self>?, _ incx: Int, _ y: UnsafePointer<Self>?,
    _ incy: Int, _ a: UnsafeMutablePointer<Self>?, _ lda: Int)
  /// `x ← op(A) x`, A triangular.
  static func _trmv(
    _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafeMutablePointer<Self>?, _ incx: Int)
  /// `x ← op(A)⁻¹ x`, A triangular.
  static func _trsv(
    _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ n: Int, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ x: UnsafeMutablePointer<Self>?, _ incx: Int)
  /// `C ← α op(A) op(B) + βC`.
  static func _gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self,
    _ c: UnsafeMutablePointer<Self>?, _ ldc: Int)
  /// `C ← αAB + βC` or `αBA + βC`, A symmetric, one triangle read.
  static func _symm(
    _ right: Bool, _ lower: Bool, _ m: Int, _ n: Int, _ alpha: Self, _ a: UnsafePointer<Self>?, _ lda: Int,
    _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int)
  /// `C ← αAAᵀ + βC` or `αAᵀA + βC`, one triangle written.
  static func _syrk(
    _ lower: Bool, _ transposed: Bool, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>?,
    _ lda: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?, _ ldc: Int)
  /// `C ← α(ABᵀ + BAᵀ) + βC` or `α(AᵀB + BᵀA) + βC`, one triangle written.
  static func _syr2k(
    _ lower: Bool, _ transposed: Bool, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>?,
    _ lda: Int, _ b: UnsafePointer<Self>?, _ ldb: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>?,
    _ ldc: Int)
  /// `B ← α op(A) B` or `αB op(A)`, A triangular.
  static func _trmm(
    _ right: Bool, _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ m: Int, _ n: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafeMutablePointer<Self>?, _ ldb: Int)
  /// `B ← α op(A)⁻¹ B` or `αB op(A)⁻¹`, A triangular.
  static func _trsm(
    _ right: Bool, _ lower: Bool, _ transposed: Bool, _ unit: Bool, _ m: Int, _ n: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>?, _ lda: Int, _ b: UnsafeMutablePointer<Self>?, _ ldb: Int)
}
