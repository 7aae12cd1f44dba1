import Keel

/// Steps of boosts on the fused kernels: the work of ``BoostIntegrator`` and ``AdaptiveBoostIntegrator``.
///
/// With the residual gradient `d` frozen for a time h, the flow `v' = η_v C d`, `C' = η_B v dᵀ` has the
/// solution
///
///     v⁺ = v + (cosh θ - 1) v + η_v h sinhc θ β,    C⁺ = C + (η_B h sinhc θ v + κ β) dᵀ,
///     β = C d,    θ = h √(η_v η_B) ‖d‖,    κ = η_v η_B h²/2 sinhc²(θ/2),    sinhc θ = sinh θ / θ,
///
/// also when a rate is zero. Only rows `[v_i, C_i]` mix with themselves, so the features of a stage are
/// C plus outer products with known gradients, and products with them follow from products with C:
/// stages are never formed. A step of order 4 reads C in three passes and writes it in a fourth.
///
/// Everything is inlined into the few functions that are specialized for both scalars.
///
/// The writing is compensated. Without that, the last bits of steps that change little are lost in the same
/// direction for thousands of steps, and balancedness drifts by 1e-12 in 100,000 of them.
final class BoostStepper<Scalar: TransferScalar> {
  /// A state with what the next step needs to know about it.
  struct Node {
    /// v and then C row after row, as one vector of unknowns.
    let state: UnsafeMutablePointer<Scalar>
    let head: UnsafeMutablePointer<Scalar>
    let features: UnsafeMutablePointer<Scalar>
    /// What rounding has taken from the state so far, in the same order.
    let error: UnsafeMutablePointer<Scalar>
    /// `Cᵀv`, m.
    let output: UnsafeMutablePointer<Scalar>
    /// `g = weight∘(target - Cᵀv)`, m.
    let gradient: UnsafeMutablePointer<Scalar>
    /// `Cg`, k, and `CᵀCg`, m; see `prepare`.
    let along: UnsafeMutablePointer<Scalar>
    let turned: UnsafeMutablePointer<Scalar>
    var isPrepared = false
  }

  /// What a boost multiplies with.
  struct Factors {
    /// `cosh θ - 1`.
    var growth: Scalar
    /// Of β in the head and of v in the features: `η h sinhc θ`.
    var head, features: Scalar
    /// Of β in the features.
    var kappa: Scalar
  }

  let k, m: Int
  private let headRate, featureRate, mixedRate: Scalar
  private let storage: UnsafeMutablePointer<Scalar>
  private let target, weight: UnsafeMutablePointer<Scalar>
  private let rows: [UnsafeMutablePointer<Scalar>]
  private let columns: [UnsafeMutablePointer<Scalar>]
  /// The state before the last step, the current one, and the one that a step or the dense output writes.
  private(set) var previous, current, trial: Node
  /// The number of passes over the features so far.
  private(set) var passes = 0

  init(_ problem: ReducedTransferProblem, rates: LearningRates, from start: TransferState) {
    precondition(
      start.head.count == problem.featureCount && start.features.columns == problem.rank,
      "The state does not fit the problem")
    let (k, m) = (problem.featureCount, problem.rank)
    (self.k, self.m) = (k, m)
    (headRate, featureRate) = (Scalar(rates.head), Scalar(rates.features))
    mixedRate = Scalar((rates.head * rates.features).squareRoot())
    let nodeSize = 2 * (k + k * m) + 3 * m + k
    let (rowCount, columnCount) = (5, 5)
    let size = 2 * m + 3 * nodeSize + rowCount * k + columnCount * m
    storage = .allocate(capacity: max(1, size))
    storage.initialize(repeating: 0, count: max(1, size))
    var free = storage
    func take(_ count: Int) -> UnsafeMutablePointer<Scalar> {
      defer { free += count }
      return free
    }
    func node() -> Node {
      let state = take(k + k * m)
      return Node(
        state: state, head: state, features: state + k, error: take(k + k * m), output: take(m),
        gradient: take(m), along: take(k),
        turned: take(m))
    }
    (target, weight) = (take(m), take(m))
    (previous, current, trial) = (node(), node(), node())
    rows = (0..<rowCount).map { _ in take(k) }
    columns = (0..<columnCount).map { _ in take(m) }
    for j in 0..<m {
      target[j] = Scalar(problem.trainingTarget[j])
      weight[j] = Scalar(2 * problem.eigenvalues[j])
    }
    for i in 0..<k { current.head[i] = Scalar(start.head[i]) }
    for (i, value) in start.features.elements.enumerated() { current.features[i] = Scalar(value) }
    var sweep = FeatureSweep<Scalar>(rows: k, columns: m, matrix: current.features)
    sweep.s = .init(from: current.head)
    sweep.sum = current.output
    run(sweep)
    differentiate(current)
  }

