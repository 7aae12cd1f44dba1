import Keel
import KeelSimplex
import RealModule
import Testing

@Suite("Second derivatives of maps")
struct SecondDerivativeTests {
  /// For scores (0.7, -0.3, 1.1, 0.05, -1.4, 0.95), g_i = sin(1 + 2i), v_i = cos(1 + i) and each α: the
  /// derivative of the vector-Jacobian product along v, by differences in arithmetic with 50 digits.
  static let known: [(alpha: Double, product: [Double])] = [
    (
      0.5,
      [
        0.02934620244828432, -0.004997135576201937, 0.053293831319897571, -0.019046323802912384,
        0.0012407344283028801, -0.05983730881737045,
      ]
    ),
    (
      1,
      [
        0.12110642406371347, -0.018636129691600228, 0.17349845238888557, -0.072665777810633191,
        0.0038610559295144247, -0.20716402487988004,
      ]
    ),
    (
      1.0001,
      [
        0.12113657496706894, -0.018640247748750287, 0.17352809681593049, -0.072683923988500859,
        0.0038620224412145492, -0.20720252248696283,
      ]
    ),
    (
      1.25,
      [
        0.21307037127383451, -0.031860364084611027, 0.24146498828499985, -0.13682458859146125,
        0.0039970579360053647, -0.28984746481876745,
      ]
    ),
    (
      1.5, [0.32408887669392847, 0, 0.30044115655188001, -0.36376726121866754, 0, -0.26076277202714093]
    ),
    (1.75, [0.22948637016359199, 0, 0.0789928672375976, 0, 0, -0.30847923740118959]),
    (2, [0, 0, 0, 0, 0, 0]), (3, [0, 0, 0, 0, 0, 0]),
  ]
  static let scores: [Double] = [0.7, -0.3, 1.1, 0.05, -1.4, 0.95]
  static let cotangent: [Double] = (0..<6).map { Double.sin(1 + 2 * Double($0)) }
  static let direction: [Double] = (0..<6).map { Double.cos(1 + Double($0)) }

  @Test("known values", arguments: 0..<8)
  func knownValues(index: Int) throws {
    let (alpha, expected) = Self.known[index]
    let map = try Entmax<Double>(alpha: .all(alpha))
    let p = map(Self.scores)
    let product = map.secondDerivative(of: Self.cotangent, along: Self.direction, at: p)
    let exchanged = map.secondDerivative(of: Self.direction, along: Self.cotangent, at: p)
    for i in product.indices {
      #expect(abs(product[i] - expected[i]) <= 1e-14, "α = \(alpha), entry \(i): \(product[i])")
      #expect(abs(product[i] - exchanged[i]) <= 1e-15)
    }
  }

  /// As ``known``, for normmax.
  static let knownOfNormmax: [(alpha: Double, product: [Double])] = [
    (1.5, [0.614812200987549, 0, 0.52085995166320775, 0, 0, -1.1356721526507568]),
    (2, [-0.445917310461622, 0, 0.51774903504166072, 0, 0, -0.071831724580038721]),
    (4, [-0.76172134213960095, 0, 0.33885109112432182, 0, 0, 0.42287025101527913]),
  ]

  @Test("known values of normmax", arguments: 0..<3)
  func knownValuesOfNormmax(index: Int) throws {
    let (alpha, expected) = Self.knownOfNormmax[index]
    let map = try Normmax<Double>(alpha: .all(alpha))
    let p = map(Self.scores)
    let product = map.secondDerivative(of: Self.cotangent, along: Self.direction, at: p)
    let exchanged = map.secondDerivative(of: Self.direction, along: Self.cotangent, at: p)
    for i in product.indices {
      #expect(abs(product[i] - expected[i]) <= 1e-13, "α = \(alpha), entry \(i): \(product[i])")
      #expect(abs(product[i] - exchanged[i]) <= 1e-14)
    }
  }

