// Haar measure by the subgroup algorithm: if Q is uniform on O(n - 1) and the unit vector x is uniform
// on the sphere, then T diag(1, Q) is uniform on O(n), where T is any orthogonal matrix, chosen by x
// alone, whose first column is x. With T a Householder reflection up to sign this is the method of
// Stewart (1980), The efficient generation of random orthogonal matrices with an application to
// condition estimators. It needs no factorization and no BLAS: sums have a fixed order, so that a
// stream gives the same matrix for every number of threads, BLAS library and instruction set.

extension Matrix {
  /// A matrix of independent standard normals, drawn row by row.
  ///
  /// - Parameters:
  ///   - rows: the number of rows.
  ///   - columns: the number of columns.
  ///   - stream: where the numbers come from.
  /// - Complexity: O(rows · columns).
  @inlinable
  public static func randomNormal(
    rows: Int, columns: Int, using stream: inout RandomStream
  ) -> Matrix {
    precondition(rows >= 0 && columns >= 0, "A matrix cannot have a negative size")
    return Matrix(rows: rows, columns: columns, elements: stream.normals(count: rows * columns))
  }

  /// A uniformly random (Haar) orthogonal matrix of either determinant.
  ///
  /// - Parameters:
  ///   - size: the number of rows and columns; 0 gives the empty matrix, 1 gives 1 or -1.
  ///   - stream: where the numbers come from; `size (size + 1) / 2` normals are drawn.
  /// - Returns: `Q` with `QᵀQ = I` up to rounding.
  /// - Complexity: O(n³), 4/3 n³ operations.
  @inlinable
  public static func randomOrthogonal(_ size: Int, using stream: inout RandomStream) -> Matrix {
    precondition(size >= 0, "A matrix cannot have a negative size")
    return haarRows(size, size, using: &stream).rows
  }

  /// A uniformly random (Haar) rotation: an orthogonal matrix of determinant 1.
  ///
  /// A Haar orthogonal matrix whose last row is negated when the determinant is -1.
  ///
  /// - Parameters:
  ///   - size: the number of rows and columns; 0 gives the empty matrix, 1 gives 1.
  ///   - stream: where the numbers come from.
  /// - Complexity: O(n³), 4/3 n³ operations.
  @inlinable
  public static func randomRotation(_ size: Int, using stream: inout RandomStream) -> Matrix {
    precondition(size >= 0, "A matrix cannot have a negative size")
    var (result, determinant) = haarRows(size, size, using: &stream)
    if determinant < 0 {
      for j in 0..<size { result[size - 1, j].negate() }
    }
    return result
  }

  /// Uniformly random (Haar) orthonormal rows: the basis of a uniformly random subspace.
  ///
  /// The first rows do not depend on how many follow.
  ///
  /// - Parameters:
  ///   - count: the number of rows `k`, at most `dimension`.
  ///   - dimension: the number of columns `d`.
  ///   - stream: where the numbers come from.
  /// - Returns: a `k × d` matrix `B` with `BBᵀ = I` up to rounding.
  /// - Complexity: O(k² d).
  @inlinable
  public static func randomOrthonormalRows(
    _ count: Int, _ dimension: Int, using stream: inout RandomStream
  ) -> Matrix {
    precondition(
      0 <= count && count <= dimension, "Orthonormal rows need a number between 0 and the dimension.")
    return haarRows(count, dimension, using: &stream).rows
  }

  /// The first `count` columns of a Haar matrix of order `dimension`, as rows, and the determinant (±1)
  /// if they are all.
  ///
  /// Level `j` of the recursion acts on coordinates `j...`. Its normals are kept in row `j` until the
  /// levels inside it are done; then the reflection is applied to the rows below, and to the unit vector
  /// that becomes row `j`.
  @inlinable
  static func haarRows(
    _ count: Int, _ dimension: Int, using stream: inout RandomStream
  ) -> (rows: Matrix, determinant: Int) {
    var determinant = 1
    var elements = [Scalar](repeating: 0, count: count * dimension)
    var axis = [Scalar](repeating: 0, count: dimension)
    elements.withUnsafeMutableBufferPointer { elements in
      for j in 0..<count {
        Scalar._fillNormal(
          UnsafeMutableBufferPointer(rebasing: elements[(j * dimension + j)..<((j + 1) * dimension)]), &stream
        )
      }
      axis.withUnsafeMutableBufferPointer { axis in
        for j in (0..<count).reversed() {
          let size = dimension - j
          let own = UnsafeMutableBufferPointer(
            rebasing: elements[(j * dimension + j)..<((j + 1) * dimension)])
          let v = UnsafeMutableBufferPointer(rebasing: axis[..<size])
          // T = -s (I - β vvᵀ), v = x / ‖x‖ + s e₁ with s the sign of x₁: T e₁ = x / ‖x‖, no cancellation.
          let norm = orderedDot(own, own).squareRoot()
          for i in 0..<size { v[i] = own[i] / norm }
          let sign: Scalar = v[0] < 0 ? -1 : 1
          v[0] += sign
          let beta = 2 / orderedDot(v, v)
          determinant *= size % 2 == 0 ? -1 : Int(sign)
          own.update(repeating: 0)
          own[0] = 1
          for r in j..<count {
            let row = UnsafeMutableBufferPointer(
              rebasing: elements[(r * dimension + j)..<((r + 1) * dimension)])
            let projection = beta * orderedDot(v, row)
            for i in 0..<size { row[i] = -sign * (row[i] - projection * v[i]) }
          }
        }
      }
    }
    return (Matrix(rows: count, columns: dimension, elements: elements), determinant)
  }

  /// The inner product, summed in a fixed order: eight interleaved partial sums, then their halves.
  @inlinable
  static func orderedDot(
    _ x: UnsafeMutableBufferPointer<Scalar>, _ y: UnsafeMutableBufferPointer<Scalar>
  ) -> Scalar {
    var sums = SIMD8<Scalar>(repeating: 0)
    let whole = x.count & ~7
    let (left, right) = (UnsafeRawBufferPointer(x), UnsafeRawBufferPointer(y))
    let step = 8 * MemoryLayout<Scalar>.stride
    for offset in stride(from: 0, to: whole / 8 * step, by: step) {
      sums +=
        left.loadUnaligned(fromByteOffset: offset, as: SIMD8<Scalar>.self)
        * right.loadUnaligned(fromByteOffset: offset, as: SIMD8<Scalar>.self)
    }
    for i in whole..<x.count { sums[i - whole] += x[i] * y[i] }
    let four = sums.lowHalf + sums.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}
