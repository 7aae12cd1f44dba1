/// A root of a continuous function between two points at which its values have different signs, or one of
/// them is zero.
///
/// Inverse quadratic interpolation where it is safe, bisection elsewhere; the bracket always shrinks.
///
/// Source: Chandrupatla (1997), *A new hybrid quadratic/bisection algorithm for finding the zero of a
/// nonlinear function without using derivatives*.
///
/// - Parameters:
///   - start: one end of the bracket and the value there.
///   - end: the other end and the value there.
///   - tolerance: the bracket's width at which the search ends; what rounding allows, at best.
///   - function: the function.
/// - Returns: the end of the last bracket with the smaller value.
func bracketedRoot(
  from start: (x: Double, value: Double), to end: (x: Double, value: Double), tolerance: Double,
  of function: (Double) -> Double
) -> Double {
  var (a, fa) = start
  var (b, fb) = end
  var (c, fc) = start
  var fraction = 0.5
  while true {
    let best = fa.magnitude < fb.magnitude ? a : b
    let width = (b - a).magnitude
    let smallest = 2 * Double.ulpOfOne * best.magnitude + tolerance / 2
    guard min(fa.magnitude, fb.magnitude) > 0, width > 2 * smallest else { return best }
    let margin = smallest / width
    let x = a + min(max(fraction, margin), 1 - margin) * (b - a)
    let value = function(x)
    if (value < 0) == (fa < 0) {
      (c, fc) = (a, fa)
    } else {
      (c, fc) = (b, fb)
      (b, fb) = (a, fa)
    }
    (a, fa) = (x, value)
    // The parabola through the three points is monotone between a and b exactly under these conditions.
    let xi = (a - b) / (c - b)
    let phi = (fa - fb) / (fc - fb)
    let isSafe = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi
    fraction =
      isSafe
      ? fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
      : 0.5
  }
}
