/// A row or a column of a matrix, read without a copy.
///
/// It is a collection of its elements, and BLAS reads it in place with its stride. `Array(view)`
/// stores it.
public struct VectorView<Scalar: RealScalar>: StridedVector, RandomAccessCollection, Sendable {
  /// The distance between neighbours in storage.
  public let elementStride: Int
  /// The number of elements.
  public let count: Int
  @usableFromInline internal let storage: [Scalar]
  @usableFromInline internal let offset: Int

  @inlinable
  internal init(storage: [Scalar], offset: Int, count: Int, stride: Int) {
    self.storage = storage
    self.offset = offset
    self.count = count
    self.elementStride = stride
  }

  /// The index of the first element, 0.
  @inlinable
  public var startIndex: Int { 0 }

  /// One past the index of the last element.
  @inlinable
  public var endIndex: Int { count }

  /// The element at a position.
  @inlinable
  public subscript(position: Int) -> Scalar {
    precondition(position >= 0 && position < count, "Vector index out of range")
    return storage[offset + position * elementStride]
  }

  /// Calls `body` with the address of the first element, or nil if there may be none.
  @inlinable @inline(__always)
  public func withUnsafeElements<R, E: Error>(
    _ body: (UnsafePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeBufferPointer { (buffer) throws(E) -> R in
      try body(count == 0 ? nil : buffer.baseAddress.map { $0 + offset })
    }
  }
}

extension VectorView: Equatable {
  /// Whether two views have equal elements.
  @inlinable
  public static func == (a: VectorView, b: VectorView) -> Bool { a.elementsEqual(b) }
}

extension VectorView: CustomStringConvertible {
  /// The elements as an array prints them.
  public var description: String { Array(self).description }
}
