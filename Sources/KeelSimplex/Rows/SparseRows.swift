public import Keel

/// Rows of which only the entries that are not zero are stored: compressed sparse rows (CSR).
///
/// Row r has the entries `rowOffsets[r]..<rowOffsets[r + 1]` of ``columnIndices`` and ``values``, their
/// columns in increasing order.
public struct SparseRows<Scalar: SimplexScalar>: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Where the entries of each row begin, and last their number: `rows + 1` of them.
  public let rowOffsets: [Int]
  /// The column of each entry.
  public let columnIndices: [Int32]
  /// The value of each entry.
  public let values: [Scalar]

  /// Rows of given entries.
  ///
  /// - Precondition: the offsets begin with 0, increase, and end with the number of entries; the columns of a
  ///   row increase and are in `0..<columns`.
  /// - Complexity: O(entries), for the checks.
  public init(rows: Int, columns: Int, rowOffsets: [Int], columnIndices: [Int32], values: [Scalar]) {
    precondition(rows >= 0 && columns >= 0, "Rows cannot have a negative size")
    precondition(
      rowOffsets.count == rows + 1 && rowOffsets[0] == 0 && rowOffsets[rows] == values.count
        && columnIndices.count == values.count, "There must be an offset for each row, and one for the end")
    for r in 0..<rows {
      precondition(rowOffsets[r] <= rowOffsets[r + 1], "The offsets of rows must increase")
      var last = -1
      for index in columnIndices[rowOffsets[r]..<rowOffsets[r + 1]] {
        precondition(
          Int(index) > last && Int(index) < columns, "The columns of a row must increase, in range")
        last = Int(index)
      }
    }
    self.init(
      unchecked: rows, columns: columns, rowOffsets: rowOffsets, columnIndices: columnIndices,
      values: values)
  }

  /// Rows of entries that are known to be sound.
  init(unchecked rows: Int, columns: Int, rowOffsets: [Int], columnIndices: [Int32], values: [Scalar]) {
    self.rows = rows
    self.columns = columns
    self.rowOffsets = rowOffsets
    self.columnIndices = columnIndices
    self.values = values
  }

  /// The entries of a matrix that are not zero.
  public init(_ matrix: some StridedMatrix<Scalar>) {
    let (rows, columns) = (matrix.rows, matrix.columns)
    precondition(columns <= Int32.max, "The columns of sparse rows are numbers of 32 bits")
    var offsets = [0]
    offsets.reserveCapacity(rows + 1)
    var (indices, values): ([Int32], [Scalar]) = ([], [])
    guard !matrix.isEmpty else {
      self.init(
        unchecked: rows, columns: columns, rowOffsets: [Int](repeating: 0, count: rows + 1),
        columnIndices: [], values: [])
      return
    }
    withRows(of: matrix) { first, stride in
      withWorkspace(of: Int32.self, count: columns) { rowIndices in
        withWorkspace(of: Scalar.self, count: columns) { rowValues in
          for r in 0..<rows {
            let count = compress(
              first + r * stride, count: columns, indices: rowIndices, values: rowValues)
            indices.append(contentsOf: UnsafeBufferPointer(start: rowIndices, count: count))
            values.append(contentsOf: UnsafeBufferPointer(start: rowValues, count: count))
            offsets.append(values.count)
          }
        }
      }
    }
    self.init(
      unchecked: rows, columns: columns, rowOffsets: offsets, columnIndices: indices, values: values)
  }

  /// The number of entries.
  public var count: Int { values.count }

  /// The places of the entries of row `r` in ``columnIndices`` and ``values``.
  public func entries(ofRow r: Int) -> Range<Int> { rowOffsets[r]..<rowOffsets[r + 1] }

  /// The columns of the entries of row `r`, in increasing order: its support.
  public func support(ofRow r: Int) -> [Int] { columnIndices[entries(ofRow: r)].map { Int($0) } }

  /// The value in row `r` and column `i`: zero where no entry is stored.
  ///
  /// - Complexity: O(log entries of the row).
  public subscript(r: Int, i: Int) -> Scalar {
    precondition(r >= 0 && r < rows && i >= 0 && i < columns, "Index of sparse rows out of range")
    var (low, high) = (rowOffsets[r], rowOffsets[r + 1])
    while low < high {
      let middle = (low + high) / 2
      if Int(columnIndices[middle]) < i { low = middle + 1 } else { high = middle }
    }
    return low < rowOffsets[r + 1] && Int(columnIndices[low]) == i ? values[low] : 0
  }

  /// The rows as a matrix.
  public func dense() -> Matrix<Scalar> {
    var result = Matrix<Scalar>(zeros: rows, columns)
    result.withUnsafeMutableElements { target in
      guard let target else { return }
      for r in 0..<rows {
        for e in entries(ofRow: r) { target[r * columns + Int(columnIndices[e])] = values[e] }
      }
    }
    return result
  }
}

/// Calls `body` with room for some elements that are not initialized.
func withWorkspace<Element: BitwiseCopyable, R>(
  of type: Element.Type, count: Int, _ body: (UnsafeMutablePointer<Element>) -> R
) -> R {
  let workspace = UnsafeMutablePointer<Element>.allocate(capacity: count)
  defer { workspace.deallocate() }
  return body(workspace)
}
