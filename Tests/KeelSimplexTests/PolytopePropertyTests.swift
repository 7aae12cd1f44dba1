import Keel
import KeelSimplex
import TestSupport
import Testing

@Suite("Polytopes beyond the simplex, properties")
struct PolytopePropertyTests {
  /// Projections: the variational inequality, idempotence and firm non-expansiveness. Proximal maps have the
  /// last alone.
  func check<Map: SimplexMap<Double>>(_ map: Map, _ count: Int, seed: Int, isProjection: Bool) throws {
    var random = SplitMix(seed: UInt64(seed))
    let x = PolytopeOracle.scores(count, &random, kind: seed)
    let y = zip(x, random.array(count, Double.self)).map { $0 + $1 }
    let (p, q) = (try map(x), try map(y))
    let change = zip(p, q).map { $0 - $1 }
    let scale = x.reduce(1) { max($0, abs($1)) } * Double(count)
    let tolerance = 1e-14 * scale
    // ‖p - q‖² ≤ <p - q, x - y>
    #expect(dot(change, change) <= dot(change, zip(x, y).map { $0 - $1 }) + tolerance, "\(map.name)")
    guard isProjection else { return }
    // <x - p, q - p> ≤ 0
    #expect(-dot(zip(x, p).map { $0 - $1 }, change) <= tolerance, "\(map.name) \(seed)")
    #expect(largestDifference(try map(p), p) <= 1e-14 * scale, "\(map.name) \(seed)")
  }

  @Test("projections and proximal maps", arguments: 0..<30)
  func properties(seed: Int) throws {
    let n = 1 + seed * 2
    var random = SplitMix(seed: UInt64(seed) + 1000)
    let weights = random.array(n, Double.self).map { 0.2 + abs($0) }
    try check(
      CappedSimplexProjection(budget: .all(0.4 * Double(n)), bound: .all(0.7)), n, seed: seed,
      isProjection: true)
    try check(
      CappedSimplexProjection(budget: .all(0.1 * Double(n)), bounds: weights), n, seed: seed,
      isProjection: true)
    try check(WeightedSimplexProjection(weights: weights), n, seed: seed, isProjection: true)
    try check(L1BallProjection(radius: 2), n, seed: seed, isProjection: true)
    try check(IsotonicRegression(), n, seed: seed, isProjection: true)
    try check(Fusedmax(strength: 0.2), n, seed: seed, isProjection: false)
    try check(TotalVariation(strength: 0.2), n, seed: seed, isProjection: false)
  }

  /// Residuals of long rows in both scalars. A sum of n entries rounded to Float is within 1e-7 of its budget,
  /// relatively; so are entries.
  func checkLong<S: SimplexScalar>(_: S.Type, _ n: Int, kind: Int, tolerance: Double) throws {
    var random = SplitMix(seed: UInt64(n + kind))
    let x = PolytopeOracle.scores(n, &random, kind: kind).map { S($0) }
    let scale = x.reduce(1.0) { max($0, abs(Double($1))) }
    func check<Map: SimplexMap<S>>(_ map: Map, _ size: Double) throws {
      let solution = try map.solve(x)
      #expect(
        solution.residual <= tolerance * max(size, scale), "\(map.name) \(n) \(kind): \(solution.residual)")
    }
    try check(CappedSimplexProjection(budget: 3), 3)
    try check(CappedSimplexProjection(budget: .all(S(n / 3)), bound: .all(0.5)), Double(n) / 3)
    let weights = random.array(n, S.self).map { 0.25 + abs($0) }
    try check(CappedSimplexProjection(budget: .all(S(n / 4)), bounds: weights), Double(n) / 4)
    try check(WeightedSimplexProjection(weights: weights, radius: 2), 8)
    try check(L1BallProjection(radius: 2), 2)
    try check(TopKSparsemax(k: 7), 1)
    guard n <= 10_000 else { return }
    try check(Fusedmax(strength: 0.1), 1)
    try check(TotalVariation(strength: 0.4), 1)
    try check(IsotonicRegression(weights: weights), 1)
  }

  @Test("long rows", arguments: [40, 1000, 3000], 0..<5)
  func longRows(n: Int, kind: Int) throws {
    for set in InstructionSet.available {
      try set.select {
        try checkLong(Double.self, n, kind: kind, tolerance: 1e-13)
        try checkLong(Float.self, n, kind: kind, tolerance: 4e-7)
      }
    }
  }

  @Test("a million entries")
  func million() throws {
    let n = 1_000_000
    var random = SplitMix(seed: 1)
    let x = (0..<n).map { _ in 10 + Float(Int32(truncatingIfNeeded: random.next() >> 40)) * 1e-6 }
    for budget in [1, 1000, 300_000] as [Float] {
      let p = try CappedSimplexProjection(budget: .all(budget))(x)
      var sum = 0.0
      p.withUnsafeBufferPointer { for value in $0 { sum += Double(value) } }
      #expect(abs(sum - Double(budget)) <= 2e-6 * Double(budget))
    }
  }

  @Test("every instruction set has the same bits", arguments: [1, 7, 8, 9, 64, 1000, 5000])
  func instructionSets(n: Int) throws {
    var random = SplitMix(seed: UInt64(n))
    let x = random.array(n, Float.self)
    let weights = random.array(n, Float.self).map { 0.25 + abs($0) }
    func results() throws -> [[Float]] {
      let shared = try CappedSimplexProjection<Float>(budget: .all(Float(n) / 4), bound: .all(0.5))
      let own = try CappedSimplexProjection<Float>(budget: .all(Float(n) / 8), bounds: weights)
      let weighted = try WeightedSimplexProjection(weights: weights)
      let (p, q, r) = (try shared(x), try own(x), try weighted(x))
      return [
        p, q, r, shared.pullback(of: x, at: p), own.pullback(of: x, at: q), weighted.pullback(of: x, at: r),
      ]
    }
    let first = try InstructionSet.portable.select { try results() }
    for set in InstructionSet.available { #expect(try set.select { try results() } == first) }
  }

  @Test("a guess of the threshold changes nothing but the time", arguments: [5, 100])
  func starts(n: Int) throws {
    var random = SplitMix(seed: UInt64(n))
    let x = random.array(n, Double.self)
    let map = try CappedSimplexProjection<Double>(budget: 2)
    let p = try map(x)
    for start in [-.infinity, -1e300, -3, -0.1, 0, 0.5, 7, .infinity, .nan] {
      #expect(largestDifference(try map.solve(x, start: start).output, p) <= 1e-15)
    }
  }
}
