import CKernels
public import Keel

/// A scalar for which the kernels of training a two-layer linear network exist: Float and Double.
public protocol TransferScalar: RealScalar {
  /// Runs a sweep; see ``FeatureSweep/run()``.
  static func run(_ sweep: FeatureSweep<Self>)

  /// Steps of gradient descent on the head v (k) and the features C (k × m), in place:
  ///
  ///     α = C g,    C ← C + η v gᵀ,    v ← v + η α,    g ← weight∘(target - Cᵀv)
  ///
  /// Nothing is allocated; one call of many steps costs less than many calls of one.
  ///
  /// Complexity: 6km operations a step, which reads and writes C once.
  ///
  /// - Parameters:
  ///   - rows: k.
  ///   - columns: m.
  ///   - steps: the number of steps, at least 0.
  ///   - stepSize: η.
  ///   - weight: m numbers.
  ///   - target: m numbers.
  ///   - head: v, k numbers.
  ///   - features: C, row after row.
  ///   - gradient: g for the v and C at hand, at the start and at the end, m numbers.
  ///   - workspace: room for m numbers.
  static func descend(
    rows: Int, columns: Int, steps: Int, stepSize: Self, weight: UnsafePointer<Self>,
    target: UnsafePointer<Self>, head: UnsafeMutablePointer<Self>, features: UnsafeMutablePointer<Self>,
    gradient: UnsafeMutablePointer<Self>, workspace: UnsafeMutablePointer<Self>)
}

extension Double: TransferScalar {
  /// Runs a sweep in double precision.
  public static func run(_ sweep: FeatureSweep<Double>) {
    func term(_ term: FeatureSweep<Double>.RowTerm) -> keel_row_term_f64 {
      keel_row_term_f64(origin: term.origin, base: term.base, scale: term.scale, along: term.along)
    }
    var arguments = keel_sweep_f64(
      rows: sweep.rows, columns: sweep.columns, matrix: sweep.matrix, updated: sweep.updated, x: sweep.x,
      e: sweep.e, f: sweep.f, p: term(sweep.p), q: term(sweep.q), s: term(sweep.s), error: sweep.error,
      head_error: sweep.headError, updated_error: sweep.updatedError,
      combination_error: sweep.combinationError, along: sweep.along, combination: sweep.combination,
      sum: sweep.sum, target: sweep.target, weight: sweep.weight)
    keel_transfer_sweep_f64(&arguments)
  }

  /// Steps of gradient descent in double precision.
  public static func descend(
    rows: Int, columns: Int, steps: Int, stepSize: Double, weight: UnsafePointer<Double>,
    target: UnsafePointer<Double>, head: UnsafeMutablePointer<Double>,
    features: UnsafeMutablePointer<Double>, gradient: UnsafeMutablePointer<Double>,
    workspace: UnsafeMutablePointer<Double>
  ) {
    precondition(steps >= 0, "The number of steps cannot be negative")
    keel_transfer_descend_f64(
      rows, columns, steps, stepSize, weight, target, head, features, gradient, workspace)
  }
}

extension Float: TransferScalar {
  /// Runs a sweep in single precision.
  public static func run(_ sweep: FeatureSweep<Float>) {
    func term(_ term: FeatureSweep<Float>.RowTerm) -> keel_row_term_f32 {
      keel_row_term_f32(origin: term.origin, base: term.base, scale: term.scale, along: term.along)
    }
    var arguments = keel_sweep_f32(
      rows: sweep.rows, columns: sweep.columns, matrix: sweep.matrix, updated: sweep.updated, x: sweep.x,
      e: sweep.e, f: sweep.f, p: term(sweep.p), q: term(sweep.q), s: term(sweep.s), error: sweep.error,
      head_error: sweep.headError, updated_error: sweep.updatedError,
      combination_error: sweep.combinationError, along: sweep.along, combination: sweep.combination,
      sum: sweep.sum, target: sweep.target, weight: sweep.weight)
    keel_transfer_sweep_f32(&arguments)
  }

  /// Steps of gradient descent in single precision.
  public static func descend(
    rows: Int, columns: Int, steps: Int, stepSize: Float, weight: UnsafePointer<Float>,
    target: UnsafePointer<Float>, head: UnsafeMutablePointer<Float>, features: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    precondition(steps >= 0, "The number of steps cannot be negative")
    keel_transfer_descend_f32(
      rows, columns, steps, stepSize, weight, target, head, features, gradient, workspace)
  }
}
