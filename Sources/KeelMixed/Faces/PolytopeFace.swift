/// A face of a polytope, by its relative interior: where a mixed distribution puts mass or density.
///
/// The relative interiors of the faces that are not empty are disjoint and make up the polytope. On each,
/// Lebesgue measure is taken in free coordinates, as many as it has dimensions; on a vertex, it counts. Their
/// sum is the direct-sum measure, with respect to which a mixed distribution has a density.
///
/// With the empty face, the faces of a polytope are a lattice, ordered by inclusion.
public protocol PolytopeFace: Hashable, Sendable, CustomStringConvertible {
  /// The faces of a product of polytopes that have faces of this kind.
  associatedtype Product: PolytopeFace

  /// The number of free coordinates: 0 for a vertex.
  var dimension: Int { get }
  /// The logarithm of the volume in free coordinates: 0 for a vertex.
  var logVolume: Double { get }
  /// The number of coordinates of a point.
  var coordinateCount: Int { get }

  /// Whether every point of this face belongs to another face of the same polytope; each is a subface of itself.
  func isSubface(of other: Self) -> Bool

  /// The points that this face and another of the same polytope share, or nil if there are none.
  func intersection(_ other: Self) -> Self?

  /// The smallest face that contains this one and another of the same polytope.
  func join(_ other: Self) -> Self

  /// The product of faces, one of each polytope in turn.
  ///
  /// - Parameter factors: at least one face.
  static func product(of factors: [Self]) -> Product

  /// The faces that a face of a product of polytopes is made of.
  ///
  /// - Parameters:
  ///   - product: a face of the product.
  ///   - coordinateCounts: the number of coordinates of each polytope.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if the product is one of other polytopes.
  static func factors(of product: Product, coordinateCounts: [Int]) throws(MixedError) -> [Self]
}

/// A face that the coordinates of a point tell, without knowing more of the polytope than their number.
public protocol CoordinateFace: PolytopeFace {
  /// The face with a point in its relative interior, according to which coordinates are at a bound.
  ///
  /// - Parameter point: coordinates of a point of the polytope.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` if a coordinate is outside its range, or NaN.
  init<Scalar: MixedScalar>(of point: UnsafeBufferPointer<Scalar>) throws(MixedError)

  /// The dimension of the face of a point, without making the face.
  ///
  /// - Parameter point: coordinates of a point of the polytope.
  static func dimension(of point: UnsafeBufferPointer<Double>) -> Int

  /// The logarithm of the volume of a face, which its dimension tells.
  static func logVolume(ofDimension dimension: Int) -> Double

  /// Checks that a point belongs to the polytope, up to rounding of its coordinates to Float.
  ///
  /// - Parameter point: what should be the coordinates of a point.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` that names the first coordinate that is wrong.
  static func validate(_ point: UnsafeBufferPointer<Double>) throws(MixedError)
}

extension CoordinateFace {
  /// The logarithm of the volume in free coordinates.
  public var logVolume: Double { Self.logVolume(ofDimension: dimension) }

  /// The face with a point in its relative interior.
  ///
  /// ```swift
  /// let face = try SimplexFace(of: [0.25, 0, 0.75])  // {0, 2}
  /// ```
  ///
  /// - Parameter point: coordinates of a point of the polytope, of type Float or Double.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` if a coordinate is outside its range, or NaN.
  public init(of point: [some MixedScalar]) throws(MixedError) {
    self = try point.withUnsafeBufferPointer { (buffer) throws(MixedError) in try Self(of: buffer) }
  }
}
