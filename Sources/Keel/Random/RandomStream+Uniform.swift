extension RandomStream {
  /// A uniform number in `[0, 1)`: a multiple of 2⁻⁵³ (`Double`) or 2⁻²⁴ (`Float`).
  ///
  /// - Parameter type: the scalar type, when the context does not tell.
  /// - Complexity: O(1). Uses 64 bits for a `Double`, 32 bits for a `Float`.
  @inlinable
  public mutating func uniform<Scalar: RealScalar>(_ type: Scalar.Type = Scalar.self) -> Scalar {
    Scalar._uniform(&self)
  }

  /// A uniform number in `(0, 1)`, never 0 nor 1: the midpoint of one of 2⁵² (`Double`) or 2²³
  /// (`Float`) equal cells.
  ///
  /// - Parameter type: the scalar type, when the context does not tell.
  /// - Complexity: O(1).
  @inlinable
  public mutating func openUniform<Scalar: RealScalar>(_ type: Scalar.Type = Scalar.self) -> Scalar {
    Scalar._openUniform(&self)
  }

  /// A uniform number in a half-open range.
  ///
  /// - Parameter range: not empty, its width finite. The upper bound is never returned: when rounding
  ///   would give it (in a range of few representable numbers), another number is drawn.
  /// - Complexity: O(1) expected.
  @inlinable
  public mutating func uniform<Scalar: RealScalar>(in range: Range<Scalar>) -> Scalar {
    precondition(!range.isEmpty, "A uniform number needs a range that is not empty.")
    let width = range.upperBound - range.lowerBound
    precondition(width.isFinite, "A uniform number needs a range of finite width.")
    while true {
      let value = range.lowerBound + width * Scalar._uniform(&self)
      if value < range.upperBound { return value }
    }
  }

  /// A uniform integer in `0..<bound`, exactly uniform.
  ///
  /// The top half of the product of a 64-bit word and the bound, after rejecting the words that make
  /// some results more frequent than others (Lemire 2019, *Fast random integer generation in an
  /// interval*).
  ///
  /// - Parameter bound: positive.
  /// - Complexity: O(1) expected; fewer than two words on average.
  @inlinable
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "A random integer below a bound needs a positive bound.")
    let width = UInt64(bound)
    var product = next().multipliedFullWidth(by: width)
    if product.low < width {
      let excess = (0 &- width) % width
      while product.low < excess { product = next().multipliedFullWidth(by: width) }
    }
    return Int(truncatingIfNeeded: product.high)
  }

  /// A uniform integer in a range, exactly uniform.
  ///
  /// - Parameter range: not empty, with at most `Int.max` elements.
  /// - Complexity: O(1) expected.
  @inlinable
  public mutating func integer(in range: Range<Int>) -> Int {
    let (width, overflow) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
    precondition(!overflow, "A random integer needs a range of at most Int.max elements.")
    return range.lowerBound + integer(below: width)
  }

  /// Fills a span with uniform numbers in `[0, 1)`; the same numbers as repeated ``uniform(_:)``.
  ///
  /// - Parameter span: any length.
  /// - Complexity: O(n), by a kernel of the best instruction set.
  @inlinable
  public mutating func fillUniform<Scalar: RealScalar>(into span: inout MutableSpan<Scalar>) {
    span.withUnsafeMutableBufferPointer { Scalar._fillUniform($0, &self) }
  }

  /// An array of uniform numbers in `[0, 1)`; the same numbers as repeated ``uniform(_:)``.
  ///
  /// - Parameters:
  ///   - count: how many; not negative.
  ///   - type: the scalar type, when the context does not tell.
  /// - Complexity: O(n).
  @inlinable
  public mutating func uniforms<Scalar: RealScalar>(count: Int, _ type: Scalar.Type = Scalar.self) -> [Scalar]
  {
    precondition(count >= 0, "A number of random numbers must not be negative.")
    return [Scalar](uninitialized: count) { buffer, initialized in
      adviseLargePages(buffer.baseAddress, bytes: count * MemoryLayout<Scalar>.stride)
      Scalar._fillUniform(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), &self)
      initialized = count
    }
  }
}
