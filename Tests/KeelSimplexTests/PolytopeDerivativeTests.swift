import Keel
import KeelSimplex
import TestSupport
import Testing

/// All maps here are piecewise linear in scores and most parameters, so that central differences are exact but
/// for rounding of 1e-15 over a step of 1e-5; steps across a kink are left out.
@Suite("Polytopes beyond the simplex, derivatives")
struct PolytopeDerivativeTests {
  /// Compares pullback and pushforward with differences.
  func check<Map: SimplexMap<Double>>(_ map: Map, _ x: [Double], _ random: inout SplitMix) throws {
    let n = x.count
    let (g, v) = (random.array(n, Double.self), random.array(n, Double.self))
    let p = try map(x)
    let d = map.pullback(of: g, at: p)
    for i in x.indices where x[i].isFinite {
      let difference = try slope { h in
        var moved = x
        moved[i] += h
        return dot(g, try map(moved))
      }
      if let difference { #expect(abs(d[i] - difference) <= 1e-9, "\(map.name) \(i): \(x) \(d)") }
    }
    for i in x.indices where x[i] == -.infinity { #expect(d[i] == 0) }
    // <g, Jv> = <Jᵀg, v>
    #expect(abs(dot(g, map.pushforward(of: v, at: p)) - dot(d, v)) <= 1e-13 * Double(n + 1))
  }

  /// Nine scores, one of them masked now and then.
  func scores(_ seed: Int, _ random: inout SplitMix) -> [Double] {
    var x = random.array(9, Double.self)
    if seed % 5 == 0 { x[seed % 9] = -.infinity }
    return x
  }

  @Test("with respect to scores", arguments: 0..<25)
  func scores(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let x = scores(seed, &random)
    let weights = random.array(9, Double.self).map { 0.2 + abs($0) }
    try check(CappedSimplexProjection(budget: .all(2.2), bound: .all(0.6)), x, &random)
    try check(CappedSimplexProjection(budget: .all(1.3), bounds: weights), x, &random)
    try check(WeightedSimplexProjection(weights: weights, radius: .all(0.7)), x, &random)
    try check(TopKSparsemax(k: 3), x, &random)
    try check(L1BallProjection(radius: .all(1.5)), x, &random)
    try check(L1BallProjection(radius: .all(20)), x, &random)
    try check(TotalVariation(strength: .all(0.2)), x, &random)
    try check(Fusedmax(strength: .all(0.1)), x, &random)
    try check(IsotonicRegression(), x, &random)
    try check(IsotonicRegression(.decreasing, weights: weights), x, &random)
  }

  /// Compares the derivative with respect to a number with differences.
  func check<Map: SimplexMap<Double>>(
    _ x: [Double], _ g: [Double], at value: Double, tolerance: Double = 1e-9,
    _ derivative: (Map, Matrix<Double>, Matrix<Double>) -> Double, _ map: (Double) throws -> Map
  ) throws {
    let p = try map(value)(x)
    let found = derivative(try map(value), Matrix(row: g), Matrix(row: p))
    let difference = try slope { dot(g, try map(value + $0)(x)) }
    if let difference { #expect(abs(found - difference) <= tolerance, "\(x): \(found), not \(difference)") }
  }

  @Test("with respect to radius, budget, bounds and strength", arguments: 0..<25)
  func parameters(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let x = scores(seed, &random)
    let g = random.array(9, Double.self)
    let weights = random.array(9, Double.self).map { 0.2 + abs($0) }
    try check(x, g, at: 1.2, { $0.radiusPullback(of: $1, at: $2)[0] }) {
      try Sparsemax<Double>(radius: .all($0))
    }
    try check(x, g, at: 1.4, { $0.radiusPullback(of: $1, at: $2)[0] }) {
      try L1BallProjection<Double>(radius: .all($0))
    }
    try check(x, g, at: 30, { $0.radiusPullback(of: $1, at: $2)[0] }) {
      try L1BallProjection<Double>(radius: .all($0))
    }
    try check(x, g, at: 0.8, { $0.radiusPullback(of: $1, at: $2)[0] }) {
      try WeightedSimplexProjection<Double>(weights: weights, radius: .all($0))
    }
    try check(x, g, at: 2.1, { $0.budgetPullback(of: $1, at: $2)[0] }) {
      try CappedSimplexProjection<Double>(budget: .all($0), bound: .all(0.6))
    }
    try check(x, g, at: 0.6, { $0.boundPullback(of: $1, at: $2)[0] }) {
      try CappedSimplexProjection<Double>(budget: .all(2.1), bound: .all($0))
    }
    try check(x, g, at: 0.15, { $0.strengthPullback(of: $1, at: $2)[0] }) {
      try TotalVariation<Double>(strength: .all($0))
    }
    try check(x, g, at: 0.08, { $0.strengthPullback(of: $1, at: $2)[0] }) {
      try Fusedmax<Double>(strength: .all($0))
    }
    for i in x.indices {
      try check(x, g, at: weights[i], { $0.boundsPullback(of: $1, at: $2)[0, i] }) {
        var bounds = weights
        bounds[i] = $0
        return try CappedSimplexProjection<Double>(budget: .all(1.5), bounds: bounds)
      }
    }
  }

  /// p is a ratio of quadratics in the weights: differences err by h² times third derivatives.
  @Test("with respect to the weights of the simplex", arguments: 0..<25)
  func weights(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let x = scores(seed, &random)
    let g = random.array(9, Double.self)
    let weights = random.array(9, Double.self).map { 0.3 + abs($0) }
    let map = try WeightedSimplexProjection(weights: weights)
    let solutions = try map.solve(Matrix(row: x))
    let d = map.weightsPullback(
      of: Matrix(row: g), at: solutions.outputs, thresholds: solutions.thresholds)
    for i in x.indices where x[i].isFinite {
      func value(_ h: Double) throws -> Double {
        var moved = weights
        moved[i] += h
        return dot(g, try WeightedSimplexProjection(weights: moved)(x))
      }
      let h = 1e-5
      let difference = (try value(h) - value(-h)) / (2 * h)
      let bend = abs(try value(h) - 2 * value(0) + value(-h))
      if bend <= 1e-8 { #expect(abs(d[0, i] - difference) <= 1e-7, "\(i): \(d[0, i]), \(difference)") }
    }
  }

  @Test("vertices and insides have the gradients that are promised")
  func vertices() throws {
    let subsets = try CappedSimplexProjection<Double>.subsets(size: 2)
    let g = Matrix(row: [1.0, 2, 3, 4])
    let p = Matrix(row: try subsets([9, 0, 7, 1]))
    #expect(p.elements == [1, 0, 1, 0])
    #expect(subsets.pullback(of: g, at: p).elements == [0, 0, 0, 0])
    #expect(subsets.budgetPullback(of: g, at: p) == [0])
    #expect(subsets.boundsPullback(of: g, at: p).elements == [0, 0, 0, 0])
    let ball = try L1BallProjection<Double>(radius: 10)
    #expect(ball.pullback(of: [1, 2, 3], at: ball([0, -.infinity, -2])) == [1, 0, 3])
    let fit = IsotonicRegression<Double>()
    #expect(fit.pullback(of: [1, 2, 3], at: try fit([0, -.infinity, -2])) == [2, 0, 2])
  }
}
