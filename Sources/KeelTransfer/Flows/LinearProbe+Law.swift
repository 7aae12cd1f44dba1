import Keel

/// The Gaussian law of a head that was trained with noise.
public struct HeadLaw: Sendable, Equatable {
  /// The mean, k.
  public var mean: [Double]
  /// The covariance, k × k.
  public var covariance: Matrix<Double>
}

extension LinearProbe {
  /// The law of the head when it is probed with noise, `dv = -∇ dt + √(2T) dW` on frozen features.
  ///
  /// An Ornstein-Uhlenbeck process with `H = 2 CΛCᵀ`: its mean is the probe without noise,
  /// `v_LP + e^{-Ht}(v₀ - v_LP)`, its covariance `T H⁻¹(I - e^{-2Ht})`, in directions of the head that the
  /// inputs do not see `2Tt`. The stationary law is `N(v_LP, T H⁻¹)`, the Gibbs law `exp(-loss/T)`.
  ///
  /// With steps of length h (``LangevinDynamics``), a mode of rate μ decays by `1 - hμ` a step, and its
  /// stationary variance is `T/(μ(1 - hμ/2))`: that law is given exactly too. After N steps from a fixed head the
  /// variance is `2Th Σ (1 - hμ)²ⁿ` over n < N, also where `hμ ≥ 2` and there is no stationary one.
  ///
  /// - Parameters:
  ///   - time: t ≥ 0; infinity gives the stationary law. With steps it is rounded to whole steps.
  ///   - temperature: T ≥ 0.
  ///   - stepSize: h, or nil for continuous time.
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` if there is no such law: infinite time, a
  ///   positive temperature and a head that the inputs do not determine, or steps so long, `hμ ≥ 2`, that
  ///   training diverges; and ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  ///
  /// Source: Gardiner (2009), *Stochastic methods*, section 4.4.
  public func law(
    at time: Double, temperature: Double, stepSize: Double? = nil
  ) throws(TransferError) -> HeadLaw {
    precondition(time >= 0 && temperature >= 0, "Time and temperature cannot be negative")
    precondition((stepSize ?? 1) > 0, "The step size must be positive")
    guard isUnique || time < .infinity || temperature == 0 else {
      throw .outOfRange(
        argument: "time",
        reason: "must be finite: noise in directions that the inputs do not see never settles")
    }
    let design = Matrix(features.scalingColumns(by: problem.singularValues).transposed)
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(design) }
    let directions = Matrix(svd.vt[rows: 0..<rank])
    let rates = svd.singularValues[..<rank].map { 2 * $0 * $0 }
    if let stepSize, let fastest = rates.first, stepSize * fastest >= 2, time == .infinity {
      throw .outOfRange(
        argument: "stepSize", reason: "must be below 2/\(fastest), or training diverges")
    }
    // The decay of each mode, 1 minus its square, and the variance.
    let steps = stepSize.map { (time / $0).rounded() }
    let modes = rates.map { rate -> (decay: Double, variance: Double) in
      guard let stepSize, let steps else {
        return (Double.exp(-rate * time), temperature / rate * -Double.expMinusOne(-2 * rate * time))
      }
      guard steps > 0 else { return (1, 0) }
      let x = stepSize * rate
      // ln |1 - x|, which may be near 0 at either end.
      let logarithm = x <= 1 ? Double.log(onePlus: -x) : Double.log(onePlus: x - 2)
      let sign: Double = x > 1 && steps.truncatingRemainder(dividingBy: 2) == 1 ? -1 : 1
      // The geometric sum of (1 - x)²ⁿ; at x = 2 all its terms are 1.
      let sum = x == 2 ? steps : -Double.expMinusOne(2 * steps * logarithm) / (x * (2 - x))
      return (sign * Double.exp(steps * logarithm), 2 * temperature * stepSize * sum)
    }
    let error = zip(initialHead, head).map { $0 - $1 }
    let along = directions * error
    let remaining = directions.transposed * zip(along, modes).map { $0 * $1.decay }
    var covariance = directions.transposed * directions.scalingRows(by: modes.map(\.variance))
    if !isUnique, temperature > 0 {
      let elapsed = steps.map { $0 * (stepSize ?? 0) } ?? time
      let unseen = Matrix(identity: head.count) - directions.transposed * directions
      covariance += unseen * (2 * temperature * elapsed)
    }
    return HeadLaw(mean: zip(head, remaining).map { $0 + $1 }, covariance: covariance)
  }

  /// The expected losses when the head is random with a given law, on the probe's features.
  ///
  /// The losses are quadratic in the head: to those of the mean the covariance adds `tr(JSJᵀ)` with the
  /// Jacobian J of the errors.
  public func expectedLosses(of law: HeadLaw) -> TransferLosses {
    var losses = problem.losses(of: TransferState(head: law.mean, features: features))
    let k = head.count
    let spread = features.transposed * law.covariance * features
    for j in 0..<problem.rank {
      losses.training += problem.eigenvalues[j] * spread[j, j]
      losses.inDistribution += spread[j, j]
    }
    let outside = Matrix(problem.perpendicular[columns: 0..<k])
    let jacobian = Matrix(stacking: [Matrix(features.transposed), outside])
    let weighted = problem.oodForm.map { $0 * jacobian } ?? jacobian
    let added = jacobian * law.covariance
    losses.outOfDistribution += BLAS.dot(added.elements, weighted.elements)
    return losses
  }
}