  deinit { storage.deallocate() }

  /// A node's state in double precision.
  func state(_ node: Node) -> TransferState {
    TransferState(
      head: (0..<k).map { Double(node.head[$0]) },
      features: Matrix(rows: k, columns: m, elements: (0..<k * m).map { Double(node.features[$0]) }))
  }

  /// Makes the trial the current state.
  @inline(__always)
  func accept() { (previous, current, trial) = (current, trial, previous) }

  /// Whether a node and its gradient are finite: an entry of C that is not makes `Cᵀv` so too.
  @inline(__always)
  func isFinite(_ node: Node) -> Bool {
    var sum = Scalar.zero
    for i in 0..<k { sum += node.head[i] * 0 }
    for j in 0..<m { sum += node.gradient[j] * 0 }
    return sum == 0
  }

  /// `‖g‖`, `‖v‖` and `‖C‖` of the current state.
  var gradientNorm: Scalar { norm(current.gradient) }
  var headNorm: Scalar { dot(current.head, current.head, count: k).squareRoot() }
  var featureNorm: Scalar { dot(current.features, current.features, count: k * m).squareRoot() }

  /// Computes `Cg` and `CᵀCg` of the current state: all that the first stage of a step of any length
  /// reads of C, and the derivative in time of `v` and `Cᵀv`.
  @inline(__always)
  func prepare() {
    guard !current.isPrepared else { return }
    var sweep = FeatureSweep<Scalar>(rows: k, columns: m, matrix: current.features)
    sweep.x = UnsafePointer(current.gradient)
    sweep.s = .init(along: 1)
    sweep.along = current.along
    sweep.sum = current.turned
    run(sweep)
    current.isPrepared = true
  }

  /// `(h/6)‖g₁ - g₄‖` of the last step of order 4, with the gradient `g₁` at its end: how far a method of
  /// order 3 with the weights 1/6, 1/3, 1/3, 0, 1/6 would boost elsewhere. It falls with the fourth power
  /// of h.
  @inline(__always)
  func errorOfFourthOrderStep(_ h: Scalar) -> Scalar {
    var sum = Scalar.zero
    for j in 0..<m {
      let difference = trial.gradient[j] - columns[3][j]
      sum += difference * difference
    }
    return h * sum.squareRoot() / 6
  }

  // MARK: - Steps from a node to the trial

