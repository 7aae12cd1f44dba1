import Keel
import KeelMixed
import RealModule
import Testing

@Suite("K-dimensional Hard Concrete")
struct SimplexHardConcreteTests {
  let law: SimplexHardConcrete

  init() throws {
    law = try SimplexHardConcrete(scores: [0.3, -0.2, 0.1], temperature: 0.7, stretch: 1.3)
  }

  @Test("the masses of vertices, by an independent quadrature")
  func vertices() throws {
    let expected = [0.1310588501, 0.06664, 0.09884]
    let digits = [1e-9, 1e-5, 1e-5]
    for k in 0..<3 {
      let mass = Double.exp(try law.logProbability(of: SimplexFace([k], of: 3)))
      #expect((mass - expected[k]).magnitude < digits[k])
    }
    let edge = Double.exp(try law.logProbability(of: SimplexFace([0, 1], of: 3)))
    #expect((edge - 0.10087).magnitude < 1e-5)
    #expect(try (law.dimensionLaw()[2] - 0.36691).magnitude < 1e-5)
    #expect(try (law.dimensionLaw().reduce(0, +) - 1).magnitude < 1e-14)
  }

  @Test("the density integrates to 1 over three scores")
  func mass() throws {
    // The inside by panels of a triangle that was folded from a square; the sides and vertices from the law.
    let rule = GaussLegendreRule(count: 40)
    let inside = rule.integrate(from: 0, to: 1) { a in
      (1 - a)
        * rule.integrate(from: 0, to: 1) { b in
          let y = [a, (1 - a) * b, (1 - a) * (1 - b)]
          return Double.exp(y.withUnsafeBufferPointer { law.logDensity(unchecked: $0) })
        }
    }
    #expect(try (inside - law.dimensionLaw()[2]).magnitude < 1e-9)
  }

  @Test("two scores are Hard Concrete", arguments: [(0.6, 0.7, 1.2), (-1.5, 0.4, 1.05), (0.0, 2.0, 1.5)])
  func binary(score: Double, temperature: Double, stretch: Double) throws {
    let law = try SimplexHardConcrete(scores: [score, 0], temperature: temperature, stretch: stretch)
    let reference = try HardConcrete(
      logAlpha: score, temperature: temperature, stretch: (0.5 - 0.5 * stretch)...(0.5 + 0.5 * stretch))
    for y in [0, 1e-3, 0.2, 0.5, 0.9, 1] {
      let density = [y, 1 - y].withUnsafeBufferPointer { law.logDensity(unchecked: $0) }
      let expected = withPoint(y) { reference.logDensity(unchecked: $0) }
      #expect((density - expected).magnitude < 1e-12, "at \(y)")
    }
    var stream = RandomStream(seed: 9)
    for _ in 0..<100 {
      let noise = law.noise(using: &stream)
      var outcome = [0.0, 0.0]
      outcome.withUnsafeMutableBufferPointer { law.apply(noise, to: $0) }
      #expect((outcome[0] - reference.value(of: noise[0] - noise[1])).magnitude < 1e-15)
    }
    #expect(try law.entropy() == reference.entropy())
  }

  @Test("the mass of a vertex of five scores, from samples")
  func sampled() throws {
    let law = try SimplexHardConcrete(
      scores: [0.9, -0.2, 0.1, 0, -0.5], temperature: 0.6, stretch: 1.6)
    let count = 100_000
    var outcomes = [Float](repeating: 0, count: 5 * count)
    var stream = RandomStream(seed: 11)
    outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
    for k in 0..<2 {
      let mass = Double.exp(try law.logProbability(of: SimplexFace([k], of: 5)))
      let found = Double((0..<count).count { outcomes[5 * $0 + k] == 1 }) / Double(count)
      // Five standard deviations, and what the rule of more than three dimensions is off by.
      #expect((found - mass).magnitude < 5 * (mass / Double(count)).squareRoot() + 1e-3 * mass)
    }
  }

