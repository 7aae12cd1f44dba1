public import Keel

/// A frame that is exact where eigenvalues are equal: it lets the points decide what the spectrum leaves open.
///
/// For an eigenvalue of multiplicity m > 1 the scatter determines a space, but no axes in it. There the cloud is
/// `P = Y U`, n × m, with U any orthonormal basis of the space. The axes are those of the Gram-Schmidt process on m - 1
/// points: first those of the largest norm, then those of the largest distance from the line through the first, and so
/// on, and of those the ones with the largest inner products with the points before. **All** tuples that are best are
/// taken, so that the order of the points does not matter, and the last axis with both signs. These choices move with
/// the cloud; so the frame is equivariant. For most regular shapes it is as small as their symmetry permits, with an
/// element for each symmetry:
///
/// | cloud | O(d), E(d) | SO(d), SE(d) |
/// | --- | --- | --- |
/// | regular triangle, square | 6, 8 | 3, 4 |
/// | triangular prism | 12 | 6 |
/// | regular tetrahedron | 24 | 12 |
/// | cube, octahedron | 48 | 24 |
///
/// Numbers count as equal if they differ by at most the square root of the bound on their rounding errors, so that a
/// decision which rounding could change would need a difference within a narrow band about that threshold.
/// ``decisionMargin`` says how far the nearest was away.
///
/// Simple eigenvalues have both signs, as in the principal frame, and without reflections the determinant fixes the
/// last sign. Where nothing is degenerate the frame *is* the principal one.
public struct TieBreak<Scalar: FrameScalar>: Sendable {
  /// The frame; where ties were broken, its certificate has the gap between different eigenvalues, and a bound that is
  /// infinite only where a decision was too close.
  public let frame: Frame<Scalar>
  /// The distance of the number nearest to the threshold of its decision, over what rounding may have changed: above 1,
  /// no decision was a matter of rounding.
  public let decisionMargin: Scalar

  /// Whether rounding cannot have changed a decision.
  public var isCertain: Bool { decisionMargin > 1 }

  /// The most elements that are gone through unless another limit is given.
  public static var defaultLimit: Int { 1 << 16 }

