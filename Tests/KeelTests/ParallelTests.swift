import CKernels
import Foundation
import Synchronization
import Testing

@testable import Keel

@Suite("Parallel loops")
struct ParallelTests {
  struct Failure: Error, Equatable { var index: Int }

  @Test(
    "Chunks cover all items once, whatever the threads", arguments: [1, 2, 3, 8], [1, 2, 3, 7, 64, .max])
  func coverage(threads: Int, chunk: Int) {
    for count in 0...64 {
      let seen = Mutex<[Range<Int>]>([])
      Parallel.forEach(count, chunk: chunk, threads: threads) { range in
        seen.withLock { $0.append(range) }
      }
      let ranges = seen.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
      #expect(ranges.flatMap(Array.init) == Array(0..<count))
      #expect(ranges.dropLast().allSatisfy { $0.count == chunk })
      #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= chunk })
    }
  }

  @Test("Map keeps the order", arguments: [1, 2, 5])
  func mapOrder(threads: Int) {
    for count in [0, 1, 2, 17, 1000] {
      let values = Parallel.map(count, chunk: 3, threads: threads) { "\($0 * $0)" }
      #expect(values == (0..<count).map { "\($0 * $0)" })
    }
  }

  @Test("A map to optionals keeps the nils")
  func mapToOptionals() {
    let values: [Int?] = Parallel.map(5, threads: 2) { $0 % 2 == 0 ? nil : $0 }
    #expect(values == [nil, 1, nil, 3, nil])
  }

  @Test("The first error by index is thrown", arguments: [1, 2, 4], [1, 5])
  func firstError(threads: Int, chunk: Int) {
    for _ in 0..<50 {
      // Many chunks fail; the earliest of them is the slowest.
      let thrown = #expect(throws: Failure.self) {
        try Parallel.map(100, chunk: chunk, threads: threads) { (index) throws(Failure) -> Int in
          guard index >= 23 else { return index }
          if index == 23 { for _ in 0..<2000 { _ = keel_instruction_set() } }
          throw Failure(index: index)
        }
      }
      #expect(thrown == Failure(index: 23))
    }
  }

  @Test("No chunk is started long after an error")
  func stopsAfterError() {
    let calls = Atomic<Int>(0)
    #expect(throws: Failure.self) {
      try Parallel.forEach(1_000_000, threads: 1) { (range) throws(Failure) in
        calls.add(1, ordering: .relaxed)
        if range.lowerBound == 10 { throw Failure(index: 10) }
      }
    }
    #expect(calls.load(ordering: .relaxed) == 11)
  }

  @Test("A sum has the same bits for every number of threads", arguments: [1, 10, 100, 4096])
  func deterministicSum(chunk: Int) {
    let terms = (0..<4000).map { 1 / Double(1 + ($0 * 7919) % 4001) }
    var expected = 0.0
    for start in stride(from: 0, to: terms.count, by: chunk) {
      expected += terms[start..<min(start + chunk, terms.count)].reduce(0, +)
    }
    for threads in 1...5 {
      let sum = Parallel.sum(terms.count, chunk: chunk, threads: threads) { terms[$0].reduce(0, +) }
      #expect(sum.bitPattern == expected.bitPattern)
    }
  }

  @Test("Partial results are combined in the order of the items")
  func reductionOrder() {
    let parts = Parallel.reduce(10, chunk: 4, into: [99], threads: 3) {
      [$0.lowerBound, $0.count]
    } combine: {
      $0 += $1
    }
    #expect(parts == [99, 0, 4, 4, 4, 8, 2])
    #expect(
      Parallel.reduce(0, chunk: 4, into: 7) {
        $0.count
      } combine: {
        $0 += $1
      } == 7)
  }

  @Test("A loop inside a loop stays on its thread")
  func nested() {
    Parallel.forEach(8, threads: 4) { _ in
      #expect(Parallel.isInside)
      let outer = currentThread()
      Parallel.forEach(8, threads: 4) { _ in #expect(currentThread() == outer) }
    }
    #expect(!Parallel.isInside)
  }

  @Test("Not more threads than asked for", arguments: 1...3)
  func threadLimit(threads: Int) {
    let seen = Mutex<Set<ObjectIdentifier>>([])
    Parallel.forEach(200, threads: threads) { _ in
      _ = seen.withLock { $0.insert(currentThread()) }
    }
    #expect(seen.withLock { $0.count } <= threads)
  }

  @Test("Serial regions keep loops on the calling thread, and pass errors on")
  func serially() {
    let caller = currentThread()
    Parallel.serially {
      Parallel.forEach(20, threads: 4) { _ in #expect(currentThread() == caller) }
    }
    #expect(throws: Failure(index: 3)) {
      try Parallel.serially { () throws(Failure) in throw Failure(index: 3) }
    }
    #expect(!Parallel.isInside)
  }

  @Test("Progress grows and ends with the number of items", arguments: [1, 3])
  func progress(threads: Int) {
    let reports = Mutex<[Int]>([])
    Parallel.forEach(
      101, chunk: 10, threads: threads, progress: { done in reports.withLock { $0.append(done) } }
    ) { _ in }
    let seen = reports.withLock { $0 }
    #expect(seen.count == 11)
    #expect(seen == seen.sorted())
    #expect(seen.last == 101)
  }

  @Test("BLAS has one thread inside, and its own number again when the last of many regions ends")
  func blasThreads() async {
    await #expect(processExitsWith: .success) {
      Runtime.blasThreads = 2
      guard Runtime.blasThreads == 2 else { return }
      // Regions of independent threads, overlapping in any order.
      DispatchQueue.concurrentPerform(iterations: 16) { index in
        for _ in 0..<50 {
          Parallel.forEach(4, threads: 2) { _ in
            precondition(keel_blas_threads() == 1)
            Parallel.withSingleThreadedBLAS { precondition(keel_blas_threads() == 1) }
          }
          if index % 2 == 0 { Parallel.withSingleThreadedBLAS { precondition(keel_blas_threads() == 1) } }
          precondition(Runtime.blasThreads == 2)
        }
      }
      precondition(keel_blas_threads() == 2)
      // A loop with one thread counts as well, and a change inside takes effect afterwards.
      Parallel.forEach(1, threads: 1) { _ in
        precondition(keel_blas_threads() == 1)
        Runtime.blasThreads = 3
        precondition(keel_blas_threads() == 1)
      }
      precondition(keel_blas_threads() == 3)
    }
  }

  @Test("Senseless sizes are bugs of the caller")
  func preconditions() async {
    await #expect(processExitsWith: .failure) { Parallel.forEach(-1) { _ in } }
    await #expect(processExitsWith: .failure) { Parallel.forEach(1, chunk: 0) { _ in } }
    await #expect(processExitsWith: .failure) { Parallel.forEach(1, threads: 0) { _ in } }
    await #expect(processExitsWith: .failure) { _ = Parallel.map(-1) { $0 } }
  }
}

/// Which thread runs.
private func currentThread() -> ObjectIdentifier { ObjectIdentifier(Thread.current) }
