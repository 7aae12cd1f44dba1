extension BLAS {
  /// `C ← αAB + βC`. Cost: 2·m·n·k operations.
  @inlinable
  public static func gemm<A: StridedMatrix, B: StridedMatrix, C: MutableStridedMatrix>(
    _ alpha: A.Scalar = 1, _ a: A, _ b: B, beta: A.Scalar = 0, into c: inout C
  ) where B.Scalar == A.Scalar, C.Scalar == A.Scalar {
    precondition(a.columns == b.rows, "gemm: A must have as many columns as B has rows")
    precondition(
      c.rows == a.rows && c.columns == b.columns, "gemm: C must have the rows of A and the columns of B")
    let (m, n, k, ldc) = (a.rows, b.columns, a.columns, c.leadingDimension)
    guard m > 0, n > 0 else { return }
    c.withUnsafeMutableElements { cp in
      guard k > 0 else {
        // Some BLAS return at once for an empty product and leave C unscaled.
        for i in 0..<m { cp.map { ($0 + i * ldc).scale(by: beta, count: n) } }
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
  @inlinable
  public static func symm<A: StridedMatrix, C: MutableStridedMatrix>(
    _ side: Side, _ triangle: Triangle, _ alpha: A.Scalar = 1, _ a: A, _ b: Matrix<A.Scalar>,
    beta: A.Scalar = 0, into c: inout C
  ) where C.Scalar == A.Scalar {
    precondition(a.isSquare, "symm: A must be square")
    precondition(c.rows == b.rows && c.columns == b.columns, "symm: C must have the shape of B")
    precondition(a.rows == (side == .left ? b.rows : b.columns), "symm: A does not fit B")
    let (m, n, ldc, lower) = (c.rows, c.columns, c.leadingDimension, a.storedLower(triangle))
    guard m > 0, n > 0 else { return }
    c.withUnsafeMutableElements { cp in
      a.withUnsafeElements { ap in
        b.withUnsafeElements { bp in
          A.Scalar._symm(
            side == .right, lower, m, n, alpha, ap, a.leadingDimension, bp, b.leadingDimension, beta, cp, ldc)
        }
      }
    }
  }

  /// `C ← αAAᵀ + βC` for a symmetric C, of which one triangle is written; give `a.transposed` for
  /// `AᵀA`. Cost: half of the general product.
  @inlinable
  public static func syrk<A: StridedMatrix, C: MutableStridedMatrix>(
    _ triangle: Triangle, _ alpha: A.Scalar = 1, _ a: A, beta: A.Scalar = 0, into c: inout C
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

  /// `C ← α(ABᵀ + BAᵀ) + βC` for a symmetric C, of which one triangle is written.
  @inlinable
  public static func syr2k<C: MutableStridedMatrix>(
    _ triangle: Triangle, _ alpha: C.Scalar = 1, _ a: Matrix<C.Scalar>, _ b: Matrix<C.Scalar>,
    beta: C.Scalar = 0, into c: inout C
  ) {
    precondition(a.rows == b.rows && a.columns == b.columns, "syr2k: A and B must have one shape")
    precondition(c.rows == a.rows && c.columns == a.rows, "syr2k: C must be square with the rows of A")
    let (n, k, ldc) = (a.rows, a.columns, c.leadingDimension)
    guard n > 0 else { return }
    c.withUnsafeMutableElements { cp in
      a.withUnsafeElements { ap in
        b.withUnsafeElements { bp in
          C.Scalar._syr2k(
            triangle == .lower, false, n, k, alpha, ap, a.leadingDimension, bp, b.leadingDimension, beta, cp,
            ldc)
        }
      }
    }
  }

  /// `B ← αAB` (side left) or `αBA` (side right) for a triangular A.
  ///
  /// - Parameter unit: whether the diagonal of A counts as ones and is not read.
  @inlinable
  public static func trmm<A: StridedMatrix, B: MutableStridedMatrix>(
    _ side: Side, _ triangle: Triangle, unit: Bool = false, _ alpha: A.Scalar = 1, _ a: A, into b: inout B
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
  /// - Parameter unit: whether the diagonal of A counts as ones and is not read.
  @inlinable
  public static func trsm<A: StridedMatrix, B: MutableStridedMatrix>(
    _ side: Side, _ triangle: Triangle, unit: Bool = false, _ alpha: A.Scalar = 1, _ a: A, into b: inout B
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
