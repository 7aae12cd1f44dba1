import CKernels

/// Sparse rows in the making, over memory that holds any rows of the shape.
struct SparseChunk<Scalar: SimplexScalar> {
  /// The number of rows so far.
  private(set) var rows = 0
  /// Where the rows begin, and last the number of entries.
  let offsets: UnsafeMutablePointer<Int>
  /// The columns of the entries.
  let indices: UnsafeMutablePointer<Int32>
  /// The entries.
  let values: UnsafeMutablePointer<Scalar>
  private let capacity: Int

  /// Calls `body` with a chunk without rows yet, and room for one dense row.
  ///
  /// The room for entries is that of dense rows. Sparse rows touch little of it, and what is not touched costs
  /// nothing.
  static func withRoom(
    rows: Int, columns: Int, _ body: (inout SparseChunk, UnsafeMutablePointer<Scalar>) -> Void
  ) {
    let capacity = rows * columns
    withWorkspace(of: Int.self, count: rows + 1) { offsets in
      withWorkspace(of: Int32.self, count: capacity) { indices in
        withWorkspace(of: Scalar.self, count: capacity + columns) { values in
          offsets[0] = 0
          var chunk = SparseChunk(offsets: offsets, indices: indices, values: values, capacity: capacity)
          body(&chunk, values + capacity)
        }
      }
    }
  }

  private init(
    offsets: UnsafeMutablePointer<Int>, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Scalar>, capacity: Int
  ) {
    self.offsets = offsets
    self.indices = indices
    self.values = values
    self.capacity = capacity
  }

  /// The number of entries so far.
  var count: Int { offsets[rows] }

  /// Appends rows that `write` writes at the addresses that it is called with: indices, values, the capacity
  /// there, and the ends of rows. It returns the number of rows done.
  mutating func append(
    _ newRows: Int,
    _ write: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Scalar>, Int, UnsafeMutablePointer<Int>) ->
      Int
  ) {
    let start = count
    let ends = offsets + rows + 1
    let done = write(indices + start, values + start, capacity - start, ends)
    precondition(done == newRows, "There must be room for all rows")
    for r in 0..<newRows { ends[r] += start }
    rows += newRows
  }

  /// Writes the product with a dense matrix.
  func multiply(
    _ dense: UnsafePointer<Scalar>, stride: Int, columns: Int, into target: UnsafeMutablePointer<Scalar>
  ) {
    var view = keel_sparse_rows(
      scalar_bytes: MemoryLayout<Scalar>.size, rows: rows, offsets: offsets, indices: indices, values: values)
    keel_sparse_product(&view, dense, stride, columns, target, columns)
  }
}

extension SparseRows {
  /// The rows of parts, one below the other.
  init(concatenating parts: [SparseRows], rows: Int, columns: Int) {
    if let only = parts.first, parts.count == 1 {
      self = only
      return
    }
    var offsets = [0]
    offsets.reserveCapacity(rows + 1)
    var (indices, values): ([Int32], [Scalar]) = ([], [])
    let count = parts.reduce(0) { $0 + $1.count }
    indices.reserveCapacity(count)
    values.reserveCapacity(count)
    for part in parts {
      for end in part.rowOffsets.dropFirst() { offsets.append(values.count + end) }
      indices.append(contentsOf: part.columnIndices)
      values.append(contentsOf: part.values)
    }
    // Rows without columns are in no part.
    while offsets.count <= rows { offsets.append(values.count) }
    self.init(
      unchecked: rows, columns: columns, rowOffsets: offsets, columnIndices: indices, values: values)
  }
}
