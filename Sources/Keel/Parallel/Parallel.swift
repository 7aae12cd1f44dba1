import Dispatch
import Foundation
import Synchronization

/// Parallel loops whose results do not depend on the number of threads.
///
/// A loop over `0..<count` is cut into chunks of fixed size; the bounds depend on `count` and `chunk`
/// only. Threads take the chunks in increasing order. While a loop runs, BLAS uses one thread, also
/// if the loop itself has only one: otherwise the last digits would depend on the setting. A loop
/// inside another runs on the thread that calls it.
///
/// A loop costs about ten microseconds to start. Choose `chunk` so that a chunk takes some tens of
/// microseconds at least.
public enum Parallel {
  /// Whether the current thread is inside a loop, or in ``serially(_:)``.
  @TaskLocal static var isInside = false

  /// Calls `body` once for each chunk of `0..<count`, on several threads.
  ///
  /// - Parameters:
  ///   - count: the number of items, not negative.
  ///   - chunk: the number of items in a chunk, at least 1; the last chunk may be shorter.
  ///   - threads: the largest number of threads; ``Runtime/threads`` if `nil`.
  ///   - progress: called after each chunk with the number of items done so far, which grows from
  ///     call to call. Calls come from any of the threads, one at a time; keep it short.
  ///   - body: what to do for the items of a range. It must not depend on other chunks.
  /// - Throws: the error of the first chunk, in the order of the items, that throws: the same for
  ///   every number of threads. No new chunk is started after an error.
  public static func forEach<Failure: Error>(
    _ count: Int, chunk: Int = 1, threads: Int? = nil, progress: (@Sendable (Int) -> Void)? = nil,
    _ body: @Sendable (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(count >= 0, "The number of items must not be negative.")
    precondition(chunk >= 1, "A chunk must have at least one item.")
    precondition(threads ?? 1 >= 1, "The number of threads must be at least 1.")
    guard count > 0 else { return }

    let loop = Loop<Failure>(count: count, chunk: chunk, progress: progress)
    let workers = isInside ? 1 : min(threads ?? Runtime.threads, loop.chunks)
    BLASThreads.withOne {
      $isInside.withValue(true) {
        if workers == 1 {
          loop.work(body)
        } else {
          DispatchQueue.concurrentPerform(iterations: workers) { _ in
            $isInside.withValue(true) { loop.work(body) }
          }
        }
      }
    }
    if let failure = loop.failure { throw failure }
  }

  /// The values of `transform` at `0..<count`, in order.
  ///
  /// Parameters, errors and guarantees are those of ``forEach(_:chunk:threads:progress:_:)``.
  public static func map<Value: Sendable, Failure: Error>(
    _ count: Int, chunk: Int = 1, threads: Int? = nil, progress: (@Sendable (Int) -> Void)? = nil,
    _ transform: @Sendable (Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    precondition(count >= 0, "The number of items must not be negative.")
    let slots = UnsafeMutableBufferPointer<Value?>.allocate(capacity: count)
    slots.initialize(repeating: nil)
    defer {
      slots.deinitialize()
      slots.deallocate()
    }
    // Each slot is written by the one thread that has its chunk, and read after the loop.
    nonisolated(unsafe) let shared = slots
    try forEach(count, chunk: chunk, threads: threads, progress: progress) { range throws(Failure) in
      for index in range { shared[index] = try transform(index) }
    }
    return slots.compactMap(\.self)
  }

  /// Reduces the chunks of `0..<count` in parallel, and the partial results in the order of the items.
  ///
  /// `combine` is called with the partial results of the first chunk, the second, and so on, so a
  /// floating-point result depends on `chunk` but not on the number of threads.
  ///
  /// The first partial result is combined into `initial`, which is the result if `count` is 0. `partial`
  /// gives the result of the items of a range alone; `combine`, called on this thread, adds it to what has
  /// been combined so far. The other parameters are those of ``forEach(_:chunk:threads:progress:_:)``.
  public static func reduce<Value: Sendable, Failure: Error>(
    _ count: Int, chunk: Int, into initial: Value, threads: Int? = nil,
    progress: (@Sendable (Int) -> Void)? = nil,
    partial: @Sendable (Range<Int>) throws(Failure) -> Value,
    combine: (inout Value, Value) -> Void
  ) throws(Failure) -> Value {
    precondition(count >= 0, "The number of items must not be negative.")
    precondition(chunk >= 1, "A chunk must have at least one item.")
    let chunks = chunkCount(count, chunk)
    let partials = try map(
      chunks, threads: threads,
      progress: progress.map { progress in { @Sendable done in progress(min(count, done * chunk)) } }
    ) { index throws(Failure) in
      try partial(bounds(ofChunk: index, chunk, count))
    }
    return partials.reduce(into: initial, combine)
  }

  /// The sum of `partial` over the chunks of `0..<count`, added in the order of the items.
  ///
  /// See ``reduce(_:chunk:into:threads:progress:partial:combine:)``.
  public static func sum<Scalar: RealScalar, Failure: Error>(
    _ count: Int, chunk: Int, threads: Int? = nil,
    _ partial: @Sendable (Range<Int>) throws(Failure) -> Scalar
  ) throws(Failure) -> Scalar {
    try reduce(count, chunk: chunk, into: 0, threads: threads, partial: partial) { $0 += $1 }
  }

  /// Runs `body` with every loop inside it on the calling thread, and BLAS at one thread.
  ///
  /// For timing, and for code that has its own threads.
  public static func serially<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try BLASThreads.withOne { () throws(Failure) -> Result in
      // `withValue` only rethrows untyped errors.
      let outcome: Swift.Result<Result, Failure> = $isInside.withValue(true) {
        do throws(Failure) {
          return .success(try body())
        } catch {
          return .failure(error)
        }
      }
      return try outcome.get()
    }
  }

  /// Runs `body` with BLAS at one thread.
  ///
  /// Regions may be nested and may overlap between threads: BLAS gets its threads back when the last
  /// one ends.
  public static func withSingleThreadedBLAS<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try BLASThreads.withOne(body)
  }

