public import Keel

/// How far a frame can be trusted: what is known of the spectrum that it was made from.
///
/// The axes of a cloud move by at most `error of C / gap` if its covariance C has an error (Davis and Kahan 1970), and
/// rounding makes one of a few ε‖C‖. Averages over the frame are therefore invariant to about `ε / relativeGap`. Equal
/// eigenvalues other than zero leave the axes undetermined; eigenvalues of zero do no harm, since the canonical cloud
/// has columns of zeros there.
public struct FrameCertificate<Scalar: FrameScalar>: Hashable, Sendable {
  /// The eigenvalues of the scatter `YᵀY` of the centred cloud Y, ascending.
  public let eigenvalues: [Scalar]
  /// The number of eigenvalues that are not zero up to rounding.
  public let rank: Int
  /// The eigenvalues that are equal up to the tolerance, as ranges of indices that cover all of them, ascending; those
  /// that are zero up to rounding are one range.
  public let clusters: [Range<Int>]
  /// The smallest difference of neighbouring eigenvalues, of which the larger is not zero, over the largest
  /// eigenvalue; 1 if there is none. Within 0...1.
  public let relativeGap: Scalar
  /// A bound on the angle in radians by which rounding may have turned an axis; infinite, if eigenvalues other than
  /// zero are equal up to rounding.
  public let axisErrorBound: Scalar
  /// Whether the frame does not leave equal eigenvalues to chance: it breaks ties by the points, or uses no axes.
  public let resolvesTies: Bool

  /// Whether two eigenvalues other than zero are equal up to the tolerance, and the frame does not resolve it: then the
  /// axes, and averages over them, are arbitrary.
  public var isDegenerate: Bool {
    !resolvesTies && clusters.contains { $0.count > 1 && $0.upperBound > eigenvalues.count - rank }
  }

  /// The certificate of a frame that resolves ties: that of the spectrum with another gap and bound.
  init(resolving spectrum: FrameCertificate, relativeGap: Scalar, axisErrorBound: Scalar) {
    eigenvalues = spectrum.eigenvalues
    rank = spectrum.rank
    clusters = spectrum.clusters
    self.relativeGap = relativeGap
    self.axisErrorBound = axisErrorBound
    resolvesTies = true
  }

  /// The certificate of given eigenvalues of a scatter, ascending.
  ///
  /// - Parameters:
  ///   - eigenvalues: those of a symmetric positive semidefinite matrix; negative ones count as zero.
  ///   - points: the number of points that the scatter is of; it enters the bound on rounding.
  ///   - tolerance: eigenvalues whose difference is at most this times the largest one are equal.
  public init(eigenvalues: [Scalar], points: Int, tolerance: Scalar) {
    let order = eigenvalues.count
    let largest = max(eigenvalues.last ?? 0, 0)
    // The rounding errors of a sum of `points` products, pairwise or in lanes, and of the eigenvalues.
    let rounding = Scalar(8 * max(order, 1)) * Scalar.ulpOfOne
    let zero = largest * rounding * Scalar(max(points, 1)).squareRoot()
    let rank = largest > 0 ? eigenvalues.count { $0 > zero } : 0
    var clusters: [Range<Int>] = []
    var gap: Scalar = 1
    var start = 0
    for j in 0..<order {
      let last = j + 1 == order
      let bothZero = !last && j + 1 < order - rank
      let difference = last ? largest : eigenvalues[j + 1] - max(eigenvalues[j], 0)
      if !last && !bothZero && largest > 0 { gap = min(gap, difference / largest) }
      if last || !(bothZero || (j >= order - rank && difference <= tolerance * largest)) {
        clusters.append(start..<(j + 1))
        start = j + 1
      }
    }
    self.eigenvalues = eigenvalues
    self.rank = rank
    self.clusters = clusters
    self.relativeGap = max(gap, 0)
    self.axisErrorBound = gap > rounding ? rounding / gap : .infinity
    self.resolvesTies = false
  }
}