  @Test("known values in single precision", arguments: 0..<8)
  func knownValuesInSinglePrecision(index: Int) throws {
    let (alpha, expected) = Self.known[index]
    let map = try Entmax<Float>(alpha: .all(Float(alpha)))
    let p = map(Self.scores.map { Float($0) })
    let product = map.secondDerivative(
      of: Self.cotangent.map { Float($0) }, along: Self.direction.map { Float($0) }, at: p)
    for i in product.indices { #expect(abs(Double(product[i]) - expected[i]) <= 2e-6) }
  }

  /// A central difference of the vector-Jacobian product.
  static func difference<Map: SimplexMap<Double>>(
    _ map: Map, _ x: [Double], _ g: [Double], _ v: [Double], step: Double
  ) throws -> [Double] {
    func product(_ step: Double) throws -> [Double] {
      let moved: [Double] = zip(x, v).map { $0 + step * $1 }
      return map.pullback(of: g, at: try map(moved))
    }
    let (forward, backward) = (try product(step), try product(-step))
    return zip(forward, backward).map { ($0 - $1) / (2 * step) }
  }

  @Test("central differences of the vector-Jacobian product", arguments: [0.7, 1, 1.2, 1.5, 1.6], 1...20)
  func differences(alpha: Double, count: Int) throws {
    var random = RandomStream(seed: UInt64(count))
    func vector() -> [Double] { random.normals(count: count) }
    let (x, g, v) = (vector(), vector(), vector())
    let map = try Entmax<Double>(alpha: .all(alpha))
    let p = map(x)
    // A difference across the point where an entry joins or leaves the support says nothing.
    let step = 1e-5
    func keepsSupport(_ step: Double) -> Bool {
      let moved: [Double] = zip(x, v).map { $0 + step * $1 }
      return zip(map(moved), p).allSatisfy { ($0 > 1e-3) == ($1 > 1e-3) && ($0 > 0) == ($1 > 0) }
    }
    guard keepsSupport(step), keepsSupport(-step), alpha < 1.5 || p.allSatisfy({ $0 == 0 || $0 > 1e-3 })
    else { return }
    let product = map.secondDerivative(of: g, along: v, at: p)
    let expected = try Self.difference(map, x, g, v, step: step)
    // The error of the difference is h²/6 times a third derivative, which grows as p^(4-3α) for α > 4/3, and
    // rounding of 1e-15 over h.
    let least = p.filter { $0 > 0 }.min() ?? 1
    let tolerance = 1e-8 * max(1, Double.pow(least, 4 - 3 * alpha))
    for i in product.indices {
      #expect(abs(product[i] - expected[i]) <= tolerance, "α = \(alpha), \(count) entries, entry \(i)")
    }
    // Adding a number to all scores or to all cotangents changes nothing.
    let sum = product.reduce(0, +)
    #expect(abs(sum) <= 1e-12 * max(1, product.reduce(0) { $0 + abs($1) }))
  }

  @Test("masked, ragged and exceptional rows")
  func exceptionalRows() throws {
    let map = try Entmax<Double>(alpha: 1.25)
    let x: Matrix<Double> = [
      [0.7, -0.3, .nan, 0.05], [0.7, .nan, 0.2, 0.3], [-.infinity, -.infinity, -.infinity, -.infinity],
    ]
    let g: Matrix<Double> = [[1, 2, .nan, 4], [1, 2, 3, 4], [1, 2, 3, 4]]
    let v: Matrix<Double> = [[0.5, -1, .nan, 2], [1, 0, 0, 0], [1, 0, 0, 0]]
    let mask = [true, true, false, true, true, true, true, true, true, true, true, true]
    let p = map(x, valid: .mask(mask))
    let product = map.secondDerivative(of: g, along: v, at: p, valid: .mask(mask))
    let three = map.secondDerivative(of: [1, 2, 4], along: [0.5, -1, 2], at: map([0.7, -0.3, 0.05]))
    #expect(product[0, 2] == 0)
    for (i, j) in zip([0, 1, 3], 0...) { #expect(abs(product[0, i] - three[j]) <= 1e-15) }
    #expect((0..<4).allSatisfy { product[1, $0].isNaN && product[2, $0] == 0 })
    let ragged = map.secondDerivative(
      of: g, along: v, at: map(x, valid: .lengths([2, 1, 0])), valid: .lengths([2, 1, 0]))
    #expect(ragged[0, 2] == 0 && ragged[0, 3] == 0 && ragged[1, 0] == 0 && ragged[0, 0] != 0)
    #expect(Sparsemax<Double>().secondDerivative(of: g, along: v, at: p, valid: .mask(mask))[0, 0] == 0)
  }

  @Test("the same for every number of threads, and for α of each row")
  func threads() throws {
    var random = RandomStream(seed: 5)
    let (rows, columns) = (700, 100)
    let alphas = (0..<rows).map { 1 + 0.5 * Double($0 % 3) }
    let map = try Entmax<Double>(alpha: .perRow(alphas))
    func matrix() -> Matrix<Double> {
      Matrix(rows: rows, columns: columns, elements: random.normals(count: rows * columns))
    }
    let (x, g, v) = (matrix(), matrix(), matrix())
    let p = map(x)
    let one = map.secondDerivative(of: g, along: v, at: p, threads: 1)
    #expect(one == map.secondDerivative(of: g, along: v, at: p, threads: 2))
    let row = try Entmax<Double>(alpha: .all(alphas[400])).secondDerivative(
      of: Array(g.elements[40_000..<40_100]), along: Array(v.elements[40_000..<40_100]),
      at: Array(p.elements[40_000..<40_100]))
    #expect(Array(one.elements[40_000..<40_100]) == row)
  }
}
