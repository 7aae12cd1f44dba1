import Keel

/// A grid of random transfer problems, on each of which linear probing, fine-tuning, and probing then
/// fine-tuning compete.
///
/// ```swift
/// let sweep = try TransferSweep(
///   featureDistances: [0.01, 0.1, 0.5], headDeviations: [0, 0.1, 1], seeds: [0, 1, 2])
/// let outcomes = try Parallel.map(sweep.count) { index in try sweep.evaluate(index) }
/// ```
///
/// Points have an index from 0. The axes are those of `Axis/allCases`; the last, the seed, changes
/// fastest. An outcome depends on its index alone, not on the order or the thread in which it is
/// computed, so a sweep can be interrupted, continued and shared out.
public struct TransferSweep: Sendable {
  /// What varies in a sweep.
  public enum Axis: String, Sendable, Codable, CaseIterable {
    /// The number of features k.
    case featureCount
    /// The share m/d of the input dimensions that training sees.
    case rankShare
    /// `‖w*‖`.
    case weightNorm
    /// The feature distance ε.
    case featureDistance
    /// The standard deviation σ of the head at the start.
    case headDeviation
    /// The seed of the random problem.
    case seed
  }

  /// The values of k.
  public let featureCounts: [Int]
  /// The number of input dimensions d of all problems.
  public let inputDimension: Int
  /// The values of m/d, in `0...1`. A problem has `round(share · d)` Gaussian inputs, whose rank is m.
  public let rankShares: [Double]
  /// The values of `‖w*‖`.
  public let weightNorms: [Double]
  /// The values of ε.
  public let featureDistances: [Double]
  /// The values of σ.
  public let headDeviations: [Double]
  /// The seeds; problems that differ in other numbers only share their random draws.
  public let seeds: [UInt64]
  /// Whether all nonzero singular values of the inputs are made 1.
  public let hasWhitenedInputs: Bool
  /// How the paths of fine-tuning are followed.
  public let options: FlowOptions

  /// The number of problems.
  public let count: Int

  /// Options that give limits to about nine digits of the weights' norm, in a fraction of the time of the
  /// standard ones of a flow. A path that needs more steps ends with ``FlowPath/End/stepLimit``: the inputs
  /// of that problem are nearly singular, and its loss is that of the last step.
  public static let standardOptions = FlowOptions(tolerance: 1e-11, maximumSteps: 20_000)

