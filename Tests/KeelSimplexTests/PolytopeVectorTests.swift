import KeelSimplex
import Testing

/// Known values of the projections, to the digits that they are known to.
@Suite("Polytopes beyond the simplex, known values")
struct PolytopeVectorTests {
  static let six = [0.7, -0.3, 1.1, 0.05, -1.4, 0.95]
  static let cotangent = [
    0.8414709848078965, 0.1411200080598672, -0.9589242746631385, 0.6569865987187891, 0.4121184852417566,
    -0.9999902065507035,
  ]

  /// The map of six numbers in both scalars.
  func check<A: SimplexMap<Double>, B: SimplexMap<Float>>(
    _ a: A, _ b: B, of scores: [Double] = six, _ expected: [Double], tolerance: Double = 1e-14
  ) throws {
    let p = try a(scores)
    for (x, y) in zip(p, expected) { #expect(abs(x - y) <= tolerance, "\(a.name): \(p), not \(expected)") }
    let q = try b(scores.map { Float($0) })
    for (x, y) in zip(q, expected) { #expect(abs(Double(x) - y) <= 2e-6, "\(b.name): \(q)") }
  }

  @Test(
    "simplex of a radius",
    arguments: [
      (0.5, [0, 0, 0.325, 0, 0, 0.175]), (2, [0.45, 0, 0.85, 0, 0, 0.7]),
      (10, [13.1 / 6, 7.1 / 6, 15.5 / 6, 9.2 / 6, 0.5 / 6, 14.6 / 6]),
    ] as [(Double, [Double])])
  func radius(z: Double, expected: [Double]) throws {
    try check(Sparsemax(radius: .all(z)), Sparsemax(radius: .all(Float(z))), expected)
    try check(
      CappedSimplexProjection(budget: .all(z), bound: .all(.infinity)),
      CappedSimplexProjection(budget: .all(Float(z)), bound: .all(.infinity)), expected)
  }

  @Test(
    "budget",
    arguments: [
      (2.5, [0.625, 0, 1, 0, 0, 0.875]), (3, [0.825, 0, 1, 0.175, 0, 1]), (5, [1, 1, 1, 1, 0, 1]),
    ] as [(Double, [Double])])
  func budget(s: Double, expected: [Double]) throws {
    try check(
      CappedSimplexProjection(budget: .all(s)), CappedSimplexProjection(budget: .all(Float(s))), expected)
  }

  @Test("budget of evenly spaced scores")
  func evenBudget() throws {
    let scores = [0, 0.25, 0.5, 0.75, 1]
    try check(
      CappedSimplexProjection(budget: 2), CappedSimplexProjection(budget: 2), of: scores,
      [0, 0.125, 0.375, 0.625, 0.875])
    try check(
      CappedSimplexProjection.subsets(size: 3), CappedSimplexProjection.subsets(size: 3),
      of: scores.map { 2 * $0 }, [0, 0.25, 0.75, 1, 1])
  }

  @Test("constrained sparsemax")
  func constrained() throws {
    let bounds = [0.3, 1, 0.25, 0.5, 1, 0.4]
    try check(
      CappedSimplexProjection.constrainedSparsemax(bounds: bounds),
      CappedSimplexProjection.constrainedSparsemax(bounds: bounds.map { Float($0) }),
      [0.3, 0, 0.25, 0.05, 0, 0.4])
  }

  @Test("budget 2: the gradient of an output without entries at their bounds is that of sparsemax")
  func budgetGradient() throws {
    let map = try CappedSimplexProjection<Double>(budget: 2)
    let p = try map(Self.six)
    let d = map.pullback(of: Self.cotangent, at: p)
    let expected = [1.213952150276545, 0, -0.58644310919448998, 0, 0, -0.627509041082055]
    for (a, b) in zip(d, expected) { #expect(abs(a - b) <= 1e-14, "\(p) \(d)") }
  }

  @Test("L1 ball")
  func ball() throws {
    func check(_ z: Double, _ expected: [Double]) throws {
      try self.check(
        L1BallProjection(radius: .all(z)), L1BallProjection(radius: .all(Float(z))), expected)
    }
    let tau = 2.45 / 3
    try check(1, [0, 0, 1.1 - tau, 0, -(1.4 - tau), 0.95 - tau])
    try check(3, [0.41, -0.01, 0.81, 0, -1.11, 0.66])
    try check(5, Self.six)
  }

  @Test("weighted simplex")
  func weighted() throws {
    let weights = [1, 2, 0.5, 1.5, 1, 3]
    try check(
      WeightedSimplexProjection(weights: weights),
      WeightedSimplexProjection(weights: weights.map { Float($0) }),
      [0.39756097560975606, 0, 0.9487804878048781, 0, 0, 0.04268292682926833])
  }

  @Test("fusedmax and total variation")
  func fused() throws {
    let third = 1.0 / 3
    let p = 0.6625 / 3
    try check(
      Fusedmax(strength: 0.1), Fusedmax(strength: 0.1), [0.15, 0, 0.45, 0, 0, 0.4])
    try check(Fusedmax(strength: 0.5), Fusedmax(strength: 0.5), [p, p, p, 0, 0, 0.3375])
    try check(
      TotalVariation(strength: 0.5), TotalVariation(strength: 0.5),
      [third, third, third, 0.05, -0.4, 0.45])
  }

  @Test("isotonic regression")
  func isotonic() throws {
    try check(
      IsotonicRegression(), IsotonicRegression(), of: [4, 3, 2, 1, 5, 5, 4],
      [2.5, 2.5, 2.5, 2.5, 14.0 / 3, 14.0 / 3, 14.0 / 3])
    try check(IsotonicRegression(), IsotonicRegression(), [0.03, 0.03, 0.03, 0.03, 0.03, 0.95])
    #expect(isotonicRegression([1.0, 2, 3], .decreasing) == [2, 2, 2])
  }

  @Test("top-k sparsemax")
  func topK() throws {
    try check(TopKSparsemax(k: 1), TopKSparsemax(k: 1), [0, 0, 1, 0, 0, 0])
    try check(TopKSparsemax(k: 2), TopKSparsemax(k: 2), [0, 0, 0.575, 0, 0, 0.425])
    try check(TopKSparsemax(k: 4), TopKSparsemax(k: 4), sparsemax(Self.six))
    #expect(try TopKSparsemax<Double>(k: 2)([1, 1, 1, 1]) == [0.5, 0.5, 0, 0])
  }
}
