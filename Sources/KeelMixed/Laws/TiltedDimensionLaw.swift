import RealModule

/// A law of the dimension of a face, P(d) ∝ m_d 2^(Nd), whose weights rise to a mode and fall.
///
/// The ratio of successive weights decreases, so the weights are products of ratios in both directions from the mode:
/// each has a few roundings where the mass is, which logarithms of factorials of a million would not give. Only
/// weights above 1e-300 of the largest are kept.
struct TiltedDimensionLaw: Sendable, Hashable {
  /// The smallest dimension that is kept.
  let first: Int
  /// The probabilities of the dimensions from ``first`` on.
  let probabilities: [Double]
  /// Their running sums.
  private let cumulative: [Double]
  /// ln Σ m_d 2^(Nd).
  let logTotal: Double

  /// The law of the dimensions of the faces of a simplex: m_d = C(K, d + 1) / d!.
  init(simplex vertices: Int, resolution: Double) {
    self.init(count: vertices, logFirst: Double.log(Double(vertices)), resolution: resolution) { d in
      Double(vertices - d - 1) / (Double(d + 1) * Double(d + 2))
    }
  }

  /// The law of the dimensions of the faces of a cube: m_d = C(D, d) 2^(D - d).
  init(cube coordinates: Int, resolution: Double) {
    self.init(
      count: coordinates + 1, logFirst: Double(coordinates) * Double.log(2), resolution: resolution
    ) { d in Double(coordinates - d) / (2 * Double(d + 1)) }
  }

  /// The law that the published prior has: m_d = 1 / d!, the number of faces of a size left out.
  init(publishedSimplex vertices: Int, resolution: Double) {
    self.init(count: vertices, logFirst: 0, resolution: resolution) { d in 1 / Double(d + 1) }
  }

  /// A law of dimensions below `count`.
  ///
  /// - Parameters:
  ///   - logFirst: ln m_0.
  ///   - ratio: m_(d+1) / m_d, which must not increase.
  private init(count: Int, logFirst: Double, resolution: Double, ratio: (Int) -> Double) {
    let scale = Double.exp2(resolution)
    // Then every ratio is large, and the logarithms of its two factors don't cancel.
    let overflows = resolution > 400
    func tilted(_ d: Int) -> Double { scale * ratio(d) }

    // The product of the ratios up to the mode, as power * 2^exponent.
    var mode = 0
    var (power, exponent) = (1.0, 0.0)
    while mode + 1 < count, tilted(mode) >= 1 {
      power *= overflows ? ratio(mode) : tilted(mode)
      if overflows { exponent += resolution }
      if !(0x1p-500...0x1p500).contains(power) {
        exponent += Double(power.exponent)
        power = power.significand
      }
      mode += 1
    }

    var below: [Double] = []
    var weight = 1.0
    for d in stride(from: mode - 1, through: 0, by: -1) {
      weight /= tilted(d)
      guard weight > 1e-300 else { break }
      below.append(weight)
    }
    var weights = below.reversed() + [1]
    weight = 1
    for d in mode..<max(count - 1, mode) {
      weight *= tilted(d)
      guard weight > 1e-300 else { break }
      weights.append(weight)
    }

    let sum = weights.sorted().reduce(0, +)
    first = mode - below.count
    probabilities = weights.map { $0 / sum }
    var running = 0.0
    cumulative = weights.map { weight in
      running += weight
      return running
    }
    logTotal = logFirst + Double.log(power) + exponent * Double.log(2) + Double.log(sum)
  }

  /// The dimensions that are kept, with their probabilities.
  var entries: Zip2Sequence<PartialRangeFrom<Int>, [Double]> { zip(first..., probabilities) }

  /// E d.
  var mean: Double { entries.reduce(0) { $0 + Double($1.0) * $1.1 } }

  /// The probabilities of dimensions below `count`.
  func dense(count: Int) -> [Double] {
    [Double](repeating: 0, count: first) + probabilities
      + [Double](repeating: 0, count: count - first - probabilities.count)
  }

  /// Draws a dimension by the inverse of the distribution function.
  func dimension(using uniform: Double) -> Int {
    let target = uniform * (cumulative.last ?? 0)
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > target { high = middle } else { low = middle + 1 }
    }
    return first + low
  }
}
