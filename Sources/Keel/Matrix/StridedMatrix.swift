/// Anything that BLAS can read as a matrix without a copy: a ``Matrix``, a block of one, or its
/// transpose.
///
/// Element `(i, j)` lies `i * rowStride + j * columnStride` after the first one, and at least one of
/// the two strides is 1.
public protocol StridedMatrix<Scalar> {
  /// The type of the elements.
  associatedtype Scalar: RealScalar
  /// The number of rows.
  var rows: Int { get }
  /// The number of columns.
  var columns: Int { get }
  /// The distance in storage between vertical neighbours.
  var rowStride: Int { get }
  /// The distance in storage between horizontal neighbours.
  var columnStride: Int { get }
  /// Calls `body` with the address of element (0, 0), which may be nil when there is none.
  func withUnsafeElements<R, E: Error>(_ body: (UnsafePointer<Scalar>?) throws(E) -> R) throws(E) -> R
}

/// A matrix stored by rows that BLAS can write: a ``Matrix`` or a ``MutableMatrixBlock``.
public protocol MutableStridedMatrix<Scalar>: ~Copyable {
  /// The type of the elements.
  associatedtype Scalar: RealScalar
  /// The number of rows.
  var rows: Int { get }
  /// The number of columns.
  var columns: Int { get }
  /// The distance in storage between vertical neighbours; horizontal neighbours are adjacent.
  var rowStride: Int { get }
  /// Calls `body` with the address of element (0, 0), which may be nil when there is none.
  mutating func withUnsafeMutableElements<R, E: Error>(
    _ body: (UnsafeMutablePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R
}

extension StridedMatrix {
  /// `rows * columns`.
  @inlinable
  public var count: Int { rows * columns }

  /// Whether there is no element.
  @inlinable
  public var isEmpty: Bool { rows == 0 || columns == 0 }

  /// Whether there are as many rows as columns.
  @inlinable
  public var isSquare: Bool { rows == columns }

  /// Whether the storage holds the rows of the transpose, so that BLAS must be told to transpose.
  @inlinable @inline(__always)
  public var isStoredTransposed: Bool { columnStride != 1 }

  /// The leading dimension that BLAS wants: at least 1 and at least the length of a stored row.
  @inlinable @inline(__always)
  public var leadingDimension: Int {
    isStoredTransposed ? max(columnStride, rows, 1) : max(rowStride, columns, 1)
  }
}

extension StridedMatrix {
  /// Whether row follows upon row in storage without a gap.
  @inlinable @inline(__always)
  internal var isContiguous: Bool { columnStride == 1 && (rowStride == columns || rows <= 1) }

  /// Copies the elements by rows to `target`, rows `rowStride` apart; the matrix must not be empty.
  ///
  /// A transposed storage is copied in square tiles, so that reads and writes both stay in cache. Tiles of
  /// 8 rows, because with rows of 2ᵏ bytes all lines of a tile share one set of the cache.
  @inlinable
  internal func copyElements(to target: UnsafeMutablePointer<Scalar>, rowStride targetStride: Int) {
    withUnsafeElements { pointer in
      let source = pointer.unsafelyUnwrapped
      if !isStoredTransposed {
        for i in 0..<rows {
          (target + i * targetStride).update(from: source + i * rowStride, count: columns)
        }
        return
      }
      let tile = 8
      for top in Swift.stride(from: 0, to: rows, by: tile) {
        for left in Swift.stride(from: 0, to: columns, by: tile) {
          for i in top..<min(top + tile, rows) {
            for j in left..<min(left + tile, columns) {
              target[i &* targetStride &+ j] = source[i &* rowStride &+ j &* columnStride]
            }
          }
        }
      }
    }
  }

  /// Calls `body` with each row of what is stored: the rows of the matrix, or its columns if
  /// ``isStoredTransposed``.
  @inlinable
  internal func forEachStoredRow(_ body: (Int, UnsafeBufferPointer<Scalar>) -> Void) {
    let transposed = isStoredTransposed
    let (count, length) = transposed ? (columns, rows) : (rows, columns)
    let distance = transposed ? columnStride : rowStride
    withUnsafeElements { pointer in
      for i in 0..<count {
        body(i, UnsafeBufferPointer(start: pointer.map { $0 + i * distance }, count: length))
      }
    }
  }

  /// Calls `body` with all elements, in as few runs of adjacent ones as the storage allows.
  @inlinable
  internal func forEachRun(_ body: (UnsafeBufferPointer<Scalar>) -> Void) {
    guard isContiguous else { return forEachStoredRow { body($1) } }
    withUnsafeElements { body(UnsafeBufferPointer(start: $0, count: count)) }
  }
}

extension MutableStridedMatrix where Self: ~Copyable {
  /// The leading dimension that BLAS wants: at least 1 and at least the length of a row.
  @inlinable @inline(__always)
  public var leadingDimension: Int { max(rowStride, columns, 1) }
}
