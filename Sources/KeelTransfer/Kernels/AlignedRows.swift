/// Rows of numbers in one allocation, each at a multiple of 64 bytes and filled up with zeros to one.
///
/// Loads and stores of the kernels then do not straddle lines of the cache. Zeros add nothing to products
/// and sums and stay zero in a step, so that finite results have the same bits as for rows without them: the
/// kernels are run with ``width`` for the number of columns.
///
/// A value that owns rows copies them before it writes, unless it is the only owner. That no two values
/// write to the same rows is what makes them sendable.
final class AlignedRows<Scalar: TransferScalar>: @unchecked Sendable {
  let rows: Int
  /// The numbers in a row, without the zeros.
  let columns: Int
  /// The distance between rows, in numbers.
  let width: Int
  /// The first number.
  let start: UnsafeMutablePointer<Scalar>

  /// Rows of zeros.
  init(rows: Int, columns: Int) {
    let lanes = 64 / MemoryLayout<Scalar>.stride
    self.rows = rows
    self.columns = columns
    width = (columns + lanes - 1) / lanes * lanes
    start = UnsafeMutableRawPointer.allocate(
      byteCount: rows * width * MemoryLayout<Scalar>.stride, alignment: 64
    ).bindMemory(to: Scalar.self, capacity: rows * width)
    start.initialize(repeating: 0, count: rows * width)
  }

  deinit { start.deallocate() }

  /// A copy that nobody shares.
  func copy() -> AlignedRows {
    let result = AlignedRows(rows: rows, columns: columns)
    result.start.update(from: start, count: rows * width)
    return result
  }

  /// Where a row begins.
  func row(_ i: Int) -> UnsafeMutablePointer<Scalar> { start + i * width }

  /// Writes rows, given one after the other.
  func replace(_ rows: Range<Int>, with elements: [Scalar]) {
    precondition(elements.count == rows.count * columns, "The elements do not fit the rows")
    elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for (i, row) in rows.enumerated() { self.row(row).update(from: base + i * columns, count: columns) }
    }
  }

  /// Rows without the zeros, one after the other.
  func elements(_ rows: Range<Int>) -> [Scalar] {
    let count = rows.count * columns
    return [Scalar](unsafeUninitializedCapacity: count) { elements, initializedCount in
      if let base = elements.baseAddress {
        for (i, row) in rows.enumerated() {
          (base + i * columns).initialize(from: self.row(row), count: columns)
        }
      }
      initializedCount = count
    }
  }
}
