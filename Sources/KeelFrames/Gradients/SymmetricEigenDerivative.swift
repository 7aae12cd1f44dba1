public import Keel

/// What the derivative of principal axes does where eigenvalues other than zero are equal.
///
/// There the axes have no derivative: an average over the frame jumps as the cloud passes such a point, and its
/// derivative grows without limit as one is approached.
public enum EqualAxesRule<Scalar: FrameScalar>: Hashable, Sendable {
  /// Refuse with an error: what is returned is exact.
  case refuse
  /// Take the axes of equal eigenvalues as fixed to each other and to the space around, and say how much depends on
  /// that: `K = 0` between them. Exact for a function that does not depend on the choice of these axes.
  case fixed
  /// Replace `1/g` by `g/(g² + e²)` for every difference g of eigenvalues, with e = `width` times the trace: never
  /// large, and never exact.
  case smoothed(width: Scalar)
}

/// The derivative of the principal axes and eigenvalues of a symmetric positive semidefinite matrix.
///
/// For `C = V diag(λ) Vᵀ` and a change Ċ, with `P = VᵀĊV`,
///
///     λ̇_i = P_ii,     V̇ = V (K ∘ P),     K_ij = 1/(λ_j - λ_i) off the diagonal, 0 on it.
///
/// Eigenvalues that are zero up to rounding have `K = 0` among themselves: a cloud has no extent along their axes, so
/// that nothing depends on how they turn.
///
/// Source: Magnus (1985), *On differentiating eigenvalues and eigenvectors*.
public struct SymmetricEigenDerivative<Scalar: FrameScalar>: Sendable {
  /// V, a column an axis.
  public let axes: Matrix<Scalar>
  /// The number of pairs of axes, both with extent, whose K is not `1/(λ_j - λ_i)`, or differs from it by more than a
  /// hundredth.
  public let alteredPairs: Int
  private let factors: Matrix<Scalar>
  private let equal: [Range<Int>]

  /// The derivative at given axes.
  ///
  /// - Parameters:
  ///   - axes: V, orthogonal.
  ///   - certificate: of the eigenvalues, in the order of the axes.
  ///   - rule: what to do where eigenvalues other than zero are equal up to the tolerance of the certificate.
  ///   - argument: what errors call the matrix or the cloud.
  /// - Precondition: there are as many axes as eigenvalues, and a width is positive.
  /// - Throws: ``FrameError/undefined(argument:reason:)`` by ``EqualAxesRule/refuse``.
  public init(
    axes: Matrix<Scalar>, certificate: FrameCertificate<Scalar>, rule: EqualAxesRule<Scalar> = .refuse,
    argument: String = "points"
  ) throws(FrameError) {
    let values = certificate.eigenvalues
    let d = values.count
    precondition(axes.rows == d && axes.columns == d, "There is an axis an eigenvalue")
    let null = d - certificate.rank
    let equal = certificate.clusters.filter { $0.count > 1 && $0.upperBound > null }
    if rule == .refuse, let cluster = equal.first {
      throw .undefined(
        argument: argument,
        reason: """
          eigenvalues \(cluster.lowerBound) to \(cluster.upperBound - 1) of its scatter are equal up to rounding, so \
          that averages over its principal axes have no derivative
          """)
    }
    var width: Scalar = 0
    if case .smoothed(let relative) = rule {
      precondition(relative > 0, "The width by which a derivative is smoothed is positive")
      width = relative * values.reduce(0) { $0 + max($1, 0) }
    }
    var clusterOf = Array(repeating: 0, count: d)
    for (index, cluster) in certificate.clusters.enumerated() {
      for j in cluster { clusterOf[j] = index }
    }
    var altered = 0
    factors = Matrix(rows: d, columns: d) { i, j in
      if i == j || max(i, j) < null { return 0 }
      let gap = values[j] - values[i]
      let together = clusterOf[i] == clusterOf[j]
      if i < j && (together || width * width > gap * gap / 100) { altered += 1 }
      if width > 0 { return gap / (gap * gap + width * width) }
      return together ? 0 : 1 / gap
    }
    self.axes = axes
    self.equal = equal
    alteredPairs = altered
  }

  /// The cotangent of C for cotangents of V and λ: `V (K ∘ (VᵀV̄) + diag(λ̄)) Vᵀ`, symmetrised.
  ///
  /// - Parameters:
  ///   - cotangent: V̄, d × d, or nil for zero.
  ///   - eigenvalues: λ̄, d numbers, or nil for zeros.
  /// - Precondition: the sizes fit.
  /// - Complexity: O(d³).
  public func pullback(axes cotangent: Matrix<Scalar>?, eigenvalues: [Scalar]? = nil) -> Matrix<Scalar> {
    let d = axes.rows
    var inner = cotangent.map { scatterCotangent(turning: axes.transposed * $0) } ?? Matrix(zeros: d, d)
    if let eigenvalues {
      precondition(eigenvalues.count == d, "There is a cotangent an eigenvalue")
      for j in 0..<d { inner[j, j] += eigenvalues[j] }
    }
    return axes * inner * axes.transposed
  }

