extension Matrix {
  /// The sum of all elements, summed row by row.
  @inlinable
  public var sum: Scalar { rowSums.reduce(0, +) }

  /// The mean of all elements; NaN for an empty matrix.
  @inlinable
  public var mean: Scalar { sum / Scalar(count) }

  /// The sum of each row.
  @inlinable
  public var rowSums: [Scalar] {
    (0..<rows).map { i in
      withRow(i) { row in
        var sum: Scalar = 0
        for j in row.indices { sum += row[j] }
        return sum
      }
    }
  }

  /// The sum of each column.
  @inlinable
  public var columnSums: [Scalar] {
    var sums = [Scalar](repeating: 0, count: columns)
    for i in 0..<rows {
      withRow(i) { row in
        for j in row.indices { sums[j] += row[j] }
      }
    }
    return sums
  }

  /// The mean of each row; NaN if there are no columns.
  @inlinable
  public var rowMeans: [Scalar] { rowSums.map { $0 / Scalar(columns) } }

  /// The mean of each column; NaN if there are no rows.
  @inlinable
  public var columnMeans: [Scalar] { columnSums.map { $0 / Scalar(rows) } }

  /// The smallest element, or nil if there is none.
  @inlinable
  public var minimum: Scalar? { storage.min() }

  /// The largest element, or nil if there is none.
  @inlinable
  public var maximum: Scalar? { storage.max() }

  /// The sum of the diagonal.
  @inlinable
  public var trace: Scalar { diagonal.reduce(0, +) }
}
