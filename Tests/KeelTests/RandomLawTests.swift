import Keel
import RealModule
import Testing

/// Every law against its distribution function. Seeds are fixed, so a test that has passed passes always.
@Suite("Laws of random numbers")
struct RandomLawTests {
  static let count = 20_000

  /// The statistic of Kolmogorov and Smirnov, √n sup|F_n - F|. Under the law F it exceeds x with
  /// probability 2exp(-2x²).
  private func distance(_ sample: [Double], _ distribution: (Double) -> Double) -> Double {
    let n = Double(sample.count)
    var distance = 0.0
    for (i, x) in sample.sorted().enumerated() {
      let p = distribution(x)
      distance = max(distance, p - Double(i) / n, Double(i + 1) / n - p)
    }
    return n.squareRoot() * distance
  }

  /// The bound 2.69 is exceeded with probability 10⁻⁶.
  private func expectLaw(
    _ sample: [Double], _ name: String, location: SourceLocation = #_sourceLocation,
    _ distribution: (Double) -> Double
  ) {
    #expect(distance(sample, distribution) < 2.69, "\(name)", sourceLocation: location)
  }

  private func draws(_ seed: UInt64, _ draw: (inout RandomStream) -> Double) -> [Double] {
    var stream = RandomStream(seed: seed)
    return (0..<Self.count).map { _ in draw(&stream) }
  }

  private func normalLaw(_ x: Double) -> Double { 0.5 * Double.erfc(-x / 2.0.squareRoot()) }

  @Test("A law that is slightly wrong is noticed")
  func power() {
    #expect(distance(draws(1) { $0.normal() }) { normalLaw($0 / 1.1) } > 2.69)
    #expect(distance(draws(1) { $0.uniform() }) { Double.pow($0, 1.1) } > 2.69)
    #expect(distance(draws(1) { $0.gamma(shape: 2) }) { SpecialLaws.gamma(2.1, $0) } > 2.69)
    #expect(distance(draws(1) { $0.beta(2, 3) }) { SpecialLaws.beta(2.1, 3, $0) } > 2.69)
  }

  @Test("Uniform, exponential and normal", arguments: [UInt64(1), 2, 3])
  func basic(seed: UInt64) {
    expectLaw(draws(seed) { $0.uniform() }, "uniform, Double") { $0 }
    expectLaw(draws(seed) { Double($0.uniform(Float.self)) }, "uniform, Float") { $0 }
    expectLaw(draws(seed) { $0.openUniform() }, "open uniform, Double") { $0 }
    expectLaw(draws(seed) { Double($0.openUniform(Float.self)) }, "open uniform, Float") { $0 }
    expectLaw(draws(seed) { $0.uniform(in: -2..<6) }, "uniform in a range") { ($0 + 2) / 8 }
    expectLaw(draws(seed) { $0.exponential() }, "exponential") { 1 - Double.exp(-$0) }
    expectLaw(draws(seed) { $0.normal() }, "normal, Double", normalLaw)
    expectLaw(draws(seed) { Double($0.normal(Float.self)) }, "normal, Float", normalLaw)
    expectLaw(draws(seed) { $0.normal(mean: 3, deviation: 2) }, "normal with a mean") {
      normalLaw(($0 - 3) / 2)
    }
  }

  /// The halves of a pair are independent: their squares sum to twice an exponential, the angle is uniform.
  @Test("The two normals of a pair are independent")
  func pairs() {
    var stream = RandomStream(seed: 5)
    let z: [Double] = stream.normals(count: 2 * Self.count)
    let pairs = (0..<Self.count).map { (z[2 * $0], z[2 * $0 + 1]) }
    expectLaw(pairs.map { $0 * $0 + $1 * $1 }, "squared radius") { 1 - Double.exp(-$0 / 2) }
    expectLaw(pairs.map { Double.atan2(y: $1, x: $0) }, "angle") { $0 / (2 * .pi) + 0.5 }
    expectLaw(pairs.map { ($0 + $1) / 2.0.squareRoot() }, "sum", normalLaw)
    let f: [Float] = stream.normals(count: 4 * Self.count)
    for (a, b) in [(0, 2), (1, 3), (0, 1), (1, 2)] {
      let radii = (0..<Self.count).map {
        Double(f[4 * $0 + a] * f[4 * $0 + a] + f[4 * $0 + b] * f[4 * $0 + b])
      }
      expectLaw(radii, "squared radius of floats \(a) and \(b)") { 1 - Double.exp(-$0 / 2) }
    }
  }

