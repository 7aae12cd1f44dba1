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
