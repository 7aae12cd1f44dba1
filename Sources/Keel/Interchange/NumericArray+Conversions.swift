extension NumericArray {
  /// The elements if they are of this very type, without a copy; nil otherwise.
  public func elements<Element: NumericElement>(of type: Element.Type = Element.self) -> [Element]? {
    Element._array(elements)
  }

  /// The elements as real numbers.
  ///
  /// Nothing is copied if they are of type `Scalar` already. `false` and `true` become 0 and 1;
  /// integers and doubles that `Scalar` cannot hold are rounded to the nearest, beyond its range to
  /// infinity.
  ///
  /// - Complexity: O(1) without a conversion, else O(count).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func values<Scalar: RealScalar>(as type: Scalar.Type = Scalar.self) -> [Scalar] {
    switch elements {
    case .bool(let array): return convert(array) { $0 ? 1 : 0 }
    case .int8(let array): return convert(array) { Scalar($0) }
    case .int16(let array): return convert(array) { Scalar($0) }
    case .int32(let array): return convert(array) { Scalar($0) }
    case .int64(let array): return convert(array) { Scalar($0) }
    case .uint8(let array): return convert(array) { Scalar($0) }
    case .uint16(let array): return convert(array) { Scalar($0) }
    case .uint32(let array): return convert(array) { Scalar($0) }
    case .uint64(let array): return convert(array) { Scalar($0) }
    case .float32(let array): return (array as? [Scalar]) ?? convert(array) { Scalar($0) }
    case .float64(let array): return (array as? [Scalar]) ?? convert(array) { Scalar($0) }
    }
  }

  /// The elements as integers, each exactly.
  ///
  /// - Throws: ``InterchangeError/malformed(file:field:expected:found:)`` with the index of the first
  ///   element that is not an integer in the range of `Integer`.
  /// - Complexity: O(count).
  @specialized(where Integer == Int)
  public func integers<Integer: FixedWidthInteger>(
    as type: Integer.Type = Integer.self
  ) throws(InterchangeError) -> [Integer] {
    switch elements {
    case .bool(let array): try exact(array) { $0 ? 1 : 0 }
    case .int8(let array): try exact(array) { Integer(exactly: $0) }
    case .int16(let array): try exact(array) { Integer(exactly: $0) }
    case .int32(let array): try exact(array) { Integer(exactly: $0) }
    case .int64(let array): try exact(array) { Integer(exactly: $0) }
    case .uint8(let array): try exact(array) { Integer(exactly: $0) }
    case .uint16(let array): try exact(array) { Integer(exactly: $0) }
    case .uint32(let array): try exact(array) { Integer(exactly: $0) }
    case .uint64(let array): try exact(array) { Integer(exactly: $0) }
    case .float32(let array): try exact(array) { Integer(exactly: $0) }
    case .float64(let array): try exact(array) { Integer(exactly: $0) }
    }
  }

  @inline(__always)
  private func convert<Source, Target>(_ array: [Source], _ transform: (Source) -> Target) -> [Target] {
    [Target](uninitialized: array.count) { buffer, initialized in
      adviseLargePages(buffer.baseAddress, bytes: array.count * MemoryLayout<Target>.stride)
      array.withUnsafeBufferPointer { source in
        for index in source.indices {
          (buffer.baseAddress! + index).initialize(to: transform(source[index]))
        }
      }
      initialized = array.count
    }
  }

  @inline(__always)
  private func exact<Source, Target>(
    _ array: [Source], _ transform: (Source) -> Target?
  ) throws(InterchangeError) -> [Target] {
    var result: [Target] = []
    result.reserveCapacity(array.count)
    for (index, value) in array.enumerated() {
      guard let converted = transform(value) else {
        throw .malformed(
          file: name, field: "element \(index)", expected: "an integer in the range of \(Target.self)",
          found: "\(value)")
      }
      result.append(converted)
    }
    return result
  }
}
