/// The product of two matrices, either of which may be a view.
///
/// Cost: 2·m·n·k operations and one allocation; ``BLAS/gemm(_:_:_:beta:into:)`` writes into a matrix
/// that exists.
@inlinable
public func * <A: StridedMatrix, B: StridedMatrix>(a: A, b: B) -> Matrix<A.Scalar>
where B.Scalar == A.Scalar {
  var result = Matrix<A.Scalar>(zeros: a.rows, b.columns)
  BLAS.gemm(1, a, b, into: &result)
  return result
}

/// The product `Ax` of a matrix and a vector.
@inlinable
public func * <A: StridedMatrix>(a: A, x: [A.Scalar]) -> [A.Scalar] {
  var result = [A.Scalar](repeating: 0, count: a.rows)
  BLAS.gemv(1, a, x, into: &result)
  return result
}

/// The product `Ax` of a matrix and a row or column of another one.
@inlinable
public func * <A: StridedMatrix>(a: A, x: VectorView<A.Scalar>) -> [A.Scalar] {
  var result = [A.Scalar](repeating: 0, count: a.rows)
  BLAS.gemv(1, a, x, into: &result)
  return result
}

extension StridedMatrix {
  /// The Gram matrix `AᵀA` of the columns; give `a.transposed` for that of the rows. Symmetric to the
  /// last bit.
  @inlinable
  public func gram() -> Matrix<Scalar> {
    var result = Matrix<Scalar>(zeros: columns, columns)
    BLAS.syrk(.lower, 1, TransposedMatrix(base: self), into: &result)
    result.mirror(.lower)
    return result
  }
}

/// The transpose of any strided matrix, without a copy.
@usableFromInline
internal struct TransposedMatrix<Base: StridedMatrix>: StridedMatrix {
  @usableFromInline let base: Base

  @inlinable
  init(base: Base) { self.base = base }

  @inlinable @inline(__always)
  var rows: Int { base.columns }

  @inlinable @inline(__always)
  var columns: Int { base.rows }

  @inlinable @inline(__always)
  var rowStride: Int { base.columnStride }

  @inlinable @inline(__always)
  var columnStride: Int { base.rowStride }

  @inlinable @inline(__always)
  func withUnsafeElements<R, E: Error>(
    _ body: (UnsafePointer<Base.Scalar>?) throws(E) -> R
  ) throws(E) -> R {
    try base.withUnsafeElements(body)
  }
}

extension Matrix {
  /// The matrix `xyᵀ`.
  @inlinable
  public init(outerProductOf x: [Scalar], _ y: [Scalar]) {
    self.init(zeros: x.count, y.count)
    BLAS.ger(1, x, y, into: &self)
  }

  /// Copies one triangle of a square matrix onto the other, which makes the matrix symmetric.
  @inlinable
  public mutating func mirror(_ triangle: BLAS.Triangle) {
    precondition(isSquare, "mirror: the matrix must be square")
    let n = rows
    storage.withUnsafeMutableBufferPointer { a in
      for i in 0..<n {
        for j in 0..<i {
          if triangle == .lower { a[j * n + i] = a[i * n + j] } else { a[i * n + j] = a[j * n + i] }
        }
      }
    }
  }
}