  static func chunkCount(_ count: Int, _ chunk: Int) -> Int {
    count / chunk + (count % chunk == 0 ? 0 : 1)
  }

  static func bounds(ofChunk index: Int, _ chunk: Int, _ count: Int) -> Range<Int> {
    let start = index * chunk
    return start..<(count - start > chunk ? start + chunk : count)
  }
}

/// The shared state of one run of a loop.
private final class Loop<Failure: Error>: Sendable {
  let chunks: Int
  private let count: Int
  private let chunk: Int
  private let progress: (@Sendable (Int) -> Void)?
  private let next = Atomic<Int>(0)
  // A lock of the system, because the thread sanitizer does not see the standard library's `Mutex`.
  private let progressLock = NSLock()
  nonisolated(unsafe) private var done = 0
  private let failed = Mutex<(chunk: Int, error: Failure)?>(nil)
  private let stopped = Atomic<Bool>(false)

  init(count: Int, chunk: Int, progress: (@Sendable (Int) -> Void)?) {
    self.count = count
    self.chunk = chunk
    self.progress = progress
    chunks = Parallel.chunkCount(count, chunk)
  }

  var failure: Failure? { failed.withLock { $0?.error } }

  /// Takes chunks until there are none or one has thrown.
  ///
  /// Chunks are taken in increasing order and finished once taken, so when some chunk throws, every
  /// earlier one has been taken and will report. The smallest index among the reports is therefore
  /// the first chunk that throws at all.
  func work(_ body: @Sendable (Range<Int>) throws(Failure) -> Void) {
    while !stopped.load(ordering: .relaxed) {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < chunks else { return }
      let range = Parallel.bounds(ofChunk: index, chunk, count)
      do throws(Failure) {
        try body(range)
        if let progress {
          progressLock.withLock {
            done += range.count
            progress(done)
          }
        }
      } catch {
        record(error, at: index)
      }
    }
  }

  private func record(_ error: Failure, at index: Int) {
    failed.withLock {
      if let first = $0, first.chunk < index { return }
      $0 = (index, error)
    }
    stopped.store(true, ordering: .relaxed)
  }
}
