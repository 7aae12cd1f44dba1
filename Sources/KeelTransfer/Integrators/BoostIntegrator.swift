import Keel

/// Integrators of fine-tuning's gradient flow that keep balancedness exactly, whatever the step.
///
/// With the residual gradient g frozen for a time h, the flow `v' = Cg`, `C' = vgᵀ` has a closed form: the
/// rows of `[v, C]` are multiplied by a Lorentz boost, an element of SO⁺(1, m). Boosts keep
/// `vvᵀ - CCᵀ`, so every method composed of them does, up to rounding. The methods differ in where they
/// evaluate g: their errors after a fixed time fall with the first, the second or the fourth power of the
/// step.
///
/// Source of the fourth-order composition: Celledoni, Marthinsen and Owren (2003), *Commutator-free Lie
/// group methods*. Its use on this flow was worked out for this library.
public struct BoostIntegrator: Sendable {
  /// How boosts are composed into a step.
  public enum Method: Int, Sendable, CaseIterable {
    /// One boost with the gradient at the start: order 1.
    case lieEuler = 1
    /// One boost with the gradient half-way: order 2.
    case lieMidpoint = 2
    /// Two boosts with combinations of four gradients: order 4.
    case commutatorFree = 4

    /// The order of the method.
    public var order: Int { rawValue }
  }

  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// How boosts are composed into a step.
  public let method: Method
  /// The current state.
  public private(set) var state: TransferState
  /// The time of the current state.
  public private(set) var time = 0.0

  /// An integrator that starts at a state at time 0.
  public init(_ problem: ReducedTransferProblem, from state: TransferState, method: Method = .commutatorFree)
  {
    precondition(
      state.head.count == problem.featureCount && state.features.columns == problem.rank,
      "The state does not fit the problem")
    self.problem = problem
    self.method = method
    self.state = state
  }

  /// Takes one step of the given length.
  ///
  /// Cost: about 8km operations a boost and 2km a gradient: 1 and 1, 2 and 2, or 5 and 4 of them for the
  /// three methods.
  ///
  /// - Throws: ``IntegrationError/notFinite(time:)`` if the step is so long that the state overflows; the
  ///   state is then the last good one.
  public mutating func step(_ h: Double) throws(IntegrationError) {
    var next = state
    let k1 = gradient(state)
    switch method {
    case .lieEuler:
      next.boost(by: k1, for: h)
    case .lieMidpoint:
      var middle = state
      middle.boost(by: k1, for: h / 2)
      next.boost(by: gradient(middle), for: h)
    case .commutatorFree:
      var second = state
      second.boost(by: k1, for: h / 2)
      let k2 = gradient(second)
      var third = state
      third.boost(by: k2, for: h / 2)
      let k3 = gradient(third)
      second.boost(by: combine((1, k3), (-0.5, k1)), for: h)
      let k4 = gradient(second)
      let even = combine((2.0 / 12, k2), (2.0 / 12, k3))
      next.boost(by: combine((3.0 / 12, k1), (1, even), (-1.0 / 12, k4)), for: h)
      next.boost(by: combine((-1.0 / 12, k1), (1, even), (3.0 / 12, k4)), for: h)
    }
    guard next.head.allSatisfy(\.isFinite), next.features.isFinite else { throw .notFinite(time: time) }
    state = next
    time += h
  }

  /// `g = 2 λ∘(a - Cᵀv)`.
  private func gradient(_ state: TransferState) -> [Double] {
    var g = problem.trainingTarget
    BLAS.gemv(-1, state.features.transposed, state.head, beta: 1, into: &g)
    for j in g.indices { g[j] *= 2 * problem.eigenvalues[j] }
    return g
  }

  private func combine(_ terms: (weight: Double, vector: [Double])...) -> [Double] {
    var sum = [Double](repeating: 0, count: problem.rank)
    for term in terms { BLAS.axpy(term.weight, term.vector, into: &sum) }
    return sum
  }
}

extension TransferState {
  /// Follows `v' = Cg`, `C' = vgᵀ` with constant g for a time h, exactly:
  ///
  ///     v ← cosh θ v + sinh θ α,    C ← C + ((cosh θ - 1) α + sinh θ v) uᵀ
  ///
  /// with `θ = h‖g‖`, `u = g/‖g‖` and `α = Cu`. The matrix `vvᵀ - CCᵀ` stays as it is.
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
