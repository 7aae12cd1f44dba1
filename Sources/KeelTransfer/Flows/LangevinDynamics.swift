import Keel

/// A stretch of noisy training with constant learning rates and temperatures.
public struct LangevinPhase: Sendable, Equatable {
  /// The learning rates of the layers; a layer of rate 0 neither learns nor is given noise.
  public var rates: LearningRates
  /// The temperature of the head, at least 0.
  public var headTemperature: Double
  /// The temperature of the features, at least 0.
  public var featureTemperature: Double
  /// How long the phase lasts.
  public var duration: Double

  /// A phase with one temperature a layer.
  public init(
    _ rates: LearningRates, headTemperature: Double, featureTemperature: Double, duration: Double
  ) {
    precondition(headTemperature >= 0 && featureTemperature >= 0, "A temperature cannot be negative")
    precondition(duration >= 0 && duration.isFinite, "A noisy phase lasts a finite time of at least 0")
    self.rates = rates
    self.headTemperature = headTemperature
    self.featureTemperature = featureTemperature
    self.duration = duration
  }

  /// Linear probing and then fine-tuning that share a privacy budget ρ (zero-concentrated differential
  /// privacy) of full-batch noisy gradient descent.
  ///
  /// A step with gradient noise `N(0, σ²Δ²)` for gradients of sensitivity Δ costs `1/(2σ²)`; a phase of n
  /// steps of length h = t/n costs `n/(2σ²)`, and its noise is that of Langevin dynamics at the temperature
  /// `hσ²Δ²/2 = tΔ²/(4ρ)`: the temperature of a phase depends on its time and its share only.
  ///
  /// - Parameters:
  ///   - budget: ρ of the whole, positive.
  ///   - probingShare: the share of probing, in `0...1`. With 0 there is no probing, with 1 no fine-tuning.
  ///   - sensitivity: Δ, positive: how much one example may change the gradient. It has to be guaranteed,
  ///     by clipping or a bound on the data; nothing here does.
  ///   - probingTime: how long probing lasts.
  ///   - fineTuningTime: how long fine-tuning lasts.
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` naming the argument.
  ///
  /// Source of the question how to split: Ke, Hou, Oh and Fanti (2024), *On the convergence of differentially
  /// private fine-tuning: to linearly probe or to fully fine-tune?*; of the cost of a step: Bun and Steinke
  /// (2016), *Concentrated differential privacy*.
  public static func probingThenFineTuning(
    budget: Double, probingShare: Double, sensitivity: Double, probingTime: Double, fineTuningTime: Double
  ) throws(TransferError) -> [LangevinPhase] {
    for (name, value) in [("budget", budget), ("sensitivity", sensitivity)] {
      guard value > 0, value.isFinite else {
        throw .outOfRange(argument: name, reason: "must be positive and finite, but is \(value)")
      }
    }
    for (name, value) in [("probingTime", probingTime), ("fineTuningTime", fineTuningTime)] {
      guard value >= 0, value.isFinite else {
        throw .outOfRange(argument: name, reason: "must be finite and not negative, but is \(value)")
      }
    }
    guard (0...1).contains(probingShare) else {
      throw .outOfRange(argument: "probingShare", reason: "must be in 0...1, but is \(probingShare)")
    }
    let shares: [(LearningRates, share: Double, time: Double)] = [
      (.linearProbing, probingShare, probingTime), (.fineTuning, 1 - probingShare, fineTuningTime),
    ]
    return shares.filter { $0.share > 0 }.map { rates, share, time in
      let temperature = time * sensitivity * sensitivity / (4 * share * budget)
      return LangevinPhase(
        rates, headTemperature: temperature, featureTemperature: temperature, duration: time)
    }
  }
}

/// A head and all of the features, in the basis of the span of X and of its complement.
public struct LangevinState: Sendable, Equatable {
  /// The head v, k.
  public var head: [Double]
  /// The features in the span of X, `C = BF`, k × m.
  public var features: Matrix<Double>
  /// The features outside, `BF⊥`, k × (d - m).
  public var outside: Matrix<Double>
}

/// A point on a noisy training path.
public struct LangevinPoint: Sendable, Equatable {
  /// The training time t ≥ 0.
  public var time: Double
  /// The losses at that time.
  public var losses: TransferLosses
  /// How far the features have moved in the span of X, `‖C - C₀‖_F`.
  public var movementInside: Double
  /// How far they have moved outside, `‖(B - B₀)F⊥‖_F`.
  public var movementOutside: Double
}

/// Noisy gradient descent on the head and on all features: the Euler-Maruyama discretization of Langevin
/// dynamics, with a temperature a layer.
///
///     v ← v + h η_v C g + √(2hη_vT_v) ξ,    B ← B + h η_B v gᵀFᵀ + √(2hη_BT_B) Ξ,    g = 2 λ∘(a - Cᵀv)
///
/// with independent standard normal ξ (k) and Ξ (k × d). At temperature zero these are the steps of
/// gradient descent.
///
/// - Noise on the features breaks what gradients keep: outside the span of X the features make a random
///   walk, `E‖(B - B₀)F⊥‖_F² = 2η_BT_B k(d - m) t`, and `vvᵀ - BBᵀ` drifts. The lower bounds for fine-tuning
///   do not apply.
/// - The head alone is linear: an Ornstein-Uhlenbeck process whose law is known at all times, see
///   ``LinearProbe/law(at:temperature:stepSize:)``.
public struct LangevinDynamics: Sendable {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// The step h.
  public let stepSize: Double
  /// The current state.
  public private(set) var state: LangevinState
  /// The time of the current state.
  public private(set) var time = 0.0
  private var stream: RandomStream
  /// `F⊥`'s transpose, (d - m) × d.
  private let complement: Matrix<Double>
  private let initialOutside: Matrix<Double>
  /// `F⊥ᵀw*`.
  private let outsideTarget: [Double]
  private let oodForm: Matrix<Double>?
  private let pretrained: Matrix<Double>

  /// Noisy training that starts from a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - problem: the problem.
  ///   - reduced: its reduction.
  ///   - head: `v₀`, k.
  ///   - stepSize: h, positive.
  ///   - stream: where the noise comes from; the same stream gives the same path.
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  public init(
    _ problem: LinearTransferProblem, reduced: ReducedTransferProblem, head: [Double], stepSize: Double,
    stream: RandomStream
  ) throws(TransferError) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    precondition(stepSize > 0 && stepSize.isFinite, "The step size must be positive and finite")
    self.problem = reduced
    self.stepSize = stepSize
    self.stream = stream
    let (d, m) = (problem.inputDimension, reduced.rank)
    let q = try linearAlgebra { () throws(LinearAlgebraError) in
      try QR(reduced.rowSpaceBasis.transposed)
    }.fullQ()
    complement = Matrix(q[columns: m..<d].transposed)
    initialOutside = problem.pretrainedFeatures * complement.transposed
    outsideTarget = complement * problem.trueWeights
    pretrained = problem.pretrainedFeatures
    oodForm = ReducedTransferProblem.secondMoment(
      problem.oodSecondMoment, in: [reduced.rowSpaceBasis, complement])
    state = LangevinState(head: head, features: reduced.initialFeatures, outside: initialOutside)
  }

  /// Takes one step. A layer without noise draws no random numbers; otherwise the head comes first, then
  /// the features in the span of X, then those outside.
  ///
  /// - Throws: ``IntegrationError/notFinite(time:)`` if the step is so long that the state overflows; the
  ///   state is then the last good one.
  public mutating func step(
    rates: LearningRates, headTemperature: Double, featureTemperature: Double
  ) throws(IntegrationError) {
    try step(
      rates: rates, headTemperature: headTemperature, featureTemperature: featureTemperature, length: stepSize
    )
  }

  private mutating func step(
    rates: LearningRates, headTemperature: Double, featureTemperature: Double, length h: Double
  ) throws(IntegrationError) {
    var g = problem.trainingTarget
    BLAS.gemv(-1, state.features.transposed, state.head, beta: 1, into: &g)
    for j in g.indices { g[j] *= 2 * problem.eigenvalues[j] }
    var next = state
    BLAS.gemv(h * rates.head, state.features, g, beta: 1, into: &next.head)
    BLAS.ger(h * rates.features, state.head, g, into: &next.features)
    let headNoise = (2 * h * rates.head * headTemperature).squareRoot()
    let featureNoise = (2 * h * rates.features * featureTemperature).squareRoot()
    if headNoise > 0 {
      let noise: [Double] = stream.normals(count: next.head.count)
      BLAS.axpy(headNoise, noise, into: &next.head)
    }
    if featureNoise > 0 {
      next.features += featureNoise * normals(like: next.features)
      next.outside += featureNoise * normals(like: next.outside)
    }
    guard next.head.allSatisfy(\.isFinite), next.features.isFinite else { throw .notFinite(time: time) }
    state = next
    time += h
  }

  private mutating func normals(like matrix: Matrix<Double>) -> Matrix<Double> {
    Matrix(
      rows: matrix.rows, columns: matrix.columns,
      elements: stream.normals(count: matrix.rows * matrix.columns))
  }

  /// Runs a phase in steps of ``stepSize``, the last one being shorter where they do not divide its time.
  ///
  /// - Parameters:
  ///   - phase: the phase.
  ///   - interval: after how many steps the path is recorded, at least 1; nil records only the end.
  /// - Returns: the recorded points, the end of the phase included.
  /// - Throws: ``TransferError/integration(_:)`` if the step is too long for the problem.
  @discardableResult
  public mutating func run(
    _ phase: LangevinPhase, recordingEvery interval: Int? = nil
  ) throws(TransferError) -> [LangevinPoint] {
    precondition((interval ?? 1) >= 1, "A path is recorded after at least one step")
    let whole = (phase.duration / stepSize).rounded(.down)
    precondition(whole < 1e15, "A phase of so many steps would not end")
    // A quotient just below a whole number is one: the rest is rounding, and no step of its own.
    let isWhole = phase.duration - whole * stepSize > (1 - 1e-9) * stepSize
    let steps = Int(whole) + (isWhole ? 1 : 0)
    let rest = phase.duration - Double(steps) * stepSize
    let (begin, ending) = (time, time + phase.duration)
    var points: [LangevinPoint] = []
    for i in 0..<steps {
      try advance(phase, by: stepSize)
      time = begin + Double(i + 1) * stepSize
      if let interval, (i + 1) % interval == 0 { points.append(point) }
    }
    if rest > 1e-9 * stepSize { try advance(phase, by: rest) }
    time = ending
    if points.last?.time != ending { points.append(point) }
    return points
  }

  private mutating func advance(_ phase: LangevinPhase, by length: Double) throws(TransferError) {
    do {
      try step(
        rates: phase.rates, headTemperature: phase.headTemperature,
        featureTemperature: phase.featureTemperature, length: length)
    } catch { throw .integration(error) }
  }

  /// The losses and movements of the current state.
  public var point: LangevinPoint {
    let inside = state.features.withSpan { problem.losses(head: state.head.span, features: $0) }
    let residual = state.features.withSpan { problem.residual(head: state.head.span, features: $0) }
    var outside = outsideTarget
    BLAS.gemv(1, state.outside.transposed, state.head, beta: -1, into: &outside)
    let ood = ReducedTransferProblem.outOfDistributionLoss(
      inside: residual.map { -$0 }, outside: outside, form: oodForm)
    return LangevinPoint(
      time: time,
      losses: TransferLosses(
        training: inside.training, inDistribution: inside.inDistribution, outOfDistribution: ood),
      movementInside: BLAS.nrm2((state.features - problem.initialFeatures).elements),
      movementOutside: BLAS.nrm2((state.outside - initialOutside).elements))
  }

  /// The full feature extractor `B` of the current state, k × d.
  public var fullFeatures: Matrix<Double> {
    var result = pretrained
    BLAS.gemm(1, state.features - problem.initialFeatures, problem.rowSpaceBasis, beta: 1, into: &result)
    BLAS.gemm(1, state.outside - initialOutside, complement, beta: 1, into: &result)
    return result
  }
}
