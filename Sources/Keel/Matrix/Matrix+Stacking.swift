extension Matrix {
  /// The matrices one above the other; all have the same number of columns.
  ///
  /// With no matrix the result is empty.
  @inlinable
  public init(stacking parts: [Matrix]) {
    let columns = parts.first?.columns ?? 0
    precondition(parts.allSatisfy { $0.columns == columns }, "Stacked matrices must have equal widths")
    self.init(rows: parts.reduce(0) { $0 + $1.rows }, columns: columns, elements: parts.flatMap(\.storage))
  }

  /// The matrices side by side; all have the same number of rows.
  ///
  /// With no matrix the result is empty.
  @inlinable
  public init(concatenating parts: [Matrix]) {
    let rows = parts.first?.rows ?? 0
    precondition(parts.allSatisfy { $0.rows == rows }, "Concatenated matrices must have equal heights")
    var elements: [Scalar] = []
    elements.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for i in 0..<rows {
      for part in parts {
        elements.append(contentsOf: part.storage[i * part.columns..<(i + 1) * part.columns])
      }
    }
    self.init(rows: rows, columns: parts.reduce(0) { $0 + $1.columns }, elements: elements)
  }

  /// The rows at given indices, in the given order; an index may repeat.
  @inlinable
  public func selectingRows(_ indices: some Collection<Int>) -> Matrix {
    var elements: [Scalar] = []
    elements.reserveCapacity(indices.count * columns)
    for i in indices {
      precondition(i >= 0 && i < rows, "Matrix row out of range")
      elements.append(contentsOf: storage[i * columns..<(i + 1) * columns])
    }
    return Matrix(rows: indices.count, columns: columns, elements: elements)
  }

  /// The columns at given indices, in the given order; an index may repeat.
  @inlinable
  public func selectingColumns(_ indices: some Collection<Int>) -> Matrix {
    precondition(indices.allSatisfy { $0 >= 0 && $0 < columns }, "Matrix column out of range")
    var elements: [Scalar] = []
    elements.reserveCapacity(rows * indices.count)
    for i in 0..<rows {
      for j in indices { elements.append(storage[i * columns + j]) }
    }
    return Matrix(rows: rows, columns: indices.count, elements: elements)
  }

  /// The same elements, row after row, in another shape of equal size.
  @inlinable
  public func reshaped(rows: Int, columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: storage)
  }
}
