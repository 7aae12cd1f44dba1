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
    var pending: [(interval: ClosedRange<Double>, depth: Int)] = []
    var start = low
    for end in splits.filter({ low < $0 && $0 < high }).sorted() + [high] where start < end {
      // A peak at a split must not fall between the nodes: panels double in width on the way from it.
      let middle = 0.5 * (start + end)
      var width = min(1, middle - start)
      var (left, right) = (start, end)
      while left + width < middle {
        pending.append((left...(left + width), 0))
        pending.append(((right - width)...right, 0))
        (left, right, width) = (left + width, right - width, 2 * width)
      }
      if left < right { pending.append((left...right, 0)) }
      start = end
    }
    var total = 0.0
    while let (interval, depth) = pending.popLast() {
      let (value, error) = integrate(interval) { SIMD2(function($0), 0) }
      if depth >= 40 || error[0] <= 1e-15 * max(value[0].magnitude, 1) {
        total += value[0]
      } else {
        let middle = 0.5 * (interval.lowerBound + interval.upperBound)
        pending.append((middle...interval.upperBound, depth + 1))
        pending.append((interval.lowerBound...middle, depth + 1))
      }
    }
    return total
  }
}
