import Foundation
import Keel
import KeelSimplex
import TestSupport
import Testing

/// normmax against its optimality conditions, its definition, and differences.
@Suite("Normmax")
struct NormmaxTests {
  static let alphas: [Double] = [1 + 1e-6, 1.01, 1.25, 1.5, 2, 2.5, 4, 10, 1e3]

  @Test("Rows satisfy the optimality conditions, to the same bits everywhere", arguments: alphas)
  func optimality(alpha: Double) throws {
    try optimality(alpha, Double.self, tolerance: 2e-14)
    try optimality(alpha, Float.self, tolerance: 1e-6)
  }

  func optimality<Scalar: SimplexScalar>(_ alpha: Double, _: Scalar.Type, tolerance: Double) throws {
    var random = SplitMix(seed: 1)
    let map = try Normmax<Scalar>(alpha: .all(Scalar(alpha)))
    for n in [0, 1, 2, 3, 4, 7, 8, 9, 16, 17, 33, 64, 200] {
      for kind in EntmaxTests.Kind.allCases {
        let x = kind.row(n, &random, Scalar.self)
        let first = InstructionSet.portable.select { map.solve(x) }
        let what = "alpha \(alpha), \(kind), n \(n)"
        if x.contains(where: \.isFinite) {
          #expect(abs(first.output.reduce(0) { $0 + Double($1) } - 1) <= tolerance, "\(what)")
          // Near alpha = 1 the exponent 1/(alpha - 1) enlarges the rounding of t; near the threshold the
          // slope of t^(1/(alpha - 1)) does for large alpha.
          if alpha >= 1.01, alpha <= 3 {
            #expect(first.residual <= tolerance * max(1, 1 / (alpha - 1)), "\(what): \(first.residual)")
          }
        } else {
          #expect(first.output.allSatisfy { $0 == 0 } && first.supportCount == 0, "\(what)")
        }
        for instructions in InstructionSet.available {
          #expect(instructions.select { map.solve(x) } == first, "\(what), \(instructions)")
        }
      }
    }
  }

  @Test(
    "Many entries near the maximum get their digits", arguments: [1.25, 1.5, 1.9, 2, 2.1, 3.5, 6],
    [1, 10, 1000, 20000])
  func flat(alpha: Double, half: Int) throws {
    // Half of the entries have 2^(1-alpha) times the height z above the threshold of the others, and so half
    // of what these get. z is small, of the order of count^(1/alpha - 1): as a difference of numbers near one
    // it would have lost as many digits.
    let power = alpha - 1
    let height = pow(Double(half) * (1 + pow(2, -alpha)), -power / alpha)
    let low = -height * (1 - pow(2, -power))
    let x = (0..<2 * half).map { $0 % 2 == 0 ? 0 : low }
    // A rounding of `low`, of z or of ln z, and the power 1/(alpha - 1) of it.
    let tolerance = Double.ulpOfOne * (8 + (8 + 4 * abs(log(height))) / power)
    for instructions in InstructionSet.available {
      let result = try instructions.select { try Normmax<Double>(alpha: .all(alpha)).solve(x) }
      let error = result.output.enumerated().reduce(0.0) { worst, entry in
        max(worst, abs(entry.element * Double(3 * half) / (entry.offset % 2 == 0 ? 2 : 1) - 1))
      }
      #expect(error <= tolerance, "\(instructions): \(error) against \(tolerance)")
      #expect(result.supportCount == 2 * half)
    }
  }

  @Test("No point of the simplex has a greater value", arguments: [1.2, 1.5, 2, 3, 10])
  func maximum(alpha: Double) throws {
    var random = SplitMix(seed: 2)
    let map = try Normmax<Double>(alpha: .all(alpha))
    func value(_ p: [Double], _ x: [Double]) -> Double {
      p.withUnsafeBufferPointer { zip(p, x).reduce(0) { $0 + $1.0 * $1.1 } - map.regularizer($0, row: 0) }
    }
    for n in 1...6 {
      let x = random.array(n, Double.self)
      let best = value(map(x), x)
      for _ in 0..<50 {
        let q = random.array(n, Double.self).map { -log(abs($0) + 1e-12) }
        let sum = q.reduce(0, +)
        #expect(value(q.map { $0 / sum }, x) <= best + 1e-14)
      }
    }
  }

  @Test("Derivatives are those of differences", arguments: [1.25, 1.5, 2, 2.5])
  func differences(alpha: Double) throws {
    var random = SplitMix(seed: 3)
    let (map, step) = (try Normmax<Double>(alpha: .all(alpha)), 1e-5)
    for n in [2, 5, 18] {
      let x = random.array(n, Double.self)
      let v = random.array(n, Double.self)
      let p = map(x)
      let plus = map(zip(x, v).map { $0 + step * $1 })
      let minus = map(zip(x, v).map { $0 - step * $1 })
      guard zip(plus, minus).allSatisfy({ ($0 == 0) == ($1 == 0) }) else { continue }
      let change = map.pushforward(of: v, at: p)
      // Steep powers near the threshold have large third derivatives.
      for i in 0..<n { #expect(abs(change[i] - (plus[i] - minus[i]) / (2 * step)) <= 1e-5) }
    }
  }

  @Test("Rows with infinities and NaN")
  func edges() throws {
    let map = try Normmax<Double>(alpha: 1.5)
    #expect(map([]) == [])
    #expect(map([-.infinity, -.infinity]) == [0, 0])
    #expect(map([.infinity, 3, .infinity]) == [0.5, 0, 0.5])
    #expect(map([1, .nan]).allSatisfy { $0.isNaN })
    #expect(map.pullback(of: [1, 1], at: [.nan, .nan]).allSatisfy { $0.isNaN })
    #expect(map.pullback(of: [1, 2], at: [0, 0]) == [0, 0])
    #expect(map.pullback(of: [1, 2], at: [1, 0]) == [0, 0])
  }

  @Test("Alpha must be above one and finite")
  func parameters() {
    for alpha in [1, 0.5, .infinity, .nan] as [Double] {
      #expect(throws: SimplexError.self) { try Normmax<Double>(alpha: .all(alpha)) }
    }
  }
}
