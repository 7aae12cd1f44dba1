import Keel

/// Maximisation without derivatives by covariance matrix adaptation: a normal distribution moves, grows
/// and turns towards where its better samples are.
///
/// Only the order of the values matters. The result depends on the stream alone.
///
/// Source: Hansen (2016), *The CMA evolution strategy: a tutorial*, with its default parameters and
/// without the active update.
struct EvolutionStrategy {
  /// The best point so far.
  private(set) var best: (point: [Double], value: Double)
  /// The number of evaluations so far.
  private(set) var evaluations = 0

  private var mean: [Double]
  private var step: Double
  private let scales: [Double]
  private var covariance: Matrix<Double>
  private var evolutionPath: [Double]
  private var stepPath: [Double]
  private var generation = 0
  private var stream: RandomStream
  private let weights: [Double]
  private let sampleCount: Int

  /// A strategy that starts around a point.
  ///
  /// - Parameters:
  ///   - start: the mean of the first samples.
  ///   - scales: the standard deviation of each coordinate at the start, positive.
  ///   - value: the value at the start.
  ///   - stream: the source of randomness.
  init(start: [Double], scales: [Double], value: Double, stream: RandomStream) {
    let n = start.count
    best = (start, value)
    mean = start
    step = 1
    self.scales = scales
    covariance = Matrix(identity: n)
    evolutionPath = [Double](repeating: 0, count: n)
    stepPath = evolutionPath
    self.stream = stream
    let count = 4 + Int(3 * Double.log(Double(max(n, 1))))
    sampleCount = count
    let raw = (1...count / 2).map { Double.log((Double(count) + 1) / 2) - Double.log(Double($0)) }
    let sum = raw.reduce(0, +)
    weights = raw.map { $0 / sum }
  }

  /// Whether the samples no longer differ in any way that matters.
  var isExhausted: Bool { !(step > 1e-9 && step < 1e6) }

  /// Samples and evaluates one generation, and adapts.
  ///
  /// - Throws: ``LinearAlgebraError`` if the covariance cannot be decomposed.
  mutating func advance(_ value: ([Double]) -> Double) throws(LinearAlgebraError) {
    let n = mean.count
    let size = Double(n)
    let eigen = try SymmetricEigen(covariance)
    let lengths = eigen.values.map { max($0, 1e-20).squareRoot() }
    var samples: [(offset: [Double], value: Double, index: Int)] = []
    for index in 0..<sampleCount {
      let normal: [Double] = stream.normals(count: n)
      let offset = eigen.vectors * zip(lengths, normal).map { $0 * $1 }
      let point = (0..<n).map { mean[$0] + step * scales[$0] * offset[$0] }
      let result = value(point)
      samples.append((offset, result.isNaN ? -.infinity : result, index))
      if result > best.value { best = (point, result) }
    }
    evaluations += sampleCount
    generation += 1
    samples.sort { ($0.value, $1.index) > ($1.value, $0.index) }

    var shift = [Double](repeating: 0, count: n)
    for (weight, sample) in zip(weights, samples) { BLAS.axpy(weight, sample.offset, into: &shift) }
    for i in 0..<n { mean[i] += step * scales[i] * shift[i] }

    // The parameters of the tutorial.
    let effective = 1 / weights.reduce(0) { $0 + $1 * $1 }
    let pathRate = (4 + effective / size) / (size + 4 + 2 * effective / size)
    let stepRate = (effective + 2) / (size + effective + 5)
    let rankOne = 2 / ((size + 1.3) * (size + 1.3) + effective)
    let rankMany = min(
      1 - rankOne, 2 * (effective - 2 + 1 / effective) / ((size + 2) * (size + 2) + effective))
    let damping = 1 + 2 * max(0, ((effective - 1) / (size + 1)).squareRoot() - 1) + stepRate
    let expected = size.squareRoot() * (1 - 1 / (4 * size) + 1 / (21 * size * size))

    let coordinates = zip(eigen.vectorRows * shift, lengths).map { $0 / $1 }
    let whitened = eigen.vectors * coordinates
    let stepGain = (stepRate * (2 - stepRate) * effective).squareRoot()
    for i in 0..<n { stepPath[i] = (1 - stepRate) * stepPath[i] + stepGain * whitened[i] }
    let length = BLAS.nrm2(stepPath)
    let settled = 1 - Double.pow(1 - stepRate, Double(2 * generation))
    let isMoving = length / settled.squareRoot() < (1.4 + 2 / (size + 1)) * expected
    let pathGain = isMoving ? (pathRate * (2 - pathRate) * effective).squareRoot() : 0
    for i in 0..<n { evolutionPath[i] = (1 - pathRate) * evolutionPath[i] + pathGain * shift[i] }
    let kept = 1 - rankOne - rankMany + (isMoving ? 0 : rankOne * pathRate * (2 - pathRate))
    covariance = kept * covariance
    BLAS.ger(rankOne, evolutionPath, evolutionPath, into: &covariance)
    for (weight, sample) in zip(weights, samples) {
      BLAS.ger(rankMany * weight, sample.offset, sample.offset, into: &covariance)
    }
    step *= Double.exp(min(1, stepRate / damping * (length / expected - 1)))
  }
}
