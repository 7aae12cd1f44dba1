import CKernels
import Keel

/// A part of a row: what the C kernels for one row on several threads work on.
protocol RowChunk: SendableMetatype {
  associatedtype Scalar: SimplexScalar

  /// A part without candidates.
  init(
    _ entries: Range<Int>, values: UnsafeMutablePointer<Scalar>, indices: UnsafeMutablePointer<UInt32>)

  /// The number of candidates, and after writing of entries that are not zero.
  var count: Int { get }

  /// Finds the candidates among the entries of a row.
  mutating func filter(_ row: UnsafePointer<Scalar>, radius: Scalar)

  /// Finds the threshold from the candidates of all parts. Returns false if the row has to go another way.
  static func merge(
    _ chunks: UnsafeMutablePointer<Self>, count: Int, radius: Scalar, threshold: inout keel_row_threshold
  ) -> Bool

  /// Writes the part.
  mutating func write(
    _ row: UnsafePointer<Scalar>, to output: UnsafeMutablePointer<Scalar>, threshold: keel_row_threshold)
}

extension keel_row_chunk_f64: RowChunk {
  init(
    _ entries: Range<Int>, values: UnsafeMutablePointer<Double>, indices: UnsafeMutablePointer<UInt32>
  ) {
    self.init(
      begin: entries.lowerBound, end: entries.upperBound, values: values, indices: indices, count: 0,
      maximum: 0, bound: 0, fits: 0)
  }

  mutating func filter(_ row: UnsafePointer<Double>, radius: Double) {
    keel_sparsemax_filter_f64(&self, row, radius)
  }

  static func merge(
    _ chunks: UnsafeMutablePointer<Self>, count: Int, radius: Double, threshold: inout keel_row_threshold
  ) -> Bool {
    keel_sparsemax_merge_f64(chunks, count, radius, &threshold) != 0
  }

  mutating func write(
    _ row: UnsafePointer<Double>, to output: UnsafeMutablePointer<Double>, threshold: keel_row_threshold
  ) {
    withUnsafePointer(to: threshold) { keel_sparsemax_write_f64(&self, row, output, $0) }
  }
}

extension keel_row_chunk_f32: RowChunk {
  init(
    _ entries: Range<Int>, values: UnsafeMutablePointer<Float>, indices: UnsafeMutablePointer<UInt32>
  ) {
    self.init(
      begin: entries.lowerBound, end: entries.upperBound, values: values, indices: indices, count: 0,
      maximum: 0, bound: 0, fits: 0)
  }

  mutating func filter(_ row: UnsafePointer<Float>, radius: Float) {
    keel_sparsemax_filter_f32(&self, row, radius)
  }

  static func merge(
    _ chunks: UnsafeMutablePointer<Self>, count: Int, radius: Float, threshold: inout keel_row_threshold
  ) -> Bool {
    keel_sparsemax_merge_f32(chunks, count, radius, &threshold) != 0
  }

  mutating func write(
    _ row: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, threshold: keel_row_threshold
  ) {
    withUnsafePointer(to: threshold) { keel_sparsemax_write_f32(&self, row, output, $0) }
  }
}

/// Projects one row in chunks of fixed size, so that the result does not depend on the number of threads.
///
/// Each chunk is filtered by itself, the candidates are merged in order, and each chunk is written by itself.
///
/// - Returns: the threshold, or nil if nothing was written: the row is exceptional, or has too many candidates
///   for the room that chunks have.
func projectInChunks<Chunk: RowChunk>(
  _ type: Chunk.Type, _ row: UnsafeBufferPointer<Chunk.Scalar>,
  to output: UnsafeMutablePointer<Chunk.Scalar>, radius: Chunk.Scalar, entriesPerChunk: Int, threads: Int
) -> RowThreshold? {
  guard let first = row.baseAddress else { return nil }
  let count = (row.count + entriesPerChunk - 1) / entriesPerChunk
  let room = KEEL_CHUNK_ROOM
  return withUnsafeTemporaryAllocation(of: Chunk.self, capacity: count) { chunks in
    withWorkspace(of: Chunk.Scalar.self, count: count * room) { values in
      withWorkspace(of: UInt32.self, count: count * room) { indices in
        guard let start = chunks.baseAddress else { return nil }
        for c in 0..<count {
          let entries = c * entriesPerChunk..<min((c + 1) * entriesPerChunk, row.count)
          (start + c).initialize(to: Chunk(entries, values: values + c * room, indices: indices + c * room))
        }
        nonisolated(unsafe) let (parts, input, target) = (start, first, output)
        Parallel.forEach(count, threads: threads) { range in
          for c in range { parts[c].filter(input, radius: radius) }
        }
        var threshold = keel_row_threshold()
        guard Chunk.merge(start, count: count, radius: radius, threshold: &threshold) else { return nil }
        let found = threshold
        Parallel.forEach(count, threads: threads) { range in
          for c in range { parts[c].write(input, to: target, threshold: found) }
        }
        return RowThreshold(
          maximum: found.maximum, offset: found.offset,
          supportCount: (0..<count).reduce(0) { $0 + start[$1].count })
      }
    }
  }
}

/// Projects the rows of a batch, in chunks where they are long.
func projectLongRows<Chunk: RowChunk>(
  _ type: Chunk.Type, _ batch: RowBatch<Chunk.Scalar>, radius: Chunk.Scalar, threads: Int
) {
  precondition(threads >= 1, "The number of threads must be at least 1")
  /// Some thirty microseconds of work.
  let entriesPerChunk = 1 << 17
  for r in 0..<batch.rows {
    let row = batch.inputRow(r)
    if row.count >= 2 * entriesPerChunk,
      let threshold = projectInChunks(
        type, row, to: batch.output + r * batch.outputStride, radius: radius,
        entriesPerChunk: entriesPerChunk, threads: threads)
    {
      batch.thresholds?[r] = threshold
      batch.clearTail(r)
    } else {
      Chunk.Scalar.sparsemax(batch[batch.firstRow + r..<batch.firstRow + r + 1], radius: radius)
    }
  }
}
