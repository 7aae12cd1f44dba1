/// The rule of Gauss and Kronrod with 15 nodes on an interval, and the rule of Gauss with 7 among them.
///
/// Source: the tables of QUADPACK (Piessens, de Doncker-Kapenga, Überhuber and Kahaner 1983).
enum GaussKronrod {
  /// The nodes of -1...1 that are positive, the last 0, with the weights of both rules; every other node belongs to
  /// the smaller rule.
  static let nodes: [(node: Double, weight: Double, smaller: Double)] = [
    (0.991455371120812639206854697526329, 0.022935322010529224963732008058970, 0),
    (
      0.949107912342758524526189684047851, 0.063092092629978553290700663189204,
      0.129484966168869693270611432679082
    ),
    (0.864864423359769072789712788640926, 0.104790010322250183839876322541518, 0),
    (
      0.741531185599394439863864773280788, 0.140653259715525918745189590510238,
      0.279705391489276667901467771423780
    ),
    (0.586087235467691130294144691258380, 0.169004726639267902826583426598550, 0),
    (
      0.405845151377397166906606412076961, 0.190350578064785409913256402421014,
      0.381830050505118944950369775488975
    ),
    (0.207784955007898467600689403773245, 0.204432940075298892414161999234649, 0),
    (0, 0.209482141084727828012999174891714, 0.417959183673469387755102040816327),
  ]

  /// The integrals of two functions over an interval, and how far off each may be.
  ///
  /// The estimate of the error is QUADPACK's: the difference of the two rules, which is that of the smaller one,
  /// raised to the power 1.5 relative to how much the function varies.
  static func integrate(
    _ interval: ClosedRange<Double>, _ functions: (Double) -> SIMD2<Double>
  ) -> (value: SIMD2<Double>, error: SIMD2<Double>) {
    let middle = 0.5 * (interval.lowerBound + interval.upperBound)
    let half = 0.5 * (interval.upperBound - interval.lowerBound)
    var value = SIMD2<Double>.zero
    var smaller = SIMD2<Double>.zero
    var samples: [(value: SIMD2<Double>, weight: Double)] = []
    samples.reserveCapacity(15)
    for (node, weight, smallerWeight) in nodes {
      for sign in node == 0 ? [1.0] : [-1, 1] {
        let sample = functions(middle + sign * half * node)
        value += weight * sample
        smaller += smallerWeight * sample
        samples.append((sample, weight))
      }
    }
    var (variation, size) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    for (sample, weight) in samples {
      variation += weight * magnitude(sample - 0.5 * value)
      size += weight * magnitude(sample)
    }
    let difference = magnitude(value - smaller)
    var error = SIMD2<Double>.zero
    for k in 0..<2 {
      let ratio = variation[k] > 0 ? 200 * difference[k] / variation[k] : 0
      // A difference of some roundings of the terms says nothing more.
      let isExact = difference[k] <= 0x1p-48 * size[k]
      error[k] = isExact ? 0 : variation[k] * min(1, ratio * ratio.squareRoot())
    }
    return (half * value, half * error)
  }

  private static func magnitude(_ values: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(values[0].magnitude, values[1].magnitude)
  }
}