  /// The tie-break frame of a cloud.
  ///
  /// - Parameters:
  ///   - points: n × d, a point a row.
  ///   - group: the group under which averages are to be invariant.
  ///   - tolerance: eigenvalues whose difference is at most this times the largest count as equal; default `√ε / 16`,
  ///     about 1e-9 in Double.
  ///   - includesTensors: whether the averages of second-order tensors must be exact also for clouds that leave two or
  ///     more dimensions empty. The axes there are arbitrary. Signs suffice for scalars, points and vectors; for
  ///     tensors the axes are permuted cyclically as well.
  ///   - limit: the most elements.
  /// - Complexity: O(n d² + d³) without ties, and O(n d) for each choice of axes at each step.
  /// - Throws: ``FrameError/empty(argument:)`` without points, ``FrameError/notFinite(argument:position:)``, and
  ///   ``FrameError/tooManyElements(argument:count:limit:)``, for example for points that are evenly spread over a
  ///   sphere.
  ///
  /// Edge cases:
  /// - A cloud in a line or a plane, and one point: zero eigenvalues need no decision.
  /// - Inputs other than the points, such as velocities, are not looked at: if they are less symmetric than the points,
  ///   the frame is still equivariant, except where dimensions are empty of points but not of velocities.
  ///
  /// Source: Puny et al. (2022), section 3.1, describe the infinite frame of equal eigenvalues; its finite subset is
  /// Keel's own.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(
    of points: Matrix<Scalar>, group: FrameGroup, tolerance: Scalar? = nil, includesTensors: Bool = false,
    limit: Int = defaultLimit
  ) throws(FrameError) {
    let plain = try CloudAxes(points, group: group, tolerance: tolerance)
    guard plain.isDegenerate || (includesTensors && plain.empty > 1) else {
      decisionMargin = plain.clusterMargin
      frame = plain.principal
      return
    }
    var margin = plain.clusterMargin
    var error = plain.clusterError
    // For every cluster the choices of its axes, and which axes have both signs.
    var choices: [[Matrix<Scalar>]] = []
    var signed: [Int] = []
    for cluster in plain.clusters {
      let basis = Matrix(plain.axes[columns: cluster])
      if cluster.upperBound <= plain.empty {
        signed += cluster
        choices.append(
          includesTensors ? (0..<cluster.count).map { basis.rotatingColumns(by: $0) } : [basis])
      } else if cluster.count == 1 {
        signed += cluster
        choices.append([basis])
      } else {
        var ties = TieEnumeration(
          cloud: plain.shape * basis, rowError: plain.rowError(of: cluster), limit: limit)
        let axes = try ties.axes()
        margin = min(margin, ties.margin)
        error = max(error, ties.axisError)
        signed.append(cluster.upperBound - 1)
        choices.append(axes.map { basis * $0 })
      }
    }
    let rotations = try Self.products(of: choices, signed: signed, proper: group.isProper, limit: limit)
    decisionMargin = margin
    frame = Frame(
      group: group, center: plain.principal.center, scale: plain.principal.scale,
      certificate: FrameCertificate(
        resolving: plain.certificate, relativeGap: plain.clusterGap,
        axisErrorBound: margin > 1 ? error : .infinity),
      rotations: .list(rotations))
  }

  /// All matrices whose blocks of columns are one choice each, with all signs of the signed columns, or with those that
  /// make the determinant 1.
  private static func products(
    of choices: [[Matrix<Scalar>]], signed: [Int], proper: Bool, limit: Int
  ) throws(FrameError) -> [Matrix<Scalar>] {
    let free = proper ? signed.count - 1 : signed.count
    var count = 1
    for factor in choices.map(\.count) + Array(repeating: 2, count: free) {
      count *= factor
      guard count <= limit else {
        throw .tooManyElements(argument: "points", count: "more than \(limit)", limit: "\(limit)")
      }
    }
    var whole: [Matrix<Scalar>] = [Matrix(zeros: choices.first?.first?.rows ?? 0, 0)]
    for blocks in choices {
      whole = whole.flatMap { left in blocks.map { Matrix(joining: left, $0) } }
    }
    var result: [Matrix<Scalar>] = []
    result.reserveCapacity(count)
    for axes in whole {
      let orientation = determinantSign(of: axes)
      for pattern in 0..<(1 << free) {
        var signs = Array(repeating: 1 as Scalar, count: axes.columns)
        for (bit, column) in signed.prefix(free).enumerated() where pattern >> bit & 1 == 1 {
          signs[column] = -1
        }
        if proper, let last = signed.last { signs[last] = signs.reduce(orientation, *) }
        result.append(axes.scalingColumns(by: signs))
      }
    }
    return result
  }
}

extension Frame {
  /// The frame of a cloud with ties broken by its points: exact also where eigenvalues are equal.
  ///
  /// The frame of ``TieBreak``, which has more to say about it.
  ///
  /// - Parameters:
  ///   - points: n × d, a point a row.
  ///   - group: the group under which averages are to be invariant.
  ///   - tolerance: eigenvalues whose difference is at most this times the largest count as equal; default `√ε / 16`.
  /// - Throws: what ``TieBreak/init(of:group:tolerance:includesTensors:limit:)`` throws.
  public init(
    resolvingTiesOf points: Matrix<Scalar>, group: FrameGroup, tolerance: Scalar? = nil
  ) throws(FrameError) {
    self = try TieBreak(of: points, group: group, tolerance: tolerance).frame
  }
}

extension Matrix {
  /// The columns of the left matrix, then those of the right one.
  fileprivate init(joining left: Matrix, _ right: Matrix) {
    self.init(rows: right.rows, columns: left.columns + right.columns) { i, j in
      j < left.columns ? left[i, j] : right[i, j - left.columns]
    }
  }

  /// The columns from `shift` on, then those before.
  fileprivate func rotatingColumns(by shift: Int) -> Matrix {
    Matrix(rows: rows, columns: columns) { i, j in self[i, (j + shift) % columns] }
  }
}
