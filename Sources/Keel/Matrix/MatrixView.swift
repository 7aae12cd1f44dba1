/// A block or the transpose of a matrix, read without a copy.
///
/// A view shares the storage of the matrix that it was made from and stays valid on its own, as an
/// `ArraySlice` does: writing the matrix afterwards copies the storage and leaves the view as it was.
/// Keep views short-lived, since they keep the whole storage alive.
public struct MatrixView<Scalar: RealScalar>: StridedMatrix, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The distance in storage between vertical neighbours.
  public let rowStride: Int
  /// The distance in storage between horizontal neighbours.
  public let columnStride: Int
  @usableFromInline internal let storage: [Scalar]
  @usableFromInline internal let offset: Int

  @inlinable
  internal init(
    storage: [Scalar], offset: Int, rows: Int, columns: Int, rowStride: Int, columnStride: Int
  ) {
    self.storage = storage
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride
    self.columnStride = columnStride
  }

  /// Calls `body` with the address of the first element, or nil if there may be none.
  @inlinable @inline(__always)
  public func withUnsafeElements<R, E: Error>(
    _ body: (UnsafePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeBufferPointer { (buffer) throws(E) -> R in
      try body(isEmpty ? nil : buffer.baseAddress.map { $0 + offset })
    }
  }

  /// The element in row `i` and column `j`.
  @inlinable
  public subscript(i: Int, j: Int) -> Scalar {
    precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range")
    return storage[offset + i * rowStride + j * columnStride]
  }

  /// The transpose, without a copy.
  @inlinable
  public var transposed: MatrixView {
    MatrixView(
      storage: storage, offset: offset, rows: columns, columns: rows, rowStride: columnStride,
      columnStride: rowStride)
  }

  /// A block of the view, without a copy.
  @inlinable
  public subscript(rows: Range<Int>, columns: Range<Int>) -> MatrixView {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= self.rows && columns.lowerBound >= 0
        && columns.upperBound <= self.columns, "Matrix block out of range")
    return MatrixView(
      storage: storage, offset: offset + rows.lowerBound * rowStride + columns.lowerBound * columnStride,
      rows: rows.count, columns: columns.count, rowStride: rowStride, columnStride: columnStride)
  }

  /// Row `i`, without a copy.
  @inlinable
  public func row(_ i: Int) -> VectorView<Scalar> {
    precondition(i >= 0 && i < rows, "Matrix row out of range")
    return VectorView(
      storage: storage, offset: offset + i * rowStride, count: columns, stride: max(columnStride, 1))
  }

  /// Column `j`, without a copy.
  @inlinable
  public func column(_ j: Int) -> VectorView<Scalar> {
    precondition(j >= 0 && j < columns, "Matrix column out of range")
    return VectorView(
      storage: storage, offset: offset + j * columnStride, count: rows, stride: max(rowStride, 1))
  }
}

extension MatrixView: Equatable {
  /// Whether two views have one shape and equal elements.
  @inlinable
  public static func == (a: MatrixView, b: MatrixView) -> Bool {
    guard a.rows == b.rows, a.columns == b.columns else { return false }
    return (0..<a.rows).allSatisfy { a.row($0) == b.row($0) }
  }
}

extension Matrix {
  /// The whole matrix as a view.
  @inlinable
  public var view: MatrixView<Scalar> {
    MatrixView(
      storage: storage, offset: 0, rows: rows, columns: columns, rowStride: columns, columnStride: 1)
  }

  /// The transpose, without a copy; `Matrix(a.transposed)` stores it.
  @inlinable
  public var transposed: MatrixView<Scalar> { view.transposed }

  /// Row `i`, without a copy.
  @inlinable
  public func row(_ i: Int) -> VectorView<Scalar> { view.row(i) }

  /// Column `j`, without a copy.
  @inlinable
  public func column(_ j: Int) -> VectorView<Scalar> { view.column(j) }

  /// A block: reading gives a view, writing copies a block of equal size in.
  ///
  /// Assign a `Matrix` with ``setBlock(_:_:to:)``.
  @inlinable
  public subscript(rows: Range<Int>, columns: Range<Int>) -> MatrixView<Scalar> {
    get { view[rows, columns] }
    set { setBlock(rows, columns, to: newValue) }
  }

  /// Copies a matrix or view into the block of its size.
  @inlinable
  public mutating func setBlock(
    _ rows: Range<Int>, _ columns: Range<Int>, to source: some StridedMatrix<Scalar>
  ) {
    withMutableBlock(rows, columns) { $0.assign(source) }
  }

  /// A block of whole rows: reading gives a view, writing copies in.
  @inlinable
  public subscript(rows rows: Range<Int>) -> MatrixView<Scalar> {
    get { self[rows, 0..<columns] }
    set { self[rows, 0..<columns] = newValue }
  }

  /// A block of whole columns: reading gives a view, writing copies in.
  @inlinable
  public subscript(columns columns: Range<Int>) -> MatrixView<Scalar> {
    get { self[0..<rows, columns] }
    set { self[0..<rows, columns] = newValue }
  }

  /// Replaces row `i`.
  @inlinable
  public mutating func setRow(_ i: Int, to values: some Collection<Scalar>) {
    precondition(values.count == columns, "A row must have as many values as the matrix has columns")
    withMutableRow(i) { row in
      for (j, value) in values.enumerated() { row[j] = value }
    }
  }

  /// Replaces column `j`.
  @inlinable
  public mutating func setColumn(_ j: Int, to values: some Collection<Scalar>) {
    precondition(values.count == rows, "A column must have as many values as the matrix has rows")
    withMutableColumn(j) { column in
      for (i, value) in values.enumerated() { column[i] = value }
    }
  }
}