  /// Means of zᵏ within five deviations: the variance of zᵏ is E z²ᵏ - (E zᵏ)².
  @Test("Moments of normals")
  func moments() {
    let n = 400_000
    func check(_ z: [Double], _ name: String) {
      let expected: [(power: Int, mean: Double, variance: Double)] = [
        (1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10_170),
      ]
      for (power, mean, variance) in expected {
        let sum = z.reduce(0) { $0 + Double.pow($1, power) }
        #expect(
          abs(sum / Double(n) - mean) < 5 * (variance / Double(n)).squareRoot(), "\(name), power \(power)")
      }
    }
    var stream = RandomStream(seed: 21)
    check(stream.normals(count: n), "Double")
    check(stream.normals(count: n, Float.self).map { Double($0) }, "Float")
  }

  /// The number beyond x is binomial; two-sided probability erfc(x/√2).
  @Test("Tails of normals")
  func tails() {
    let n = 2_000_000
    func check(_ z: [Double], _ name: String) {
      for x in [2.0, 3, 4, 4.5] {
        let expected = Double(n) * Double.erfc(x / 2.0.squareRoot())
        let beyond = Double(z.count { abs($0) > x })
        #expect(abs(beyond - expected) < 5 * expected.squareRoot() + 3, "\(name), beyond \(x)")
      }
    }
    var stream = RandomStream(seed: 22)
    check(stream.normals(count: n), "Double")
    check(stream.normals(count: n, Float.self).map { Double($0) }, "Float")
  }

  @Test("Gamma and chi-squared", arguments: [0.1, 0.5, 0.99, 1, 1.5, 4, 50, 1e4])
  func gamma(shape: Double) {
    expectLaw(draws(31) { $0.gamma(shape: shape) }, "gamma \(shape)") { SpecialLaws.gamma(shape, $0) }
    expectLaw(draws(32) { Double($0.gamma(shape: Float(shape), scale: 3)) }, "Float gamma \(shape)") {
      SpecialLaws.gamma(Double(Float(shape)), $0 / 3)
    }
    expectLaw(draws(33) { $0.chiSquared(degrees: shape) }, "chi-squared \(shape)") {
      SpecialLaws.gamma(shape / 2, $0 / 2)
    }
  }

  /// Near zero P(G < x) = xᵃ / Γ(a + 1) (1 + O(x)).
  @Test("Logarithms of gamma numbers of tiny shape", arguments: [0.5, 0.01, 1e-5, 1e-100, 1e-300])
  func logGamma(shape: Double) {
    let sample = draws(34) { $0.logGamma(shape: shape) }
    #expect(sample.allSatisfy { $0.isFinite })
    expectLaw(sample, "log-gamma \(shape)") { t in
      t < -40 ? Double.exp(shape * t - Double.logGamma(shape + 1)) : SpecialLaws.gamma(shape, Double.exp(t))
    }
  }

  /// A huge shape is normal up to O(shape^-1/2), far below the resolution of the test.
  @Test("Gamma numbers of huge shape", arguments: [1e12, 1e20])
  func hugeGamma(shape: Double) {
    expectLaw(draws(35) { $0.gamma(shape: shape) }, "gamma \(shape)") {
      normalLaw(($0 - shape) / shape.squareRoot())
    }
  }

  @Test("Beta", arguments: [(0.5, 0.5), (1, 1), (2, 3), (0.2, 7), (40, 25)])
  func beta(a: Double, b: Double) {
    let sample = draws(41) { $0.beta(a, b) }
    #expect(sample.allSatisfy { $0 >= 0 && $0 <= 1 })
    expectLaw(sample, "beta \(a), \(b)") { SpecialLaws.beta(a, b, $0) }
  }

  /// The first entry is beta; sums of entries are those of merged concentrations.
  @Test("Dirichlet has beta margins", arguments: [[1.0, 1, 1], [0.3, 2, 0.7, 5], [20, 30]])
  func dirichlet(concentrations: [Double]) {
    let total = concentrations.reduce(0, +)
    expectLaw(draws(42) { $0.dirichlet(concentrations)[0] }, "first of \(concentrations)") {
      SpecialLaws.beta(concentrations[0], total - concentrations[0], $0)
    }
    let last = concentrations[concentrations.count - 1]
    expectLaw(draws(43) { $0.dirichlet(concentrations).last! }, "last of \(concentrations)") {
      SpecialLaws.beta(last, total - last, $0)
    }
  }

  @Test("Dirichlet vectors lie on the simplex, for any concentrations")
  func simplex() {
    checkSimplex(
      Double.self, [1e-3, 1e-10, 1e-200, .leastNormalMagnitude, .leastNonzeroMagnitude, 1, 1e3, 1e300])
    checkSimplex(Float.self, [1e-3, 1e-10, 1e-38, .leastNonzeroMagnitude, 1, 1e3, 1e38])
  }

  private func checkSimplex<Scalar: RealScalar>(_ type: Scalar.Type, _ concentrations: [Scalar]) {
    var stream = RandomStream(seed: 44)
    #expect(stream.dirichlet([Scalar]()) == [])
    for concentration in concentrations {
      #expect(stream.dirichlet([concentration]) == [1])
      for n in [2, 3, 17] {
        for mixed in [false, true] {
          var parameters = [Scalar](repeating: concentration, count: n)
          if mixed { parameters[n / 2] = 1 }
          for _ in 0..<20 {
            let p = stream.dirichlet(parameters)
            #expect(p.allSatisfy { $0 >= 0 && $0 <= 1 }, "\(parameters)")
            // Each entry is rounded twice and the sum of n of them n times.
            #expect(abs(p.reduce(0, +) - 1) <= Scalar(n) * Scalar.ulpOfOne, "\(parameters)")
          }
        }
      }
    }
  }

  /// Concentrations so small that every logarithm overflows: vertex i with probability αᵢ / Σα.
  @Test("Dirichlet at the end of the range chooses a vertex in proportion")
  func vertices() {
    let unit = 2000 * Double.leastNonzeroMagnitude
    var stream = RandomStream(seed: 45)
    let n = 10_000
    var second = 0
    for _ in 0..<n {
      let p = stream.dirichlet([unit, 3 * unit])
      #expect(p == [0, 1] || p == [1, 0])
      if p[1] == 1 { second += 1 }
    }
    #expect(abs(Double(second) - 0.75 * Double(n)) < 5 * (Double(n) * 3 / 16).squareRoot())
  }
}