  /// The changes of V and λ for a change of C, of which the symmetric part counts.
  ///
  /// - Precondition: the change is d × d.
  /// - Complexity: O(d³).
  public func pushforward(_ change: Matrix<Scalar>) -> (axes: Matrix<Scalar>, eigenvalues: [Scalar]) {
    let d = axes.rows
    let inner = axes.transposed * change * axes
    let turn = Matrix(rows: d, columns: d) { i, j in factors[i, j] * (inner[i, j] + inner[j, i]) / 2 }
    return (axes * turn, (0..<d).map { inner[$0, $0] })
  }

  /// The cotangent of VᵀCV, symmetric, for M = VᵀV̄. Only the antisymmetric part of M counts.
  func scatterCotangent(turning m: Matrix<Scalar>) -> Matrix<Scalar> {
    Matrix(rows: m.rows, columns: m.columns) { i, j in factors[i, j] * (m[i, j] - m[j, i]) / 2 }
  }

  /// The largest derivative by the angle of a turn among axes of equal eigenvalues, for M = VᵀV̄: what a result owes
  /// to a choice that nothing determines.
  func dependenceOnChoice(turning m: Matrix<Scalar>) -> Scalar {
    var largest: Scalar = 0
    for cluster in equal {
      for i in cluster {
        for j in cluster where i < j { largest = max(largest, abs(m[i, j] - m[j, i])) }
      }
    }
    return largest
  }
}

extension SmallSymmetricEigen {
  /// The cotangents of many positive semidefinite matrices for cotangents of their eigenvectors and eigenvalues.
  ///
  /// - Parameters:
  ///   - cotangents: of the eigenvectors, a d × d matrix a matrix.
  ///   - valueCotangents: of the eigenvalues, a row a matrix, or nil for zeros.
  ///   - points: the number of points that each matrix is the scatter of; see ``FrameCertificate``.
  ///   - tolerance: eigenvalues whose difference is at most this times the largest are equal; default `√ε / 16`.
  ///   - rule: what to do where eigenvalues other than zero are equal.
  /// - Precondition: the sizes fit.
  /// - Throws: ``FrameError/undefined(argument:reason:)`` by ``EqualAxesRule/refuse``, with the index of the matrix.
  public func pullback(
    vectors cotangents: MatrixBatch<Scalar>, values valueCotangents: Matrix<Scalar>? = nil, points: [Int],
    tolerance: Scalar? = nil, rule: EqualAxesRule<Scalar> = .refuse
  ) throws(FrameError) -> MatrixBatch<Scalar> {
    precondition(
      cotangents.count == vectors.count && points.count == vectors.count,
      "There are cotangents and a number of points a matrix")
    var result = MatrixBatch<Scalar>(zeros: vectors.count, rows: vectors.rows, columns: vectors.columns)
    for b in 0..<vectors.count {
      let certificate = FrameCertificate(
        eigenvalues: values.rowArray(b), points: points[b],
        tolerance: tolerance ?? Scalar.ulpOfOne.squareRoot() / 16)
      let derivative = try SymmetricEigenDerivative(
        axes: Matrix(vectors[b]), certificate: certificate, rule: rule, argument: "matrix \(b)")
      let cotangent = derivative.pullback(
        axes: Matrix(cotangents[b]), eigenvalues: valueCotangents?.rowArray(b))
      result[b] = cotangent.view
    }
    return result
  }
}

extension CloudMoments {
  /// The cotangents of the points for cotangents of their centroids and scatters: per cloud
  /// `X̄ = Y (C̄ + C̄ᵀ) + 1t̄ᵀ/n`.
  ///
  /// About the origin, Y is X and t̄ does not count.
  ///
  /// - Parameters:
  ///   - centerCotangents: a row a cloud, or nil for zeros.
  ///   - scatterCotangents: a d × d matrix a cloud, or nil for zeros.
  ///   - clouds: those that the moments are of.
  ///   - centered: whether the moments are about the centroid.
  /// - Precondition: the sizes fit.
  /// - Complexity: O(n d²) for n points in all.
  public func pullback(
    centers centerCotangents: Matrix<Scalar>?, scatters scatterCotangents: MatrixBatch<Scalar>?,
    of clouds: PointClouds<Scalar>, centered: Bool = true
  ) -> Matrix<Scalar> {
    let d = clouds.dimension
    precondition(
      (centerCotangents?.rows ?? clouds.count) == clouds.count
        && (scatterCotangents?.count ?? clouds.count) == clouds.count, "There are cotangents a cloud")
    var result = Matrix<Scalar>(zeros: clouds.points.rows, d)
    for b in 0..<clouds.count {
      let range = clouds.starts[b]..<clouds.starts[b + 1]
      if let scatterCotangents {
        let cotangent = Matrix(rows: d, columns: d) { i, j in
          scatterCotangents[b, i, j] + scatterCotangents[b, j, i]
        }
        let offsets = clouds[b].addingToRows(centers.rowArray(b).map(-))
        result[rows: range] = (offsets * cotangent).view
      }
      if centered, let centerCotangents {
        for i in range {
          for j in 0..<d { result[i, j] += centerCotangents[b, j] / Scalar(range.count) }
        }
      }
    }
    return result
  }
}
