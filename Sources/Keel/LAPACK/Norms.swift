extension StridedMatrix {
  /// The norm `‖A‖₁`: the largest sum of magnitudes in a column. 0 for a matrix without elements.
  public var oneNorm: Scalar {
    isStoredTransposed ? largestStoredRowSum() : largestStoredColumnSum()
  }

  /// The norm `‖A‖_∞`: the largest sum of magnitudes in a row. 0 for a matrix without elements.
  public var infinityNorm: Scalar {
    isStoredTransposed ? largestStoredColumnSum() : largestStoredRowSum()
  }

  /// The norm of Frobenius, the root of the sum of squares, without overflow or underflow in between. 0 for
  /// a matrix without elements.
  public var frobeniusNorm: Scalar {
    // Rows without gaps are one vector; else the norm of the norms of the stored rows.
    let (count, length) = isStoredTransposed ? (columns, rows) : (rows, columns)
    guard count > 0, length > 0 else { return 0 }
    let stride = leadingDimension
    return withUnsafeElements { start in
      guard let start else { return 0 }
      if stride == length { return Scalar._nrm2(count * length, start, 1) }
      let norms = (0..<count).map { Scalar._nrm2(length, start + $0 * stride, 1) }
      return Scalar._nrm2(count, norms, 1)
    }
  }

  /// The largest magnitude of an element. 0 for a matrix without elements. (Not submultiplicative.)
  public var maxNorm: Scalar {
    let (count, length) = isStoredTransposed ? (columns, rows) : (rows, columns)
    guard count > 0, length > 0 else { return 0 }
    let stride = leadingDimension
    return withUnsafeElements { start in
      guard let start else { return 0 }
      return (0..<count).reduce(0) { largest, line in
        let index = Scalar._iamax(length, start + line * stride, 1)
        return propagatingMaximum(largest, abs(start[line * stride + index]))
      }
    }
  }

  /// The spectral norm `‖A‖₂`, the largest singular value. 0 for a matrix without elements.
  ///
  /// - Complexity: O(rows · columns · min(rows, columns)).
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``,
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  public func spectralNorm() throws(LinearAlgebraError) -> Scalar {
    try SVD(self, vectors: .none).singularValues.first ?? 0
  }

  /// The nuclear norm, the sum of the singular values. 0 for a matrix without elements.
  ///
  /// - Complexity: O(rows · columns · min(rows, columns)).
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``,
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  public func nuclearNorm() throws(LinearAlgebraError) -> Scalar {
    // The small values first, so that they are not lost.
    try SVD(self, vectors: .none).singularValues.reversed().reduce(0, +)
  }

  /// The condition number in the 2-norm, `σ₁ / σₖ` with `k = min(rows, columns)`: infinite for a singular
  /// matrix, 1 for one without elements.
  ///
  /// - Complexity: O(rows · columns · k). ``LU/conditionNumberEstimate`` is O(n²) after a decomposition.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``,
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  public func conditionNumber() throws(LinearAlgebraError) -> Scalar {
    try SVD(self, vectors: .none).conditionNumber
  }

  /// The number of singular values above `tolerance · σ₁`.
  ///
  /// - Parameter tolerance: relative; `max(rows, columns) · ulp` if nil.
  /// - Complexity: O(rows · columns · min(rows, columns)).
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``,
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  public func rank(tolerance: Scalar? = nil) throws(LinearAlgebraError) -> Int {
    try SVD(self, vectors: .none).rank(tolerance: tolerance)
  }

  /// The largest sum of magnitudes along the stored rows.
  private func largestStoredRowSum() -> Scalar {
    let (count, length) = isStoredTransposed ? (columns, rows) : (rows, columns)
    guard count > 0, length > 0 else { return 0 }
    let stride = leadingDimension
    return withUnsafeElements { start in
      guard let start else { return 0 }
      return (0..<count).reduce(0) { propagatingMaximum($0, Scalar._asum(length, start + $1 * stride, 1)) }
    }
  }

  /// The largest sum of magnitudes across the stored rows, which are read one after the other: a walk
  /// down each column would miss the cache at every step.
  private func largestStoredColumnSum() -> Scalar {
    let (count, length) = isStoredTransposed ? (columns, rows) : (rows, columns)
    guard count > 0, length > 0 else { return 0 }
    let stride = leadingDimension
    return withUnsafeElements { start in
      guard let start else { return 0 }
      return withUnsafeTemporaryAllocation(of: Scalar.self, capacity: length) { sums in
        sums.initialize(repeating: 0)
        for i in 0..<count { addMagnitudes(start + i * stride, count: length, to: sums) }
        return sums.reduce(0, propagatingMaximum)
      }
    }
  }
}

extension Matrix {
  /// The 1-norm of the symmetric matrix of which this one holds the upper triangle.
  func symmetricOneNorm() -> Scalar {
    let n = rows
    guard n > 0 else { return 0 }
    return storage.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return withUnsafeTemporaryAllocation(of: Scalar.self, capacity: n) { sums in
        sums.initialize(repeating: 0)
        for i in 0..<n {
          // The row from the diagonal on counts for row i, and beyond the diagonal for the rows below.
          let diagonal = start + (i * n + i)
          sums[i] += Scalar._asum(n - i, diagonal, 1)
          let below = UnsafeMutableBufferPointer(rebasing: sums[(i + 1)...])
          addMagnitudes(diagonal + 1, count: n - i - 1, to: below)
        }
        return sums.reduce(0, propagatingMaximum)
      }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addMagnitudes<Scalar: RealScalar>(
  _ row: UnsafePointer<Scalar>, count: Int, to sums: UnsafeMutableBufferPointer<Scalar>
) {
  for j in 0..<count { sums[j] += row[j].magnitude }
}

/// The larger of two numbers, or NaN if one of them is.
private func propagatingMaximum<Scalar: RealScalar>(_ x: Scalar, _ y: Scalar) -> Scalar {
  x.isNaN || y.isNaN ? .nan : max(x, y)
}
