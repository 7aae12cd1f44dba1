import KeelSimplex
import TestSupport
import Testing

/// Every active set of short rows is tried; the rows have ties, masked entries and offsets.
///
/// Scores are below 1002 in magnitude and sums have at most six terms, so that the errors of both sides are
/// within 1e-12.
@Suite("Polytopes beyond the simplex, against all active sets")
struct PolytopeBruteForceTests {
  /// Puts a masked entry into some rows, and takes it out of what the oracle sees.
  func withMask(
    _ x: [Double], at place: Int?, _ map: ([Double]) throws -> [Double]
  ) rethrows -> [Double] {
    guard let place else { return try map(x) }
    var masked = x
    masked.insert(-.infinity, at: place)
    var p = try map(masked)
    #expect(p[place] == 0)
    p.remove(at: place)
    return p
  }

  @Test("capped simplex", arguments: 0..<400)
  func capped(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let n = 1 + seed % 5
    let x = PolytopeOracle.scores(n, &random, kind: seed / 5)
    let u = random.array(n, Double.self).map { seed % 3 == 0 ? 0.75 : abs($0) }
    let s = seed % 7 == 0 ? u.reduce(0, +) : u.reduce(0, +) * abs(random.scalar(Double.self))
    let expected = PolytopeOracle.box(x, w: x.map { _ in 1 }, u: u, s: s)
    let place = seed % 4 == 0 ? seed % (n + 1) : nil
    let p = try withMask(x, at: place) {
      var bounds = u
      if let place { bounds.insert(1, at: place) }
      return try CappedSimplexProjection(budget: .all(s), bounds: bounds)($0)
    }
    #expect(largestDifference(p, expected) <= 1e-12, "\(p), not \(expected)")
    if seed % 3 == 0, place == nil {
      let shared = try CappedSimplexProjection(budget: .all(s), bound: .all(0.75))(x)
      #expect(largestDifference(shared, expected) <= 1e-12)
    }
  }

  @Test("weighted simplex", arguments: 0..<300)
  func weighted(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let n = 1 + seed % 5
    let x = PolytopeOracle.scores(n, &random, kind: seed / 5)
    let w = random.array(n, Double.self).map { 0.1 + abs($0) }
    let z = 2 * abs(random.scalar(Double.self))
    let expected = PolytopeOracle.box(x, w: w, u: x.map { _ in .infinity }, s: z)
    let place = seed % 4 == 0 ? seed % (n + 1) : nil
    let p = try withMask(x, at: place) {
      var weights = w
      if let place { weights.insert(0.5, at: place) }
      return try WeightedSimplexProjection(weights: weights, radius: .all(z))($0)
    }
    // Ratios x / w are up to 10^4 here, and the threshold is one of them.
    #expect(largestDifference(p, expected) <= 1e-11, "\(p), not \(expected)")
  }

  @Test("L1 ball", arguments: 0..<200)
  func ball(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let n = 1 + seed % 5
    let x = PolytopeOracle.scores(n, &random, kind: seed / 5)
    let z = 4 * abs(random.scalar(Double.self))
    let magnitudes = x.map { abs($0) }
    let inside = magnitudes.reduce(0, +) <= z
    let onSimplex = PolytopeOracle.box(magnitudes, w: x.map { _ in 1 }, u: x.map { _ in .infinity }, s: z)
    let expected = inside ? x : zip(x, onSimplex).map { $0 < 0 ? -$1 : $1 }
    let p = try withMask(x, at: seed % 4 == 0 ? seed % (n + 1) : nil) {
      try L1BallProjection(radius: .all(z))($0)
    }
    #expect(largestDifference(p, expected) <= 1e-12, "\(p), not \(expected)")
  }

  @Test("top-k sparsemax", arguments: 0..<200)
  func topK(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let n = 1 + seed % 6
    let x = PolytopeOracle.scores(n, &random, kind: seed / 6)
    let k = 1 + seed / 3 % n
    // The k largest, the first of equal ones.
    let order = x.indices.sorted { (x[$0], -$0) > (x[$1], -$1) }
    var kept = [Double](repeating: -.infinity, count: n)
    for i in order.prefix(k) { kept[i] = x[i] }
    let p = try TopKSparsemax(k: k)(x)
    #expect(largestDifference(p, sparsemax(kept)) <= 1e-14)
    #expect(p.count { $0 > 0 } <= k)
    // No other set of k entries is closer.
    for set in 1..<(1 << n) where set.nonzeroBitCount <= k {
      let q = sparsemax(x.indices.map { set >> $0 & 1 == 1 ? x[$0] : -.infinity })
      #expect(PolytopeOracle.halfSquare(p, x) <= PolytopeOracle.halfSquare(q, x) * (1 + 1e-14) + 1e-14)
    }
  }

  @Test("total variation and fusedmax", arguments: 0..<200)
  func fused(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let n = 2 + seed % 3
    let x = PolytopeOracle.scores(n, &random, kind: seed / 3)
    let strength = seed % 10 == 0 ? 0 : abs(random.scalar(Double.self))
    let fit = try totalVariation(x, strength: strength)
    let best = PolytopeOracle.fused(x, strength: strength, isOnSimplex: false)
    // Near ties two candidates have objectives within rounding, 1e-10 for scores of 1000, of each other:
    // their distance is at most the root of that, on either side of the optimum.
    let tolerance = x[0] > 100 ? 1e-5 : 1e-7
    #expect(largestDifference(fit, best) <= tolerance, "\(fit), not \(best)")
    let p = try Fusedmax(strength: .all(strength))(x)
    let closest = PolytopeOracle.fused(x, strength: strength, isOnSimplex: true)
    #expect(largestDifference(p, closest) <= tolerance, "\(p), not \(closest)")
    // The residual is sharp where the oracle is not.
    #expect(try TotalVariation(strength: .all(strength)).solve(x).residual <= 1e-12)
    #expect(try Fusedmax(strength: .all(strength)).solve(x).residual <= 1e-12)
  }

  @Test("isotonic regression", arguments: 0..<300)
  func isotonic(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let n = 1 + seed % 7
    let x = PolytopeOracle.scores(n, &random, kind: seed / 7)
    let w = random.array(n, Double.self).map { 0.1 + abs($0) }
    let expected = PolytopeOracle.isotonic(x, w: w)
    #expect(largestDifference(try isotonicRegression(x, weights: w), expected) <= 1e-9)
    let down = try isotonicRegression(x.map { -$0 }, weights: w, .decreasing)
    #expect(largestDifference(down.map { -$0 }, expected) <= 1e-9)
    let masked = withMask(x, at: seed % (n + 1)) { isotonicRegression($0) }
    #expect(largestDifference(masked, PolytopeOracle.isotonic(x, w: x.map { _ in 1 })) <= 1e-9)
    #expect(try IsotonicRegression(weights: w).solve(x).residual <= 1e-12)
  }
}
