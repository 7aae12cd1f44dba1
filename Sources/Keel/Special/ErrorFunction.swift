import RealModule

/// The scaled complementary error function `erfcx(x) = exp(x²) erfc(x)`.
///
/// For positive x it is what remains of `erfc` when its steep decrease is taken out, `1/(√π x)` for large
/// x, where `erfc` itself underflows from 27 on.
///
/// - The relative error is at most a few units of 2⁻⁵³ everywhere.
/// - Below -26.6 the value overflows to +∞, as it is at -∞. At +∞ it is 0, and NaN gives NaN.
///
/// - Complexity: O(1).
///
/// Source: the variable `(c - x)/(c + x)`, which brings the half line to an interval, is that of Shepherd
/// and Laframboise (1981), *Chebyshev approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞*.
public func scaledComplementaryErrorFunction(_ x: Double) -> Double {
  guard x < 0 else { return 2 * scaledNormalTail(x, pole: 5 * 0.5.squareRoot()) }
  guard x > -27 else { return .infinity }
  let square = ExactSquare(x)
  return 2 * (Double.exp(square.high) * Double.exp(square.low)) - scaledComplementaryErrorFunction(-x)
}

/// `x² = high + low` without rounding in `high`, and with low at most 2⁻²⁵ of it: the exponential of a
/// square of 700 would otherwise have lost three digits.
struct ExactSquare {
  var high: Double
  var low: Double

  /// The square of a finite number below 1e150.
  init(_ x: Double) {
    // 26 leading bits: their square is exact.
    let head = Double(bitPattern: x.bitPattern & 0xFFFF_FFFF_F800_0000)
    high = head * head
    low = (x - head) * (x + head)
  }
}

/// `exp(a²/2) Φ(-a)` for `a ≥ 0`: the tail of the normal law without its steep decrease.
///
/// It is the function itself for `pole = 5`; for `pole = 5/√2` it is `½ erfcx(a)`. With
/// `t = (pole - a)/(pole + a)` it is `pole/(pole + a)` times a function of t in `-1...1` that lies between
/// 0.08 and 0.5. That is interpolated at Chebyshev nodes by one polynomial for each sign of t, in powers of
/// the distance from the interval's middle. The polynomials are off by at most 2.1e-18.
func scaledNormalTail(_ a: Double, pole: Double = 5) -> Double {
  let sum = pole + a
  if a <= pole {
    let distance = (pole - 3 * a) / (2 * sum)  // t - ½
    return pole * polynomial(nearTail, distance) / sum
  }
  // Beyond, the next term of the asymptotic series is below 1e-17; and infinity gives 0.
  guard a < 1e9 else { return pole / 5 * (1 / (2 * Double.pi).squareRoot()) / a }
  let distance = (3 * pole - a) / (2 * sum)  // t + ½
  return pole * polynomial(farTail, distance) / sum
}

/// `Σ cₖ xᵏ`.
func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
  var sum = 0.0
  for c in coefficients.reversed() { sum = sum * x + c }
  return sum
}

private let nearTail = [
  0.255544035521245, 0.30082093039251184, 0.2640974868374979, 0.17455534987974985,
  0.08464322368532935, 0.02746174077217655, 0.004013130876155073, -0.0009436227044646407,
  -0.0005262198269586254, 1.2277703799425037e-06, 4.896341639109869e-05, 2.8192995874406296e-06,
  -4.949937028007681e-06, -2.2213854022073515e-07, 5.541634966226437e-07, -1.728782534075925e-08,
  -5.676552595177128e-08, 8.009907221450662e-09,
]

private let farTail = [
  0.10591795599691955, 0.06815535408365697, 0.04069173396451272, 0.022322083201136517,
  0.011095212224379506, 0.004891430400563172, 0.0018437215990651722, 0.0005502890667719343,
  0.00010201168450011875, -7.440524380581498e-06, -1.4205767016533741e-05, -4.8925053153970205e-06,
  -4.4595998640424866e-08, 6.696651640473229e-07, 2.3434334138998817e-07, -3.185775416024201e-08,
  -4.233605874985023e-08, -5.308474866073912e-09,
]
