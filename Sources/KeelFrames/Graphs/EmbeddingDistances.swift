import Keel

/// The distances between points that several networks give to the same things: the largest, over the networks, of the
/// sum of the differences of the coordinates.
///
/// Pairs are found by sorting one coordinate of the first network: a distance is at least the difference there, so that
/// only neighbours in that order need to be looked at.
struct EmbeddingDistances {
  /// For each network the coordinates of all points, point after point.
  private let points: [[Double]]
  private let width: Int
  /// The points in the order of the coordinate.
  private let order: [Int]
  private let sorted: [Double]

  /// The points of each network, a row each.
  init(_ networks: [Matrix<Double>]) {
    points = networks.map(\.elements)
    width = networks.first?.columns ?? 0
    let count = networks.first?.rows ?? 0
    // The coordinate with the largest range keeps neighbourhoods small.
    var (best, coordinate) = (-1.0, 0)
    for k in 0..<width {
      let values = (0..<count).map { networks[0][$0, k] }
      let range = (values.max() ?? 0) - (values.min() ?? 0)
      if range > best { (best, coordinate) = (range, k) }
    }
    let values = (0..<count).map { networks[0][$0, coordinate] }
    order = (0..<count).sorted { (values[$0], $0) < (values[$1], $1) }
    sorted = order.map { values[$0] }
  }

  /// The distance of two points; if it is above a limit, any number above it.
  func distance(_ a: Int, _ b: Int, limit: Double = .infinity) -> Double {
    var largest = 0.0
    for network in points {
      largest = max(largest, Self.sum(network, a &* width, network, b &* width, width))
      if largest > limit { break }
    }
    return largest
  }

  /// The distances between corresponding points.
  static func distances(_ a: [Matrix<Double>], _ b: [Matrix<Double>]) -> [Double] {
    let count = a.first?.rows ?? 0
    return (0..<count).map { index in
      zip(a, b).reduce(0) { largest, pair in
        let start = index * pair.0.columns
        return max(largest, sum(pair.0.elements, start, pair.1.elements, start, pair.0.columns))
      }
    }
  }

  private static func sum(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int, _ width: Int) -> Double {
    var sum = 0.0
    for k in 0..<width { sum += abs(a[i &+ k] - b[j &+ k]) }
    return sum
  }

  /// The pairs whose distance is at most a threshold, and the largest of their distances.
  func pairs(within threshold: Double) -> (count: Int, largest: Double?) {
    var (count, largest): (Int, Double?) = (0, nil)
    for i in order.indices {
      var j = i + 1
      while j < order.count, sorted[j] - sorted[i] <= threshold {
        let distance = distance(order[i], order[j], limit: threshold)
        if distance <= threshold {
          count += 1
          largest = max(largest ?? 0, distance)
        }
        j += 1
      }
    }
    return (count, largest)
  }

  /// The pair with the smallest distance above a bound; nil if there is none.
  func closestPair(above bound: Double) -> (first: Int, second: Int, distance: Double)? {
    var best: (first: Int, second: Int, distance: Double)?
    for i in order.indices {
      var j = i + 1
      while j < order.count, sorted[j] - sorted[i] < best?.distance ?? .infinity {
        let limit = best?.distance ?? .infinity
        let distance = distance(order[i], order[j], limit: limit)
        if distance > bound, distance < limit {
          best = (min(order[i], order[j]), max(order[i], order[j]), distance)
        }
        j += 1
      }
    }
    return best
  }
}
