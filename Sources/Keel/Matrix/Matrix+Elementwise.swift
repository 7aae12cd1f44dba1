extension StridedMatrix {
  /// A matrix of the same shape with `transform` applied to each element.
  @inlinable
  public func map<E: Error>(_ transform: (Scalar) throws(E) -> Scalar) throws(E) -> Matrix<Scalar> {
    let source = Matrix(self).storage
    let elements = try [Scalar](uninitialized: source.count) {
      (target, initialized) throws(E) in
      for i in 0..<source.count { target[i] = try transform(source[i]) }
      initialized = source.count
    }
    return Matrix(rows: rows, columns: columns, elements: elements)
  }

  /// Combines two matrices of one shape, either of which may be a view, element by element.
  @inlinable
  public func combined<E: Error>(
    with other: some StridedMatrix<Scalar>, _ combine: (Scalar, Scalar) throws(E) -> Scalar
  ) throws(E) -> Matrix<Scalar> {
    precondition(
      rows == other.rows && columns == other.columns, "Element-wise operations need matrices of one shape")
    let (left, right) = (Matrix(self).storage, Matrix(other).storage)
    let elements = try [Scalar](uninitialized: left.count) {
      (target, initialized) throws(E) in
      for i in 0..<left.count { target[i] = try combine(left[i], right[i]) }
      initialized = left.count
    }
    return Matrix(rows: rows, columns: columns, elements: elements)
  }

  /// The sum of two matrices of one shape.
  @inlinable
  public static func + (a: Self, b: some StridedMatrix<Scalar>) -> Matrix<Scalar> {
    a.combined(with: b) { $0 + $1 }
  }

  /// The difference of two matrices of one shape.
  @inlinable
  public static func - (a: Self, b: some StridedMatrix<Scalar>) -> Matrix<Scalar> {
    a.combined(with: b) { $0 - $1 }
  }

  /// The negative.
  @inlinable
  public static prefix func - (a: Self) -> Matrix<Scalar> { a.map { -$0 } }

  /// A multiple.
  @inlinable
  public static func * (factor: Scalar, a: Self) -> Matrix<Scalar> { a.map { factor * $0 } }

  /// A multiple.
  @inlinable
  public static func * (a: Self, factor: Scalar) -> Matrix<Scalar> { a.map { $0 * factor } }

  /// Each element divided by a number.
  @inlinable
  public static func / (a: Self, divisor: Scalar) -> Matrix<Scalar> { a.map { $0 / divisor } }

  /// The element-wise (Hadamard) product of two matrices of one shape.
  @inlinable
  public func hadamard(_ other: some StridedMatrix<Scalar>) -> Matrix<Scalar> {
    combined(with: other) { $0 * $1 }
  }

  /// Row `i` multiplied by `factors[i]`: `diag(factors) A`.
  @inlinable
  public func scalingRows(by factors: [Scalar]) -> Matrix<Scalar> {
    precondition(factors.count == rows, "scalingRows needs one factor a row")
    return withEachRow { i, row in
      let factor = factors[i]
      for j in row.indices { row[j] *= factor }
    }
  }

  /// Column `j` multiplied by `factors[j]`: `A diag(factors)`.
  @inlinable
  public func scalingColumns(by factors: [Scalar]) -> Matrix<Scalar> {
    precondition(factors.count == columns, "scalingColumns needs one factor a column")
    return withEachRow { _, row in
      for j in row.indices { row[j] *= factors[j] }
    }
  }

  /// The vector added to each row: `A + 1 vᵀ`. Centering is `a.addingToRows(a.columnMeans.map(-))`.
  @inlinable
  public func addingToRows(_ vector: [Scalar]) -> Matrix<Scalar> {
    precondition(vector.count == columns, "addingToRows needs as many values as there are columns")
    return withEachRow { _, row in
      for j in row.indices { row[j] += vector[j] }
    }
  }

  /// The vector added to each column: `A + v 1ᵀ`.
  @inlinable
  public func addingToColumns(_ vector: [Scalar]) -> Matrix<Scalar> {
    precondition(vector.count == rows, "addingToColumns needs as many values as there are rows")
    return withEachRow { i, row in
      let term = vector[i]
      for j in row.indices { row[j] += term }
    }
  }

  /// A copy of the matrix with every row changed by `body`.
  @inlinable
  internal func withEachRow(_ body: (Int, UnsafeMutableBufferPointer<Scalar>) -> Void) -> Matrix<Scalar> {
    var result = Matrix(self)
    let (rows, columns) = (self.rows, self.columns)
    result.storage.withUnsafeMutableBufferPointer { buffer in
      for i in 0..<rows { body(i, buffer.extracting(i * columns..<(i + 1) * columns)) }
    }
    return result
  }

  /// The largest magnitude of a difference between two matrices of one shape; NaN if any is NaN, zero if
  /// there are no elements.
  @inlinable
  public func maximumDifference(from other: some StridedMatrix<Scalar>) -> Scalar {
    combined(with: other) { ($0 - $1).magnitude }.maximum ?? 0
  }
}

extension Matrix {
  /// Replaces each element by `transform` of it.
  @inlinable
  public mutating func apply<E: Error>(_ transform: (Scalar) throws(E) -> Scalar) throws(E) {
    try storage.withUnsafeMutableBufferPointer { (target) throws(E) in
      for i in target.indices { target[i] = try transform(target[i]) }
    }
  }

  /// Replaces each element by `combine` of it and its partner in `other`, a matrix or view of one shape.
  @inlinable
  public mutating func combine<E: Error>(
    with other: some StridedMatrix<Scalar>, _ combine: (Scalar, Scalar) throws(E) -> Scalar
  ) throws(E) {
    precondition(
      rows == other.rows && columns == other.columns, "Element-wise operations need matrices of one shape")
    let source = Matrix(other).storage
    try storage.withUnsafeMutableBufferPointer { (target) throws(E) in
      for i in target.indices { target[i] = try combine(target[i], source[i]) }
    }
  }

  /// The sum of two matrices of one shape.
  @inlinable
  public static func + (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b) { $0 + $1 } }

  /// The difference of two matrices of one shape.
  @inlinable
  public static func - (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b) { $0 - $1 } }

  /// Adds a matrix or view of the same shape.
  @inlinable
  public static func += (a: inout Matrix, b: some StridedMatrix<Scalar>) { a.combine(with: b) { $0 + $1 } }

  /// Subtracts a matrix or view of the same shape.
  @inlinable
  public static func -= (a: inout Matrix, b: some StridedMatrix<Scalar>) { a.combine(with: b) { $0 - $1 } }

  /// Multiplies each element by a number.
  @inlinable
  public static func *= (a: inout Matrix, factor: Scalar) { a.apply { $0 * factor } }

  /// Divides each element by a number.
  @inlinable
  public static func /= (a: inout Matrix, divisor: Scalar) { a.apply { $0 / divisor } }
}
