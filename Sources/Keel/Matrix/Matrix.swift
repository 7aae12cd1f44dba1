/// A dense matrix of `Float` or `Double`, stored by rows, with the semantics of a value.
///
/// ```swift
/// let a: Matrix<Double> = [[1, 2], [3, 4]]
/// let b = a * a.transposed           // BLAS reads the transpose in place
/// print(b[0, 1], a.row(1), a[0..<1, 0..<2])
/// ```
///
/// A matrix with no rows or no columns is valid everywhere. Assigning shares the storage until one of
/// the copies is written. Subscripts trap on an index out of range, as `Array` does. Equality compares
/// elements as numbers: NaN differs from itself, and zero equals negative zero.
public struct Matrix<Scalar: RealScalar>: Hashable, Sendable, StridedMatrix, MutableStridedMatrix {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The elements, row after row: `(i, j)` is at `i * columns + j`. Complexity: O(1), no copy.
  @inlinable
  public var elements: [Scalar] { storage }

  @usableFromInline
  internal var storage: [Scalar]

  /// A matrix over given elements.
  ///
  /// - Precondition: there are `rows * columns` elements.
  @inlinable
  public init(rows: Int, columns: Int, elements: [Scalar]) {
    precondition(rows >= 0 && columns >= 0, "A matrix cannot have a negative size")
    precondition(elements.count == rows * columns, "A matrix needs rows * columns elements")
    self.rows = rows
    self.columns = columns
    self.storage = elements
  }

  /// A matrix with one value everywhere.
  @inlinable
  public init(repeating value: Scalar, rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "A matrix cannot have a negative size")
    self.init(rows: rows, columns: columns, elements: filled(with: value, count: rows * columns))
  }

  /// The zero matrix.
  @inlinable
  public init(zeros rows: Int, _ columns: Int) {
    self.init(repeating: 0, rows: rows, columns: columns)
  }

  /// The identity of a given size.
  @inlinable
  public init(identity size: Int) {
    self.init(zeros: size, size)
    for i in 0..<size { storage[i * size + i] = 1 }
  }

  /// The square matrix with `diagonal` on its diagonal and zeros elsewhere.
  @inlinable
  public init(diagonal: [Scalar]) {
    self.init(zeros: diagonal.count, diagonal.count)
    for (i, value) in diagonal.enumerated() { storage[i * columns + i] = value }
  }

  /// A matrix whose element `(i, j)` is `element(i, j)`.
  @inlinable
  public init<E: Error>(rows: Int, columns: Int, _ element: (Int, Int) throws(E) -> Scalar) throws(E) {
    precondition(rows >= 0 && columns >= 0, "A matrix cannot have a negative size")
    var elements: [Scalar] = []
    elements.reserveCapacity(rows * columns)
    for i in 0..<rows {
      for j in 0..<columns { elements.append(try element(i, j)) }
    }
    self.init(rows: rows, columns: columns, elements: elements)
  }

  /// A matrix with given rows, each of the same length.
  @inlinable
  public init(rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    var elements: [Scalar] = []
    elements.reserveCapacity(rows.count * columns)
    for row in rows {
      precondition(row.count == columns, "The rows of a matrix must have equal lengths")
      elements.append(contentsOf: row)
    }
    self.init(rows: rows.count, columns: columns, elements: elements)
  }

  /// The matrix with one column.
  @inlinable
  public init(column: [Scalar]) {
    self.init(rows: column.count, columns: 1, elements: column)
  }

  /// The matrix with one row.
  @inlinable
  public init(row: [Scalar]) {
    self.init(rows: 1, columns: row.count, elements: row)
  }

  /// A copy of anything that BLAS can read as a matrix, for instance a block or a transpose.
  ///
  /// A `Matrix` shares its storage with the copy.
  @inlinable
  public init(_ other: some StridedMatrix<Scalar>) {
    if let matrix = other as? Matrix {
      self = matrix
      return
    }
    let count = other.count
    let elements = [Scalar](uninitialized: count) { buffer, initialized in
      if let target = buffer.baseAddress, count > 0 {
        adviseLargePages(target, bytes: count * MemoryLayout<Scalar>.stride)
        other.copyElements(to: target, rowStride: other.columns)
      }
      initialized = count
    }
    self.init(rows: other.rows, columns: other.columns, elements: elements)
  }

  /// Converts the elements of a matrix of the other scalar type, rounding to nearest.
  @inlinable
  public init<Other: RealScalar>(converting other: Matrix<Other>) {
    self.init(rows: other.rows, columns: other.columns, elements: other.storage.map { Scalar($0) })
  }

  /// The element in row `i` and column `j`.
  @inlinable
  public subscript(i: Int, j: Int) -> Scalar {
    get {
      precondition(
        UInt(bitPattern: i) < UInt(bitPattern: rows) && UInt(bitPattern: j) < UInt(bitPattern: columns),
        "Matrix index out of range")
      return storage[i &* columns &+ j]
    }
    set {
      precondition(
        UInt(bitPattern: i) < UInt(bitPattern: rows) && UInt(bitPattern: j) < UInt(bitPattern: columns),
        "Matrix index out of range")
      storage[i &* columns &+ j] = newValue
    }
  }

  /// The distance in storage between vertical neighbours.
  @inlinable @inline(__always)
  public var rowStride: Int { columns }

  /// The distance in storage between horizontal neighbours.
  @inlinable @inline(__always)
  public var columnStride: Int { 1 }

  /// The leading dimension that BLAS wants: the length of a row, at least 1.
  @inlinable @inline(__always)
  public var leadingDimension: Int { max(columns, 1) }
}

