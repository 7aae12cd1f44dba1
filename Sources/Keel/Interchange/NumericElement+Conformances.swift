// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Witnesses of `NumericElement`, which documents them.

extension Bool: NumericElement {
  public static var elementType: ElementType { .bool }
  public static func _elements(_ array: [Bool]) -> NumericArray.Elements { .bool(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [Bool]? {
    if case .bool(let array) = elements { array } else { nil }
  }
}

extension Int8: NumericElement {
  public static var elementType: ElementType { .int8 }
  public static func _elements(_ array: [Int8]) -> NumericArray.Elements { .int8(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [Int8]? {
    if case .int8(let array) = elements { array } else { nil }
  }
}

extension Int16: NumericElement {
  public static var elementType: ElementType { .int16 }
  public static func _elements(_ array: [Int16]) -> NumericArray.Elements { .int16(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [Int16]? {
    if case .int16(let array) = elements { array } else { nil }
  }
}

extension Int32: NumericElement {
  public static var elementType: ElementType { .int32 }
  public static func _elements(_ array: [Int32]) -> NumericArray.Elements { .int32(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [Int32]? {
    if case .int32(let array) = elements { array } else { nil }
  }
}

extension Int64: NumericElement {
  public static var elementType: ElementType { .int64 }
  public static func _elements(_ array: [Int64]) -> NumericArray.Elements { .int64(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [Int64]? {
    if case .int64(let array) = elements { array } else { nil }
  }
}

extension UInt8: NumericElement {
  public static var elementType: ElementType { .uint8 }
  public static func _elements(_ array: [UInt8]) -> NumericArray.Elements { .uint8(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [UInt8]? {
    if case .uint8(let array) = elements { array } else { nil }
  }
}

extension UInt16: NumericElement {
  public static var elementType: ElementType { .uint16 }
  public static func _elements(_ array: [UInt16]) -> NumericArray.Elements { .uint16(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [UInt16]? {
    if case .uint16(let array) = elements { array } else { nil }
  }
}

extension UInt32: NumericElement {
  public static var elementType: ElementType { .uint32 }
  public static func _elements(_ array: [UInt32]) -> NumericArray.Elements { .uint32(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [UInt32]? {
    if case .uint32(let array) = elements { array } else { nil }
  }
}

extension UInt64: NumericElement {
  public static var elementType: ElementType { .uint64 }
  public static func _elements(_ array: [UInt64]) -> NumericArray.Elements { .uint64(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [UInt64]? {
    if case .uint64(let array) = elements { array } else { nil }
  }
}

extension Float: NumericElement {
  public static var elementType: ElementType { .float32 }
  public static func _elements(_ array: [Float]) -> NumericArray.Elements { .float32(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [Float]? {
    if case .float32(let array) = elements { array } else { nil }
  }
}

extension Double: NumericElement {
  public static var elementType: ElementType { .float64 }
  public static func _elements(_ array: [Double]) -> NumericArray.Elements { .float64(array) }
  public static func _array(_ elements: NumericArray.Elements) -> [Double]? {
    if case .float64(let array) = elements { array } else { nil }
  }
}

extension Int: NumericElement {
  public static var elementType: ElementType { .int64 }
  public static func _elements(_ array: [Int]) -> NumericArray.Elements { .int64(array.map(Int64.init)) }
  public static func _array(_ elements: NumericArray.Elements) -> [Int]? {
    if case .int64(let array) = elements { array.map(Int.init) } else { nil }
  }
}
