import Keel
import KeelSimplex
import RealModule
import Testing

/// What holds for the Fenchel-Young loss of every map. Targets are unit vectors where these are in the
/// polytope, and outputs of the map, which always are.
@Suite("Fenchel-Young losses, properties")
struct FenchelYoungPropertyTests {
  /// A map with what is known of its loss.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether unit vectors are in the polytope.
    var hasUnits = true
    /// Whether Ω is strongly convex with constant 1 in the Euclidean norm: then the loss is at least
    /// ½‖p - y‖².
    var isStrong = true
    /// The map for rows of so many entries, or nil if there is none.
    let map: @Sendable (Int) throws -> (any SimplexMap<Double>)?
    var testDescription: String { name }
  }

  static let cases: [Case] =
    [
      Case(name: "sparsemax") { _ in Sparsemax<Double>() },
      Case(name: "radius 2.5", hasUnits: false) { _ in try Sparsemax<Double>(radius: 2.5) },
      Case(name: "weighted simplex", hasUnits: false) { count in
        try WeightedSimplexProjection<Double>(weights: (0..<count).map { 0.5 + Double($0 % 3) })
      },
      Case(name: "budget 2.5", hasUnits: false) { count in
        count < 3 ? nil : try CappedSimplexProjection<Double>(budget: 2.5)
      },
      Case(name: "constrained sparsemax", hasUnits: false) { count in
        count < 3 ? nil : try CappedSimplexProjection<Double>(budget: 1, bound: 0.6)
      },
      Case(name: "normmax 1.5", isStrong: false) { _ in try Normmax<Double>(alpha: 1.5) },
      Case(name: "normmax 2", isStrong: false) { _ in try Normmax<Double>(alpha: 2) },
      Case(name: "L1 ball") { _ in try L1BallProjection<Double>(radius: 1.5) },
      // The set of its outputs is not convex, and the bound of a strongly convex Ω does not hold.
      Case(name: "3 largest", isStrong: false) { _ in try TopKSparsemax<Double>(k: 3) },
      Case(name: "fusedmax") { _ in try Fusedmax<Double>(strength: 0.1) },
      Case(name: "total variation") { _ in try TotalVariation<Double>(strength: 0.2) },
      Case(name: "isotonic", hasUnits: false) { count in count < 2 ? nil : IsotonicRegression<Double>() },
    ]
    + [0.5, 1, 1.2, 1.5, 2, 3].map { alpha in
      // The second derivative of Ω is p^(α-2), at least 1 for α ≤ 2.
      Case(name: "entmax \(alpha)", isStrong: alpha <= 2) { _ in try Entmax<Double>(alpha: .all(alpha)) }
    }

  @Test("all properties", arguments: cases, 0..<12)
  func properties(example: Case, seed: Int) throws {
    let count = [1, 2, 3, 5, 8, 13, 20, 33, 6, 6, 6, 6][seed]
    guard let map = try example.map(count) else { return }
    try check(map, example, count, seed: seed)
  }

  private func check<Map: SimplexMap<Double>>(_ map: Map, _ example: Case, _ count: Int, seed: Int) throws {
    var random = RandomStream(seed: UInt64(seed))
    let spread = [1, 0.1, 3, 1, 1, 1, 1, 1, 10, 1e-3, 1, 1][seed]
    func scores() -> [Double] { random.normals(count: count, Double.self).map { $0 * spread } }
    let loss = try FenchelYoungLoss(map)
    let (x, other) = (scores(), scores())
    let p = try map(x)
    let note: Comment = "\(map.name), seed \(seed)"
    let scale = 1 + x.reduce(0) { max($0, abs($1)) }

    var targets = [try map(scores()), try map(other)]
    if example.hasUnits { targets.append((0..<count).map { $0 == seed % count ? 1 : 0 }) }
    for y in targets {
      func value(_ x: [Double]) throws -> Double {
        try loss.value(Matrix(row: x), .rows(Matrix(row: y)))
      }
      let (here, gradient) = try loss.valueAndGradient(Matrix(row: x), .rows(Matrix(row: y)))

      // The definition, with p for the maximiser.
      let difference = zip(p, y).map { $0 - $1 }
      let definition = omega(map, y) - omega(map, p) + dot(difference, x)
      #expect(abs(here - definition) <= 1e-13 * scale * Double(count), note)
      #expect(here >= 0, note)
      if example.isStrong { #expect(here >= dot(difference, difference) / 2 - 1e-13 * scale, note) }
      #expect(zip(gradient.elements, difference).allSatisfy { $0 == $1 }, note)

      // Central differences: h²/6 times a third derivative, and rounding over h.
      let step = 1e-5 * spread
      let direction = random.normals(count: count, Double.self)
      func moved(_ step: Double) -> [Double] { zip(x, direction).map { $0 + step * $1 } }
      let slope = (try value(moved(step)) - value(moved(-step))) / (2 * step)
      let expected = dot(gradient.elements, direction)
      let norm = dot(direction, direction)
      // Where the gradient is not smooth its error is the change of the gradient: at most h‖v‖² for a
      // strongly convex Ω; α = 3 has an unbounded Jacobian where an entry joins.
      let tolerance = example.isStrong ? step * norm + 1e-9 / spread * scale : 3e-2 * norm
      #expect(abs(slope - expected) <= tolerance, "\(note): \(slope) instead of \(expected)")

      // Convex along segments.
      let there = try value(other)
      for t in [0.1, 0.5, 0.8] {
        let between = zip(x, other).map { (1 - t) * $0 + t * $1 }
        #expect(try value(between) <= (1 - t) * here + t * there + 1e-13 * scale * Double(count), note)
      }
      // Convex: above its tangent.
      let change = zip(other, x).map { $0 - $1 }
      #expect(there >= here + dot(gradient.elements, change) - 1e-13 * scale * Double(count), note)
    }

    // Young's equality, and with it the conjugate: the loss of its own output is 0.
    let (own, zero) = try loss.valueAndGradient(Matrix(row: x), .rows(Matrix(row: p)))
    #expect(own <= 1e-14 * scale * Double(count), note)
    #expect(zero.elements.allSatisfy { $0 == 0 }, note)

    // The Hessian is the Jacobian of the map.
    let direction = random.normals(count: count, Double.self)
    let product = try loss.hessianVectorProduct(
      Matrix(row: x), direction: Matrix(row: direction), .rows(Matrix(row: p)))
    #expect(product.elements == map.pushforward(of: direction, at: p), note)
    #expect(dot(product.elements, direction) >= -1e-14, note)

    // A class is its unit vector.
    guard example.hasUnits else {
      #expect(throws: SimplexError.self) { try loss.value(Matrix(row: x), .classes([0])) }
      return
    }
    for target in 0..<count {
      let unit = Matrix<Double>(row: (0..<count).map { $0 == target ? 1 : 0 })
      let one = try loss.valueAndGradient(Matrix(row: x), .classes([target]))
      let all = try loss.valueAndGradient(Matrix(row: x), .rows(unit))
      #expect(abs(one.value - all.value) <= 1e-14 * scale, note)
      #expect(one.gradient == all.gradient, note)
    }
  }

  @Test("a map that is no gradient has no loss")
  func noLoss() throws {
    #expect(throws: SimplexError.self) {
      try FenchelYoungLoss(IsotonicRegression<Double>(weights: [1, 2, 3]))
    }
  }

  @Test("the derivative with respect to the strength of fusedmax", arguments: 0..<6)
  func strength(seed: Int) throws {
    var random = RandomStream(seed: UInt64(40 + seed))
    let scores = Matrix<Double>(row: random.normals(count: 9))
    // Masked entries cut the sequence.
    let mask = (0..<9).map { seed % 2 == 0 || $0 % 4 != 2 }
    func loss(_ strength: Double) throws -> LossGradients<Double> {
      try FenchelYoungLoss(Fusedmax<Double>(strength: .all(strength))).valueAndGradients(
        scores, .classes([seed % 2]), valid: .mask(mask))
    }
    let (step, here) = (1e-5, try loss(0.2))
    let slope = (try loss(0.2 + step).value - loss(0.2 - step).value) / (2 * step)
    // The gradient is continuous and piecewise linear, with slopes of order 1.
    #expect(abs(here.parameterGradient[0] - slope) <= 1e-4, "seed \(seed): \(slope)")
  }

  private func omega<Map: SimplexMap<Double>>(_ map: Map, _ p: [Double]) -> Double {
    p.withUnsafeBufferPointer { map.regularizer($0, row: 0) }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}
