/// The element types that files of numbers use, as Keel reads them.
public enum ElementType: String, Sendable, CaseIterable {
  /// One byte, 0 or 1.
  case bool
  /// A signed integer of as many bits.
  case int8, int16, int32, int64
  /// An unsigned integer of as many bits.
  case uint8, uint16, uint32, uint64
  /// Half precision. It is read into `Float`, which holds every half exactly, and is never written.
  case float16
  /// Single and double precision.
  case float32, float64

  /// The size of an element in a file, in bytes.
  public var width: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

/// The order of the bytes of a number in a file.
public enum ByteOrder: Sendable {
  /// Least significant byte first, as nearly all machines and NumPy files have it.
  case little
  /// Most significant byte first, as IDX files have it.
  case big

  /// The order of this machine.
  public static var host: ByteOrder { 1.littleEndian == 1 ? .little : .big }
}

/// A Swift type whose arrays can be the contents of a ``NumericArray``.
///
/// `Bool`, the fixed-width integers, `Int` (as `int64`), `Float` and `Double` conform. The
/// requirements with an underscore are the way between the type and the cases of
/// ``NumericArray/Elements``; there is no use in further conformances.
public protocol NumericElement: Sendable, Equatable, BitwiseCopyable {
  /// The type's name in files.
  static var elementType: ElementType { get }
  /// The array as contents.
  static func _elements(_ array: [Self]) -> NumericArray.Elements
  /// The contents as an array, without a copy, if they are of this very type.
  static func _array(_ elements: NumericArray.Elements) -> [Self]?
}
