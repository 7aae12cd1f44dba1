import Keel
import KeelSimplex
import Testing

@Suite("Polytopes beyond the simplex, edges")
struct PolytopeEdgeTests {
  let infinity = Double.infinity

  /// All maps, for rows of three entries.
  func maps() throws -> [any SimplexMap<Double>] {
    [
      try CappedSimplexProjection(budget: 1), try CappedSimplexProjection(budget: 1, bounds: [1, 1, 1]),
      try WeightedSimplexProjection(weights: [1, 1, 1]), try TopKSparsemax(k: 2),
      try L1BallProjection(radius: 1), try Fusedmax(strength: 0.5), try TotalVariation(strength: 0.5),
      IsotonicRegression(),
    ]
  }

  func image<Map: SimplexMap<Double>>(_ map: Map, _ x: [Double], _ valid: ValidEntries = .all) throws -> (
    p: [Double], d: [Double], residual: Double
  ) {
    let solution = try map.solve(x, valid: valid)
    let d = map.pullback(of: [1, 2, 4], at: solution.output, valid: valid)
    return (solution.output, d, solution.residual)
  }

  @Test("masked rows are zero, rows with NaN are NaN, and entries beyond the end take no part")
  func everyMap() throws {
    for map in try maps() {
      let masked = try image(map, [-infinity, -infinity, -infinity])
      #expect(masked.p == [0, 0, 0] && masked.d == [0, 0, 0] && masked.residual == 0, "\(map.name)")
      let bad = try image(map, [1, .nan, -infinity])
      #expect(bad.p.allSatisfy(\.isNaN) && bad.d.allSatisfy(\.isNaN), "\(map.name) \(bad)")
      let short = try image(map, [0.5, 0.25, .nan], .lengths([2]))
      let hidden = try image(map, [0.5, 0.25, -infinity])
      #expect(short.p == hidden.p && short.d == hidden.d, "\(map.name): \(short) \(hidden)")
      let empty = try image(map, [1, 2, 3], .lengths([0]))
      #expect(empty.p == [0, 0, 0] && empty.d == [0, 0, 0])
      #expect(short.residual <= 1e-15, "\(map.name)")
      let huge = try image(map, [1e300, -1e300, .leastNonzeroMagnitude])
      #expect(huge.p.allSatisfy { !$0.isNaN }, "\(map.name) \(huge)")
    }
  }

  @Test("entries of infinity take their bounds first")
  func infinite() throws {
    let capped = try CappedSimplexProjection<Double>(budget: 1.5, bound: 0.5)
    #expect(try capped([infinity, 0, 0.25, infinity]) == [0.5, 0.125, 0.375, 0.5])
    #expect(try CappedSimplexProjection(budget: 0.5)([infinity, 0, infinity]) == [0.25, 0, 0.25])
    let own = try CappedSimplexProjection(budget: 1, bounds: [0.25, 1, 2])
    #expect(try own([infinity, infinity, 0]) == [0.25, 0.75, 0])
    #expect(try own([infinity, 0, 0]) == [0.25, 0.375, 0.375])
    #expect(try WeightedSimplexProjection(weights: [1, 2, 3])([infinity, 0, infinity]) == [0.25, 0, 0.25])
    #expect(try TopKSparsemax(k: 2)([infinity, 0, infinity, infinity]) == [0.5, 0, 0.5, 0])
    #expect(try L1BallProjection(radius: 3)([infinity, 1, -2, infinity]) == [1.5, 0, 0, 1.5])
    #expect(try Fusedmax(strength: 1)([infinity, 1, infinity]) == [0.5, 0, 0.5])
    #expect(isotonicRegression([1, infinity, 2]) == [1, infinity, infinity])
    #expect(try totalVariation([1, infinity, 2, 2], strength: 0.5) == [1, infinity, 2, 2])
  }

