extension BLAS {
  /// `C ← αAB + βC`. Cost: 2·m·n·k operations.
  @inlinable
  public static func gemm<A: StridedMatrix, B: StridedMatrix, C: MutableStridedMatrix & ~Copyable>(
    _ alpha: A.Scalar, _ a: A, _ b: B, beta: A.Scalar = 0, into c: inout C
  ) where B.Scalar == A.Scalar, C.Scalar == A.Scalar {
    precondition(a.columns == b.rows, "gemm: A must have as many columns as B has rows")
    precondition(
      c.rows == a.rows && c.columns == b.columns, "gemm: C must have the rows of A and the columns of B")
    let (m, n, k, ldc) = (a.rows, b.columns, a.columns, c.leadingDimension)
    guard m > 0, n > 0 else { return }
    c.withUnsafeMutableElements { cp in
      guard k > 0 else {
        // Some BLAS return at once for an empty product and leave C unscaled.
        for i in 0..<m { cp.map { ($0 + i * ldc).scale(by: beta, count: n, stride: 1) } }
        return
      }
      a.withUnsafeElements { ap in
        b.withUnsafeElements { bp in
          A.Scalar._gemm(
            a.isStoredTransposed, b.isStoredTransposed, m, n, k, alpha, ap, a.leadingDimension, bp,
            b.leadingDimension, beta, cp, ldc)
        }
      }
    }
  }

  /// `C ← αAB + βC` (side left) or `αBA + βC` (side right) for a symmetric A, of which one triangle is
  /// read.
  ///
  /// A transposed view as B is multiplied vector by vector, at the speed of ``symv(_:_:_:_:beta:into:)``,
  /// because no BLAS has that case.
  @inlinable
  public static func symm<A: StridedMatrix, B: StridedMatrix, C: MutableStridedMatrix & ~Copyable>(
    _ side: Side, _ triangle: Triangle, _ alpha: A.Scalar, _ a: A, _ b: B, beta: A.Scalar = 0,
    into c: inout C
  ) where B.Scalar == A.Scalar, C.Scalar == A.Scalar {
    precondition(a.isSquare, "symm: A must be square")
    precondition(c.rows == b.rows && c.columns == b.columns, "symm: C must have the shape of B")
    precondition(a.rows == (side == .left ? b.rows : b.columns), "symm: A does not fit B")
    let (m, n, ldc, lower) = (c.rows, c.columns, c.leadingDimension, a.storedLower(triangle))
    guard m > 0, n > 0 else { return }
    c.withUnsafeMutableElements { cp in
      a.withUnsafeElements { ap in
        b.withUnsafeElements { bp in
          let lda = a.leadingDimension
          if !b.isStoredTransposed {
            A.Scalar._symm(
              side == .right, lower, m, n, alpha, ap, lda, bp, b.leadingDimension, beta, cp, ldc)
          } else if side == .left {
            let incb = max(b.rowStride, 1)
            for j in 0..<n {
              A.Scalar._symv(
                lower, m, alpha, ap, lda, bp.map { $0 + j * b.columnStride }, incb, beta, cp.map { $0 + j },
                ldc)
            }
          } else {
            for i in 0..<m {
              A.Scalar._symv(
                lower, n, alpha, ap, lda, bp.map { $0 + i * b.rowStride }, b.columnStride, beta,
                cp.map { $0 + i * ldc }, 1)
            }
          }
        }
      }
    }
  }

  /// `C ← αAAᵀ + βC` for a symmetric C, of which one triangle is written; give `a.transposed` for
  /// `AᵀA`. Cost: half of the general product.
  @inlinable
  public static func syrk<A: StridedMatrix, C: MutableStridedMatrix & ~Copyable>(
    _ triangle: Triangle, _ alpha: A.Scalar, _ a: A, beta: A.Scalar = 0, into c: inout C
  ) where C.Scalar == A.Scalar {
    precondition(c.rows == a.rows && c.columns == a.rows, "syrk: C must be square with the rows of A")
    let (n, k, ldc) = (a.rows, a.columns, c.leadingDimension)
    guard n > 0 else { return }
    c.withUnsafeMutableElements { cp in
      a.withUnsafeElements { ap in
        A.Scalar._syrk(
          triangle == .lower, a.isStoredTransposed, n, k, alpha, ap, a.leadingDimension, beta, cp, ldc)
      }
    }
  }

