/// An explicit Runge-Kutta integrator of order 8 with adaptive steps and dense output of order 7.
///
/// It is the reference integrator of this module: general, and accurate to about `10 * relative` in
/// the tolerance given. A step costs 12 evaluations, its dense output 3 more. The step size follows the
/// estimated error; where the system is stiff, stability limits it to about 6 divided by the fastest
/// rate.
///
/// Source: Hairer, Norsett and Wanner (1993), *Solving Ordinary Differential Equations I*, sections
/// II.4 to II.6.
public final class DormandPrince853<System: ODESystem> {
  /// The system that is integrated.
  public let system: System
  /// The relative tolerance of one step.
  public let relativeTolerance: Double
  /// The absolute tolerance of one step.
  public let absoluteTolerance: Double
  /// The time of the current state.
  public private(set) var time: Double
  /// The time before the last step.
  public private(set) var previousTime: Double
  /// The number of evaluations of the system so far.
  public private(set) var evaluations = 0
  /// The number of accepted steps so far.
  public private(set) var acceptedSteps = 0
  /// The number of rejected steps so far.
  public private(set) var rejectedSteps = 0

  private typealias Coefficients = DormandPrince853Coefficients
  private static var stageCount: Int { 16 }
  private static var endStage: Int { 12 }

  private let n: Int
  private var nextStep: Double?
  private var lastStep = 0.0
  private var hasDenseOutput = false
  // One allocation: state, previous state, trial state, stages, dense coefficients.
  private let storage: UnsafeMutableBufferPointer<Double>
  private let y: UnsafeMutablePointer<Double>
  private let previous: UnsafeMutablePointer<Double>
  private let trial: UnsafeMutablePointer<Double>
  private let k: UnsafeMutablePointer<Double>
  private let dense: UnsafeMutablePointer<Double>

  /// An integrator that starts at a given state.
  ///
  /// - Parameters:
  ///   - system: the system to integrate.
  ///   - initial: the state at `time`, with as many elements as the system has unknowns.
  ///   - time: the time of the initial state.
  ///   - relativeTolerance: bound on the estimated error of a step relative to the state.
  ///   - absoluteTolerance: bound on the estimated error of a step for components near zero.
  /// - Throws: ``IntegrationError/notFinite(time:)`` if the start is not finite.
  public init(
    _ system: System, from initial: [Double], at time: Double = 0, relativeTolerance: Double = 1e-12,
    absoluteTolerance: Double = 1e-14
  ) throws(IntegrationError) {
    precondition(initial.count == system.dimension, "The initial state must have the system's dimension")
    precondition(relativeTolerance > 0 && absoluteTolerance > 0, "Tolerances must be positive")
    self.system = system
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
    self.time = time
    self.previousTime = time
    n = system.dimension
    let blocks = 3 + Self.stageCount + 7
    storage = .allocate(capacity: max(1, n * blocks))
    storage.initialize(repeating: 0)
    let base = storage.baseAddress.unsafelyUnwrapped
    y = base
    previous = base + n
    trial = base + 2 * n
    k = base + 3 * n
    dense = base + (3 + Self.stageCount) * n
    for i in 0..<n { y[i] = initial[i] }
    guard initial.allSatisfy(\.isFinite) else { throw .notFinite(time: time) }
    evaluate(at: y, stage: 0)
    guard isFinite(k) else { throw .notFinite(time: time) }
  }

  deinit { storage.deallocate() }

  /// The current state.
  public var state: [Double] { Array(UnsafeBufferPointer(start: y, count: n)) }

  /// Reads the current state without a copy.
  public func withState<R, E: Error>(_ body: (Span<Double>) throws(E) -> R) throws(E) -> R {
    let buffer = UnsafeBufferPointer(start: y, count: n)
    return try body(buffer.span)
  }

  /// Reads the derivative at the current state without a copy.
  public func withDerivative<R, E: Error>(_ body: (Span<Double>) throws(E) -> R) throws(E) -> R {
    let buffer = UnsafeBufferPointer(start: k, count: n)
    return try body(buffer.span)
  }

