import CKernels

extension RandomStream {
  /// A standard normal number, by the transform of Box and Muller.
  ///
  /// A `Double` uses 64 bits for its radius and reaches 9.4 standard deviations, a `Float` uses 32 bits
  /// and reaches 6.6; both ends of the radius are resolved to full precision. The transform is accurate
  /// to 5 units in the last place.
  ///
  /// - Parameter type: the scalar type, when the context does not tell.
  /// - Complexity: O(1). A block gives two normals of type `Double` or four of type `Float`.
  @inlinable
  public mutating func normal<Scalar: RealScalar>(_ type: Scalar.Type = Scalar.self) -> Scalar {
    Scalar._normal(&self)
  }

  /// A normal number with a mean and a standard deviation: `mean + deviation · z`.
  ///
  /// - Parameters:
  ///   - mean: finite.
  ///   - deviation: finite, not negative.
  /// - Complexity: O(1).
  @inlinable
  public mutating func normal<Scalar: RealScalar>(mean: Scalar, deviation: Scalar) -> Scalar {
    precondition(mean.isFinite, "The mean of a normal law must be finite.")
    precondition(
      deviation >= 0 && deviation.isFinite, "A standard deviation must be finite and not negative.")
    return mean + deviation * Scalar._normal(&self)
  }

  /// Fills a span with standard normals; the same numbers as repeated ``normal(_:)``.
  ///
  /// - Parameter span: any length.
  /// - Complexity: O(n), by a kernel of the best instruction set.
  @inlinable
  public mutating func fillNormal<Scalar: RealScalar>(into span: inout MutableSpan<Scalar>) {
    span.withUnsafeMutableBufferPointer { Scalar._fillNormal($0, &self) }
  }

  /// An array of standard normals; the same numbers as repeated ``normal(_:)``.
  ///
  /// - Parameters:
  ///   - count: how many; not negative.
  ///   - type: the scalar type, when the context does not tell.
  /// - Complexity: O(n).
  @inlinable
  public mutating func normals<Scalar: RealScalar>(count: Int, _ type: Scalar.Type = Scalar.self) -> [Scalar]
  {
    precondition(count >= 0, "A number of random numbers must not be negative.")
    return [Scalar](uninitialized: count) { buffer, initialized in
      adviseLargePages(buffer.baseAddress, bytes: count * MemoryLayout<Scalar>.stride)
      Scalar._fillNormal(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), &self)
      initialized = count
    }
  }

  /// A standard exponential number: `-ln u`, `u` uniform with 64 bits. In `(0, 44.4]`.
  ///
  /// - Parameter type: the scalar type, when the context does not tell.
  /// - Complexity: O(1). Uses 64 bits for either type.
  @inlinable
  public mutating func exponential<Scalar: RealScalar>(_ type: Scalar.Type = Scalar.self) -> Scalar {
    Scalar(nextExponential())
  }

  @usableFromInline
  mutating func nextExponential() -> Double { keel_random_exponential(next()) }
}
