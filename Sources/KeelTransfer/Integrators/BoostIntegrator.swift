import Keel

/// How boosts are composed into a step.
public enum BoostMethod: Int, Sendable, CaseIterable {
  /// One boost with the gradient at the start: order 1.
  case lieEuler = 1
  /// One boost with the gradient half-way: order 2.
  case lieMidpoint = 2
  /// Two boosts with combinations of four gradients: order 4.
  case commutatorFree = 4

  /// The order of the method.
  public var order: Int { rawValue }
}

/// Integrators of gradient flow that keep balancedness exactly, whatever the step.
///
/// With the residual gradient g frozen for a time h, the flow `v' = Cg`, `C' = vgᵀ` has a closed form: the
/// rows of `[v, C]` are multiplied by a Lorentz boost, an element of SO⁺(1, m). Boosts keep
/// `vvᵀ - CCᵀ`, so every method composed of them does, up to rounding. The methods differ in where they
/// evaluate g: their errors after a fixed time fall with the first, the second or the fourth power of the
/// step.
///
/// With two learning rates, `√η_B v` and `√η_v C` follow a boost, so that `η_B vvᵀ - η_v CCᵀ` is kept; if
/// one of them is zero, the closed form for a frozen gradient is the limit, and the layer without a rate
/// stays as it is.
///
/// No stage is ever formed: a step of order 1, 2 or 4 takes one, two or four passes over the features, the
/// last of which writes them and gives the gradient for the next step.
///
/// ```swift
/// let integrator = BoostIntegrator(problem, from: GradientFlow(problem).start(head: [0.5, 0.25, -0.5]))
/// for _ in 0..<100 { try integrator.step(0.01) }
/// print(integrator.state.head)
/// ```
///
/// Source of the fourth-order composition: Celledoni, Marthinsen and Owren (2003), *Commutator-free Lie
/// group methods*. Its use on this flow was worked out for this library.
public final class BoostIntegrator<Scalar: TransferScalar> {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// The learning rates of the layers.
  public let rates: LearningRates
  /// How boosts are composed into a step.
  public let method: BoostMethod
  /// The time of the current state.
  public private(set) var time = 0.0
  private let stepper: BoostStepper<Scalar>

  /// An integrator that starts at a state at time 0.
  ///
  /// - Parameters:
  ///   - problem: the problem whose training loss is descended.
  ///   - start: the state at time 0.
  ///   - rates: the learning rates of the layers.
  ///   - method: how boosts are composed into a step.
  ///   - scalar: the precision of the computation.
  public init(
    _ problem: ReducedTransferProblem, from start: TransferState, rates: LearningRates = .fineTuning,
    method: BoostMethod = .commutatorFree, scalar: Scalar.Type = Double.self
  ) {
    self.problem = problem
    self.rates = rates
    self.method = method
    stepper = BoostStepper(problem, rates: rates, from: start)
  }

  /// The current state.
  public var state: TransferState { stepper.state(stepper.current) }

  /// Takes one step of the given length, of either sign.
  ///
  /// Complexity: one, two or four passes over the features with 4km operations, and 2km for each boost.
  ///
  /// - Throws: ``IntegrationError/notFinite(time:)`` if the step is so long that the state overflows; the
  ///   state is then the last good one.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func step(_ h: Double) throws(IntegrationError) {
    let length = Scalar(h)
    switch method {
    case .lieEuler: stepper.stepLieEuler(length)
    case .lieMidpoint: stepper.stepLieMidpoint(length)
    case .commutatorFree: stepper.stepCommutatorFree(length)
    }
    guard stepper.isFinite(stepper.trial) else { throw .notFinite(time: time) }
    stepper.accept()
    time += h
  }
}

extension TransferState {
  /// Follows `v' = Cg`, `C' = vgᵀ` with constant g for a time h, exactly:
  ///
  ///     v ← cosh θ v + sinh θ α,    C ← C + ((cosh θ - 1) α + sinh θ v) uᵀ
  ///
  /// with `θ = h‖g‖`, `u = g/‖g‖` and `α = Cu`. The matrix `vvᵀ - CCᵀ` stays as it is.
  ///
  /// This is the plain form, which copies; ``BoostIntegrator`` does the same in fused passes.
  ///
  /// - Parameters:
  ///   - g: the residual gradient, one number a column of C.
  ///   - h: the time, of either sign.
  public mutating func boost(by g: [Double], for h: Double) {
    precondition(g.count == features.columns, "A boost needs one number a column of the features")
    let norm = BLAS.nrm2(g)
    guard norm != 0 else { return }
    let direction = g.map { $0 / norm }
    let along = features * direction
    let sinh = Double.sinh(h * norm)
    let half = Double.sinh(h * norm / 2)
    // cosh - 1 without cancellation for small steps.
    let coshMinusOne = 2 * half * half
    let change = zip(along, head).map { coshMinusOne * $0 + sinh * $1 }
    for i in head.indices { head[i] += coshMinusOne * head[i] + sinh * along[i] }
    BLAS.ger(1, change, direction, into: &features)
  }
}
