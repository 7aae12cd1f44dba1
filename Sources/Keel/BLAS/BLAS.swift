/// The Basic Linear Algebra Subprograms under their customary names, for ``Matrix``, views and arrays.
///
/// - Level 1: ``dot(_:_:)``, ``nrm2(_:)``, ``asum(_:)``, ``iamax(_:)``, ``axpy(_:_:into:)``,
///   ``scal(_:_:)``, ``copy(_:into:)``, ``swap(_:_:)``, ``rot(_:_:c:s:)``
/// - Level 2: `gemv`, `ger`, `symv`, `syr`, `syr2`, `trmv`, `trsv`
/// - Level 3: `gemm`, `symm`, `syrk`, `syr2k`, `trmm`, `trsm`
///
/// Every function writes into an argument of the caller and allocates nothing. A transposed operand
/// is written `a.transposed`. With `beta == 0` the old content of the result is not read, so it may be
/// NaN. Shapes that do not fit are a bug of the caller and trap with a sentence.
///
/// Source: Blackford et al. (2002), *An updated set of basic linear algebra subprograms (BLAS)*.
public enum BLAS {
  /// The triangle of a square matrix that a function reads or writes; the other one is left alone.
  public enum Triangle: Sendable, CaseIterable {
    /// On and above the diagonal.
    case upper
    /// On and below the diagonal.
    case lower
  }

  /// The side of the product on which the structured matrix stands.
  public enum Side: Sendable, CaseIterable {
    /// `A B`.
    case left
    /// `B A`.
    case right
  }
}

// MARK: - Level 1

extension BLAS {
  /// The inner product `xᵀy`.
  @inlinable
  public static func dot<
    X: StridedVector & ~Copyable & ~Escapable, Y: StridedVector & ~Copyable & ~Escapable
  >(
    _ x: borrowing X, _ y: borrowing Y
  ) -> X.Scalar where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "dot: the vectors differ in length")
    let (n, incx, incy) = (x.count, x.stride, y.stride)
    return x.withUnsafeElements { xp in y.withUnsafeElements { yp in X.Scalar._dot(n, xp, incx, yp, incy) } }
  }

  /// The Euclidean norm `‖x‖₂`, without overflow or underflow in between.
  @inlinable
  public static func nrm2<X: StridedVector & ~Copyable & ~Escapable>(_ x: borrowing X) -> X.Scalar {
    let (n, incx) = (x.count, x.stride)
    return x.withUnsafeElements { X.Scalar._nrm2(n, $0, incx) }
  }

  /// The sum of magnitudes `‖x‖₁`.
  @inlinable
  public static func asum<X: StridedVector & ~Copyable & ~Escapable>(_ x: borrowing X) -> X.Scalar {
    let (n, incx) = (x.count, x.stride)
    return x.withUnsafeElements { X.Scalar._asum(n, $0, incx) }
  }

  /// The first index of an entry of largest magnitude, or nil if there is none.
  @inlinable
  public static func iamax<X: StridedVector & ~Copyable & ~Escapable>(_ x: borrowing X) -> Int? {
    let (n, incx) = (x.count, x.stride)
    return n == 0 ? nil : x.withUnsafeElements { X.Scalar._iamax(n, $0, incx) }
  }

  /// `y ← αx + y`.
  @inlinable
  public static func axpy<
    X: StridedVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ alpha: X.Scalar, _ x: borrowing X, into y: inout Y
  ) where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "axpy: the vectors differ in length")
    let (n, incx) = (x.count, x.stride)
    x.withUnsafeElements { xp in y.withUnsafeMutableElements { X.Scalar._axpy(n, alpha, xp, incx, $0, 1) } }
  }

  /// `x ← αx`.
  @inlinable
  public static func scal<X: MutableVector & ~Copyable & ~Escapable>(_ alpha: X.Scalar, _ x: inout X) {
    let n = x.count
    x.withUnsafeMutableElements { X.Scalar._scal(n, alpha, $0, 1) }
  }

  /// `y ← x`.
  @inlinable
  public static func copy<
    X: StridedVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ x: borrowing X, into y: inout Y
  ) where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "copy: the vectors differ in length")
    let (n, incx) = (x.count, x.stride)
    x.withUnsafeElements { xp in y.withUnsafeMutableElements { X.Scalar._copy(n, xp, incx, $0, 1) } }
  }

  /// `x ↔ y`.
  @inlinable
  public static func swap<
    X: MutableVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ x: inout X, _ y: inout Y
  ) where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "swap: the vectors differ in length")
    let n = x.count
    x.withUnsafeMutableElements { xp in y.withUnsafeMutableElements { X.Scalar._swap(n, xp, 1, $0, 1) } }
  }

  /// The plane rotation `(x, y) ← (cx + sy, cy - sx)`, elementwise.
  @inlinable
  public static func rot<
    X: MutableVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ x: inout X, _ y: inout Y, c: X.Scalar, s: X.Scalar
  ) where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "rot: the vectors differ in length")
    let n = x.count
    x.withUnsafeMutableElements { xp in y.withUnsafeMutableElements { X.Scalar._rot(n, xp, 1, $0, 1, c, s) } }
  }
}