/// Regularised incomplete gamma and beta functions, the oracles of the tests above.
enum SpecialLaws {
  /// `P(a, x)`: a power series below `a + 1`, Legendre's continued fraction above.
  static func gamma(_ a: Double, _ x: Double) -> Double {
    if x <= 0 { return 0 }
    let factor = Double.exp(a * Double.log(x) - x - Double.logGamma(a))
    if x < a + 1 {
      var term = 1 / a
      var sum = term
      var k = a
      while term > sum * 1e-16 {
        k += 1
        term *= x / k
        sum += term
      }
      return sum * factor
    }
    return 1 - factor
      * continuedFraction(x + 1 - a) { i in (-Double(i) * (Double(i) - a), x + Double(2 * i) + 1 - a) }
  }

  /// `I_x(a, b)` by its continued fraction, on the side of the mean where it converges fast.
  static func beta(_ a: Double, _ b: Double, _ x: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    if x > (a + 1) / (a + b + 2) { return 1 - beta(b, a, 1 - x) }
    let logarithm =
      a * Double.log(x) + b * Double.log(onePlus: -x) + Double.logGamma(a + b) - Double.logGamma(a)
      - Double.logGamma(b)
    let fraction = continuedFraction(1) { i in
      let m = Double(i / 2)
      if i % 2 == 0 { return (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1) }
      return (-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1)
    }
    return Double.exp(logarithm) / a * fraction
  }

  /// `1 / (b₀ + a₁ / (b₁ + a₂ / (b₂ + ...)))` by the method of Lentz.
  private static func continuedFraction(_ b0: Double, _ term: (Int) -> (a: Double, b: Double)) -> Double {
    var c = 1e300
    var d = 1 / b0
    var result = d
    for i in 1..<10_000 {
      let (a, b) = term(i)
      d = 1 / (a * d + b)
      c = b + a / c
      result *= c * d
      if abs(c * d - 1) < 1e-15 { break }
    }
    return result
  }
}