  @Test("total variation of the largest numbers, whose differences overflow")
  func largestNumbers() throws {
    let most = Double.greatestFiniteMagnitude
    let strength = most / 4
    #expect(try totalVariation([most, -most], strength: strength) == [most - strength, strength - most])
    #expect(try totalVariation([-most, most, 0, -most], strength: 1e15).allSatisfy { $0.isFinite })
    #expect(try Fusedmax(strength: 1)([-most, most, -most]) == [0, 1, 0])
  }

  @Test("entries far below the threshold take no digits from it")
  func farEntries() throws {
    // Divided by the budget or the largest entry, the result has a few roundings.
    let own = try CappedSimplexProjection<Double>(budget: 1e-30, bounds: [0.7e-30, 1.5e-30, 0.05e-30, 1, 1])
    let p = try own([0, 0, 0, -1250, -1249.5])
    for (value, expected) in zip(p, [0.475, 0.475, 0.05, 0, 0]) {
      #expect(abs(value * 1e30 - expected) <= 1e-14, "\(p)")
    }
    let q = try WeightedSimplexProjection<Double>(weights: [2, 1, 3])([2, 1, -1e20])
    for (value, expected) in zip(q, [0.4, 0.2, 0]) { #expect(abs(value - expected) <= 1e-15, "\(q)") }
  }

  @Test("rows that cannot hold the budget get what they can hold, and the residual says what is missing")
  func missing() throws {
    let map = try CappedSimplexProjection<Double>(budget: 2, bound: 0.75)
    let solution = try map.solve([1, -infinity, 5, -infinity])
    #expect(solution.output == [0.75, 0, 0.75, 0])
    #expect(solution.residual == 0.5)
    #expect(solution.threshold.value <= 0.25)
  }

  @Test("what cannot be is said")
  func errors() throws {
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message { _ = try CappedSimplexProjection<Double>(budget: -1) }.hasPrefix("budget must be"))
    #expect(
      message { _ = try CappedSimplexProjection<Double>(budget: 1, bounds: [.nan]) }.hasPrefix("bounds"))
    #expect(
      message { _ = try CappedSimplexProjection<Double>(budget: 3)([1, 2]) }.hasPrefix("budget leaves"))
    #expect(
      message { _ = try CappedSimplexProjection<Double>(budget: 1, bounds: [1])([1, 2]) }
        == "bounds must be as long as a row, which has 2 entries, but is of length 1")
    #expect(message { _ = try WeightedSimplexProjection<Double>(weights: [0]) }.hasPrefix("weights must be"))
    #expect(message { _ = try TopKSparsemax<Double>(k: 0) } == "k must be at least 1, but is 0")
    #expect(message { _ = try Fusedmax<Double>(strength: .all(.infinity)) }.hasPrefix("strength must be"))
    #expect(message { _ = try L1BallProjection<Double>(radius: -1) }.hasPrefix("radius must be"))
  }

  @Test("parameters of rows, and of heads")
  func rows() throws {
    let x = Matrix(rows: 4, columns: 3, elements: [3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2] as [Double])
    let p = try CappedSimplexProjection<Double>(
      budget: .perRow([0.5, 1, 2, 3]), bound: .perHead([2, 1], rows: 2))(x)
    #expect(p.elements == [0.5, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1])
    let k = try TopKSparsemax<Double>(perHead: [1, 3], rows: 2)(x)
    #expect(k.elements == [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0])
    var inPlace = Matrix(rows: 2, columns: 3, elements: [1, 1, 1, 1, 1, 1] as [Double])
    try TopKSparsemax<Double>(perRow: [1, 2]).project(inPlace: &inPlace)
    #expect(inPlace.elements == [1, 0, 0, 0.5, 0.5, 0])
    let balls = try L1BallProjection<Double>(radius: .perRow([1, 2, 4, 100]))(x)
    #expect(Array(balls.elements.suffix(3)) == [3, 1, 2])
  }
}