  @Test(
    "scores are derivatives of the log-density",
    arguments: [[0.2, 0.3, 0.5], [0.4, 0, 0.6], [0, 0, 1.0]])
  func scores(y: [Double]) throws {
    var gradient = [Double](repeating: 0, count: 4)
    y.withUnsafeBufferPointer { point in
      gradient.withUnsafeMutableBufferPointer { law.addScore(unchecked: point, weight: 1, into: $0) }
    }
    for i in 0..<4 {
      func value(_ factor: Double) throws -> Double {
        var parameters = law.parameters
        parameters[i] += factor * 1e-3
        let moved = try law.withParameters(parameters)
        return y.withUnsafeBufferPointer { moved.logDensity(unchecked: $0) }
      }
      let difference = try (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / 12e-3
      #expect((gradient[i] - difference).magnitude < 1e-8, "parameter \(i)")
    }
    // Adding a number to all scores changes nothing.
    #expect((gradient[0] + gradient[1] + gradient[2]).magnitude < 1e-11)
  }

  @Test("outcomes move along their paths")
  func paths() throws {
    var stream = RandomStream(seed: 4)
    for _ in 0..<40 {
      let noise = law.noise(using: &stream)
      let cotangent = stream.normals(count: 3, Double.self)
      func outcome(_ parameters: [Double]) throws -> [Double] {
        var y = [0.0, 0, 0]
        try y.withUnsafeMutableBufferPointer { try law.withParameters(parameters).apply(noise, to: $0) }
        return y
      }
      let y = try outcome(law.parameters)
      var gradient = [Double](repeating: 0, count: 4)
      y.withUnsafeBufferPointer { y in
        cotangent.withUnsafeBufferPointer { g in
          gradient.withUnsafeMutableBufferPointer { law.addPullback(of: g, at: y, noise: noise, into: $0) }
        }
      }
      for i in 0..<4 {
        let values = try [1e-4, -1e-4].map { step in
          var parameters = law.parameters
          parameters[i] += step
          return try outcome(parameters)
        }
        // Where the face changes there is a kink.
        guard values.allSatisfy({ zip($0, y).allSatisfy { ($0 > 0) == ($1 > 0) } }) else { continue }
        let difference = zip(values[0], values[1]).enumerated().reduce(0) {
          $0 + cotangent[$1.offset] * ($1.element.0 - $1.element.1) / 2e-4
        }
        #expect((gradient[i] - difference).magnitude < 1e-6)
      }
    }
  }

  @Test("edges: one score, no stretch, far scores")
  func edges() throws {
    let single = try SimplexHardConcrete(scores: [3], temperature: 1)
    #expect([1.0].withUnsafeBufferPointer { single.logDensity(unchecked: $0) } == 0)
    #expect(try single.entropy().total == 0 && single.dimensionLaw() == [1])
    let concrete = try SimplexHardConcrete(scores: [0, 1], temperature: 1e-3, stretch: 1)
    #expect([1.0, 0].withUnsafeBufferPointer { concrete.logDensity(unchecked: $0) } == -.infinity)
    var stream = RandomStream(seed: 6)
    var outcomes = [Double](repeating: 0, count: 200)
    outcomes.withUnsafeMutableBufferPointer { concrete.fillSamples($0, using: &stream) }
    #expect(outcomes.allSatisfy { $0 > 0 })
    for temperature in [1e-3, 0.5, 1e3] {
      for score in [-200.0, 0, 200] {
        let law = try SimplexHardConcrete(scores: [score, 0, 1], temperature: temperature)
        for y in [[1, 0, 0], [0, 0, 1], [0.5, 0.5, 0], [0.2, 0.3, 0.5]] as [[Double]] {
          #expect(!y.withUnsafeBufferPointer { law.logDensity(unchecked: $0) }.isNaN, "\(law) at \(y)")
        }
      }
    }
    #expect(throws: MixedError.self) { try SimplexHardConcrete(scores: [], temperature: 1) }
    #expect(throws: MixedError.self) { try SimplexHardConcrete(scores: [0, .nan], temperature: 1) }
    #expect(throws: MixedError.self) { try SimplexHardConcrete(scores: [0], temperature: 0) }
    #expect(throws: MixedError.self) { try SimplexHardConcrete(scores: [0], temperature: 1, stretch: 0.9) }
    let four = try SimplexHardConcrete(scores: [0, 0, 0, 0], temperature: 1)
    #expect(throws: MixedError.self) { try four.logProbability(of: SimplexFace([0, 1], of: 4)) }
    #expect(throws: MixedError.self) { try four.entropy() }
  }
}
