public import Keel

/// A frame of transformations that keep the last axis: rotations about the vertical, reflections in vertical planes,
/// translations.
///
/// The last coordinate of a point is its height. In the others, the plane, acts a group; a height may be shifted, but is
/// never turned round. This is the symmetry of a molecule on a surface, of a scene with gravity, of a vehicle's
/// surroundings.
///
/// Source: the 2-D frames of Duval et al. (2023), *FAENet: frame averaging equivariant GNN for materials modeling*.
public struct AxialFrame<Scalar: FrameScalar>: FiniteFrame {
  /// The frame of the cloud's projection to the plane, in d - 1 dimensions.
  public let plane: Frame<Scalar>
  /// The shift of the heights: their mean, or zero.
  public let height: Scalar

  /// The frame of the principal axes of a cloud's projection.
  ///
  /// - Parameters:
  ///   - points: n × d, d at least 2, a point a row.
  ///   - group: the group that acts in the plane. Scalings act on heights as well; their scale is that of the projection.
  ///   - translatesHeights: whether shifts along the axis belong to the group.
  ///   - tolerance: as for ``Frame/init(principalAxesOf:group:tolerance:)``.
  /// - Complexity: O(n d² + d³).
  /// - Throws: as ``Frame/init(principalAxesOf:group:tolerance:)``, and
  ///   ``FrameError/wrongShape(argument:expected:found:)`` with less than two columns.
  public init(
    principalAxesOf points: Matrix<Scalar>, group: FrameGroup = .specialEuclidean,
    translatesHeights: Bool = false, tolerance: Scalar? = nil
  ) throws(FrameError) {
    let d = points.columns
    guard d >= 2 else {
      throw .wrongShape(argument: "points", expected: "of at least 2 columns", found: "\(d) columns")
    }
    // Of all coordinates, so that an error has their numbers, and heights are checked also if they stay.
    let whole = try Frame(principalAxesOf: points, group: .euclidean)
    plane = try Frame(
      principalAxesOf: Matrix(points[columns: 0..<d - 1]), group: group, tolerance: tolerance)
    height = translatesHeights ? whole.center[d - 1] : 0
  }

  /// The number of elements.
  public var count: Int { plane.count }

  /// The weight of an element.
  ///
  /// - Precondition: the index is in `0..<count`.
  public func weight(_ index: Int) -> Scalar { plane.weight(index) }

  /// Element `index`: that of the plane, with 1 for the height.
  ///
  /// - Precondition: the index is in `0..<count`.
  public subscript(index: Int) -> FrameElement<Scalar> { lifted(plane[index]) }

  /// An element, drawn with the probability that is its weight.
  public func randomElement(using stream: inout RandomStream) -> FrameElement<Scalar> {
    lifted(plane.randomElement(using: &stream))
  }

  private func lifted(_ element: FrameElement<Scalar>) -> FrameElement<Scalar> {
    let d = element.dimension
    return FrameElement(
      rotation: Matrix(rows: d + 1, columns: d + 1) { i, j in
        i < d && j < d ? element.rotation[i, j] : i == j ? 1 : 0
      }, translation: element.translation + [height], scale: element.scale,
      orientation: element.orientation)
  }
}
