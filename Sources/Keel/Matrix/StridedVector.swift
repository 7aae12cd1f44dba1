/// Anything that BLAS can read as a vector: equally spaced elements of one storage.
///
/// Arrays, their slices and `Span`s conform with stride 1, rows and columns of a matrix through ``VectorView``.
public protocol StridedVector<Scalar>: ~Copyable, ~Escapable {
  /// The type of the elements.
  associatedtype Scalar: RealScalar
  /// The number of elements.
  var count: Int { get }
  /// The distance between neighbours in storage, positive.
  var elementStride: Int { get }
  /// Calls `body` with the address of the first element, which may be nil when there is none.
  func withUnsafeElements<R, E: Error>(_ body: (UnsafePointer<Scalar>?) throws(E) -> R) throws(E) -> R
}

/// A vector that BLAS can write: an array, a `MutableSpan`, or a column of a matrix through
/// ``MutableVectorView``.
public protocol MutableVector<Scalar>: ~Copyable, ~Escapable {
  /// The type of the elements.
  associatedtype Scalar: RealScalar
  /// The number of elements.
  var count: Int { get }
  /// The distance between neighbours in storage, positive.
  var elementStride: Int { get }
  /// Calls `body` with the address of the first element, which may be nil when there is none.
  mutating func withUnsafeMutableElements<R, E: Error>(
    _ body: (UnsafeMutablePointer<Scalar>?) throws(E) -> R
  ) throws(E) -> R
}

extension Array: StridedVector, MutableVector where Element: RealScalar {
  /// The type of the elements.
  public typealias Scalar = Element

  /// The distance between neighbours in storage: 1.
  @inlinable @inline(__always)
  public var elementStride: Int { 1 }

  /// Calls `body` with the address of the first element, or nil if there may be none.
  @inlinable @inline(__always)
  public func withUnsafeElements<R, E: Error>(
    _ body: (UnsafePointer<Element>?) throws(E) -> R
  ) throws(E) -> R {
    try withUnsafeBufferPointer { (buffer) throws(E) -> R in try body(buffer.baseAddress) }
  }

  /// Calls `body` with the address of the first element for writing, or nil if there may be none.
  @inlinable @inline(__always)
  public mutating func withUnsafeMutableElements<R, E: Error>(
    _ body: (UnsafeMutablePointer<Element>?) throws(E) -> R
  ) throws(E) -> R {
    try withUnsafeMutableBufferPointer { (buffer) throws(E) -> R in try body(buffer.baseAddress) }
  }
}

extension ArraySlice: StridedVector where Element: RealScalar {
  /// The type of the elements.
  public typealias Scalar = Element

  /// The distance between neighbours in storage: 1.
  @inlinable @inline(__always)
  public var elementStride: Int { 1 }

  /// Calls `body` with the address of the first element, or nil if there may be none.
  @inlinable @inline(__always)
  public func withUnsafeElements<R, E: Error>(
    _ body: (UnsafePointer<Element>?) throws(E) -> R
  ) throws(E) -> R {
    try withUnsafeBufferPointer { (buffer) throws(E) -> R in try body(buffer.baseAddress) }
  }
}

extension Span: StridedVector where Element: RealScalar {
  /// The type of the elements.
  public typealias Scalar = Element

  /// The distance between neighbours in storage: 1.
  @inlinable @inline(__always)
  public var elementStride: Int { 1 }

  /// Calls `body` with the address of the first element, or nil if there may be none.
  @inlinable @inline(__always)
  public func withUnsafeElements<R, E: Error>(
    _ body: (UnsafePointer<Element>?) throws(E) -> R
  ) throws(E) -> R {
    try withUnsafeBufferPointer { (buffer) throws(E) -> R in try body(buffer.baseAddress) }
  }
}

extension MutableSpan: MutableVector where Element: RealScalar {
  /// The type of the elements.
  public typealias Scalar = Element

  /// The distance between neighbours in storage: 1.
  @inlinable @inline(__always)
  public var elementStride: Int { 1 }

  /// Calls `body` with the address of the first element for writing, or nil if there may be none.
  @inlinable @inline(__always)
  public mutating func withUnsafeMutableElements<R, E: Error>(
    _ body: (UnsafeMutablePointer<Element>?) throws(E) -> R
  ) throws(E) -> R {
    try withUnsafeMutableBufferPointer { (buffer) throws(E) -> R in try body(buffer.baseAddress) }
  }
}
