import Keel

/// How far a frame of principal axes can be trusted: what is known of the spectrum that it was made from, and a bound
/// on the error of what is computed with it.
///
/// The axes of a cloud move by at most `error of C / gap` if its scatter C has an error (Davis and Kahan 1970), and
/// rounding makes one of a few ε‖C‖. Averages over the frame are therefore invariant to about `ε / relativeGap`. Equal
/// eigenvalues other than zero leave the axes undetermined; those of zero do no harm to scalars, vectors and points made from the cloud alone,
/// since the canonical cloud has columns of zeros there.
///
/// The bound is proved for the numbers at hand, not for the routines that made them. With the computed axes V̂ the
/// canonical cloud Ẑ is computed once more, and its columns' products, which should be those of a diagonal matrix, are
/// summed with compensation: the residual says how far V̂ is from diagonalizing the true scatter, up to a few
/// roundings that do not grow with the number of points. See ``canonicalErrorBound(inputError:)``.
public struct FrameCertificate<Scalar: FrameScalar>: Hashable, Sendable {
  /// The eigenvalues of the scatter `YᵀY` of the centred cloud Y, ascending; where they overflow or vanish, see
  /// ``lengths``.
  public var eigenvalues: [Scalar] { spectrum.values.map { $0 * spectrum.unit * spectrum.unit } }
  /// The square roots of the eigenvalues: the lengths of the columns of the canonical cloud, ascending.
  public var lengths: [Scalar] { spectrum.lengths.map { $0 * spectrum.unit } }
  /// The number of eigenvalues that are not zero up to rounding, which includes that of the coordinates.
  public let rank: Int
  /// The eigenvalues that are equal up to the tolerance, as ranges of indices that cover all of them, ascending; those
  /// that are zero up to rounding are one range.
  public let clusters: [Range<Int>]
  /// The smallest difference of neighbouring eigenvalues, of which the larger is not zero, over the largest
  /// eigenvalue; 1 if there is none. Within 0...1.
  public let relativeGap: Scalar
  let spectrum: FrameSpectrum<Scalar>
  /// The bound on the angles of axes, if the frame resolves ties.
  private let resolvedAxisErrorBound: Scalar?

  /// Whether the frame does not leave equal eigenvalues to chance: it breaks ties by the points, or uses no axes.
  public var resolvesTies: Bool { resolvedAxisErrorBound != nil }

  /// Whether two eigenvalues other than zero are equal up to the tolerance, and the frame does not resolve it: then the
  /// axes, and averages over them, are arbitrary.
  public var isDegenerate: Bool {
    !resolvesTies && clusters.contains { $0.count > 1 && $0.upperBound > spectrum.order - rank }
  }

  /// A bound on the angle in radians by which rounding may have turned an axis of an eigenvalue other than zero;
  /// infinite, if two of these are equal up to rounding.
  ///
  /// - Complexity: O(d³).
  public var axisErrorBound: Scalar { resolvedAxisErrorBound ?? spectrum.axisErrorBound(rank: rank) }

  /// A bound on the Frobenius norm of the error of the canonical clouds: for every computed element there is one of
  /// the exact frame such that the clouds `g⁻¹X` of the two differ by at most this.
  ///
  /// It never exceeds twice the norm of the cloud by much, also if the axes are undetermined: then the bound holds for
  /// every choice of them.
  ///
  /// - Parameter inputError: a bound η on the Frobenius norm of an error of the points themselves. For points that
  ///   were rounded after a transformation, η is about `ε/2 · √n · |x|`.
  /// - Complexity: O(d³).
  public func canonicalErrorBound(inputError: Scalar = 0) -> Scalar {
    spectrum.canonicalErrorBound(inputError: inputError, axisErrorBound: resolvedAxisErrorBound)
  }

  /// A bound on the error that rounding of the frame makes in an average `⟨φ⟩`.
  ///
  /// The difference of the averages at X and gX is at most the sum of the two bounds, and of the rounding of φ itself.
  ///
  /// - Parameters:
  ///   - lipschitz: a number L such that `|φ(Z) - φ(Z')| ≤ L‖Z - Z'‖` in the Frobenius norm, for all canonical clouds.
  ///   - inputError: as in ``canonicalErrorBound(inputError:)``.
  public func averageErrorBound(lipschitz: Scalar, inputError: Scalar = 0) -> Scalar {
    lipschitz * canonicalErrorBound(inputError: inputError)
  }

  /// The certificate of a frame that resolves ties: that of the spectrum with another gap and bound.
  init(resolving certificate: FrameCertificate, relativeGap: Scalar, axisErrorBound: Scalar) {
    spectrum = certificate.spectrum
    rank = certificate.rank
    clusters = certificate.clusters
    self.relativeGap = relativeGap
    resolvedAxisErrorBound = axisErrorBound
  }

  /// The certificate of given eigenvalues of a scatter, ascending.
  ///
  /// The bounds are those for sums in any order, of which the rounding grows with the number of points; a frame's own
  /// certificate has sharper ones.
  ///
  /// - Parameters:
  ///   - eigenvalues: those of a symmetric positive semidefinite matrix; negative ones count as zero.
  ///   - points: the number of points that the scatter is of; it enters the bound on rounding.
  ///   - tolerance: neighbouring eigenvalues whose difference is at most this times the larger one are equal.
  public init(eigenvalues: [Scalar], points: Int, tolerance: Scalar) {
    let values = eigenvalues.map { max($0, 0) }
    let order = values.count
    let trace = values.reduce(0, +)
    let u = Scalar.ulpOfOne / 2
    // Any sum of n products has the relative error n·u; the eigenvalues are those of a matrix within 8d·u of that.
    let residual = Scalar(points + 8 * order) * u * trace
    // Eigenvalues below the rounding of a sum of random signs are zero.
    let zero =
      (8 * Scalar(max(order, 1)) * 2 * u * Scalar(max(points, 1)).squareRoot() * (values.last ?? 0))
      .squareRoot()
    self.init(
      FrameSpectrum(
        values: values, residual: Matrix(repeating: residual, rows: order, columns: order),
        columnError: Scalar(order + 2) * Scalar(order).squareRoot() * u * trace.squareRoot(),
        centerError: 0, unit: 1, divisor: nil), zero: zero, tolerance: tolerance)
  }

  /// The certificate of a spectrum.
  ///
  /// - Parameters:
  ///   - spectrum: the eigenvalues and their errors.
  ///   - zero: lengths up to this are zero up to rounding, in the units of the spectrum.
  ///   - tolerance: neighbouring eigenvalues whose difference is at most this times the larger one are equal.
  init(_ spectrum: FrameSpectrum<Scalar>, zero: Scalar, tolerance: Scalar) {
    let (values, lengths) = (spectrum.values, spectrum.lengths)
    let order = values.count
    let rank = lengths.count { $0 > zero }
    var clusters: [Range<Int>] = []
    var gap: Scalar = 1
    var start = 0
    for j in 0..<order {
      let isLast = j + 1 == order
      var joins = !isLast && j + 1 < order - rank
      if !isLast && !joins {
        let difference = values[j + 1] - values[j]
        gap = min(gap, difference / values[order - 1])
        // A length is uncertain by `zero`, so that its square is by twice the product.
        joins =
          j >= order - rank && difference <= tolerance * values[j + 1] + 4 * zero * lengths[j + 1]
      }
      if !joins {
        clusters.append(start..<(j + 1))
        start = j + 1
      }
    }
    self.spectrum = spectrum
    self.rank = rank
    self.clusters = clusters
    relativeGap = max(gap, 0)
    resolvedAxisErrorBound = nil
  }
}