  /// Order 1: one boost by the gradient at the start, one pass.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func stepLieEuler(_ h: Scalar) {
    let boost = factors(norm(current.gradient), h)
    var sweep = FeatureSweep<Scalar>(rows: k, columns: m, matrix: current.features)
    sweep.x = UnsafePointer(current.gradient)
    sweep.e = UnsafePointer(current.gradient)
    sweep.p = .init(boost.features, current.head, along: boost.kappa)
    sweep.s = .init(from: current.head, boost.growth, current.head, along: boost.head)
    finish(sweep, from: current)
  }

  /// Order 2: one boost by the gradient half-way, two passes.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func stepLieMidpoint(_ h: Scalar) {
    let (middle, p, g2) = (rows[0], rows[1], columns[0])
    prepare()
    halfStep(from: current, h / 2, head: middle, factors: p, gradient: g2)
    let boost = factors(norm(g2), h)
    var sweep = FeatureSweep<Scalar>(rows: k, columns: m, matrix: current.features)
    sweep.x = UnsafePointer(g2)
    sweep.e = UnsafePointer(g2)
    sweep.p = .init(boost.features, current.head, along: boost.kappa)
    sweep.s = .init(from: current.head, boost.growth, current.head, along: boost.head)
    finish(sweep, from: current)
  }

  /// Order 4: two boosts by combinations of four gradients, four passes.
  ///
  /// - Parameters:
  ///   - h: the length of the step.
  ///   - isDense: whether to start at the previous state instead of the current one.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func stepCommutatorFree(_ h: Scalar, fromPrevious isDense: Bool = false) {
    if !isDense { prepare() }
    let node = isDense ? previous : current
    let (v, g1, along1) = (node.head, node.gradient, node.along)
    let (v2, p2, base, along2, along3) = (rows[0], rows[1], rows[2], rows[3], rows[4])
    let (g2, g3, d, g4, other) = (columns[0], columns[1], columns[2], columns[3], columns[4])

    // Y₂ = C + p₂ g₁ᵀ and its gradient g₂.
    halfStep(from: node, h / 2, head: v2, factors: p2, gradient: g2)

    // Y₃ = C + p₃ g₂ᵀ with p₃ = base: the products with C first, then Y₃ᵀv₃ = Cᵀv₃ + g₂ (p₃·v₃).
    let third = factors(norm(g2), h / 2)
    var sweep = FeatureSweep<Scalar>(rows: k, columns: m, matrix: node.features)
    sweep.x = UnsafePointer(g2)
    sweep.s = .init(from: v, third.growth, v, along: third.head)
    sweep.along = along2
    sweep.combination = base
    sweep.sum = g3
    run(sweep)
    var inner = Scalar.zero
    for i in 0..<k { inner += (third.features * v[i] + third.kappa * along2[i]) * base[i] }
    for j in 0..<m { g3[j] = weight[j] * (target[j] - (g3[j] + g2[j] * inner)) }

    // Y₄ = Y₂ + p₄ dᵀ with d = g₃ - g₁/2 and Y₂ d = C g₃ - C g₁/2 + p₂ (g₁·d).
    for j in 0..<m { d[j] = g3[j] - g1[j] / 2 }
    let fourth = factors(norm(d), h)
    let firstByD = dot(g1, d)
    for i in 0..<k {
      base[i] = fourth.growth * v2[i] + fourth.head * (p2[i] * firstByD - along1[i] / 2)
    }
    sweep.x = UnsafePointer(g3)
    sweep.s = .init(from: v2, 1, base, along: fourth.head)
    sweep.along = along3
    sweep.sum = g4
    run(sweep)
    var (innerSecond, innerFourth) = (Scalar.zero, Scalar.zero)
    for i in 0..<k {
      let beta = along3[i] - along1[i] / 2 + p2[i] * firstByD
      innerSecond += p2[i] * base[i]
      innerFourth += (fourth.features * v2[i] + fourth.kappa * beta) * base[i]
    }
    for j in 0..<m {
      g4[j] = weight[j] * (target[j] - (g4[j] + g1[j] * innerSecond + d[j] * innerFourth))
    }

    // Two boosts, by e = (3g₁ + 2g₂ + 2g₃ - g₄)/12 and f = (-g₁ + 2g₂ + 2g₃ + 3g₄)/12. What they do to a
    // row is linear in its product with g₄, the one product that is not known before the last pass.
    let (e, f) = (d, other)
    for j in 0..<m {
      let even = 2 * (g2[j] + g3[j])
      e[j] = (3 * g1[j] + even - g4[j]) / 12
      f[j] = (even - g1[j] + 3 * g4[j]) / 12
    }
    let (first, second) = (factors(norm(e), h), factors(norm(f), h))
    let inEF = dot(e, f)
    // Along g₄: of p, of the head's change by the first boost, of C₁ f, of both changes of the head.
    let pAlong = -first.kappa / 12
    let changeAlong = -first.head / 12
    let betaAlong = inEF * pAlong + 0.25
    let qAlong = second.features * changeAlong + second.kappa * betaAlong
    let bothAlong = changeAlong + (second.growth * changeAlong + second.head * betaAlong)
    let (pBase, qBase, sBase) = (p2, base, v2)
    for i in 0..<k {
      let even = 2 * (along2[i] + along3[i])
      let alongE = (3 * along1[i] + even) / 12
      let p = first.features * v[i] + first.kappa * alongE
      let change = first.growth * v[i] + first.head * alongE
      let beta = (even - along1[i]) / 12 + inEF * p
      let between = v[i] + change
      pBase[i] = p
      qBase[i] = second.features * between + second.kappa * beta
      sBase[i] = change + (second.growth * between + second.head * beta)
    }
    sweep = FeatureSweep<Scalar>(rows: k, columns: m, matrix: node.features)
    sweep.x = UnsafePointer(g4)
    sweep.e = UnsafePointer(e)
    sweep.f = UnsafePointer(f)
    sweep.p = .init(1, pBase, along: pAlong)
    sweep.q = .init(1, qBase, along: qAlong)
    sweep.s = .init(from: v, 1, sBase, along: bothAlong)
    finish(sweep, from: node)
  }

  // MARK: - Parts of a step

  /// The boost of a prepared node by its own gradient, up to its features: `p` such that they are
  /// `C + p gᵀ`, the head, and the gradient there. Reads nothing of C.
  @inline(__always)
  private func halfStep(
    from node: Node, _ h: Scalar, head: UnsafeMutablePointer<Scalar>, factors p: UnsafeMutablePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>
  ) {
    let boost = factors(norm(node.gradient), h)
    var inner = Scalar.zero
    for i in 0..<k {
      head[i] = node.head[i] + (boost.growth * node.head[i] + boost.head * node.along[i])
      p[i] = boost.features * node.head[i] + boost.kappa * node.along[i]
      inner += p[i] * head[i]
    }
    // (C + p gᵀ)ᵀ head = (1 + growth) Cᵀv + boost.head CᵀCg + g (p·head)
    for j in 0..<m {
      let change = boost.growth * node.output[j] + boost.head * node.turned[j] + node.gradient[j] * inner
      gradient[j] = weight[j] * (target[j] - (node.output[j] + change))
    }
  }

  /// Runs the last pass of a step, which writes the trial.
  @inline(__always)
  private func finish(_ sweep: FeatureSweep<Scalar>, from node: Node) {
    var sweep = sweep
    sweep.error = UnsafePointer(node.error + k)
    sweep.headError = UnsafePointer(node.error)
    sweep.updatedError = trial.error + k
    sweep.combinationError = trial.error
    sweep.updated = trial.features
    sweep.combination = trial.head
    sweep.sum = trial.output
    run(sweep)
    differentiate(trial)
    trial.isPrepared = false
  }

  @inline(__always)
  private func run(_ sweep: FeatureSweep<Scalar>) {
    sweep.run()
    passes += 1
  }

  @inline(__always)
  private func differentiate(_ node: Node) {
    for j in 0..<m { node.gradient[j] = weight[j] * (target[j] - node.output[j]) }
  }

  @inline(__always)
  private func factors(_ norm: Scalar, _ h: Scalar) -> Factors {
    let angle = h * mixedRate * norm
    // cosh θ - 1 = 2 sinh²(θ/2): no cancellation for small steps, and consistent with κ.
    let half = hyperbolicRatio(angle / 2) * h / 2
    let product = headRate * featureRate
    let kappa = 2 * product * half * half
    let whole = hyperbolicRatio(angle) * h
    return Factors(
      growth: kappa * norm * norm, head: headRate * whole, features: featureRate * whole, kappa: kappa)
  }

  /// `sinh x / x`.
  @inline(__always)
  private func hyperbolicRatio(_ x: Scalar) -> Scalar { x == 0 ? 1 : Scalar.sinh(x) / x }

  @inline(__always)
  private func norm(_ x: UnsafePointer<Scalar>) -> Scalar { dot(x, x).squareRoot() }

  @inline(__always)
  private func dot(_ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>) -> Scalar { dot(x, y, count: m) }

  @inline(__always)
  private func dot(_ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, count: Int) -> Scalar {
    // Eight partial sums: one would wait for each addition in turn.
    var sums = SIMD8<Scalar>.zero
    var j = 0
    while j &+ 8 <= count {
      let a = UnsafeRawPointer(x + j).loadUnaligned(as: SIMD8<Scalar>.self)
      let b = UnsafeRawPointer(y + j).loadUnaligned(as: SIMD8<Scalar>.self)
      sums += a * b
      j &+= 8
    }
    var sum = sums.sum()
    while j < count {
      sum += x[j] * y[j]
      j &+= 1
    }
    return sum
  }
}
