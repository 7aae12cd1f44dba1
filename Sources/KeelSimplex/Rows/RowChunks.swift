import Keel

/// How the rows of a batch are cut into chunks for threads.
///
/// It depends on the shape alone, so that results do not depend on the number of threads.
struct RowChunks {
  /// The number of rows.
  let rows: Int
  /// The number of rows of a chunk; `rows` if the work is not worth a second thread.
  let rowsPerChunk: Int

  /// Starting threads costs about ten microseconds; maps take half a nanosecond an entry and more.
  private static let leastParallelEntries = 1 << 16
  /// Chunks of some ten microseconds, which stay in the cache of a core while a row is read again.
  private static let entriesPerChunk = 1 << 14
  /// Kernels for short rows take up to 16 rows at a time.
  private static let rowsPerGroup = 16

  /// The chunks of a batch.
  init(rows: Int, columns: Int) {
    let rowsWanted = max(Self.entriesPerChunk / max(columns, 1), 1)
    self.init(
      rows: rows, columns: columns,
      rowsPerChunk: rowsWanted < Self.rowsPerGroup
        ? rowsWanted : rowsWanted / Self.rowsPerGroup * Self.rowsPerGroup)
  }

  /// Chunks of so many rows, or one chunk if the work is not worth a second thread.
  init(rows: Int, columns: Int, rowsPerChunk: Int) {
    self.rows = rows
    let entries = rows.multipliedReportingOverflow(by: columns)
    let isSmall = !entries.overflow && entries.partialValue < Self.leastParallelEntries
    self.rowsPerChunk = isSmall ? max(rows, 1) : rowsPerChunk
  }

  /// The number of chunks.
  var count: Int { (rows + rowsPerChunk - 1) / rowsPerChunk }

  /// Calls `body` once for each chunk, on several threads if there are several chunks.
  func forEach(threads: Int?, _ body: @Sendable (Range<Int>) -> Void) {
    precondition(threads ?? 1 >= 1, "The number of threads must be at least 1")
    if rowsPerChunk >= rows {
      if rows > 0 { body(0..<rows) }
    } else {
      Parallel.forEach(rows, chunk: rowsPerChunk, threads: threads, body)
    }
  }
}

/// Calls `body` with the address of the first element, by rows, and the distance between rows.
///
/// The matrix must not be empty. A transposed view is copied first.
func withRows<Input: StridedMatrix, R>(
  of matrix: Input, _ body: (UnsafePointer<Input.Scalar>, Int) -> R
) -> R {
  if matrix.isStoredTransposed {
    let copy = Matrix(matrix)
    return copy.withUnsafeElements { body($0.unsafelyUnwrapped, copy.columns) }
  }
  return matrix.withUnsafeElements { body($0.unsafelyUnwrapped, matrix.rowStride) }
}
