/// Many matrices of one shape in one contiguous storage, each by rows.
///
/// An array of small matrices costs an allocation each; a batch costs one in all, and kernels that
/// work across the batch see the elements where they want them. Matrix `b` begins at
/// `b * rows * columns`.
public struct MatrixBatch<Scalar: RealScalar>: Hashable, Sendable {
  /// The number of matrices.
  public let count: Int
  /// The number of rows of each matrix.
  public let rows: Int
  /// The number of columns of each matrix.
  public let columns: Int
  /// The elements, matrix after matrix, row after row.
  public var elements: [Scalar] { storage }

  @usableFromInline internal var storage: [Scalar]

  /// A batch over given elements.
  ///
  /// - Precondition: there are `count * rows * columns` elements.
  @inlinable
  public init(count: Int, rows: Int, columns: Int, elements: [Scalar]) {
    precondition(count >= 0 && rows >= 0 && columns >= 0, "A batch cannot have a negative size")
    precondition(
      elements.count == count * rows * columns, "A batch needs count * rows * columns elements")
    self.count = count
    self.rows = rows
    self.columns = columns
    self.storage = elements
  }

  /// A batch of zero matrices.
  @inlinable
  public init(zeros count: Int, rows: Int, columns: Int) {
    precondition(count >= 0 && rows >= 0 && columns >= 0, "A batch cannot have a negative size")
    self.init(
      count: count, rows: rows, columns: columns,
      elements: Array(repeating: 0, count: count * rows * columns))
  }

  /// A batch of given matrices, all of one shape.
  @inlinable
  public init(_ matrices: [Matrix<Scalar>]) {
    let rows = matrices.first?.rows ?? 0
    let columns = matrices.first?.columns ?? 0
    precondition(
      matrices.allSatisfy { $0.rows == rows && $0.columns == columns }, "A batch has matrices of one shape")
    self.init(count: matrices.count, rows: rows, columns: columns, elements: matrices.flatMap { $0.storage })
  }

  /// The number of elements of one matrix.
  @inlinable
  public var elementsPerMatrix: Int { rows * columns }

  /// Matrix `b`: reading gives a view without a copy, writing copies in.
  @inlinable
  public subscript(b: Int) -> MatrixView<Scalar> {
    get {
      precondition(b >= 0 && b < count, "Batch index out of range")
      return MatrixView(
        storage: storage, offset: b * elementsPerMatrix, rows: rows, columns: columns, rowStride: columns,
        columnStride: 1)
    }
    set {
      precondition(newValue.rows == rows && newValue.columns == columns, "A batch has matrices of one shape")
      withMutableMatrix(b) { $0.assign(newValue) }
    }
  }

  /// The element `(i, j)` of matrix `b`.
  @inlinable
  public subscript(b: Int, i: Int, j: Int) -> Scalar {
    get { storage[offset(b, i, j)] }
    set { storage[offset(b, i, j)] = newValue }
  }

  @inlinable
  internal func offset(_ b: Int, _ i: Int, _ j: Int) -> Int {
    precondition(
      b >= 0 && b < count && i >= 0 && i < rows && j >= 0 && j < columns, "Batch index out of range")
    return (b * rows + i) * columns + j
  }

  /// Reads all elements through a `Span`.
  @inlinable
  public func withSpan<R, E: Error>(_ body: (Span<Scalar>) throws(E) -> R) throws(E) -> R {
    try body(storage.span)
  }

  /// Writes all elements in place through a `MutableSpan`.
  @inlinable
  public mutating func withMutableSpan<R, E: Error>(
    _ body: (inout MutableSpan<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    var span = storage.mutableSpan
    return try body(&span)
  }

  /// Writes one matrix in place: the block serves as `into:` argument of ``BLAS`` functions.
  @inlinable
  public mutating func withMutableMatrix<R, E: Error>(
    _ b: Int, _ body: (inout MutableMatrixBlock<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    precondition(b >= 0 && b < count, "Batch index out of range")
    let (rows, columns, size) = (self.rows, self.columns, elementsPerMatrix)
    return try storage.withUnsafeMutableBufferPointer { (buffer) throws(E) -> R in
      var block = MutableMatrixBlock(
        base: size == 0 ? nil : buffer.baseAddress.map { $0 + b * size }, rows: rows, columns: columns,
        rowStride: columns)
      return try body(&block)
    }
  }

  /// The batch of the products of matching matrices.
  ///
  /// Cost: 2·count·m·n·k operations.
  @inlinable
  public static func * (a: MatrixBatch, b: MatrixBatch) -> MatrixBatch {
    precondition(a.count == b.count, "Batches that are multiplied must have equal counts")
    precondition(a.columns == b.rows, "Batches that are multiplied must have fitting shapes")
    var result = MatrixBatch(zeros: a.count, rows: a.rows, columns: b.columns)
    for index in 0..<a.count {
      let (left, right) = (a[index], b[index])
      result.withMutableMatrix(index) { BLAS.gemm(1, left, right, into: &$0) }
    }
    return result
  }
}
