public import Keel

/// A transformation that maps a set of points onto itself.
public struct PointSetSymmetry<Scalar: FrameScalar>: Hashable, Sendable {
  /// The transformation g.
  public let element: FrameElement<Scalar>
  /// Where the points go: g maps point i to point `permutation[i]`.
  public let permutation: Permutation
}

extension Frame {
  /// The symmetries of the set of points of which this is the frame: the elements of the group that map it onto itself.
  ///
  /// If g is a symmetry and f an element of the frame, then so is gf, because the frame does not see the order of the
  /// points; so all symmetries are among `f_k f_0⁻¹`. Two elements differ by one if the canonical clouds `f_k⁻¹X` and
  /// `f_0⁻¹X` are equal up to the order of the points. Transformations that do not differ on the points count as one, so
  /// that of a flat cloud in space each symmetry is there once.
  ///
  /// - Parameters:
  ///   - points: the cloud of which this is the frame.
  ///   - tolerance: how far apart points may be that count as equal, over the largest distance of a point from the
  ///     center; default √ε.
  /// - Returns: the symmetries, the identity first: 48 of a cube for E(3), 24 for SE(3). A cloud without symmetry has
  ///   one.
  /// - Complexity: O(n log n) an element of the frame, if few points have equal coordinates.
  /// - Throws: ``FrameError/wrongShape(argument:expected:found:)`` if the points have another dimension;
  ///   ``FrameError/tooManyElements(argument:count:limit:)`` if the frame has more than ``FiniteFrame/largestAverage`` of them.
  ///
  /// Edge cases:
  /// - The frame must be exact: of a degenerate cloud it must be that of ``TieBreak``.
  /// - Equal points are exchanged by no symmetry.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func symmetries(
    of points: Matrix<Scalar>, tolerance: Scalar? = nil
  ) throws(FrameError) -> [PointSetSymmetry<Scalar>] {
    guard points.columns == dimension else {
      throw .wrongShape(argument: "points", expected: "of \(dimension) columns", found: "\(points.columns)")
    }
    guard count <= Self.largestAverage else {
      throw .tooManyElements(argument: "points", count: "\(count)", limit: "\(Self.largestAverage)")
    }
    guard count > 0 else { return [] }
    let (first, canonical) = (self[0], self[0].inverseTransformed(points))
    let reach = (tolerance ?? Scalar.ulpOfOne.squareRoot()) * canonical.largestRowNorm()
    let matcher = PointMatcher(canonical, reach: reach)
    var clouds: [Matrix<Scalar>] = []
    var result: [PointSetSymmetry<Scalar>] = []
    for k in 0..<count {
      let element = self[k]
      let cloud = element.inverseTransformed(points)
      // f_k⁻¹x_j = f_0⁻¹x_i says that f_k f_0⁻¹ maps x_i to x_j.
      guard let match = matcher.match(of: cloud), !clouds.contains(where: { $0.isNear(cloud, reach) }) else {
        continue
      }
      clouds.append(cloud)
      result.append(
        PointSetSymmetry(element: element * first.inverse, permutation: Permutation(unchecked: match).inverse)
      )
    }
    return result
  }
}

/// Points, ready to be compared with the same number of others as sets.
private struct PointMatcher<Scalar: FrameScalar> {
  private let points: Matrix<Scalar>
  private let reach: Scalar
  /// The indices by ascending position along a direction in which few points of regular shapes coincide.
  private let order: [Int]
  private let positions: [Scalar]

  init(_ points: Matrix<Scalar>, reach: Scalar) {
    self.points = points
    self.reach = reach
    let places = (0..<points.rows).map { Self.position(of: points, $0) }
    order = places.indices.sorted { places[$0] < places[$1] }
    positions = order.map { places[$0] }
  }

  /// For each point of a cloud the one here that it is equal to, each taken once; nil if there is none.
  func match(of cloud: Matrix<Scalar>) -> [Int]? {
    var taken = Array(repeating: false, count: points.rows)
    var result: [Int] = []
    // Coordinates within reach make positions within twice that, since 1 + ½ + ¼ + … < 2.
    let width = 2 * reach
    for j in 0..<cloud.rows {
      let place = Self.position(of: cloud, j)
      var (low, high) = (0, positions.count)
      while low < high {
        let middle = (low + high) / 2
        if positions[middle] < place - width { low = middle + 1 } else { high = middle }
      }
      var found: Int?
      while low < positions.count && positions[low] <= place + width {
        let i = order[low]
        if !taken[i] && (0..<cloud.columns).allSatisfy({ abs(points[i, $0] - cloud[j, $0]) <= reach }) {
          found = i
          break
        }
        low += 1
      }
      guard let found else { return nil }
      taken[found] = true
      result.append(found)
    }
    return result
  }

  /// The sum of the coordinates with weights 1, ½, ¼, … .
  private static func position(of points: Matrix<Scalar>, _ i: Int) -> Scalar {
    (0..<points.columns).reversed().reduce(0) { $0 / 2 + points[i, $1] }
  }
}

extension Matrix {
  /// Whether no two elements in the same place are farther apart.
  fileprivate func isNear(_ other: Matrix, _ reach: Scalar) -> Bool {
    zip(elements, other.elements).allSatisfy { abs($0 - $1) <= reach }
  }
}
