import Keel
import RealModule

/// Integrals for checks: a Gauss-Legendre rule on panels that are halved until the halves agree with the whole.
///
/// The library has better rules; what is checked should not be computed by them.
enum PanelQuadrature {
  private static let rule = GaussLegendreRule(count: 20)

  /// How many panels are looked at before what is left is taken as it is: an integrand with more noise than the
  /// tolerance would be halved for ever.
  private static let panelLimit = 4000

  /// ∫ f over panels.
  ///
  /// - Parameters:
  ///   - ends: where panels end, in any order; f is smooth between them, and no peak is much narrower than a panel.
  ///   - tolerance: by how much the halves of a panel may differ from the whole, absolute.
  ///   - rounding: the same, relative to the integral over the panel.
  ///   - f: the integrand.
  static func integral(
    _ ends: [Double], tolerance: Double = 1e-14, rounding: Double = 1e-13, _ f: (Double) -> Double
  ) -> Double {
    let ends = Set(ends).sorted()
    var panels = zip(ends, ends.dropFirst()).map { a, b in
      (a: a, b: b, whole: rule.integrate(from: a, to: b, f))
    }
    var (sum, seen) = (0.0, 0)
    while let panel = panels.popLast() {
      let middle = 0.5 * (panel.a + panel.b)
      let left = rule.integrate(from: panel.a, to: middle, f)
      let right = rule.integrate(from: middle, to: panel.b, f)
      seen += 1
      let isExact =
        (left + right - panel.whole).magnitude <= tolerance + rounding * (left + right).magnitude
      if isExact || seen > panelLimit {
        sum += left + right
      } else {
        panels.append((a: panel.a, b: middle, whole: left))
        panels.append((a: middle, b: panel.b, whole: right))
      }
    }
    return sum
  }

  /// Ends of panels from a to b that resolve peaks and steps of given places and widths.
  static func ends(from a: Double, to b: Double, around peaks: [(place: Double, width: Double)]) -> [Double] {
    let inner = peaks.flatMap { peak in
      [0.0, 1, 2, 4, 8, 16].flatMap { [peak.place - $0 * peak.width, peak.place + $0 * peak.width] }
    }
    return [a, b] + inner.filter { a < $0 && $0 < b }
  }

  /// ln ∫ exp g for a concave g: the largest value is looked for, and then how far the integrand reaches.
  ///
  /// - Parameters:
  ///   - range: where the largest value is looked for.
  ///   - peaks: what g is made of.
  ///   - rounding: the absolute error of g.
  ///   - g: the logarithm of the integrand.
  static func logConcaveIntegral(
    in range: ClosedRange<Double>, around peaks: [(place: Double, width: Double)], rounding: Double = 0,
    _ g: (Double) -> Double
  ) -> Double {
    // Golden sections; then steps that double until the integrand has dropped to exp(-45) of its largest value.
    var (a, b) = (range.lowerBound, range.upperBound)
    let golden = 0.5 * (5.0.squareRoot() - 1)
    for _ in 0..<200 {
      let (c, d) = (b - golden * (b - a), a + golden * (b - a))
      guard a < c, c < d, d < b else { break }
      if g(c) < g(d) { a = c } else { b = d }
    }
    let mode = 0.5 * (a + b)
    let top = g(mode)
    func reach(_ direction: Double) -> Double {
      var step = 4 * Double.ulpOfOne * max(mode.magnitude, 1e-100)
      while g(mode + direction * step) > top - 45 { step *= 2 }
      // What is beyond the range is beyond by less than a doubling.
      return mode + direction * step
    }
    let (low, high) = (reach(-1), reach(1))
    // The peak itself has a width of about a twelfth of its reach on either side.
    let own = [(mode, (mode - low) / 16), (mode, (high - mode) / 16)].map { (place: $0.0, width: $0.1) }
    let sum = integral(
      ends(from: low, to: high, around: peaks + own), tolerance: 1e-18 * (high - low),
      rounding: max(1e-14, rounding)
    ) {
      Double.exp(g($0) - top)
    }
    return top + Double.log(sum)
  }
}