// MARK: - Storage

extension Matrix {
  /// Calls `body` with the address of the first element, or nil if there may be none.
  @inlinable @inline(__always)
  public func withUnsafeElements<R, E: Error>(
    _ body: (UnsafePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeBufferPointer { (buffer) throws(E) -> R in try body(buffer.baseAddress) }
  }

  /// Calls `body` with the address of the first element for writing, or nil if there may be none.
  @inlinable @inline(__always)
  public mutating func withUnsafeMutableElements<R, E: Error>(
    _ body: (UnsafeMutablePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeMutableBufferPointer { (buffer) throws(E) -> R in try body(buffer.baseAddress) }
  }

  /// Reads all elements, row after row, through a `Span`.
  @inlinable
  public func withSpan<R, E: Error>(_ body: (Span<Scalar>) throws(E) -> R) throws(E) -> R {
    try body(storage.span)
  }

  /// Writes the elements in place, row after row, through a `MutableSpan`.
  @inlinable
  public mutating func withMutableSpan<R, E: Error>(
    _ body: (inout MutableSpan<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    var span = storage.mutableSpan
    return try body(&span)
  }

  /// Reads one row through a `Span`.
  @inlinable
  public func withRow<R, E: Error>(_ i: Int, _ body: (Span<Scalar>) throws(E) -> R) throws(E) -> R {
    precondition(i >= 0 && i < rows, "Matrix row out of range")
    return try body(storage.span.extracting(i * columns..<(i + 1) * columns))
  }

  /// Writes one row in place through a `MutableSpan`.
  @inlinable
  public mutating func withMutableRow<R, E: Error>(
    _ i: Int, _ body: (inout MutableSpan<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    precondition(i >= 0 && i < rows, "Matrix row out of range")
    let range = i * columns..<(i + 1) * columns
    return try storage.withUnsafeMutableBufferPointer { (buffer) throws(E) -> R in
      let row = buffer.extracting(range)
      var span = row.mutableSpan
      return try body(&span)
    }
  }
}

extension Matrix: ExpressibleByArrayLiteral {
  /// A matrix written as a list of rows.
  @inlinable
  public init(arrayLiteral rows: [Scalar]...) {
    self.init(rows: rows)
  }
}
