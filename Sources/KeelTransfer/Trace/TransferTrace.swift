import Keel

/// Everything that happens to one problem while it is probed (LP), fine-tuned (FT), and probed and then
/// fine-tuned (LP-FT), at common times.
///
/// ```swift
/// let trace = try TransferTrace(problem, head: head)
/// for sample in trace.fineTuning.samples {
///   print(sample.time, sample.losses.outOfDistribution)
/// }
/// ```
public struct TransferTrace: Sendable {
  /// What is followed, and where it is looked at.
  public struct Options: Sendable {
    /// The learning rates of head and features; probing uses that of the head. At least one is positive.
    public var rates: LearningRates
    /// How long LP-FT probes before it fine-tunes; infinity probes to the limit.
    public var probingTime: Double
    /// The times at which paths are looked at, in increasing order; infinity is the limit. Nil takes
    /// ``sampleCount`` times: 0, then from a thousandth of the fastest reaction to the slowest
    /// convergence evenly in their logarithm, then infinity.
    public var times: [Double]?
    /// The number of times to choose, at least 3.
    public var sampleCount: Int
    /// How the paths of fine-tuning are followed; its own sample times and end are not used.
    public var flow: FlowOptions

    /// Options; the defaults look at gradient flow with equal rates, probed to the limit, a hundred times.
    public init(
      rates: LearningRates = .fineTuning, probingTime: Double = .infinity, times: [Double]? = nil,
      sampleCount: Int = 100, flow: FlowOptions = FlowOptions()
    ) {
      self.rates = rates
      self.probingTime = probingTime
      self.times = times
      self.sampleCount = sampleCount
      self.flow = flow
    }
  }

  /// A look at a path.
  public struct Sample: Sendable, Equatable {
    /// The time; infinity is the limit.
    public var time: Double
    /// The losses.
    public var losses: TransferLosses
    /// `‖v‖`.
    public var headNorm: Double
    /// The cosine of the angle between the head and the aligned true head; NaN if either is zero.
    public var headAlignment: Double
    /// `‖B - B₀‖` in the Frobenius norm.
    public var featureChange: Double
    /// The largest change of an entry of the conserved matrix `η_B vvᵀ - η_v BBᵀ`, with rates scaled so
    /// that the larger one is 1: the integrator's error.
    public var conservedDrift: Double
  }

  /// One strategy's path.
  public struct Path: Sendable {
    /// What was done.
    public var strategy: TransferStrategy
    /// The looks at the path, at the times that it reached.
    public var samples: [Sample]
    /// The last point of fine-tuning; the limit of probing.
    public var last: FlowPoint
    /// The point of least loss out of distribution.
    public var lowestOutOfDistribution: FlowPoint
    /// Why the path ended. Probing, which is known in closed form, always reaches its limit.
    public var end: FlowPath.End
    /// The number of steps of the integrator; 0 for probing.
    public var steps: Int
  }

  /// The geometry of the problem.
  public let geometry: TransferGeometry
  /// Which assumptions hold for the head at the start.
  public let assumptions: TransferAssumptions
  /// The rank m of the training inputs.
  public let rank: Int
  /// The squared head alignment error `φ²` of the head at the start.
  public let squaredHeadAlignmentError: Double
  /// Lower bounds on the square root of FT's loss out of distribution; nil if the layers learn at different
  /// rates, for which they do not hold.
  public let lowerBound: FineTuningLowerBound?
  /// The lower bound that conserved quantities give, on the same and under the same condition, over the
  /// heads that a flow can reach.
  public let invariantBound: InvariantLowerBound?
  /// The upper bound on the square root of LP's loss out of distribution; infinity if the probe is not
  /// unique.
  public let probeBound: Double
  /// Whether the limit of probing is the same for every head at the start.
  public let probeIsUnique: Bool
  /// Linear probing.
  public let linearProbing: Path
  /// Fine-tuning.
  public let fineTuning: Path
  /// Probing, then fine-tuning; its time begins when fine-tuning does.
  public let probingThenFineTuning: Path

