import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  /// Outputs are those found by trying every set of active constraints.
  static let bruteForce = Check(
    id: "simplex.brute-force",
    statement:
      "The output is the best of the solutions for every choice of what is 0, free, or at its bound.",
    source: "Enumeration of all 2ⁿ - 1 supports, and of all 3ⁿ choices with bounds, for n ≤ 6",
    assumptions: ["n ≤ 6."], trials: [.quick: 30, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let families = MapFamily.all.filter { $0.id != "top-k" }
    let family = families[context.index % families.count]
    let columns = 1 + stream.integer(below: 6)
    let subject = try family.make(columns, &stream)
    let kind = ScoreKind.drawn(using: &stream)
    let scores = kind.row(count: columns, width: subject.width, power: subject.power, using: &stream)
    let output = image(of: scores, under: subject.map)
    var parameters = subject.parameters
    parameters["map"] = .text(subject.map.name)
    parameters["x"] = .numbers(scores)
    parameters["p"] = .numbers(output)
    guard let best = ActiveSets(subject, scores).best else {
      return [
        .equal(
          output.reduce(0) { $0 + $1.magnitude }, 0, tolerance: 0, part: "a row of -∞ only",
          parameters: parameters)
      ]
    }
    parameters["best"] = .numbers(best)
    let error = zip(output, best).map { ($0 - $1).magnitude }.max() ?? 0
    return [
      .atMost(
        error, 0, tolerance: ActiveSets.tolerance(subject, scores), part: "distance from the best",
        parameters: parameters)
    ]
  }
}

/// The solutions of an optimisation problem for every choice of its active constraints.
private struct ActiveSets {
  /// The solution that satisfies the optimality conditions best; `nil` if all scores are -∞.
  private(set) var best: [Double]?

  /// Tries every choice.
  init(_ subject: MapSubject, _ scores: [Double]) {
    let polytope = subject.polytope
    if polytope.isL1Ball {
      // The signs of the solution are those of the scores.
      // A score of -∞ gets 0, as a score of 0 does.
      let scores = scores.map { $0 == -.infinity ? 0 : $0 }
      guard scores.reduce(0, { $0 + $1.magnitude }) > polytope.sum else {
        best = scores
        return
      }
      var onSimplex = subject
      onSimplex.polytope.isL1Ball = false
      best = ActiveSets(onSimplex, scores.map(\.magnitude)).best.map {
        zip(scores, $0).map { x, p in x < 0 ? -p : p }
      }
      return
    }
    let choices = polytope.upper == nil ? 2 : 3
    var least = Double.infinity
    var number = 0
    let finite = scores.indices.filter { scores[$0] > -.infinity }
    let count = finite.reduce(1) { product, _ in product * choices }
    while number < count {
      var (free, full, rest) = ([Int](), [Int](), number)
      for i in finite {
        if rest % choices == 1 { free.append(i) }
        if rest % choices == 2 { full.append(i) }
        rest /= choices
      }
      number += 1
      guard let candidate = Self.candidate(subject, scores, free: free, full: full) else { continue }
      let violation = Self.violation(subject, scores, candidate)
      if violation < least { (least, best) = (violation, candidate) }
    }
  }

  /// What rounding may change an output by.
  static func tolerance(_ subject: MapSubject, _ scores: [Double]) -> Double {
    let finite = scores.filter { $0 > -.infinity }
    guard let top = finite.max() else { return 0 }
    let spread = finite.reduce(0) { max($0, top - $1) }
    // Scores far below the largest do not take part; where they may, their size counts.
    let size: Double =
      switch (subject.polytope.weights, subject.polytope.upper) {
      case (nil, nil): min(spread, 40 * subject.width) + subject.width
      case (nil, _): spread + subject.width
      default: 4 * finite.reduce(subject.width) { max($0, $1.magnitude) }
      }
    let change = 100 * Double.ulpOfOne * size
    // dp = p^(2-α) dx, which is infinite at zero for α > 2.
    if case .tsallis(let alpha) = subject.regularizer, alpha > 2 {
      return max(change, Double.pow((alpha - 1) * change, 1 / (alpha - 1)))
    }
    if case .norm(let alpha) = subject.regularizer, alpha > 2 {
      return max(change, Double.pow(change, 1 / (alpha - 1)))
    }
    if case .norm(let alpha) = subject.regularizer { return 2 * change / (alpha - 1) }
    return change
  }

