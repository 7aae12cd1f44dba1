import Keel
import RealModule

/// Densities of sums of positive parts of independent normal variables, by convolution on a grid.
///
/// For a threshold t, the entries x_i = z_i - t that are positive must sum to 1. The density of a sum of some of
/// them, all positive, is analytic on [0, 1]: it is represented by its values at N Gauss-Legendre nodes, and at 1.
/// Adding an entry is a convolution, ∫ c(xv) φ(x (1 - v) + t) x dv; the rule has the same nodes v, and c is
/// interpolated. The error falls exponentially in N; how large N must be depends on the smallest deviation.
struct PositivePartSums: Sendable {
  /// The number N of nodes.
  let nodeCount: Int
  /// The nodes x in [0, 1], then 1.
  private let nodes: [Double]
  /// The weights of the rule on [0, 1].
  private let weights: [Double]
  /// Takes values at the nodes to values at x_p v_q, in row N p + q.
  private let interpolation: Matrix<Double>

  /// A grid of so many nodes.
  init(nodeCount: Int) {
    self.nodeCount = nodeCount
    let rule = GaussLegendreRule(count: nodeCount)
    let inside = rule.nodes.map { 0.5 * (1 + $0) }
    nodes = inside + [1]
    weights = rule.weights.map { 0.5 * $0 }
    // Barycentric weights of Gauss-Legendre nodes: (-1)^k sqrt((1 - x²) w).
    let barycentric = (0..<nodeCount).map { k in
      let x = rule.nodes[k]
      let size = ((1 - x * x) * rule.weights[k]).squareRoot()
      return k % 2 == 0 ? size : -size
    }
    var elements: [Double] = []
    elements.reserveCapacity((nodeCount + 1) * nodeCount * nodeCount)
    for x in nodes {
      for v in inside {
        let point = x * v
        if let hit = inside.firstIndex(of: point) {
          elements += (0..<nodeCount).map { $0 == hit ? 1 : 0 }
          continue
        }
        let terms = (0..<nodeCount).map { barycentric[$0] / (point - inside[$0]) }
        let sum = terms.reduce(0, +)
        elements += terms.map { $0 / sum }
      }
    }
    interpolation = Matrix(rows: (nodeCount + 1) * nodeCount, columns: nodeCount, elements: elements)
  }

  /// ln of the density at 1 of the sum of all entries, z_i - t with z_i ~ N(means_i, deviations_i²), all positive.
  ///
  /// - Complexity: O(n N²) and as many exponentials.
  func logDensityAtOne(means: [Double], deviations: [Double], threshold: Double) -> Double {
    var (values, scale) = entry(means[0], deviations[0], threshold)
    for i in 1..<means.count {
      let kernel = self.kernel(means[i], deviations[i], threshold)
      values = convolve(Matrix(column: Array(values[..<nodeCount])), kernel.values).elements
      scale += kernel.logScale
      guard let largest = values.max(), largest > 0 else { return -.infinity }
      for p in values.indices { values[p] /= largest }
      scale += Double.log(largest)
    }
    return values[nodeCount] > 0 ? scale + Double.log(values[nodeCount]) : -.infinity
  }

  /// The densities at 1 of the sum of n entries that are positive while all others are not, summed over which
  /// entries these are: element n - 1 for n entries.
  ///
  /// - Complexity: O(K² N³).
  func densitiesAtOne(means: [Double], deviations: [Double], threshold: Double) -> [Double] {
    let count = means.count
    // Column n - 1: n entries positive so far. `none`: the probability that no entry is, so far.
    var columns = Matrix<Double>(zeros: nodeCount + 1, 0)
    var none = 1.0
    for i in 0..<count {
      let below = StandardNormal.cumulative((threshold - means[i]) / deviations[i])
      let (first, logScale) = entry(means[i], deviations[i], threshold)
      let kernel = self.kernel(means[i], deviations[i], threshold)
      let factor = none * Double.exp(logScale)
      let sums =
        columns.columns > 0
        ? convolve(Matrix(columns[0..<nodeCount, 0..<columns.columns]), kernel.values) : columns
      let scale = Double.exp(kernel.logScale)
      let width = columns.columns
      var next = [Double](repeating: 0, count: (nodeCount + 1) * (width + 1))
      for p in 0...nodeCount {
        for n in 0...width {
          let kept = n < width ? below * columns[p, n] : 0
          let added = n == 0 ? factor * first[p] : scale * sums[p, n - 1]
          next[p * (width + 1) + n] = kept + added
        }
      }
      columns = Matrix(rows: nodeCount + 1, columns: width + 1, elements: next)
      none *= below
    }
    return (0..<count).map { columns[nodeCount, $0] }
  }

  /// The density of one entry at the nodes, over its largest value there, and the logarithm of that.
  private func entry(
    _ mean: Double, _ deviation: Double, _ threshold: Double
  ) -> (values: [Double], logScale: Double) {
    scaled(nodes.map { ($0 + threshold - mean) / deviation }, deviation)
  }

  /// The weights of the convolution with an entry, in row N p + q of ``interpolation``.
  private func kernel(
    _ mean: Double, _ deviation: Double, _ threshold: Double
  ) -> (values: [Double], logScale: Double) {
    var arguments: [Double] = []
    arguments.reserveCapacity((nodeCount + 1) * nodeCount)
    for x in nodes {
      for q in 0..<nodeCount { arguments.append((x * (1 - nodes[q]) + threshold - mean) / deviation) }
    }
    var (values, logScale) = scaled(arguments, deviation)
    for p in 0...nodeCount {
      for q in 0..<nodeCount { values[p * nodeCount + q] *= nodes[p] * weights[q] }
    }
    return (values, logScale)
  }

  private func scaled(_ arguments: [Double], _ deviation: Double) -> (values: [Double], logScale: Double) {
    let least = arguments.reduce(.infinity) { min($0, abs($1)) }
    return (
      arguments.map { Double.exp(0.5 * (least - $0) * (least + $0)) },
      StandardNormal.logDensity(least) - Double.log(deviation)
    )
  }

  /// The convolution of each column with an entry.
  private func convolve(_ columns: Matrix<Double>, _ kernel: [Double]) -> Matrix<Double> {
    let values = interpolation * columns
    var result = [Double](repeating: 0, count: (nodeCount + 1) * columns.columns)
    let width = columns.columns
    values.withUnsafeElements { values in
      guard let values else { return }
      kernel.withUnsafeBufferPointer { kernel in
        result.withUnsafeMutableBufferPointer { result in
          for p in 0...nodeCount {
            for q in 0..<nodeCount {
              let row = p &* nodeCount &+ q
              for n in 0..<width { result[p &* width &+ n] += kernel[row] * values[row &* width &+ n] }
            }
          }
        }
      }
    }
    return Matrix(rows: nodeCount + 1, columns: width, elements: result)
  }
}
