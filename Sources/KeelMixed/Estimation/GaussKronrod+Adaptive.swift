extension GaussKronrod {
  /// The integral of a function over an interval, by halving what is not accurate enough.
  ///
  /// - Parameters:
  ///   - low: the lower end.
  ///   - high: the upper end, at least `low`; both finite.
  ///   - splits: where the function has a peak or a kink, inside or outside of the interval.
  ///   - function: smooth between the splits.
  /// - Returns: accurate to about 1e-14 of the larger of the integral and 1.
  static func adaptive(
    from low: Double, to high: Double, splitAt splits: [Double] = [], _ function: (Double) -> Double
  ) -> Double {
    var panels: [ClosedRange<Double>] = []
    var start = low
    for end in splits.filter({ low < $0 && $0 < high }).sorted() + [high] where start < end {
      // A peak at a split must not fall between the nodes: panels double in width on the way from it.
      let middle = 0.5 * (start + end)
      var width = min(1, middle - start)
      var (left, right) = (start, end)
      while left + width < middle {
        panels += [left...(left + width), (right - width)...right]
        (left, right, width) = (left + width, right - width, 2 * width)
      }
      if left < right { panels.append(left...right) }
      start = end
    }
    return adaptive(over: panels, tolerance: 1e-15) { SIMD2(function($0), 0) }[0]
  }

  /// The integrals of two functions over some panels, by halving those that are not accurate enough.
  ///
  /// - Parameters:
  ///   - panels: intervals.
  ///   - tolerance: the error of a panel that is left as it is, relative to the larger of its integral and 1.
  ///   - functions: both functions. Panels where they are not finite are not halved.
  static func adaptive(
    over panels: [ClosedRange<Double>], tolerance: Double, _ functions: (Double) -> SIMD2<Double>
  ) -> SIMD2<Double> {
    var pending = panels.map { (interval: $0, depth: 0) }
    var total = SIMD2<Double>.zero
    // Noise in a function must not halve panels without end.
    var budget = 20_000
    while let (interval, depth) = pending.popLast() {
      let (value, error) = integrate(interval, functions)
      let isFinite = value[0].isFinite && value[1].isFinite
      let allowance = tolerance * SIMD2(repeating: 1).replacing(with: value, where: value .> 1)
      if !isFinite || depth >= 40 || budget <= 0 || all(error .<= allowance) {
        total += value
      } else {
        budget -= 1
        let middle = 0.5 * (interval.lowerBound + interval.upperBound)
        pending.append((middle...interval.upperBound, depth + 1))
        pending.append((interval.lowerBound...middle, depth + 1))
      }
    }
    return total
  }
}