  /// Takes one step that meets the tolerance and does not pass `limit`.
  ///
  /// - Throws: ``IntegrationError`` if no step meets the tolerance; the state is then the last good one.
  public func step(notPast limit: Double = .infinity) throws(IntegrationError) {
    precondition(limit >= time, "A step cannot go back in time")
    guard limit > time else { return }
    hasDenseOutput = false
    let remaining = limit - time
    var h = nextStep ?? initialStep()
    // A step that would all but reach the limit reaches it: what it left could be lost in rounding.
    if h >= 0.99 * remaining { h = remaining }
    var rejected = false
    while true {
      guard time + h > time, h > 4 * time.ulp || h == remaining else {
        throw .stepTooSmall(time: time, step: h)
      }
      let reachesLimit = h >= remaining
      for stage in 1..<Self.endStage {
        combine(Coefficients.stages[stage], h)
        evaluate(at: trial, stage: stage)
      }
      combine(Coefficients.stages[Self.endStage], h)
      let error = errorNorm(h)
      if error < 1 {
        evaluate(at: trial, stage: Self.endStage)
        guard isFinite(trial), isFinite(k + Self.endStage * n) else { throw .notFinite(time: time) }
        accept(h, at: reachesLimit ? limit : time + h)
        let growth = error == 0 ? 10 : min(10, 0.9 * root8(error))
        // A step that was cut at the limit says little about the next one: keep the longer proposal.
        let proposal = h * (rejected ? min(1, growth) : growth)
        nextStep = reachesLimit ? max(proposal, nextStep ?? 0) : proposal
        return
      }
      rejected = true
      rejectedSteps += 1
      h *= error.isFinite ? max(0.2, 0.9 * root8(error)) : 0.2
      nextStep = h
    }
  }

  /// Writes the state at a time within the last step, accurate to order 7.
  public func interpolate(at t: Double, into result: inout [Double]) {
    precondition(t >= previousTime && t <= time, "Dense output covers the last step only")
    precondition(result.count == n, "The result must have the system's dimension")
    if !hasDenseOutput { prepareDenseOutput() }
    let x = lastStep == 0 ? 1 : (t - previousTime) / lastStep
    for i in 0..<n {
      var value = 0.0
      for power in stride(from: 6, through: 0, by: -1) {
        value = (value + dense[power * n + i]) * (power % 2 == 0 ? x : 1 - x)
      }
      result[i] = previous[i] + value
    }
  }

  // MARK: - Parts of a step

  private func evaluate(at point: UnsafeMutablePointer<Double>, stage: Int) {
    let source = UnsafeBufferPointer(start: point, count: n)
    let target = UnsafeMutableBufferPointer(start: k + stage * n, count: n)
    var span = target.mutableSpan
    system.derivative(at: source.span, into: &span)
    evaluations += 1
  }

  /// `trial ← base + h Σ weight k[stage]`, the base being the state at the start of the step.
  private func combine(
    _ terms: [DormandPrince853Coefficients.Term], _ h: Double, from base: UnsafeMutablePointer<Double>? = nil
  ) {
    let start = base ?? y
    for i in 0..<n { trial[i] = start[i] }
    accumulate(terms, h, into: trial)
  }

  /// `target ← target + h Σ weight k[stage]`, four stages a pass: each pass reads and writes the target.
  private func accumulate(
    _ terms: [DormandPrince853Coefficients.Term], _ h: Double, into target: UnsafeMutablePointer<Double>
  ) {
    var first = 0
    while first + 4 <= terms.count {
      let (a, b, c, d) = (terms[first], terms[first + 1], terms[first + 2], terms[first + 3])
      let (wa, wb, wc, wd) = (h * a.weight, h * b.weight, h * c.weight, h * d.weight)
      let (ka, kb) = (k + a.stage * n, k + b.stage * n)
      let (kc, kd) = (k + c.stage * n, k + d.stage * n)
      for i in 0..<n { target[i] += (wa * ka[i] + wb * kb[i]) + (wc * kc[i] + wd * kd[i]) }
      first += 4
    }
    for term in terms[first...] {
      let factor = h * term.weight
      let stage = k + term.stage * n
      for i in 0..<n { target[i] += factor * stage[i] }
    }
  }

