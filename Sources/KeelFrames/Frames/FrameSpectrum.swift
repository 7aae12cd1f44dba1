import Keel

/// Eigenvalues of a scatter with bounds on their errors, and what follows for the canonical clouds.
///
/// Let `Z̃ = YṼ` be the exact product of the exact centred cloud and the orthogonal matrix Ṽ next to the computed axes,
/// Λ = diag(λ̂) the eigenvalues at hand, and `D = Z̃ᵀZ̃ - Λ`. In exact arithmetic D would be zero. Known is, entry by
/// entry,
///
///     |D_jk| ≤ residual_jk + f (σ_j + σ_k) + f²,      σ_j = √λ̂_j,
///
/// where f, `columnError`, bounds the error of each column of the canonical cloud that was computed, and the residual
/// was found from that cloud.
struct FrameSpectrum<Scalar: FrameScalar>: Hashable, Sendable {
  /// λ̂, ascending, not negative.
  let values: [Scalar]
  /// What is known of D besides the errors of columns.
  let residual: Matrix<Scalar>
  /// f: a bound on the Frobenius norm of the error of the computed canonical cloud, except that of its centroid.
  let columnError: Scalar
  /// A bound on the Frobenius norm of the error that the computed centroid makes in the cloud: `√n |t̂ - t|`.
  let centerError: Scalar
  /// The power of two by which the cloud was divided.
  let unit: Scalar
  /// The scale of a similarity frame, by which its canonical cloud was divided.
  let divisor: Scalar?

  /// d.
  var order: Int { values.count }

  /// σ, the square roots of the eigenvalues.
  var lengths: [Scalar] { values.map { $0.squareRoot() } }

  /// The entrywise bound of D, if the points have an error of norm η.
  ///
  /// An error E of the cloud changes Z̃ᵀZ̃ by `Z̃ᵀEṼ + (EṼ)ᵀZ̃ + EᵀE`: as an error of columns.
  private func deviation(_ inputError: Scalar) -> Matrix<Scalar> {
    let f = columnError + inputError
    let sigma = lengths
    return Matrix(rows: order, columns: order) { j, k in
      // One part in 64 covers the roundings of this bound itself.
      (residual[j, k] + f * (sigma[j] + sigma[k]) + f * f) * (1 + 1 / 64)
    }
  }

  /// A bound on how far each axis is from the exact one, as the sine of an angle, and the bounds of the exact
  /// eigenvalues; the sine is nil where the axis is not determined.
  ///
  /// Let `Wₖⱼ = v_k·ṽ_j` for the exact axes v. From `(C - λ̂_j)ṽ_j = Ṽ D e_j` follows
  ///
  ///     (λ_k - λ̂_j) W_kj = Σ_l W_kl D_lj,      |W_kj| ≤ Σ_l |W_kl| |D_lj| / |λ_k - λ̂_j|,
  ///
  /// which is the theorem of Davis and Kahan, entry by entry. It starts from `|W_kl| ≤ ‖D‖ / |λ_k - λ̂_l|`; once more
  /// through it, thin directions profit from the smallness of their own entries of D.
  ///
  /// The exact λ_k is within ‖D‖ of λ̂_k (Weyl). For thin directions that says nothing, but with `S = diag(σ)` the
  /// matrix `Λ + D = S(1 + S⁻¹DS⁻¹)S` has eigenvalues within the relative distance `ρ = ‖S⁻¹DS⁻¹‖` (Ostrowski).
  /// Columns without length are left out of S; they change the others by at most their own length τ.
  private func sines(
    _ deviation: Matrix<Scalar>, flat: Int, thickness: Scalar
  ) -> (sines: [Scalar?], largest: [Scalar]) {
    let sigma = lengths
    let norm = frobenius(deviation.elements)
    var relative: Scalar = 0
    for j in flat..<order {
      for k in flat..<order {
        let entry = deviation[j, k] / (sigma[j] * sigma[k])
        relative += entry * entry
      }
    }
    relative = relative.squareRoot()
    var low: [Scalar] = []
    var high: [Scalar] = []
    for k in 0..<order {
      let isFlat = k < flat
      low.append(max(isFlat || relative >= 1 ? 0 : (1 - relative) * values[k], values[k] - norm, 0))
      let length = isFlat ? thickness : (1 + relative).squareRoot() * sigma[k] + thickness
      high.append(min(length * length, values[k] + norm))
    }
    func separation(_ k: Int, _ j: Int) -> Scalar { max(low[k] - values[j], values[j] - high[k]) }
    var bounds = Matrix<Scalar>(rows: order, columns: order) { k, j in
      let distance = separation(k, j)
      return k == j || distance <= norm ? 1 : norm / distance
    }
    for _ in 0..<2 {
      let sums = bounds * deviation
      bounds = Matrix(rows: order, columns: order) { k, j in
        let distance = separation(k, j)
        return k == j || distance <= sums[k, j] ? bounds[k, j] : min(bounds[k, j], sums[k, j] / distance)
      }
    }
    let sines = (0..<order).map { k -> Scalar? in
      let sine = frobenius((0..<order).map { $0 == k ? 0 : bounds[k, $0] })
      return sine <= 1 / Scalar(2 * order) ? sine : nil
    }
    return (sines, high)
  }

