import Keel
import RealModule

/// The probability of {ξ : Lξ ≤ b} for standard normal ξ and a lower triangular L with a positive diagonal, and the
/// law of ξ given that it is so, as weighted nodes.
///
/// Coordinate after coordinate, ξ_k is at most u_k = (b_k - Σ_{l<k} L_kl ξ_l) / L_kk (Genz 1992). The last one needs
/// no nodes: its factor is Φ(u). One or two more are integrated by quadrature, which is exact to 1e-11; beyond,
/// points of a randomly shifted lattice are mapped to truncated normals, and the spread of the shifts tells the
/// error.
struct NormalOrthant {
  /// The values of all coordinates but the last, node after node.
  private(set) var points: [[Double]] = []
  /// The bound u of the last coordinate at each node.
  private(set) var bounds: [Double] = []
  /// The logarithms of the weights: they sum to the probability.
  private(set) var logWeights: [Double] = []
  /// The standard error of the logarithm of the probability; 0 for quadrature.
  private(set) var standardError = 0.0

  private let factor: Matrix<Double>
  private let limits: [Double]

  /// ln of the probability.
  var logProbability: Double { LogSpace.logSumExp(logWeights) }

  /// Nodes of an orthant.
  ///
  /// - Parameters:
  ///   - factor: L, m × m.
  ///   - limits: b.
  ///   - pointCount: how many points to take for m > 3.
  init(factor: Matrix<Double>, limits: [Double], pointCount: Int) {
    self.factor = factor
    self.limits = limits
    switch limits.count {
    case 0: add([], bound: .infinity, logWeight: 0)
    case 1...3: integrate([], logWeight: 0)
    default: sample(pointCount)
    }
  }

  /// u_k, given the coordinates before.
  private func bound(_ before: [Double]) -> Double {
    let k = before.count
    var rest = limits[k]
    for l in 0..<k { rest -= factor[k, l] * before[l] }
    return rest / factor[k, k]
  }

  private mutating func add(_ point: [Double], bound: Double, logWeight: Double) {
    points.append(point)
    bounds.append(bound)
    logWeights.append(logWeight)
  }

  // MARK: Quadrature

  /// The nodes of the next coordinate, given those before; the integrand is a marginal of a normal law on a convex
  /// set, and so log-concave.
  private func nodes(_ before: [Double]) -> LogConcaveNodes {
    let bound = bound(before)
    return LogConcaveNodes(
      over: (-.infinity, bound), start: min(0, bound - 0.5 / (1 + abs(bound))), scale: 1 / (1 + abs(bound)),
      tolerance: before.count + 2 == limits.count ? 1e-13 : 1e-11
    ) { StandardNormal.logDensity($0) + logProbability(after: before + [$0]) }
  }

  /// ln of the probability that the coordinates after some keep their bounds.
  private func logProbability(after before: [Double]) -> Double {
    before.count + 1 == limits.count
      ? StandardNormal.logCumulative(bound(before)) : nodes(before).logIntegral
  }

  private mutating func integrate(_ before: [Double], logWeight: Double) {
    guard before.count + 1 < limits.count else {
      let bound = bound(before)
      add(before, bound: bound, logWeight: logWeight + StandardNormal.logCumulative(bound))
      return
    }
    let nodes = nodes(before)
    for (position, weight) in zip(nodes.positions, nodes.weights) {
      integrate(
        before + [position],
        logWeight: logWeight + Double.log(weight) + StandardNormal.logDensity(position))
    }
  }

  // MARK: Lattice points

  private static let shiftCount = 8

  /// Points of the lattice of Richtmyer, with the square roots of primes as generators; folded, so that the integrand
  /// is periodic.
  private mutating func sample(_ pointCount: Int) {
    let dimension = limits.count - 1
    let generators = Self.primes(dimension).map { Double($0).squareRoot() }
    let count = max(pointCount / Self.shiftCount, 1)
    // A fixed seed: the density is a function of its arguments alone.
    var stream = RandomStream(seed: 0x6B65_656C).stream("normal orthant")
    var ofShifts: [Double] = []
    for _ in 0..<Self.shiftCount {
      let shift: [Double] = (0..<dimension).map { _ in Double._uniform(&stream) }
      let first = logWeights.count
      for k in 1...count {
        var (point, logWeight) = ([Double](), -Double.log(Double(count * Self.shiftCount)))
        point.reserveCapacity(dimension)
        for d in 0..<dimension {
          let position = Double(k) * generators[d] + shift[d]
          let fold = abs(2 * (position - position.rounded(.down)) - 1)
          let logMass = StandardNormal.logCumulative(bound(point))
          // A fold of exactly 0 or 1 would be an infinite coordinate.
          let logUniform = Double.log(min(max(fold, 1e-16), 1 - 1e-16))
          logWeight += logMass
          point.append(StandardNormal.quantile(logProbability: logUniform + logMass))
        }
        let last = bound(point)
        add(point, bound: last, logWeight: logWeight + StandardNormal.logCumulative(last))
      }
      ofShifts.append(LogSpace.logSumExp(logWeights[first...]) + Double.log(Double(Self.shiftCount)))
    }
    let total = logProbability
    let shifts = Double(Self.shiftCount)
    let squares = ofShifts.reduce(0) { $0 + (Double.exp($1 - total) - 1) * (Double.exp($1 - total) - 1) }
    standardError = (squares / (shifts * (shifts - 1))).squareRoot()
  }

  private static func primes(_ count: Int) -> [Int] {
    var result: [Int] = []
    var candidate = 2
    while result.count < count {
      if result.allSatisfy({ candidate % $0 != 0 }) { result.append(candidate) }
      candidate += 1
    }
    return result
  }

  // MARK: Moments

  /// E ξ and E ξξᵀ given the orthant, weighted by the nodes.
  ///
  /// Given the others, the last coordinate is a normal number below u: its mean is -q and its second moment 1 - u q,
  /// with q = φ(u) / Φ(u).
  var moments: (first: [Double], second: Matrix<Double>) {
    let count = limits.count
    var first = [Double](repeating: 0, count: count)
    var second = Matrix<Double>(zeros: count, count)
    let total = logProbability
    guard count > 0 else { return (first, second) }
    for (node, point) in points.enumerated() {
      let weight = Double.exp(logWeights[node] - total)
      let slope = StandardNormal.inverseMillsRatio(bounds[node])
      let values = point + [-slope]
      for k in 0..<count {
        first[k] += weight * values[k]
        for l in 0..<k { second[k, l] += weight * values[k] * values[l] }
        second[k, k] += weight * (k == count - 1 ? 1 - bounds[node] * slope : values[k] * values[k])
      }
    }
    for k in 0..<count {
      for l in 0..<k { second[l, k] = second[k, l] }
    }
    return (first, second)
  }
}
