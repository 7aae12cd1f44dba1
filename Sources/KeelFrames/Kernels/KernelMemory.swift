import Keel

extension Span {
  /// Calls `body` with the address of the first element, and not at all if there is none.
  func withPointer<E: Error>(_ body: (UnsafePointer<Element>) throws(E) -> Void) throws(E) {
    try withUnsafeBufferPointer { (buffer) throws(E) in
      if let first = buffer.baseAddress, !buffer.isEmpty { try body(first) }
    }
  }
}

extension MutableSpan {
  /// Calls `body` with the address of the first element, and not at all if there is none.
  mutating func withPointer<E: Error>(_ body: (UnsafeMutablePointer<Element>) throws(E) -> Void) throws(E) {
    try withUnsafeMutableBufferPointer { (buffer) throws(E) in
      if let first = buffer.baseAddress, !buffer.isEmpty { try body(first) }
    }
  }
}

extension Matrix {
  /// Calls `body` with the address of the first element, and not at all if there is none.
  mutating func withPointer<E: Error>(_ body: (UnsafeMutablePointer<Scalar>) throws(E) -> Void) throws(E) {
    try withMutableSpan { (span) throws(E) in try span.withPointer(body) }
  }

  /// Row i as an array.
  func rowArray(_ i: Int) -> [Scalar] { (0..<columns).map { self[i, $0] } }
}

extension MatrixBatch {
  /// Calls `body` with the address of the first element, and not at all if there is none.
  mutating func withPointer<E: Error>(_ body: (UnsafeMutablePointer<Scalar>) throws(E) -> Void) throws(E) {
    try withMutableSpan { (span) throws(E) in try span.withPointer(body) }
  }
}

/// Calls `body` for chunks of `0..<count` items that are worth the work on `cost` numbers each: on several threads,
/// unless one chunk is all.
func forEachChunk<E: Error>(
  _ count: Int, cost: Int, threads: Int?, _ body: @Sendable (Range<Int>) throws(E) -> Void
) throws(E) {
  // Some tens of microseconds, and a working set that stays in the second-level cache.
  let chunk = max(1, 1 << 15 / max(1, cost))
  if chunk >= count {
    if count > 0 { try body(0..<count) }
  } else {
    try Parallel.forEach(count, chunk: chunk, threads: threads, body)
  }
}

/// Calls `body` with the clouds that begin at `starts`; not at all if there are no numbers.
///
/// - Throws: ``FrameError/empty(argument:)`` if `needsPoints` and a cloud has none; and what `body` throws.
/// - Precondition: the starts ascend from at least 0 to at most the number of points.
func withCloudRows<Scalar: FrameScalar>(
  _ points: Span<Scalar>, starts: Span<Int>, dimension: Int, needsPoints: Bool,
  _ body: (CloudRows<Scalar>) throws(FrameError) -> Void
) throws(FrameError) {
  precondition(dimension >= 0 && starts.count > 0, "Clouds have a dimension, and an end")
  let count = starts.count - 1
  precondition(
    starts[0] >= 0 && starts[count] * dimension <= points.count, "The starts of clouds lie within the points")
  for b in 0..<count {
    precondition(starts[b] <= starts[b + 1], "The starts of clouds ascend")
    if needsPoints && starts[b] == starts[b + 1] { throw .empty(argument: "cloud \(b)") }
  }
  try points.withPointer { (point) throws(FrameError) in
    try starts.withPointer { (start) throws(FrameError) in
      try body(CloudRows(count: count, dimension: dimension, starts: start, points: point))
    }
  }
}
