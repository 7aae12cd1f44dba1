/// The Basic Linear Algebra Subprograms under their customary names, for ``Matrix``, views and arrays.
///
/// - Level 1: ``dot(_:_:)``, ``nrm2(_:)``, ``asum(_:)``, ``iamax(_:)``, ``axpy(_:_:into:)``,
///   ``scal(_:_:)``, ``copy(_:into:)``, ``swap(_:_:)``, ``rot(_:_:c:s:)``, ``rotg(_:_:)``
/// - Level 2: ``gemv(_:_:_:beta:into:)``, ``ger(_:_:_:into:)``, ``symv(_:_:_:_:beta:into:)``,
///   ``syr(_:_:_:into:)``, ``syr2(_:_:_:_:into:)``, ``trmv(_:unit:_:into:)``, ``trsv(_:unit:_:into:)``
/// - Level 3: ``gemm(_:_:_:beta:into:)``, ``symm(_:_:_:_:_:beta:into:)``, ``syrk(_:_:_:beta:into:)``,
///   ``syr2k(_:_:_:_:beta:into:)``, ``trmm(_:_:unit:_:_:into:)``, ``trsm(_:_:unit:_:_:into:)``
///
/// Every function writes into an argument of the caller and allocates nothing. A transposed operand
/// is written `a.transposed`. With `beta == 0` the old content of the result is not read, so it may be
/// NaN. Shapes that do not fit are a bug of the caller and trap with a sentence.
///
/// An operand may be the result itself, or a view of it, as in `BLAS.gemm(1, a, b, into: &a)`: matrices
/// are values, so the operand keeps its old content. This is the one case in which Keel allocates, a copy
/// of the result. The BLAS library may allocate for its own threads.
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
    let (n, incx, incy) = (x.count, x.elementStride, y.elementStride)
    return x.withUnsafeElements { xp in y.withUnsafeElements { yp in X.Scalar._dot(n, xp, incx, yp, incy) } }
  }

  /// The Euclidean norm `‖x‖₂`, without overflow or underflow in between.
  @inlinable
  public static func nrm2<X: StridedVector & ~Copyable & ~Escapable>(_ x: borrowing X) -> X.Scalar {
    let (n, incx) = (x.count, x.elementStride)
    return x.withUnsafeElements { X.Scalar._nrm2(n, $0, incx) }
  }

  /// The sum of magnitudes `‖x‖₁`.
  @inlinable
  public static func asum<X: StridedVector & ~Copyable & ~Escapable>(_ x: borrowing X) -> X.Scalar {
    let (n, incx) = (x.count, x.elementStride)
    return x.withUnsafeElements { X.Scalar._asum(n, $0, incx) }
  }

  /// The first index of an entry of largest magnitude, or nil if there is none.
  ///
  /// If an entry is NaN, which index is returned depends on the BLAS library.
  @inlinable
  public static func iamax<X: StridedVector & ~Copyable & ~Escapable>(_ x: borrowing X) -> Int? {
    let (n, incx) = (x.count, x.elementStride)
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
    let (n, incx, incy) = (x.count, x.elementStride, y.elementStride)
    x.withUnsafeElements { xp in
      y.withUnsafeMutableElements { X.Scalar._axpy(n, alpha, xp, incx, $0, incy) }
    }
  }

  /// `x ← αx`.
  ///
  /// Whether NaN and infinity become zero or NaN for `alpha == 0` depends on the BLAS library.
  @inlinable
  public static func scal<X: MutableVector & ~Copyable & ~Escapable>(_ alpha: X.Scalar, _ x: inout X) {
    let (n, incx) = (x.count, x.elementStride)
    x.withUnsafeMutableElements { X.Scalar._scal(n, alpha, $0, incx) }
  }

  /// `y ← x`.
  @inlinable
  public static func copy<
    X: StridedVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ x: borrowing X, into y: inout Y
  ) where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "copy: the vectors differ in length")
    let (n, incx, incy) = (x.count, x.elementStride, y.elementStride)
    x.withUnsafeElements { xp in y.withUnsafeMutableElements { X.Scalar._copy(n, xp, incx, $0, incy) } }
  }

  /// `x ↔ y`.
  @inlinable
  public static func swap<
    X: MutableVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ x: inout X, _ y: inout Y
  ) where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "swap: the vectors differ in length")
    let (n, incx, incy) = (x.count, x.elementStride, y.elementStride)
    x.withUnsafeMutableElements { xp in
      y.withUnsafeMutableElements { X.Scalar._swap(n, xp, incx, $0, incy) }
    }
  }

  /// The plane rotation `(x, y) ← (cx + sy, cy - sx)`, elementwise.
  @inlinable
  public static func rot<
    X: MutableVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ x: inout X, _ y: inout Y, c: X.Scalar, s: X.Scalar
  ) where X.Scalar == Y.Scalar {
    precondition(x.count == y.count, "rot: the vectors differ in length")
    let (n, incx, incy) = (x.count, x.elementStride, y.elementStride)
    x.withUnsafeMutableElements { xp in
      y.withUnsafeMutableElements { X.Scalar._rot(n, xp, incx, $0, incy, c, s) }
    }
  }

  /// The plane rotation that turns `(a, b)` onto the first axis: `r = ca + sb`, `0 = cb - sa`.
  ///
  /// Computed here rather than by the BLAS library, because some overflow where the result does not.
  ///
  /// - Returns: the cosine and the sine, for ``rot(_:_:c:s:)``, and `r = ±√(a² + b²)` with the sign of
  ///   the larger argument. For `b = 0` the rotation is the identity, also when `a` is zero.
  @inlinable
  public static func rotg<Scalar: RealScalar>(_ a: Scalar, _ b: Scalar) -> (c: Scalar, s: Scalar, r: Scalar) {
    guard b != 0 else { return (1, 0, a) }
    let scale = a.magnitude > b.magnitude ? a : b
    let (x, y) = (a / scale, b / scale)
    let root = (x * x + y * y).squareRoot()
    return (x / root, y / root, scale * root)
  }
}
