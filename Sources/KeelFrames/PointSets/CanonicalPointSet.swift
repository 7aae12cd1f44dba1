public import Keel

/// The canonical pose and order of a set of points: the same for all sets that differ by an element of a group and by
/// the order of their points.
///
/// Every element g of a tie-break frame gives a canonical cloud `g⁻¹X`, whose rows are sorted. Of all these the one is
/// taken whose numbers, row after row, are lexicographically the largest. Frame and order move with the points, so the
/// result does not; symmetries of the set give several elements with one result. Where only the pose is wanted, and the
/// order of the points is to stay, there is ``CanonicalPose``.
///
/// ```swift
/// let form = try CanonicalPointSet(points, group: .specialEuclidean)
/// // form.points == that of any moved and relabelled copy, up to rounding
/// ```
public struct CanonicalPointSet<Scalar: FrameScalar>: Hashable, Sendable {
  /// The canonical cloud, n × d: rows in ascending order, axes by ascending extent.
  public let points: Matrix<Scalar>
  /// The transformation g from the canonical cloud to the one given.
  public let element: FrameElement<Scalar>
  /// π: row k of the canonical cloud is point `π(k)` of the one given.
  public let permutation: Permutation
  /// The number of elements of the frame that give this result.
  public let multiplicity: Int
  /// The certificate of the frame.
  public let certificate: FrameCertificate<Scalar>
  /// Whether every comparison was farther from its threshold than rounding could move it.
  public let isCertain: Bool

  /// The canonical form of a set of points.
  ///
  /// - Parameters:
  ///   - points: n × d, a point a row.
  ///   - group: the group of transformations that the form does not depend on.
  ///   - tolerance: numbers of canonical clouds that differ by at most this times their largest norm are equal; default
  ///     2¹⁰ times the bound on rounding.
  ///   - limit: the most elements of the frame.
  /// - Complexity: O(n d (d + log n)) for each element of the frame.
  /// - Throws: what ``TieBreak/init(of:group:tolerance:includesTensors:limit:)`` throws.
  ///
  /// Edge cases:
  /// - Points closer than the tolerance have no certain order: the cloud is then canonical only to the tolerance.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(
    _ points: Matrix<Scalar>, group: FrameGroup, tolerance: Scalar? = nil,
    limit: Int = TieBreak<Scalar>.defaultLimit
  ) throws(FrameError) {
    let ties = try TieBreak(of: points, group: group, limit: limit)
    let (frame, certificate) = (ties.frame, ties.frame.certificate)
    let first = frame[0].inverseTransformed(points)
    let size = first.largestRowNorm()
    let rounding =
      4 * Scalar.ulpOfOne * Scalar(max(points.columns, 1)) * points.largestRowNorm() / frame.scale
      + min(certificate.axisErrorBound, Scalar.ulpOfOne.squareRoot()) * size
    let reach = tolerance.map { $0 * size } ?? (1024 * rounding)
    var margin = Scalar.infinity
    var candidates: [(index: Int, order: [Int], cloud: Matrix<Scalar>)] = []
    for k in 0..<frame.count {
      let cloud = k == 0 ? first : frame[k].inverseTransformed(points)
      let order = LexicographicOrder(cloud, tolerance: reach)
      margin = min(margin, order.margin)
      let permutation = Permutation(unchecked: order.rows)
      candidates.append((k, order.rows, permutation.inverseTransformed(cloud)))
    }
    for i in 0..<points.rows where candidates.count > 1 {
      for j in 0..<points.columns where candidates.count > 1 {
        let largest = candidates.reduce(-Scalar.infinity) { max($0, $1.cloud[i, j]) }
        candidates = candidates.filter {
          let excess = $0.cloud[i, j] - (largest - reach)
          margin = min(margin, abs(excess))
          return excess >= 0
        }
      }
    }
    self.points = candidates[0].cloud
    element = frame[candidates[0].index]
    permutation = Permutation(unchecked: candidates[0].order)
    multiplicity = candidates.count
    self.certificate = certificate
    isCertain = ties.isCertain && (margin > 2 * rounding || rounding == 0)
  }
}