  /// The number of directions at the bottom whose lengths are of the order of their errors, and a bound τ on the
  /// root of the sum of their exact eigenvalues.
  ///
  /// That sum is at most `‖YṼ_N‖²` for any orthonormal Ṽ_N (Ky Fan), and the columns were measured.
  private func flatness(_ inputError: Scalar) -> (count: Int, thickness: Scalar) {
    let f = columnError + inputError
    let flat = lengths.count { $0 <= 4 * Scalar(order) * f }
    guard flat > 0 else { return (0, 0) }
    var sum: Scalar = 0
    for j in 0..<flat { sum += values[j] + residual[j, j] }
    return (flat, (sum.squareRoot() + f) * (1 + 1 / 64))
  }

  /// See ``FrameCertificate/canonicalErrorBound(inputError:)``.
  ///
  /// The exact axes' signs may be chosen so that W has a diagonal that is not negative. With the sine r_k of row k,
  /// ‖(W - 1)_k‖² ≤ 2r_k², and always ≤ 4; hence
  ///
  ///     ‖Y(Ṽ - V)‖² = ‖Z(W - 1)‖² = Σ_k λ_k ‖(W - 1)_k‖² ≤ Σ λ_k · 2r_k² + 4 Σ' λ_k,
  ///
  /// the second sum over the axes that are not determined, which for flat directions is at most τ². If all are
  /// determined, `‖W - 1‖ < 2` makes det W positive, so that V is in a proper frame if Ṽ is; else an axis that is not
  /// determined can be turned round within the bound.
  ///
  /// - Parameters:
  ///   - inputError: η, in the units of the data.
  ///   - axisErrorBound: a bound on the angle of each axis, if it is known otherwise; then `‖Ṽ - V‖ ≤ √d` times it.
  func canonicalErrorBound(inputError: Scalar, axisErrorBound: Scalar?) -> Scalar {
    let inputError = inputError / unit
    let whole = frobenius(lengths)
    var turned: Scalar
    if let axisErrorBound {
      turned = min(Scalar(order).squareRoot() * axisErrorBound, 2) * whole
    } else {
      let (flat, thickness) = flatness(inputError)
      let (sines, largest) = sines(deviation(inputError), flat: flat, thickness: thickness)
      turned = flat > 0 ? 4 * thickness * thickness : 0
      for k in flat..<order { turned += largest[k] * (sines[k].map { 2 * $0 * $0 } ?? 4) }
      turned = turned.squareRoot()
    }
    let rotated = turned + columnError + centerError + inputError
    // Scales: the trace has the relative error of the sum of D's diagonal, the scale half of it.
    var relative: Scalar = 0
    if divisor != nil && whole > 0 {
      let deviation = deviation(inputError)
      for j in 0..<order { relative += deviation[j, j] }
      relative = min(relative / (whole * whole) + 4 * Scalar.ulpOfOne, 2)
    }
    return (rotated + relative * whole) * (1 + 1 / 64) * (unit / (divisor ?? 1))
  }

  /// See ``FrameCertificate/axisErrorBound``.
  func axisErrorBound(rank: Int) -> Scalar {
    let (flat, thickness) = flatness(0)
    let (sines, _) = sines(deviation(0), flat: flat, thickness: thickness)
    var largest: Scalar = 0
    for k in (order - rank)..<order {
      guard let sine = sines[k] else { return .infinity }
      // An arc is at most π/2 times its sine.
      largest = max(largest, sine * .pi / 2)
    }
    return largest
  }
}

/// The root of the sum of squares.
private func frobenius<Scalar: FrameScalar>(_ values: [Scalar]) -> Scalar {
  values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}