  /// The paths in the order of `TransferStrategy/allCases`.
  public var paths: [Path] { [linearProbing, fineTuning, probingThenFineTuning] }

  /// Follows a problem from a head.
  ///
  /// Complexity: each path of fine-tuning is integrated twice, first to learn how long it takes.
  ///
  /// - Parameters:
  ///   - problem: the problem.
  ///   - head: `v₀`, k.
  ///   - options: what is followed, and where it is looked at.
  /// - Throws: ``TransferError`` if the head or an option does not fit, a factorization fails, or a flow
  ///   cannot be continued.
  public init(
    _ problem: LinearTransferProblem, head: [Double], options: Options = Options()
  ) throws(TransferError) {
    try Self.check(problem, head: head, options: options)
    let reduced = try ReducedTransferProblem(problem)
    geometry = try TransferGeometry(problem, reduced: reduced)
    assumptions = geometry.assumptions(for: head)
    rank = reduced.rank
    squaredHeadAlignmentError = geometry.squaredHeadAlignmentError(head: head)
    if options.rates.head == options.rates.features {
      lowerBound = FineTuningLowerBound(geometry, head: head)
      invariantBound = try InvariantLowerBound(
        reduced, head: head, heads: .reachable, oodLeastEigenvalue: geometry.oodLeastEigenvalue)
    } else {
      (lowerBound, invariantBound) = (nil, nil)
    }
    let probe = try LinearProbe(reduced, from: head)
    probeIsUnique = probe.isUnique
    probeBound = probe.isUnique ? linearProbeUpperBound(geometry, probe: probe) : .infinity

    // Only the ratio of the rates shapes a path; the larger one is the unit of time. The integrator then
    // sees rates of order 1, whatever the user's are.
    let unit = max(options.rates.head, options.rates.features)
    let rates = LearningRates(
      head: options.rates.head / unit, features: options.rates.features / unit)
    let tracer = Tracer(
      flow: GradientFlow(reduced, rates: rates), alignedTrueHead: geometry.alignedTrueHead, speed: unit,
      options: options)
    // 0 · ∞ would be NaN: a head that does not learn stays where it is, however long it is probed.
    let probedHead = rates.head == 0 ? head : probe.head(at: options.probingTime * options.rates.head)
    let starts = [head, probedHead].map(tracer.flow.start)
    let scouts = try starts.map { start throws(TransferError) in
      try tracer.flow.path(from: start, options: tracer.flowOptions(sampleTimes: []))
    }
    let times = options.times ?? tracer.times(head: head, probe: probe, ends: scouts.map(\.last.time))
    linearProbing = tracer.probing(probe, times: times)
    fineTuning = try tracer.fineTuning(.fineTuning, from: starts[0], like: scouts[0], times: times)
    probingThenFineTuning = try tracer.fineTuning(
      .probingThenFineTuning, from: starts[1], like: scouts[1], times: times)
  }

  private static func check(
    _ problem: LinearTransferProblem, head: [Double], options: Options
  ) throws(TransferError) {
    guard head.count == problem.featureCount else {
      throw .wrongCount(argument: "head", expected: problem.featureCount, found: head.count)
    }
    guard head.allSatisfy(\.isFinite) else { throw .notFinite(argument: "head") }
    guard options.rates.head.isFinite, options.rates.features.isFinite else {
      throw .notFinite(argument: "rates")
    }
    guard max(options.rates.head, options.rates.features) > 0 else {
      throw .outOfRange(argument: "rates", reason: "must not both be zero")
    }
    guard options.probingTime >= 0 else {
      throw .outOfRange(
        argument: "probingTime", reason: "must not be negative, but is \(options.probingTime)")
    }
    guard options.sampleCount >= 3 else {
      throw .outOfRange(argument: "sampleCount", reason: "must be at least 3, but is \(options.sampleCount)")
    }
    if let times = options.times {
      guard let first = times.first else {
        throw .outOfRange(argument: "times", reason: "must name at least one time")
      }
      guard first >= 0, zip(times, times.dropFirst()).allSatisfy(<) else {
        throw .outOfRange(argument: "times", reason: "must increase, from 0 or later")
      }
    }
  }
}
