/// A face of a polytope, by its relative interior: where a mixed distribution puts mass or density.
///
/// The relative interiors of the faces that are not empty are disjoint and make up the polytope. On each,
/// Lebesgue measure is taken in free coordinates, as many as it has dimensions; on a vertex, it counts. Their
/// sum is the direct-sum measure, with respect to which a mixed distribution has a density.
public protocol PolytopeFace: Hashable, Sendable, CustomStringConvertible {
  /// The number of free coordinates: 0 for a vertex.
  var dimension: Int { get }
  /// The logarithm of the volume in free coordinates: 0 for a vertex.
  var logVolume: Double { get }
  /// The number of coordinates of a point.
  var coordinateCount: Int { get }

  /// The face with a point in its relative interior.
  ///
  /// - Parameter point: coordinates of a point of the polytope.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` if the point is in no face.
  init(of point: UnsafeBufferPointer<Double>) throws(MixedError)
}
