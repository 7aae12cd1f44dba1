import Keel
import RealModule

/// Nodes and weights that integrate a function of one variable whose logarithm is concave, and what is as smooth
/// times it.
///
/// Such a function has one peak and falls at least exponentially on both sides, however narrow, skewed or cut off
/// it is. So the peak is found by golden section and the ends where e^-40 of it is left by doubling and halving;
/// between them panels of 16 Gauss-Legendre nodes are halved until that changes nothing.
struct LogConcaveNodes {
  /// The nodes.
  private(set) var positions: [Double] = []
  /// The weights of the rule alone.
  private(set) var weights: [Double] = []
  /// The logarithms of the function.
  private(set) var logarithms: [Double] = []

  /// ln ∫ f; -∞ if f is 0.
  var logIntegral: Double {
    guard let peak = logarithms.max(), peak > -.infinity else { return -.infinity }
    return peak + Double.log(zip(weights, logarithms).reduce(0) { $0 + $1.0 * Double.exp($1.1 - peak) })
  }

  /// Nodes on an interval.
  ///
  /// - Parameters:
  ///   - domain: where f may be positive; infinite ends are fine. It is not evaluated at the ends.
  ///   - start: a point inside, near the peak if possible.
  ///   - scale: a guess how wide the peak is.
  ///   - tolerance: how accurate the integral must be, relative to itself.
  ///   - logarithm: ln f, concave.
  init(
    over domain: (lower: Double, upper: Double), start: Double, scale: Double, tolerance: Double = 1e-13,
    _ logarithm: (Double) -> Double
  ) {
    // Inside of a finite domain by a rounding, because f may not be defined at its ends.
    let width = domain.upper - domain.lower
    let inset = width.isFinite ? 1e-15 * width : 0
    let (lower, upper) = (domain.lower + inset, domain.upper - inset)
    guard lower < upper else { return }
    let peak = Self.peak(lower, upper, min(max(start, lower), upper), scale, logarithm)
    guard peak.value > -.infinity, peak.value < .infinity else { return }
    let right = Self.end(from: peak, step: peak.width, limit: upper, logarithm)
    let left = Self.end(from: peak, step: -peak.width, limit: lower, logarithm)
    var panels = Panels(peak: peak.value)
    for (a, b) in [(left, peak.position), (peak.position, right)] where a < b { panels.add(a, b, logarithm) }
    panels.refine(tolerance: tolerance, logarithm)
    positions = panels.positions
    weights = panels.weights
    logarithms = panels.logarithms
  }

  /// How many nats below the peak the function is left out: e^-40 is below rounding.
  private static let depth = 40.0

  /// A point where ln f is within a nat of its largest value, roughly, and how far from it that changes.
  private static func peak(
    _ lower: Double, _ upper: Double, _ start: Double, _ scale: Double, _ f: (Double) -> Double
  ) -> (position: Double, value: Double, width: Double) {
    var middle = (start, f(start))
    func point(_ x: Double) -> (Double, Double) { (min(max(x, lower), upper), f(min(max(x, lower), upper))) }
    var (left, right) = (point(start - scale), point(start + scale))
    var step = scale
    while right.1 > middle.1, right.0 < upper, step < 1e300 {
      step *= 2
      (left, middle, right) = (middle, right, point(right.0 + step))
    }
    while left.1 > middle.1, left.0 > lower, step < 1e300 {
      step *= 2
      (left, middle, right) = (point(left.0 - step), left, middle)
    }
    if right.1 > middle.1 { middle = right }
    if left.1 > middle.1 { middle = left }
    for _ in 0..<200 {
      let isFlat = middle.1 - min(left.1, right.1) <= 1
      if isFlat || right.0 - left.0 <= 1e-14 * max(abs(left.0), abs(right.0)) { break }
      // A point in the longer half; the golden ratio keeps the halves in balance.
      let goesRight = right.0 - middle.0 > middle.0 - left.0
      let next = point(middle.0 + 0.381966 * ((goesRight ? right.0 : left.0) - middle.0))
      switch (next.1 > middle.1, goesRight) {
      case (true, true): (left, middle) = (middle, next)
      case (true, false): (right, middle) = (middle, next)
      case (false, true): right = next
      case (false, false): left = next
      }
    }
    return (middle.0, middle.1, max(right.0 - left.0, 1e-300))
  }

