/// A column of a matrix that is written in place, inside the closure of
/// ``Matrix/withMutableColumn(_:_:)``.
///
/// It points into the matrix. It cannot be copied, so it stays in the closure.
public struct MutableVectorView<Scalar: RealScalar>: MutableVector, ~Copyable {
  /// The number of elements.
  public let count: Int
  /// The distance between neighbours in storage.
  public let elementStride: Int
  @usableFromInline internal let base: UnsafeMutablePointer<Scalar>?

  @inlinable
  internal init(base: UnsafeMutablePointer<Scalar>?, count: Int, stride: Int) {
    self.base = base
    self.count = count
    self.elementStride = stride
  }

  /// Calls `body` with the address of the first element for writing, or nil if there may be none.
  @inlinable @inline(__always)
  public mutating func withUnsafeMutableElements<R, E: Error>(
    _ body: (UnsafeMutablePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R {
    try body(base)
  }

  /// The element at a position.
  @inlinable
  public subscript(position: Int) -> Scalar {
    get {
      precondition(position >= 0 && position < count, "Vector index out of range")
      return base.unsafelyUnwrapped[position * elementStride]
    }
    set {
      precondition(position >= 0 && position < count, "Vector index out of range")
      base.unsafelyUnwrapped[position * elementStride] = newValue
    }
  }
}

extension Matrix {
  /// Writes a column in place: it serves as `into:` argument of ``BLAS`` functions.
  ///
  /// ```swift
  /// y.withMutableColumn(3) { BLAS.gemv(1, a, x, into: &$0) }
  /// ```
  @inlinable
  public mutating func withMutableColumn<R, E: Error>(
    _ j: Int, _ body: (inout MutableVectorView<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    precondition(j >= 0 && j < columns, "Matrix column out of range")
    let (count, stride) = (rows, columns)
    return try withUnsafeMutableElements { (pointer) throws(E) -> R in
      var column = MutableVectorView(
        base: count == 0 ? nil : pointer.map { $0 + j }, count: count, stride: stride)
      return try body(&column)
    }
  }
}