  /// A sweep over all combinations of given values.
  ///
  /// - Parameters:
  ///   - featureCounts: the values of k.
  ///   - inputDimension: d.
  ///   - rankShares: the values of m/d.
  ///   - weightNorms: the values of `‖w*‖`.
  ///   - featureDistances: the values of ε.
  ///   - headDeviations: the values of σ.
  ///   - seeds: the seeds.
  ///   - hasWhitenedInputs: whether all nonzero singular values of the inputs are made 1.
  ///   - options: how the paths of fine-tuning are followed.
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` if a list is empty or names a value twice,
  ///   if some combination is no problem, or if there are more than 2³¹ - 1.
  public init(
    featureCounts: [Int] = [3], inputDimension: Int = 20, rankShares: [Double] = [0.5],
    weightNorms: [Double] = [1], featureDistances: [Double] = [0.1], headDeviations: [Double] = [1],
    seeds: [UInt64] = [0], hasWhitenedInputs: Bool = false,
    options: FlowOptions = TransferSweep.standardOptions
  ) throws(TransferError) {
    try Self.requireDistinct(featureCounts, "featureCounts")
    try Self.requireDistinct(rankShares, "rankShares")
    try Self.requireDistinct(weightNorms, "weightNorms")
    try Self.requireDistinct(featureDistances, "featureDistances")
    try Self.requireDistinct(headDeviations, "headDeviations")
    try Self.requireDistinct(seeds, "seeds")
    try RandomTransferParameters(featureCount: 1, inputDimension: inputDimension, trainingCount: 1).validate()
    for share in rankShares {
      // Written so that NaN fails too.
      guard share > 0, share <= 1, (share * Double(inputDimension)).rounded() >= 1 else {
        throw .outOfRange(
          argument: "rankShares",
          reason: "must be at most 1 and leave at least one of \(inputDimension) dimensions, not \(share)")
      }
    }
    var count = 1
    for size in [
      featureCounts.count, rankShares.count, weightNorms.count, featureDistances.count, headDeviations.count,
      seeds.count,
    ] {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product <= Int(Int32.max) else {
        throw .outOfRange(
          argument: "seeds", reason: "make more than \(Int32.max) problems with the other values")
      }
      count = product
    }
    self.featureCounts = featureCounts
    self.inputDimension = inputDimension
    self.rankShares = rankShares
    self.weightNorms = weightNorms
    self.featureDistances = featureDistances
    self.headDeviations = headDeviations
    self.seeds = seeds
    self.hasWhitenedInputs = hasWhitenedInputs
    self.options = options
    self.count = count
    // Every value once, with the others at their first: the conditions join k, d and n only.
    for k in featureCounts {
      for share in rankShares {
        try parameters(k, share, weightNorms[0], featureDistances[0], headDeviations[0], 0).validate()
      }
    }
    for norm in weightNorms {
      try parameters(featureCounts[0], rankShares[0], norm, featureDistances[0], headDeviations[0], 0)
        .validate()
    }
    for distance in featureDistances {
      try parameters(featureCounts[0], rankShares[0], weightNorms[0], distance, headDeviations[0], 0)
        .validate()
    }
    for deviation in headDeviations {
      try parameters(featureCounts[0], rankShares[0], weightNorms[0], featureDistances[0], deviation, 0)
        .validate()
    }
  }

  private static func requireDistinct<Value: Hashable>(
    _ values: [Value], _ argument: String
  ) throws(TransferError) {
    guard !values.isEmpty else {
      throw .outOfRange(argument: argument, reason: "must name at least one value")
    }
    var seen: Set<Value> = []
    for value in values where !seen.insert(value).inserted {
      throw .outOfRange(argument: argument, reason: "must not name \(value) twice")
    }
  }

  // MARK: - Points

  /// The number of values along an axis.
  public func count(of axis: Axis) -> Int {
    switch axis {
    case .featureCount: featureCounts.count
    case .rankShare: rankShares.count
    case .weightNorm: weightNorms.count
    case .featureDistance: featureDistances.count
    case .headDeviation: headDeviations.count
    case .seed: seeds.count
    }
  }

  /// The values along an axis; a seed above 2⁵³ is rounded.
  public func values(of axis: Axis) -> [Double] {
    switch axis {
    case .featureCount: featureCounts.map { Double($0) }
    case .rankShare: rankShares
    case .weightNorm: weightNorms
    case .featureDistance: featureDistances
    case .headDeviation: headDeviations
    case .seed: seeds.map { Double($0) }
    }
  }

  /// The axes with more than one value.
  public var sweptAxes: [Axis] { Axis.allCases.filter { count(of: $0) > 1 } }

  /// The places along the axes of a point, in the order of `Axis/allCases`.
  ///
  /// - Parameter index: from 0 up to ``count``.
  public func coordinates(of index: Int) -> [Int] {
    precondition((0..<count).contains(index), "The index of a point must lie in the sweep")
    var rest = index
    var coordinates: [Int] = []
    for axis in Axis.allCases.reversed() {
      coordinates.append(rest % count(of: axis))
      rest /= count(of: axis)
    }
    return coordinates.reversed()
  }

  /// The index of the point at given places along the axes: the inverse of ``coordinates(of:)``.
  public func index(of coordinates: [Int]) -> Int {
    precondition(coordinates.count == Axis.allCases.count, "A point has one place along every axis")
    return zip(Axis.allCases, coordinates).reduce(0) { index, next in
      precondition((0..<count(of: next.0)).contains(next.1), "A place along an axis must lie in the sweep")
      return index * count(of: next.0) + next.1
    }
  }

  /// The numbers that the problem at a point is drawn from.
  public func parameters(at index: Int) -> RandomTransferParameters {
    let places = coordinates(of: index)
    return parameters(
      featureCounts[places[0]], rankShares[places[1]], weightNorms[places[2]], featureDistances[places[3]],
      headDeviations[places[4]], seeds[places[5]])
  }

  private func parameters(
    _ featureCount: Int, _ rankShare: Double, _ weightNorm: Double, _ featureDistance: Double,
    _ headDeviation: Double, _ seed: UInt64
  ) -> RandomTransferParameters {
    RandomTransferParameters(
      featureCount: featureCount, inputDimension: inputDimension,
      trainingCount: Int((rankShare * Double(inputDimension)).rounded()), weightNorm: weightNorm,
      featureDistance: featureDistance, headDeviation: headDeviation, hasWhitenedInputs: hasWhitenedInputs,
      seed: seed)
  }

  /// Solves the problem at a point.
  ///
  /// The result depends on the sweep and the index alone.
  ///
  /// - Throws: ``TransferError`` if a factorization fails or a flow cannot be continued, for example
  ///   because a huge head makes it overflow.
  public func evaluate(_ index: Int) throws(TransferError) -> TransferSweepOutcome {
    try TransferSweepOutcome(parameters(at: index), options: options)
  }
}
