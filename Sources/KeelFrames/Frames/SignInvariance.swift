public import Keel

extension Frame {
  /// A function that does not depend on the signs of the axes, at 2d evaluations instead of 2ᵈ.
  ///
  /// With the columns z_j of the canonical cloud `Z = (X - 1tᵀ)V/c`,
  ///
  ///     ρ(φ(0, z_0) + φ(0, -z_0), …, φ(d-1, z_{d-1}) + φ(d-1, -z_{d-1}))
  ///
  /// is invariant under the group of the frame with its reflections, whatever φ and ρ. It is not the average over the
  /// frame, and weaker: it does not see the signs of columns relative to each other, nor orientation. Use it where 2ᵈ
  /// evaluations are too many.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - function: φ, of the number of an axis and the coordinates of all points along it; it must return equally many
  ///     numbers for each axis.
  ///   - combination: ρ, of the sums, a row an axis.
  /// - Complexity: O(n d²) and 2d evaluations of φ.
  /// - Throws: ``FrameError/undefined(argument:reason:)`` unless the frame is one of principal axes.
  ///
  /// Source: Lim et al. (2023), *Sign and basis invariant networks for spectral graph representation learning*.
  public func signInvariant(
    of points: Matrix<Scalar>, _ function: (Int, [Scalar]) -> [Scalar],
    combinedBy combination: (Matrix<Scalar>) -> [Scalar]
  ) throws(FrameError) -> [Scalar] {
    let columns = try canonicalColumns(of: points)
    let sums = columns.indices.map { j in
      zip(function(j, columns[j]), function(j, columns[j].map { -$0 })).map { $0 + $1 }
    }
    return combination(Matrix(rows: sums))
  }

  /// A cloud that moves with the given one, at 2d evaluations instead of 2ᵈ.
  ///
  /// The new canonical columns are the odd parts `u_j = (ψ(j, z_j) - ψ(j, -z_j)) / 2`, and the result is
  /// `c·U Vᵀ + 1tᵀ`: turning axis j round changes the signs of both z_j and u_j, and the product is the same. ψ may use
  /// whatever else is invariant, such as values of ``signInvariant(of:_:combinedBy:)``.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - kind: ``FieldKind/point``, or ``FieldKind/vector`` for a result without the translation.
  ///   - function: ψ, of the number of an axis and the coordinates of all points along it; it must return equally many
  ///     numbers for each axis, one a point of the result.
  /// - Complexity: O(n d²) and 2d evaluations of ψ.
  /// - Throws: ``FrameError/undefined(argument:reason:)`` unless the frame is one of principal axes.
  /// - Precondition: the kind is one of the two.
  public func signEquivariant(
    of points: Matrix<Scalar>, as kind: FieldKind = .point, _ function: (Int, [Scalar]) -> [Scalar]
  ) throws(FrameError) -> Field<Scalar> {
    precondition(kind == .point || kind == .vector, "Columns of signs make points or vectors")
    let columns = try canonicalColumns(of: points)
    let odd = columns.indices.map { j in
      zip(function(j, columns[j]), function(j, columns[j].map { -$0 })).map { ($0 - $1) / 2 }
    }
    return self[0].transformed(Field(kind, Matrix(Matrix(rows: odd).transposed)))
  }

  /// The coordinates of all points along each axis, in the canonical cloud of the first element.
  private func canonicalColumns(of points: Matrix<Scalar>) throws(FrameError) -> [[Scalar]] {
    guard signedAxes != nil else {
      throw .undefined(argument: "points", reason: "only frames of principal axes have signs")
    }
    let canonical = self[0].inverseTransformed(points)
    return (0..<dimension).map { Array(canonical.column($0)) }
  }
}
