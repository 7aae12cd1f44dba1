import RealModule

/// How well an output satisfies the optimality conditions, judged by scores and output alone: no threshold
/// that a map reports is believed.
///
/// With d = x - ∇Ω(p), p is optimal over {0 ≤ p ≤ u, Σwp = s} if and only if it lies there and some τ has
/// d ≤ wτ where p < u and d ≥ wτ where p > 0. τ is read off the largest entry below its bound.
struct OptimalityCertificate: Sendable {
  /// By how much the conditions on d fail at worst, in roundings: multiples of 2⁻⁵² times the size of the
  /// numbers that d is the difference of.
  private(set) var roundings = 0.0
  /// By how much the constraints fail at worst: Σwp = s, and the bounds.
  private(set) var infeasibility = 0.0
  /// How much of that rounding explains.
  private(set) var allowance = 0.0

  /// The number of roundings that d and the sum may be off.
  ///
  /// The map rounds x - m, τ - m and their difference and makes a few roundings in a power, each of
  /// which changes d by one rounding; the same operations are done here once more.
  static let allowedRoundings = 16.0

  /// Judges an output.
  ///
  /// - Parameters:
  ///   - subject: the map and the problem that it is said to solve.
  ///   - scores: finite scores, or -∞.
  ///   - output: the output.
  init(_ subject: MapSubject, scores: ArraySlice<Double>, output: ArraySlice<Double>) {
    let polytope = subject.polytope
    if polytope.isL1Ball {
      // A score of -∞ takes no part; it gets 0, as a score of 0 does.
      let scores = ArraySlice(scores.map { $0 == -.infinity ? 0 : $0 })
      let sum = scores.reduce(0) { $0 + $1.magnitude }
      let slack = 4 * Double.ulpOfOne * (sum + polytope.sum)
      for (x, p) in zip(scores, output) where p * x < 0 { infeasibility = max(infeasibility, p.magnitude) }
      guard sum > polytope.sum - slack else {
        for (x, p) in zip(scores, output) where x != p { roundings = .infinity }
        return
      }
      judge(subject, ArraySlice(scores.map(\.magnitude)), ArraySlice(output.map(\.magnitude)))
    } else if let count = polytope.count, count < scores.count {
      // The problem is that of the largest scores; among equal ones the map may choose.
      let order = zip(scores, output).sorted { $0.0 != $1.0 ? $0.0 > $1.0 : $0.1 > $1.1 }
      if order.dropFirst(count).contains(where: { $0.1 != 0 }) { infeasibility = .infinity }
      judge(subject, ArraySlice(order.prefix(count).map(\.0)), ArraySlice(order.prefix(count).map(\.1)))
    } else {
      judge(subject, scores, output)
    }
  }

  private mutating func judge(_ subject: MapSubject, _ x: ArraySlice<Double>, _ p: ArraySlice<Double>) {
    let polytope = subject.polytope
    func upper(_ i: Int) -> Double { polytope.upper?[i] ?? .infinity }
    func weight(_ i: Int) -> Double { polytope.weights?[i] ?? 1 }
    guard x.contains(where: { $0 > -.infinity }) else {
      // Nothing to choose from: all zero by definition.
      infeasibility = p.reduce(infeasibility) { max($0, $1.magnitude) }
      return
    }
    // Where all weights are 1, d may be shifted: the largest score is where digits matter.
    let reference = polytope.weights == nil ? x.reduce(-.infinity, max) : 0
    // Bounds of what takes part may leave no more than this.
    var target = polytope.sum
    if polytope.upper != nil {
      target = min(target, zip(0..., x).reduce(0) { $1.1 > -.infinity ? $0 + upper($1.0) : $0 })
    }
    let norm = subject.norm(p)
    // A rounding of p is as many of a power of it as the exponent says.
    let conditioning = max(1, subject.power)
    var (inner, innerSize) = (-1, 0.0)
    var (lowestFull, highestEmpty) = (Double.infinity, -Double.infinity)
    for (i, entry) in zip(0..., zip(x, p)) where entry.1 > 0 && entry.1 < upper(i) {
      if inner < 0 || entry.1 > innerSize { (inner, innerSize) = (i, entry.1) }
    }
    func difference(_ i: Int, _ x: Double, _ p: Double) -> (value: Double, size: Double) {
      let derivative = subject.derivative(p, norm: norm)
      return (
        (x - reference - derivative) / weight(i),
        ((x - reference).magnitude + conditioning * derivative.magnitude) / weight(i)
      )
    }
    if inner < 0 {
      for (i, entry) in zip(0..., zip(x, p)) where entry.0 > -.infinity {
        let value = difference(i, entry.0, entry.1).value
        if entry.1 > 0 {
          lowestFull = min(lowestFull, value)
        } else {
          highestEmpty = max(highestEmpty, value)
        }
      }
    }
    let start = inner < 0 ? (0.0, 0.0) : difference(inner, x[x.startIndex + inner], innerSize)
    let multiplier = inner < 0 ? (lowestFull.isFinite ? lowestFull : highestEmpty) : start.0
    var sum = LongSum()
    for (i, entry) in zip(0..., zip(x, p)) {
      let (x, p) = entry
      sum.add(weight(i) * p)
      infeasibility = max(infeasibility, -p, p - upper(i))
      guard x > -.infinity else {
        infeasibility = max(infeasibility, p.magnitude)
        continue
      }
      let (value, size) = difference(i, x, p)
      let excess = value - multiplier
      // What one rounding changes d by; scores near zero have an absolute one.
      let unit = Double.ulpOfOne * (size + start.1 + multiplier.magnitude) + 1e-300
      // Entries that have lost digits to the end of the range say nothing.
      let decides = p == 0 || p > 1e-290
      if decides, p < upper(i), excess > 0 { roundings = max(roundings, excess / unit) }
      if decides, p > 0, excess < 0 { roundings = max(roundings, -excess / unit) }
      if excess > -Self.allowedRoundings * unit {
        allowance += weight(i) * subject.response(p, change: Self.allowedRoundings * unit * weight(i))
      }
    }
    infeasibility = max(infeasibility, sum.distance(to: target))
    allowance += Self.allowedRoundings * Double.ulpOfOne * polytope.sum
  }
}

/// A sum that keeps what each addition loses, so that it is that of its terms however many there are.
struct LongSum: Sendable {
  private var rounded = 0.0
  private var lost = 0.0

  /// The sum.
  var value: Double { rounded + lost }

  /// How far the sum is from a number.
  func distance(to target: Double) -> Double { (rounded - target + lost).magnitude }

  /// Adds a term (Neumaier's form of Kahan's sum).
  mutating func add(_ term: Double) {
    let next = rounded + term
    lost += rounded.magnitude >= term.magnitude ? (rounded - next) + term : (term - next) + rounded
    rounded = next
  }
}

extension MapSubject {
  /// By how much an entry changes, at most, if its score does by so much.
  fileprivate func response(_ p: Double, change: Double) -> Double {
    switch regularizer {
    case .quadratic: change
    case .tsallis(let alpha):
      // dp = p^(2-α) dx; above α = 2 that is infinite at zero, where p = ((α-1)dx)^(1/(α-1)).
      alpha > 2
        ? min(
          p > 0 ? change * Double.pow(p, 2 - alpha) : .infinity,
          Double.pow((alpha - 1) * change, 1 / (alpha - 1)))
        : change * Double.pow(p, 2 - alpha)
    case .norm: change
    }
  }
}