  /// The solution with some entries free, some at their bound and the others zero, on the plane of the sum.
  private static func candidate(
    _ subject: MapSubject, _ scores: [Double], free: [Int], full: [Int]
  ) -> [Double]? {
    let polytope = subject.polytope
    var p = [Double](repeating: 0, count: scores.count)
    var left = polytope.sum
    for i in full {
      p[i] = polytope.upper?[i] ?? 0
      left -= p[i]
    }
    guard let top = free.map({ scores[$0] }).max() else {
      return full.isEmpty ? nil : p
    }
    switch subject.regularizer {
    case .quadratic:
      let weights = free.map { polytope.weights?[$0] ?? 1 }
      let squares = weights.reduce(0) { $0 + $1 * $1 }
      let shift = polytope.weights == nil ? top : 0
      let gain = zip(free, weights).reduce(0) { $0 + (scores[$1.0] - shift) * $1.1 }
      let threshold = (gain - left) / squares
      for (i, weight) in zip(free, weights) { p[i] = scores[i] - shift - threshold * weight }
    case .tsallis(let alpha) where alpha > 2:
      // From the power q of the smallest entry: λ would not hold the digits of small entries.
      let a = alpha - 1
      let bottom = free.map { scores[$0] }.min() ?? top
      func entry(_ i: Int, _ q: Double) -> Double { Double.pow(q + a * (scores[i] - bottom), 1 / a) }
      func missing(_ q: Double) -> Double { 1 - free.reduce(0) { $0 + entry($1, q) } }
      guard missing(0) >= 0 else { return nil }
      let power = root(missing)
      for i in free { p[i] = entry(i, power) }
    case .tsallis(let alpha):
      let a = alpha - 1
      func entry(_ i: Int, _ lambda: Double) -> Double {
        let u = scores[i] - top - lambda
        if a == 0 { return Double.exp(u) }
        return 1 + a * u <= 0 ? 0 : Double.exp(Double.log(onePlus: a * u) / a)
      }
      let lambda = root { lambda in free.reduce(0) { $0 + entry($1, lambda) } - 1 }
      for i in free { p[i] = entry(i, lambda) }
    case .norm(let alpha):
      let power = alpha / (alpha - 1)
      func distance(_ i: Int, _ t: Double) -> Double { max(scores[i] - top + 1 - t, 0) }
      let t = root { t in free.reduce(0) { $0 + Double.pow(distance($1, t), power) } - 1 }
      for i in free { p[i] = Double.pow(distance(i, t), 1 / (alpha - 1)) }
      let sum = p.reduce(0, +)
      p = p.map { $0 / sum }
    }
    return p
  }

  /// The zero of a decreasing function on the positive numbers that is not negative at zero, to the last digit.
  private static func root(_ function: (Double) -> Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while function(high) > 0 { (low, high) = (high, 2 * high) }
    for _ in 0..<1100 {
      let middle = (low + high) / 2
      if middle == low || middle == high { break }
      if function(middle) > 0 { low = middle } else { high = middle }
    }
    return high
  }

  /// By how much a candidate fails the bounds and the conditions.
  private static func violation(_ subject: MapSubject, _ scores: [Double], _ p: [Double]) -> Double {
    let certificate = OptimalityCertificate(subject, scores: scores[...], output: p[...])
    return certificate.roundings * Double.ulpOfOne + certificate.infeasibility / subject.polytope.sum
  }
}
