public import Keel

/// A whole group as the infinite frame of a cloud: every rotation, equally likely, about the cloud's centroid.
///
/// Its expectations are the averages over the group: exactly symmetric, but only estimates of them can be had, with an
/// error of the order `1 / √draws`. It is what finite frames are to be measured against.
///
/// ```swift
/// let group = try GroupAverage(of: points, group: .euclidean)
/// let estimate = group.average(of: points, sampling: 1000, from: RandomStream(seed: 1)) { network($0.elements) }
/// ```
///
/// Translations and scalings have no finite invariant measure; they are taken out as by a frame, with the centroid and
/// the root mean square distance from it.
public struct GroupAverage<Scalar: FrameScalar>: FrameDistribution {
  /// The group of which the transformations are.
  public let group: FrameGroup
  /// The translation of every element: the centroid, or zero.
  public let center: [Scalar]
  /// The scale of every element: 1, except for similarities.
  public let scale: Scalar

  /// The group as a frame of a cloud.
  ///
  /// - Throws: as ``Frame/init(principalAxesOf:group:tolerance:)``.
  public init(of points: Matrix<Scalar>, group: FrameGroup) throws(FrameError) {
    let frame = try Frame(principalAxesOf: points, group: group)
    self.group = group
    center = frame.center
    scale = frame.scale
  }

  /// An element with a rotation of the invariant measure.
  ///
  /// - Complexity: O(d³).
  public func randomElement(using stream: inout RandomStream) -> FrameElement<Scalar> {
    let rotation: Matrix<Scalar> =
      group.isProper
      ? .randomRotation(center.count, using: &stream) : .randomOrthogonal(center.count, using: &stream)
    return FrameElement(rotation: rotation, translation: center, scale: scale)
  }
}