  private func errorNorm(_ h: Double) -> Double {
    guard n > 0 else { return 0 }
    // The rows of the dense output are free until the step is accepted.
    let (e5, e3) = (dense, dense + n)
    for i in 0..<2 * n { dense[i] = 0 }
    accumulate(Coefficients.errorOrder5, 1, into: e5)
    accumulate(Coefficients.errorOrder3, 1, into: e3)
    var order5 = 0.0
    var order3 = 0.0
    for i in 0..<n {
      let scale = 1 / (absoluteTolerance + relativeTolerance * max(y[i].magnitude, trial[i].magnitude))
      order5 += (e5[i] * scale) * (e5[i] * scale)
      order3 += (e3[i] * scale) * (e3[i] * scale)
    }
    let denominator = order5 + 0.01 * order3
    return denominator == 0 ? 0 : h * order5 / (denominator * Double(n)).squareRoot()
  }

  private func accept(_ h: Double, at newTime: Double) {
    for i in 0..<n {
      previous[i] = y[i]
      y[i] = trial[i]
    }
    // Stage 0 of the next step is the end of this one; the old one moves to where the dense output
    // looks for it.
    for i in 0..<n { swap(&k[i], &k[Self.endStage * n + i]) }
    previousTime = time
    lastStep = h
    time = newTime
    acceptedSteps += 1
    hasDenseOutput = false
  }

  private func prepareDenseOutput() {
    // The dense formulas want stage 0 at the start of the step and stage 12 at its end.
    for i in 0..<n { swap(&k[i], &k[Self.endStage * n + i]) }
    for stage in Self.endStage + 1..<Self.stageCount {
      combine(Coefficients.stages[stage], lastStep, from: previous)
      evaluate(at: trial, stage: stage)
    }
    for i in 0..<n {
      let change = y[i] - previous[i]
      let startSlope = lastStep * k[i]
      let endSlope = lastStep * k[Self.endStage * n + i]
      dense[i] = change
      dense[n + i] = startSlope - change
      dense[2 * n + i] = 2 * change - endSlope - startSlope
    }
    for row in 0..<4 {
      let target = dense + (3 + row) * n
      for i in 0..<n { target[i] = 0 }
      accumulate(Coefficients.dense[row], lastStep, into: target)
    }
    for i in 0..<n { swap(&k[i], &k[Self.endStage * n + i]) }
    hasDenseOutput = true
  }

  /// A first step from the sizes of the state, its derivative and its second difference.
  private func initialStep() -> Double {
    guard n > 0 else { return 1 }
    func norm(_ value: (Int) -> Double) -> Double {
      var sum = 0.0
      for i in 0..<n {
        let scaled = value(i) / (absoluteTolerance + relativeTolerance * y[i].magnitude)
        sum += scaled * scaled
      }
      return (sum / Double(n)).squareRoot()
    }
    let d0 = norm { self.y[$0] }
    let d1 = norm { self.k[$0] }
    let h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1
    for i in 0..<n { trial[i] = y[i] + h0 * k[i] }
    evaluate(at: trial, stage: 1)
    let d2 = norm { self.k[self.n + $0] - self.k[$0] } / h0
    let largest = max(d1, d2)
    let h1 = largest <= 1e-15 ? max(1e-6, h0 * 1e-3) : 1 / root8(largest / 0.01, inverse: false)
    return min(100 * h0, h1)
  }

  /// `x^(-1/8)`, or `x^(1/8)`.
  private func root8(_ x: Double, inverse: Bool = true) -> Double {
    let root = x.squareRoot().squareRoot().squareRoot()
    return inverse ? 1 / root : root
  }

  private func isFinite(_ pointer: UnsafeMutablePointer<Double>) -> Bool {
    var sum = 0.0
    for i in 0..<n { sum += pointer[i] * 0 }
    return sum == 0
  }
}
