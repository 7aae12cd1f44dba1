extension StridedMatrix {
  /// The sum of all elements.
  ///
  /// Eight partial sums run side by side along each run of adjacent elements, so the rounding error is
  /// at most about `count / 8` units, and the order, hence the result, does not depend on the machine.
  @inlinable
  public var sum: Scalar {
    var sum: Scalar = 0
    forEachRun { sum += $0.sumInEightLanes() }
    return sum
  }

  /// The mean of all elements; NaN for an empty matrix.
  @inlinable
  public var mean: Scalar { sum / Scalar(count) }

  /// The sum of each row.
  @inlinable
  public var rowSums: [Scalar] { isStoredTransposed ? sumsAcrossStoredRows() : sumsOfStoredRows() }

  /// The sum of each column.
  @inlinable
  public var columnSums: [Scalar] { isStoredTransposed ? sumsOfStoredRows() : sumsAcrossStoredRows() }

  /// The mean of each row; NaN if there are no columns.
  @inlinable
  public var rowMeans: [Scalar] {
    let divisor = Scalar(columns)
    return rowSums.map { $0 / divisor }
  }

  /// The mean of each column; NaN if there are no rows.
  @inlinable
  public var columnMeans: [Scalar] {
    let divisor = Scalar(rows)
    return columnSums.map { $0 / divisor }
  }

  /// The smallest element, NaN if any is NaN, nil if there is none.
  @inlinable
  public var minimum: Scalar? {
    extremum { $0 < $1 }
  }

  /// The largest element, NaN if any is NaN, nil if there is none.
  @inlinable
  public var maximum: Scalar? {
    extremum { $0 > $1 }
  }

  /// The elements on the diagonal, `min(rows, columns)` of them.
  @inlinable
  public var diagonal: [Scalar] {
    let (count, step) = (min(rows, columns), rowStride + columnStride)
    return withUnsafeElements { pointer in (0..<count).map { pointer.unsafelyUnwrapped[$0 * step] } }
  }

  /// The sum of the diagonal.
  @inlinable
  public var trace: Scalar { diagonal.reduce(0, +) }

  /// Whether every element is finite.
  @inlinable
  public var isFinite: Bool {
    var isFinite = true
    forEachRun { if isFinite { isFinite = $0.isFinite } }
    return isFinite
  }

  @inlinable
  internal func sumsOfStoredRows() -> [Scalar] {
    var sums = [Scalar](repeating: 0, count: isStoredTransposed ? columns : rows)
    sums.withUnsafeMutableBufferPointer { sums in
      forEachStoredRow { i, row in sums[i] = row.sumInEightLanes() }
    }
    return sums
  }

  @inlinable
  internal func sumsAcrossStoredRows() -> [Scalar] {
    var sums = [Scalar](repeating: 0, count: isStoredTransposed ? rows : columns)
    sums.withUnsafeMutableBufferPointer { sums in
      forEachStoredRow { _, row in
        for j in row.indices { sums[j] += row[j] }
      }
    }
    return sums
  }

  @inlinable
  internal func extremum(_ precedes: (Scalar, Scalar) -> Bool) -> Scalar? {
    guard !isEmpty else { return nil }
    var best = withUnsafeElements { $0.unsafelyUnwrapped.pointee }
    forEachRun { run in
      for value in run where precedes(value, best) || value.isNaN { best = value }
    }
    return best
  }
}

extension UnsafeBufferPointer where Element: RealScalar {
  /// The sum in eight partial sums, which the compiler keeps in vector registers.
  @inlinable
  internal func sumInEightLanes() -> Element {
    guard let base = baseAddress else { return 0 }
    let bulk = count & ~7
    var lanes = SIMD8<Element>.zero
    for i in stride(from: 0, to: bulk, by: 8) {
      lanes += UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Element>.self)
    }
    let halves = lanes.lowHalf + lanes.highHalf
    let quarters = halves.lowHalf + halves.highHalf
    var sum = quarters[0] + quarters[1]
    for i in bulk..<count { sum += base[i] }
    return sum
  }

  /// Whether every element is finite: `x - x` is NaN if `x` is not, and zero otherwise. Eight lanes, and
  /// a test once a block.
  @inlinable
  internal var isFinite: Bool {
    guard let base = baseAddress else { return true }
    let bulk = count & ~7
    for start in stride(from: 0, to: bulk, by: 1024) {
      var lanes = SIMD8<Element>.zero
      for i in stride(from: start, to: Swift.min(start + 1024, bulk), by: 8) {
        let values = UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Element>.self)
        lanes += values - values
      }
      if lanes != .zero { return false }
    }
    return (bulk..<count).allSatisfy { base[$0].isFinite }
  }
}