  /// Where the function is about e^-40 of its peak, or the end of the domain.
  private static func end(
    from peak: (position: Double, value: Double, width: Double), step: Double, limit: Double,
    _ f: (Double) -> Double
  ) -> Double {
    var (near, far, step) = (peak.position, peak.position, step)
    func clamped(_ x: Double) -> Double { step > 0 ? min(x, limit) : max(x, limit) }
    var value = peak.value
    while value > peak.value - depth, far != limit {
      near = far
      far = clamped(far + step)
      value = f(far)
      step *= 2
      if !far.isFinite { return near }
    }
    for _ in 0..<100 where value < peak.value - depth - 8 {
      let middle = near + 0.5 * (far - near)
      let found = f(middle)
      if found > peak.value - depth {
        near = middle
      } else {
        (far, value) = (middle, found)
      }
    }
    return far
  }

  /// Panels that are halved until the integral no longer changes.
  private struct Panels {
    let peak: Double
    var positions: [Double] = []
    var weights: [Double] = []
    var logarithms: [Double] = []
    private var pending: [Panel] = []

    struct Panel {
      var lower, upper: Double
      var positions, weights, logarithms: [Double]
      var integral: Double
      /// Whether the function jumps between an end and the node next to it, where no node would see that.
      var isHidingAnEnd: Bool
    }

    init(peak: Double) { self.peak = peak }

    mutating func add(_ lower: Double, _ upper: Double, _ f: (Double) -> Double) {
      pending.append(panel(lower, upper, f))
    }

    private func panel(_ lower: Double, _ upper: Double, _ f: (Double) -> Double) -> Panel {
      let rule = GaussLegendreRule.sixteenPoints
      let half = 0.5 * (upper - lower)
      let positions = rule.nodes.map { lower + half * (1 + $0) }
      let weights = rule.weights.map { half * $0 }
      let logarithms = positions.map(f)
      let integral = zip(weights, logarithms).reduce(0) { $0 + $1.0 * Double.exp($1.1 - peak) }
      let jumps = [(f(lower), logarithms[0]), (f(upper), logarithms[15])].contains {
        abs($0 - $1) > 4 && max($0, $1) > peak - 36
      }
      return Panel(
        lower: lower, upper: upper, positions: positions, weights: weights, logarithms: logarithms,
        integral: integral, isHidingAnEnd: jumps)
    }

    mutating func refine(tolerance: Double, _ f: (Double) -> Double) {
      let first = pending.reduce(0) { $0 + $1.integral }
      // Logarithms of large magnitude have rounding errors that no refinement removes.
      let tolerance = max(tolerance, 8 * Double.ulpOfOne * abs(peak))
      var count = 0
      var stack = pending.map { ($0, 0) }
      while let (whole, depth) = stack.popLast() {
        let middle = 0.5 * (whole.lower + whole.upper)
        let halves = [panel(whole.lower, middle, f), panel(middle, whole.upper, f)]
        let sum = halves[0].integral + halves[1].integral
        let isDone = abs(sum - whole.integral) <= tolerance * max(first, sum) && !whole.isHidingAnEnd
        count += 1
        if isDone || depth >= 60 || count >= 400 {
          for half in halves {
            positions += half.positions
            weights += half.weights
            logarithms += half.logarithms
          }
        } else {
          stack += halves.map { ($0, depth + 1) }
        }
      }
    }
  }
}

extension GaussLegendreRule {
  /// 16 nodes.
  fileprivate static let sixteenPoints = GaussLegendreRule(count: 16)
}