  /// `C ← α(ABᵀ + BAᵀ) + βC` for a symmetric C, of which one triangle is written; give the transposes
  /// for `AᵀB + BᵀA`.
  ///
  /// If only one of A and B is a transposed view, the product is a sum of rank-two updates, at the speed
  /// of ``syr2(_:_:_:_:into:)``, because no BLAS has that case.
  @inlinable
  public static func syr2k<A: StridedMatrix, B: StridedMatrix, C: MutableStridedMatrix & ~Copyable>(
    _ triangle: Triangle, _ alpha: A.Scalar, _ a: A, _ b: B, beta: A.Scalar = 0, into c: inout C
  ) where B.Scalar == A.Scalar, C.Scalar == A.Scalar {
    precondition(a.rows == b.rows && a.columns == b.columns, "syr2k: A and B must have one shape")
    precondition(c.rows == a.rows && c.columns == a.rows, "syr2k: C must be square with the rows of A")
    let (n, k, ldc, lower) = (a.rows, a.columns, c.leadingDimension, triangle == .lower)
    guard n > 0 else { return }
    c.withUnsafeMutableElements { cp in
      a.withUnsafeElements { ap in
        b.withUnsafeElements { bp in
          if a.isStoredTransposed == b.isStoredTransposed {
            A.Scalar._syr2k(
              lower, a.isStoredTransposed, n, k, alpha, ap, a.leadingDimension, bp, b.leadingDimension, beta,
              cp, ldc)
            return
          }
          for i in 0..<n {
            let (first, count) = lower ? (0, i + 1) : (i, n - i)
            cp.map { ($0 + (i * ldc + first)).scale(by: beta, count: count, stride: 1) }
          }
          let (inca, incb) = (max(a.rowStride, 1), max(b.rowStride, 1))
          for p in 0..<k {
            A.Scalar._syr2(
              lower, n, alpha, ap.map { $0 + p * a.columnStride }, inca, bp.map { $0 + p * b.columnStride },
              incb, cp, ldc)
          }
        }
      }
    }
  }

  /// `B ← αAB` (side left) or `αBA` (side right) for a triangular A.
  ///
  /// With `unit` the diagonal of A counts as ones and is not read.
  @inlinable
  public static func trmm<A: StridedMatrix, B: MutableStridedMatrix & ~Copyable>(
    _ side: Side, _ triangle: Triangle, unit: Bool = false, _ alpha: A.Scalar, _ a: A, into b: inout B
  ) where B.Scalar == A.Scalar {
    precondition(a.isSquare, "trmm: A must be square")
    precondition(a.rows == (side == .left ? b.rows : b.columns), "trmm: A does not fit B")
    let (m, n, ldb, lower) = (b.rows, b.columns, b.leadingDimension, a.storedLower(triangle))
    guard m > 0, n > 0 else { return }
    b.withUnsafeMutableElements { bp in
      a.withUnsafeElements { ap in
        A.Scalar._trmm(
          side == .right, lower, a.isStoredTransposed, unit, m, n, alpha, ap, a.leadingDimension, bp, ldb)
      }
    }
  }

  /// `B ← αA⁻¹B` (side left) or `αBA⁻¹` (side right) for a triangular A; a zero on the diagonal gives
  /// infinities or NaN, not an error.
  ///
  /// With `unit` the diagonal of A counts as ones and is not read.
  @inlinable
  public static func trsm<A: StridedMatrix, B: MutableStridedMatrix & ~Copyable>(
    _ side: Side, _ triangle: Triangle, unit: Bool = false, _ alpha: A.Scalar, _ a: A, into b: inout B
  ) where B.Scalar == A.Scalar {
    precondition(a.isSquare, "trsm: A must be square")
    precondition(a.rows == (side == .left ? b.rows : b.columns), "trsm: A does not fit B")
    let (m, n, ldb, lower) = (b.rows, b.columns, b.leadingDimension, a.storedLower(triangle))
    guard m > 0, n > 0 else { return }
    b.withUnsafeMutableElements { bp in
      a.withUnsafeElements { ap in
        A.Scalar._trsm(
          side == .right, lower, a.isStoredTransposed, unit, m, n, alpha, ap, a.leadingDimension, bp, ldb)
      }
    }
  }
}
