extension Matrix {
  /// A matrix of the same shape with `transform` applied to each element.
  @inlinable
  public func map<E: Error>(_ transform: (Scalar) throws(E) -> Scalar) throws(E) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: try storage.map(transform))
  }

  /// Replaces each element by `transform` of it.
  @inlinable
  public mutating func apply(_ transform: (Scalar) -> Scalar) {
    for i in storage.indices { storage[i] = transform(storage[i]) }
  }

  /// Combines two matrices of one shape element by element.
  @inlinable
  public func combined(with other: Matrix, _ combine: (Scalar, Scalar) -> Scalar) -> Matrix {
    var result = self
    result.combine(with: other, combine)
    return result
  }

  /// Replaces each element by `combine` of it and its partner in `other`.
  @inlinable
  public mutating func combine(with other: Matrix, _ combine: (Scalar, Scalar) -> Scalar) {
    precondition(
      rows == other.rows && columns == other.columns, "Element-wise operations need matrices of one shape")
    let count = storage.count
    storage.withUnsafeMutableBufferPointer { target in
      other.storage.withUnsafeBufferPointer { source in
        for i in 0..<count { target[i] = combine(target[i], source[i]) }
      }
    }
  }

  /// The sum of two matrices of one shape.
  @inlinable
  public static func + (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b) { $0 + $1 } }

  /// The difference of two matrices of one shape.
  @inlinable
  public static func - (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b) { $0 - $1 } }

  /// Adds a matrix of the same shape.
  @inlinable
  public static func += (a: inout Matrix, b: Matrix) { a.combine(with: b) { $0 + $1 } }

  /// Subtracts a matrix of the same shape.
  @inlinable
  public static func -= (a: inout Matrix, b: Matrix) { a.combine(with: b) { $0 - $1 } }

  /// The negative.
  @inlinable
  public static prefix func - (a: Matrix) -> Matrix { a.map { -$0 } }

  /// A multiple.
  @inlinable
  public static func * (factor: Scalar, a: Matrix) -> Matrix { a.map { factor * $0 } }

  /// A multiple.
  @inlinable
  public static func * (a: Matrix, factor: Scalar) -> Matrix { a.map { $0 * factor } }

  /// Each element divided by a number.
  @inlinable
  public static func / (a: Matrix, divisor: Scalar) -> Matrix { a.map { $0 / divisor } }

  /// Multiplies each element by a number.
  @inlinable
  public static func *= (a: inout Matrix, factor: Scalar) { a.apply { $0 * factor } }

  /// Divides each element by a number.
  @inlinable
  public static func /= (a: inout Matrix, divisor: Scalar) { a.apply { $0 / divisor } }

  /// The element-wise (Hadamard) product of two matrices of one shape.
  @inlinable
  public func hadamard(_ other: Matrix) -> Matrix { combined(with: other) { $0 * $1 } }

  /// Row `i` multiplied by `factors[i]`: `diag(factors) A`.
  @inlinable
  public func scalingRows(by factors: [Scalar]) -> Matrix {
    precondition(factors.count == rows, "scalingRows needs one factor a row")
    var result = self
    for i in 0..<rows {
      let factor = factors[i]
      result.withMutableRow(i) { row in
        for j in row.indices { row[j] *= factor }
      }
    }
    return result
  }

  /// Column `j` multiplied by `factors[j]`: `A diag(factors)`.
  @inlinable
  public func scalingColumns(by factors: [Scalar]) -> Matrix {
    precondition(factors.count == columns, "scalingColumns needs one factor a column")
    var result = self
    for i in 0..<rows {
      result.withMutableRow(i) { row in
        for j in row.indices { row[j] *= factors[j] }
      }
    }
    return result
  }

  /// The largest magnitude of a difference between two matrices of one shape; NaN if any is NaN.
  @inlinable
  public func maximumDifference(from other: Matrix) -> Scalar {
    combined(with: other) { ($0 - $1).magnitude }.storage.reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 }
  }

  /// Whether every element is finite.
  @inlinable
  public var isFinite: Bool { storage.allSatisfy { $0.isFinite } }
}
