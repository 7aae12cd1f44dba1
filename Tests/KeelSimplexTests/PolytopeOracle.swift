import KeelSimplex
import TestSupport

/// Independent answers for short rows: the best of all candidates that the optimality conditions allow.
enum PolytopeOracle {
  /// The feasible candidate that minimises an objective.
  struct Best {
    private(set) var p: [Double] = []
    private(set) var objective = Double.infinity

    mutating func consider(_ candidate: [Double], _ value: Double) {
      if value < objective { (p, objective) = (candidate, value) }
    }
  }

  static func halfSquare(_ p: [Double], _ x: [Double], _ w: [Double]? = nil) -> Double {
    p.indices.reduce(0) { $0 + (w?[$1] ?? 1) * (p[$1] - x[$1]) * (p[$1] - x[$1]) } / 2
  }

  /// The closest point of {0 ≤ p ≤ u, Σ w p = s}: every entry at 0, at u or free.
  static func box(_ x: [Double], w: [Double], u: [Double], s: Double) -> [Double] {
    let n = x.count
    var best = Best()
    var states = [Int](repeating: 0, count: n)
    while true {
      var (sum, norm) = (-s, 0.0)
      for i in 0..<n where states[i] > 0 {
        sum += w[i] * (states[i] == 1 ? x[i] : u[i])
        norm += states[i] == 1 ? w[i] * w[i] : 0
      }
      if norm > 0 || abs(sum) <= 1e-12 {
        let tau = norm > 0 ? sum / norm : 0
        let p = (0..<n).map { states[$0] == 0 ? 0 : states[$0] == 1 ? x[$0] - w[$0] * tau : u[$0] }
        if p.indices.allSatisfy({ p[$0] >= -1e-12 && p[$0] <= u[$0] + 1e-12 }) {
          best.consider(p, halfSquare(p, x))
        }
      }
      guard let next = states.firstIndex(where: { $0 < 2 }) else { return best.p }
      states[next] += 1
      for i in 0..<next { states[i] = 0 }
    }
  }

  /// The least of ½‖p - x‖² + strength Σ|pᵢ - pᵢ₊₁|, over all p or the simplex: every step up, down or none,
  /// and on the simplex every set of groups.
  static func fused(_ x: [Double], strength: Double, isOnSimplex: Bool) -> [Double] {
    let n = x.count
    var best = Best()
    var steps = [Int](repeating: -1, count: n - 1)
    while true {
      var groups: [(range: Range<Int>, value: Double)] = []
      var start = 0
      for i in 0..<n where i == n - 1 || steps[i] != 0 {
        let pull = (i < n - 1 ? Double(steps[i]) : 0) - (start > 0 ? Double(steps[start - 1]) : 0)
        let mean = (x[start...i].reduce(0, +) + strength * pull) / Double(i + 1 - start)
        groups.append((start..<i + 1, mean))
        start = i + 1
      }
      for set in 0..<(isOnSimplex ? 1 << groups.count : 1) {
        var (sum, size, tau) = (-1.0, 0.0, 0.0)
        for (g, group) in groups.enumerated() where isOnSimplex && set >> g & 1 == 1 {
          sum += group.value * Double(group.range.count)
          size += Double(group.range.count)
        }
        if isOnSimplex {
          guard size > 0 else { continue }
          tau = sum / size
        }
        var p = [Double](repeating: 0, count: n)
        for (g, group) in groups.enumerated() where !isOnSimplex || set >> g & 1 == 1 {
          for i in group.range { p[i] = group.value - tau }
        }
        if isOnSimplex, p.contains(where: { $0 < -1e-12 }) { continue }
        let variation = (1..<n).reduce(0) { $0 + abs(p[$1] - p[$1 - 1]) }
        best.consider(p, halfSquare(p, x) + strength * variation)
      }
      guard let next = steps.firstIndex(where: { $0 < 1 }) else { return best.p }
      steps[next] += 1
      for i in 0..<next { steps[i] = -1 }
    }
  }

  /// The weighted increasing fit: every partition into blocks.
  static func isotonic(_ x: [Double], w: [Double]) -> [Double] {
    let n = x.count
    var best = Best()
    for cuts in 0..<(1 << (n - 1)) {
      var p: [Double] = []
      var start = 0
      for i in 0..<n where i == n - 1 || cuts >> i & 1 == 1 {
        let weight = w[start...i].reduce(0, +)
        let mean = (start...i).reduce(0) { $0 + w[$1] * x[$1] } / weight
        p += [Double](repeating: mean, count: i + 1 - start)
        start = i + 1
      }
      if zip(p, p.dropFirst()).allSatisfy({ $0 <= $1 + 1e-12 }) { best.consider(p, halfSquare(p, x, w)) }
    }
    return best.p
  }

  /// Scores of several kinds: smooth, tied, geometric, nearly equal, far from zero.
  static func scores(_ count: Int, _ random: inout SplitMix, kind: Int) -> [Double] {
    var a = random.array(count, Double.self).map { 2 * $0 }
    switch kind % 5 {
    case 1: a = a.map { ($0 * 2).rounded() / 2 }
    case 2: a = a.indices.map { -1.5 * Double(sign: .plus, exponent: -$0 % 60, significand: 1) }
    case 3: a = a.map { 1e-3 * $0 }
    case 4: a = a.map { 1000 + $0 }
    default: break
    }
    return a
  }
}

/// The derivatives of a function that is piecewise linear, by central differences: exact but for rounding.
/// Nil where a kink is inside of the step.
func slope(step h: Double = 1e-5, _ f: (Double) throws -> Double) rethrows -> Double? {
  let (a, b, c) = (try f(-h), try f(0), try f(h))
  return abs(a - 2 * b + c) <= 1e-11 ? (c - a) / (2 * h) : nil
}

func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { abs($1.0 - $1.1).isNaN ? .nan : max($0, abs($1.0 - $1.1)) }
}
