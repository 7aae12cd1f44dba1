import Keel
import Testing

/// Identity, independence and integers of streams.
@Suite("Streams of random numbers")
struct RandomStreamTests {
  @Test("A stream is named by seed and path alone")
  func naming() {
    var root = RandomStream(seed: 1)
    var before = root.stream("a").stream(3)
    _ = root.next()
    _ = root.normal(Float.self)
    var after = root.stream("a").stream(UInt64(3))
    #expect(before.next() == after.next())

    var copy = after
    #expect(after.next() == copy.next(), "a copy is independent of the original")

    after.seek(toBlock: 0)
    before.seek(toBlock: 0)
    #expect(after.nextBlock == 0 && after.next() == before.next() && after.nextBlock == 1)
  }

  /// 20,000 first words of 64 bits: a coincidence by chance has probability 10⁻¹¹.
  @Test("Seeds, numbers, names and paths all give different streams")
  func distinct() {
    var streams: [RandomStream] = []
    for seed in 0..<UInt64(3) {
      let root = RandomStream(seed: seed)
      streams += [root, root.stream(UInt64.max), root.stream(1 << 32), root.stream(UInt64(1) << 63)]
      streams += (0..<3000).map { root.stream($0) }
      streams += (0..<3000).map { root.stream("\($0)") }
      let texts = [
        "", "\0", "\0\0", "a", "b", "ab", "ba", "abcdefgh", "abcdefgh\0", "abcdefghi", "abcdefghabcdefgh",
        "é",
      ]
      streams += texts.map { root.stream($0) }
      streams += (0..<10).flatMap { i in (0..<10).map { root.stream(i + 4000).stream($0) } }
    }
    var words = Set<UInt64>()
    for stream in streams {
      var copy = stream
      words.insert(copy.next())
    }
    #expect(words.count == streams.count)
  }

  /// Pearson's statistic of counts that should be equal.
  private func chiSquared(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }

  /// First words across streams 0, 1, 2...: one byte alone, and half a byte together with the neighbour's.
  /// 255 degrees of freedom: mean 255, deviation 22.6; the bound is six deviations away.
  @Test("First words of neighbouring streams look independent", arguments: [UInt64(0), 1, 77])
  func acrossStreams(seed: UInt64) {
    let root = RandomStream(seed: seed)
    let first = (0..<40_000).map { index -> UInt64 in
      var stream = root.stream(index)
      return stream.next()
    }
    for shift in [UInt64(0), 24, 56] {
      var single = [Int](repeating: 0, count: 256)
      var joint = single
      for i in first.indices.dropLast() {
        single[Int(first[i] >> shift & 255)] += 1
        joint[Int(first[i] >> shift & 15) << 4 | Int(first[i + 1] >> shift & 15)] += 1
      }
      #expect(chiSquared(single) < 391, "seed \(seed), bits from \(shift)")
      #expect(chiSquared(joint) < 391, "seed \(seed), bits from \(shift)")
    }
  }

