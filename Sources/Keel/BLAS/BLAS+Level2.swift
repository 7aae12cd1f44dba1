extension BLAS {
  /// `y ← αAx + βy`. Cost: 2·rows·columns operations, bound by reading A.
  @inlinable
  public static func gemv<
    A: StridedMatrix, X: StridedVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ alpha: A.Scalar, _ a: A, _ x: borrowing X, beta: A.Scalar = 0, into y: inout Y
  ) where X.Scalar == A.Scalar, Y.Scalar == A.Scalar {
    precondition(x.count == a.columns, "gemv: x must have as many elements as A has columns")
    precondition(y.count == a.rows, "gemv: y must have as many elements as A has rows")
    guard a.rows > 0 else { return }
    let (incx, incy) = (x.elementStride, y.elementStride)
    y.withUnsafeMutableElements { yp in
      guard a.columns > 0 else {
        // BLAS returns at once for an empty A and would leave y unscaled.
        yp?.scale(by: beta, count: a.rows, stride: incy)
        return
      }
      let transposed = a.isStoredTransposed
      a.withUnsafeElements { ap in
        x.withUnsafeElements { xp in
          A.Scalar._gemv(
            transposed, transposed ? a.columns : a.rows, transposed ? a.rows : a.columns, alpha, ap,
            a.leadingDimension, xp, incx, beta, yp, incy)
        }
      }
    }
  }

  /// The rank-one update `A ← αxyᵀ + A`.
  @inlinable
  public static func ger<
    X: StridedVector & ~Copyable & ~Escapable, Y: StridedVector & ~Copyable & ~Escapable,
    A: MutableStridedMatrix & ~Copyable
  >(
    _ alpha: A.Scalar, _ x: borrowing X, _ y: borrowing Y, into a: inout A
  ) where X.Scalar == A.Scalar, Y.Scalar == A.Scalar {
    precondition(x.count == a.rows, "ger: x must have as many elements as A has rows")
    precondition(y.count == a.columns, "ger: y must have as many elements as A has columns")
    let (m, n, lda, incx, incy) = (a.rows, a.columns, a.leadingDimension, x.elementStride, y.elementStride)
    guard m > 0, n > 0 else { return }
    a.withUnsafeMutableElements { ap in
      x.withUnsafeElements { xp in
        y.withUnsafeElements { yp in A.Scalar._ger(m, n, alpha, xp, incx, yp, incy, ap, lda) }
      }
    }
  }

  /// `y ← αAx + βy` for a symmetric A, of which one triangle is read.
  @inlinable
  public static func symv<
    A: StridedMatrix, X: StridedVector & ~Copyable & ~Escapable, Y: MutableVector & ~Copyable & ~Escapable
  >(
    _ triangle: Triangle, _ alpha: A.Scalar, _ a: A, _ x: borrowing X, beta: A.Scalar = 0, into y: inout Y
  ) where X.Scalar == A.Scalar, Y.Scalar == A.Scalar {
    precondition(a.isSquare, "symv: A must be square")
    precondition(
      x.count == a.columns && y.count == a.rows, "symv: x and y must have as many elements as A has rows")
    let (n, lda, lower) = (a.rows, a.leadingDimension, a.storedLower(triangle))
    let (incx, incy) = (x.elementStride, y.elementStride)
    guard n > 0 else { return }
    a.withUnsafeElements { ap in
      x.withUnsafeElements { xp in
        y.withUnsafeMutableElements { A.Scalar._symv(lower, n, alpha, ap, lda, xp, incx, beta, $0, incy) }
      }
    }
  }

  /// `A ← αxxᵀ + A` for a symmetric A, of which one triangle is written.
  @inlinable
  public static func syr<X: StridedVector & ~Copyable & ~Escapable, A: MutableStridedMatrix & ~Copyable>(
    _ triangle: Triangle, _ alpha: A.Scalar, _ x: borrowing X, into a: inout A
  ) where X.Scalar == A.Scalar {
    precondition(a.rows == a.columns, "syr: A must be square")
    precondition(x.count == a.rows, "syr: x must have as many elements as A has rows")
    let (n, lda, incx) = (a.rows, a.leadingDimension, x.elementStride)
    guard n > 0 else { return }
    a.withUnsafeMutableElements { ap in
      x.withUnsafeElements { A.Scalar._syr(triangle == .lower, n, alpha, $0, incx, ap, lda) }
    }
  }

  /// `A ← α(xyᵀ + yxᵀ) + A` for a symmetric A, of which one triangle is written.
  @inlinable
  public static func syr2<
    X: StridedVector & ~Copyable & ~Escapable, Y: StridedVector & ~Copyable & ~Escapable,
    A: MutableStridedMatrix & ~Copyable
  >(
    _ triangle: Triangle, _ alpha: A.Scalar, _ x: borrowing X, _ y: borrowing Y, into a: inout A
  ) where X.Scalar == A.Scalar, Y.Scalar == A.Scalar {
    precondition(a.rows == a.columns, "syr2: A must be square")
    precondition(
      x.count == a.rows && y.count == a.rows, "syr2: x and y must have as many elements as A has rows")
    let (n, lda, incx, incy) = (a.rows, a.leadingDimension, x.elementStride, y.elementStride)
    guard n > 0 else { return }
    a.withUnsafeMutableElements { ap in
      x.withUnsafeElements { xp in
        y.withUnsafeElements { A.Scalar._syr2(triangle == .lower, n, alpha, xp, incx, $0, incy, ap, lda) }
      }
    }
  }

  /// `x ← Ax` for a triangular A.
  ///
  /// With `unit` the diagonal of A counts as ones and is not read.
  @inlinable
  public static func trmv<A: StridedMatrix, X: MutableVector & ~Copyable & ~Escapable>(
    _ triangle: Triangle, unit: Bool = false, _ a: A, into x: inout X
  ) where X.Scalar == A.Scalar {
    precondition(a.isSquare, "trmv: A must be square")
    precondition(x.count == a.rows, "trmv: x must have as many elements as A has rows")
    let (n, lda, incx) = (a.rows, a.leadingDimension, x.elementStride)
    let (lower, transposed) = (a.storedLower(triangle), a.isStoredTransposed)
    guard n > 0 else { return }
    a.withUnsafeElements { ap in
      x.withUnsafeMutableElements { A.Scalar._trmv(lower, transposed, unit, n, ap, lda, $0, incx) }
    }
  }

  /// `x ← A⁻¹x` for a triangular A; a zero on the diagonal gives infinities or NaN, not an error.
  ///
  /// With `unit` the diagonal of A counts as ones and is not read.
  @inlinable
  public static func trsv<A: StridedMatrix, X: MutableVector & ~Copyable & ~Escapable>(
    _ triangle: Triangle, unit: Bool = false, _ a: A, into x: inout X
  ) where X.Scalar == A.Scalar {
    precondition(a.isSquare, "trsv: A must be square")
    precondition(x.count == a.rows, "trsv: x must have as many elements as A has rows")
    let (n, lda, incx) = (a.rows, a.leadingDimension, x.elementStride)
    let (lower, transposed) = (a.storedLower(triangle), a.isStoredTransposed)
    guard n > 0 else { return }
    a.withUnsafeElements { ap in
      x.withUnsafeMutableElements { A.Scalar._trsv(lower, transposed, unit, n, ap, lda, $0, incx) }
    }
  }
}

extension StridedMatrix {
  /// Whether a triangle of the matrix is the lower one of what is stored.
  @inlinable @inline(__always)
  internal func storedLower(_ triangle: BLAS.Triangle) -> Bool {
    (triangle == .lower) != isStoredTransposed
  }
}

extension UnsafeMutablePointer where Pointee: RealScalar {
  /// Multiplies `count` elements; by zero it clears them, whatever they were.
  @inlinable
  internal func scale(by factor: Pointee, count: Int, stride: Int) {
    for i in 0..<count { self[i &* stride] = factor == 0 ? 0 : factor * self[i &* stride] }
  }
}
