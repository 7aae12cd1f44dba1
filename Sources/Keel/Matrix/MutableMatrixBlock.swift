/// A block of a matrix that is written in place, inside the closure of
/// ``Matrix/withMutableBlock(_:_:_:)``.
///
/// It points into the matrix. It cannot be copied, so it stays in the closure.
public struct MutableMatrixBlock<Scalar: RealScalar>: MutableStridedMatrix, ~Copyable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The distance in storage between vertical neighbours.
  public let rowStride: Int
  @usableFromInline internal let base: UnsafeMutablePointer<Scalar>?

  @inlinable
  internal init(base: UnsafeMutablePointer<Scalar>?, rows: Int, columns: Int, rowStride: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride
  }

  /// Calls `body` with the address of the first element for writing, or nil if there may be none.
  @inlinable @inline(__always)
  public mutating func withUnsafeMutableElements<R, E: Error>(
    _ body: (UnsafeMutablePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R {
    try body(base)
  }

  /// The element in row `i` and column `j` of the block.
  @inlinable
  public subscript(i: Int, j: Int) -> Scalar {
    get {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range")
      return base.unsafelyUnwrapped[i * rowStride + j]
    }
    set {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range")
      base.unsafelyUnwrapped[i * rowStride + j] = newValue
    }
  }

  /// Writes row `i` of the block in place through a `MutableSpan`.
  @inlinable
  public mutating func withMutableRow<R, E: Error>(
    _ i: Int, _ body: (inout MutableSpan<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    precondition(i >= 0 && i < rows, "Matrix row out of range")
    let row = UnsafeMutableBufferPointer(start: base.map { $0 + i * rowStride }, count: columns)
    var span = row.mutableSpan
    return try body(&span)
  }

  /// Copies a matrix or view of the same shape in.
  @inlinable
  public mutating func assign(_ source: some StridedMatrix<Scalar>) {
    precondition(
      source.rows == rows && source.columns == columns,
      "The block that is assigned must have the size of the block that it replaces")
    guard let target = base, !source.isEmpty else { return }
    source.copyElements(to: target, rowStride: rowStride)
  }
}

extension Matrix {
  /// Writes a block in place: the block serves as `into:` argument of ``BLAS`` functions.
  ///
  /// ```swift
  /// c.withMutableBlock(0..<2, 4..<8) { BLAS.gemm(1, a, b, into: &$0) }
  /// ```
  @inlinable
  public mutating func withMutableBlock<R, E: Error>(
    _ rows: Range<Int>, _ columns: Range<Int>,
    _ body: (inout MutableMatrixBlock<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= self.rows && columns.lowerBound >= 0
        && columns.upperBound <= self.columns, "Matrix block out of range")
    let stride = self.columns
    return try withUnsafeMutableElements { (pointer) throws(E) -> R in
      let empty = rows.isEmpty || columns.isEmpty
      let base = empty ? nil : pointer.map { $0 + rows.lowerBound * stride + columns.lowerBound }
      var block = MutableMatrixBlock(
        base: base, rows: rows.count, columns: columns.count, rowStride: stride)
      return try body(&block)
    }
  }
}