  /// √n times the correlation of independent samples is standard normal: below 5.5 in 126 trials except
  /// with probability 5·10⁻⁶.
  @Test("Neighbouring streams are uncorrelated")
  func correlation() {
    let root = RandomStream(seed: 3)
    let n = 4096
    let samples = (0..<64).map { index -> [Double] in
      var stream = root.stream(index)
      return stream.normals(count: n)
    }
    for i in 1..<64 {
      let sum = zip(samples[i - 1], samples[i]).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(sum) / Double(n).squareRoot() < 5.5, "streams \(i - 1) and \(i)")
      let squares = zip(samples[i - 1], samples[i]).reduce(0) { $0 + ($1.0 * $1.0 - 1) * ($1.1 * $1.1 - 1) }
      #expect(abs(squares) / (2 * Double(n).squareRoot()) < 5.5, "squares of streams \(i - 1) and \(i)")
    }
  }

  /// A normal must not reuse the words that a uniform number showed.
  @Test("Draws of different kinds use different blocks")
  func kinds() {
    var stream = RandomStream(seed: 8)
    _ = stream.next()
    #expect(stream.nextBlock == 1)
    _ = stream.normal(Double.self)
    #expect(stream.nextBlock == 2)
    _ = stream.normal(Double.self)
    #expect(stream.nextBlock == 2)
    _ = stream.normal(Float.self)
    _ = stream.uniform(Float.self)
    #expect(stream.nextBlock == 4)
    _ = stream.next()
    #expect(stream.nextBlock == 4)
  }

  // MARK: Integers and ranges

  @Test("Integers below a bound are uniform", arguments: [1, 2, 3, 7, 10, 64, 100])
  func integers(bound: Int) {
    var stream = RandomStream(seed: UInt64(bound))
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<200 * bound { counts[stream.integer(below: bound)] += 1 }
    let freedom = Double(bound - 1)
    #expect(chiSquared(counts) <= freedom + 6 * (2 * freedom).squareRoot() + 12)
  }

  /// Two thirds of 2⁶⁴ rejects a third of the words; a biased method would favour even results.
  @Test("Integers below a huge bound are unbiased")
  func hugeBound() {
    var stream = RandomStream(seed: 4)
    let bound = Int.max / 4 * 3
    let n = 20_000
    var low = 0
    for _ in 0..<n {
      let value = stream.integer(below: bound)
      #expect(value >= 0 && value < bound)
      if value < bound / 3 { low += 1 }
    }
    // Binomial with deviation √(2n/9).
    #expect(abs(Double(low) - Double(n) / 3) < 5 * (2 * Double(n) / 9).squareRoot())
    #expect(stream.integer(in: -3..<(-2)) == -3)
    #expect((0..<100).allSatisfy { _ in (-5..<5).contains(stream.integer(in: -5..<5)) })
  }

  @Test("Uniform numbers of a range stay below its upper bound")
  func ranges() {
    var stream = RandomStream(seed: 6)
    let narrow = 1.0..<1.0.nextUp.nextUp
    #expect((0..<1000).allSatisfy { _ in narrow.contains(stream.uniform(in: narrow)) })
    #expect((0..<1000).allSatisfy { _ in (Float(-2)..<5).contains(stream.uniform(in: -2..<5)) })
    #expect(
      (0..<1000).allSatisfy { _ in
        let u: Float = stream.openUniform()
        let v: Double = stream.openUniform()
        return u > 0 && u < 1 && v > 0 && v < 1
      })
  }

  // MARK: Permutations

  @Test("Permutations are uniform")
  func permutations() {
    var stream = RandomStream(seed: 10)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<12_000 { counts[stream.permutation(4), default: 0] += 1 }
    #expect(counts.count == 24)
    // 23 degrees of freedom; six deviations of 6.8.
    #expect(chiSquared(Array(counts.values)) < 64)
    #expect(stream.permutation(0) == [] && stream.permutation(1) == [0])
    #expect(stream.permutation(1000).sorted() == Array(0..<1000))
  }

  @Test("Samples without replacement are the beginning of a permutation, however few")
  func samples() {
    for population in 0..<60 {
      for count in 0...population {
        var short = RandomStream(seed: UInt64(population))
        var whole = short
        let sample = short.sample(count, of: population)
        #expect(sample == Array(whole.permutation(population)[..<count]), "\(count) of \(population)")
        #expect(Set(sample).count == count)
      }
    }
    var stream = RandomStream(seed: 2)
    let few = stream.sample(100, of: Int.max)
    #expect(Set(few).count == 100)
  }

  // MARK: Invalid parameters

  #if !os(Windows)
    @Test("Invalid parameters are stopped")
    func preconditions() async {
      await #expect(processExitsWith: .failure) {
        var s = RandomStream(seed: 0); _ = s.integer(below: 0)
      }
      await #expect(processExitsWith: .failure) {
        var s = RandomStream(seed: 0); _ = s.gamma(shape: -1.0)
      }
      await #expect(processExitsWith: .failure) {
        var s = RandomStream(seed: 0); _ = s.dirichlet([1.0, 0])
      }
      await #expect(processExitsWith: .failure) {
        var s = RandomStream(seed: 0); _ = s.sample(3, of: 2)
      }
    }
  #endif
}
