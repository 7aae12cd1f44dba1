import AllocationCounter
import Keel
import KeelSimplex
import TestSupport
import Testing

/// Maps into memory of the caller leave the heap alone. Masks are applied in the output.
@Suite("Maps allocate nothing that grows with the rows", .enabled(if: keel_counts_allocations() == 1))
struct AllocationTests {
  /// The number of allocations of ten calls, after a first one, which may set up type metadata.
  static func allocations(_ body: () -> Void) -> Int {
    body()
    let before = keel_allocation_count()
    for _ in 0..<10 { body() }
    return keel_allocation_count() - before
  }

  @Test("Into and in place, one thread", arguments: [(3, 5), (1000, 10), (40, 300)])
  func into(rows: Int, columns: Int) {
    var random = SplitMix(seed: 1)
    let scores: Matrix<Double> = random.matrix(rows, columns)
    var output = Matrix<Double>(zeros: rows, columns)
    let map = Sparsemax<Double>()
    let mask = ValidEntries.mask([Bool](repeating: true, count: rows * columns))
    let lengths = ValidEntries.lengths([Int](repeating: columns / 2, count: rows))
    let starts = map.solve(scores).starts
    #expect(Self.allocations { map.project(scores, into: &output) } == 0)
    #expect(Self.allocations { map.project(scores, valid: mask, into: &output) } == 0)
    #expect(Self.allocations { map.project(scores, valid: lengths, starts: starts, into: &output) } == 0)
    #expect(Self.allocations { map.project(inPlace: &output) } == 0)
    let p = map(scores)
    #expect(Self.allocations { map.pullback(of: scores, at: p, into: &output) } == 0)
    #expect(Self.allocations { map.pullback(inPlace: &output, at: p, valid: mask) } == 0)
    #expect(Self.allocations { map.pushforward(inPlace: &output, at: p) } == 0)
    let row = scores.elements
    var image = row
    #expect(
      Self.allocations {
        var span = image.mutableSpan
        map.project(row.span, into: &span)
      } == 0)
  }

  @Test("With threads, the number does not depend on that of rows")
  func chunks() {
    var random = SplitMix(seed: 1)
    let counts = [8000, 32000].map { rows in
      let scores: Matrix<Float> = random.matrix(rows, 10)
      var output = Matrix<Float>(zeros: rows, 10)
      return Self.allocations { Sparsemax<Float>().project(scores, threads: 1, into: &output) }
    }
    #expect(counts[0] == counts[1])
  }
}
