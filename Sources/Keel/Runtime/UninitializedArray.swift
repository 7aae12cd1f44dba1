extension Array {
  /// An array of `count` elements that `initialize` writes, with the contract of
  /// `init(unsafeUninitializedCapacity:initializingWith:)`.
  ///
  /// Asked for no elements, that initializer writes the count into the one storage that all empty arrays
  /// of a program share. Threads that do so at once race, though always with the value 0; here an empty
  /// array touches nothing.
  @inlinable
  @inline(__always)
  internal init<E: Error>(
    uninitialized count: Int,
    _ initialize: (inout UnsafeMutableBufferPointer<Element>, inout Int) throws(E) -> Void
  ) throws(E) {
    guard count > 0 else {
      self = []
      return
    }
    try self.init(unsafeUninitializedCapacity: count, initializingWith: initialize)
  }
}

extension Matrix {
  /// A matrix whose elements `initialize` writes, all of them, in large pages if it is large.
  ///
  /// `initialize` is called with the address of the first element, and not at all if there is none.
  package init(rows: Int, columns: Int, initialize: (UnsafeMutablePointer<Scalar>) -> Void) {
    let count = rows * columns
    let elements = [Scalar](uninitialized: count) { buffer, initialized in
      guard let first = buffer.baseAddress else { return }
      adviseLargePages(first, bytes: count * MemoryLayout<Scalar>.stride)
      initialize(first)
      initialized = count
    }
    self.init(rows: rows, columns: columns, elements: elements)
  }
}
