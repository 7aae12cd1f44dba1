/// The header of an `.npy` file: what the bytes after it mean.
///
/// The file begins with `\x93NUMPY`, two bytes of version, the length of the text that follows (16
/// bits in version 1, 32 bits in 2 and 3, little-endian), and a Python dictionary with exactly the
/// keys `descr`, `fortran_order` and `shape`.
///
/// Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`.
public struct NPYHeader: Sendable, Equatable {
  /// The format version, which only decides how the header itself is written.
  public enum Version: UInt8, Sendable, CaseIterable {
    /// A header of at most 65535 bytes; what NumPy writes wherever it can.
    case v1 = 1
    /// A longer header.
    case v2 = 2
    /// A header in UTF-8.
    case v3 = 3
  }

  /// The format version.
  public let version: Version
  /// The type of the elements in the file.
  public let elementType: ElementType
  /// The byte order of the elements.
  public let byteOrder: ByteOrder
  /// Whether the first index runs fastest in the file (`fortran_order`).
  public let isColumnMajor: Bool
  /// The extent along each axis.
  public let shape: [Int]

  /// Creates a header.
  ///
  /// - Precondition: no extent is negative, and the size in bytes fits an `Int`.
  public init(
    elementType: ElementType, shape: [Int], isColumnMajor: Bool = false, byteOrder: ByteOrder = .host,
    version: Version = .v1
  ) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && NPYHeader.dataBytes(shape, elementType) != nil,
      "NPYHeader: the shape has a negative extent or more elements than can be addressed.")
    self.elementType = elementType
    self.shape = shape
    self.isColumnMajor = isColumnMajor
    self.byteOrder = byteOrder
    self.version = version
  }

  /// The number of elements: the product of the shape, 1 for an empty shape.
  public var count: Int { shape.reduce(1, *) }

  /// The size of the elements in the file, in bytes.
  public var dataBytes: Int { count * elementType.width }

  /// NumPy's limit on the number of axes.
  static let maximumRank = 64

  /// The size in bytes, or nil if it overflows.
  private static func dataBytes(_ shape: [Int], _ type: ElementType) -> Int? {
    checkedProduct([type.width] + shape)
  }

  // MARK: Writing

  /// The header's bytes as NumPy writes them, padded so that the data begin at a multiple of 64.
  public var encoded: [UInt8] {
    Self.encoded(descriptor: descriptor, isColumnMajor: isColumnMajor, shape: shape, version: version)
  }

  /// The bytes of a header for elements of any type that NumPy has a name for.
  static func encoded(
    descriptor: String, isColumnMajor: Bool, shape: [Int], version: Version
  ) -> [UInt8] {
    var text = "{'descr': '\(descriptor)', 'fortran_order': \(isColumnMajor ? "True" : "False"), "
    text += "'shape': \(NumericArray.text(ofShape: shape)), }"
    // NumPy leaves room for the growing axis to reach 21 digits, so that a header can be rewritten
    // in place when rows are appended.
    if let growing = isColumnMajor ? shape.last : shape.first {
      text += String(repeating: " ", count: max(0, 21 - String(growing).count))
    }
    let prefix = version == .v1 ? 10 : 12
    let length = text.utf8.count + 1
    let padding = 64 - (prefix + length) % 64
    var bytes: [UInt8] = NPYHeader.magic + [version.rawValue, 0]
    let total = length + padding
    for byte in 0..<(prefix - 8) { bytes.append(UInt8(truncatingIfNeeded: total >> (8 * byte))) }
    bytes += text.utf8
    bytes += repeatElement(0x20, count: padding)
    bytes.append(0x0A)
    return bytes
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// NumPy's name of the type: `<f8`.
  private var descriptor: String {
    let kind =
      switch elementType {
      case .bool: "b"
      case .int8, .int16, .int32, .int64: "i"
      case .uint8, .uint16, .uint32, .uint64: "u"
      case .float16, .float32, .float64: "f"
      }
    let order = elementType.width == 1 ? "|" : byteOrder == .little ? "<" : ">"
    return "\(order)\(kind)\(elementType.width)"
  }

  // MARK: Reading

  /// Reads the header off the front of a source.
  init(reading source: any ByteSource, limits: InterchangeLimits) throws(InterchangeError) {
    let file = source.name
    let magic = try source.readBytes(6, field: "magic")
    guard magic == NPYHeader.magic else {
      let found = magic.prefix(2) == [0x50, 0x4B] ? "a zip archive (.npz?)" : "other bytes"
      throw .wrongFormat(file: file, expected: "an .npy file (it begins with \\x93NUMPY)", found: found)
    }
    let numbers = try source.readBytes(2, field: "version")
    guard let version = Version(rawValue: numbers[0]), numbers[1] == 0 else {
      throw .unsupported(file: file, field: "version", found: "version \(numbers[0]).\(numbers[1])")
    }
    var length = 0
    for byte in try source.readBytes(version == .v1 ? 2 : 4, field: "header length").reversed() {
      length = length << 8 | Int(byte)
    }
    guard length <= limits.headerBytes else {
      throw .tooLarge(
        file: file, field: "header length", found: "\(length) bytes", limit: "\(limits.headerBytes) bytes")
    }
    let text = try source.readBytes(length, field: "header")
    var parser = PythonLiteralParser(text)
    let literal: PythonLiteral
    do {
      literal = try parser.parse()
    } catch {
      throw .malformed(file: file, field: "header", expected: error.expected, found: error.found)
    }
    let fields = try Fields(literal, file: file)
    self.version = version
    (elementType, byteOrder) = try fields.elementType()
    isColumnMajor = try fields.isColumnMajor()
    shape = try fields.shape()
    guard NPYHeader.dataBytes(shape, elementType) != nil else {
      throw .tooLarge(
        file: file, field: "header field 'shape'",
        found: "\(NumericArray.text(ofShape: shape)) of \(elementType)", limit: "\(Int.max) bytes")
    }
  }

  /// Reads the elements that this header describes and puts them in row-major order.
  func readElements(
    from source: any ByteSource
  ) throws(InterchangeError) -> NumericArray {
    let elements = try NumericArray.Elements(
      reading: elementType, count: count, order: byteOrder, from: source, field: "data")
    try source.expectEnd(after: "data")
    return NumericArray(
      shape: shape,
      typed: isColumnMajor ? elements.buffer.reversingAxes(ofRowMajor: shape.reversed()) : elements,
      name: source.name)
  }
}

extension NPYHeader {
  /// The dictionary of a header, checked entry by entry.
  private struct Fields {
    let file: String
    var values: [String: PythonLiteral] = [:]

    init(_ literal: PythonLiteral, file: String) throws(InterchangeError) {
      self.file = file
      guard case .dictionary(let entries) = literal else {
        throw .malformed(
          file: file, field: "header", expected: "a dictionary", found: literal.summary)
      }
      for entry in entries {
        guard ["descr", "fortran_order", "shape"].contains(entry.key) else {
          throw .malformed(
            file: file, field: "header", expected: "the keys descr, fortran_order and shape",
            found: "the key '\(entry.key)'")
        }
        guard values.updateValue(entry.value, forKey: entry.key) == nil else {
          throw .malformed(
            file: file, field: "header field '\(entry.key)'", expected: "one entry", found: "two")
        }
      }
    }

    func value(_ key: String) throws(InterchangeError) -> PythonLiteral {
      guard let value = values[key] else {
        throw .malformed(
          file: file, field: "header field '\(key)'", expected: "an entry", found: "none")
      }
      return value
    }

    func isColumnMajor() throws(InterchangeError) -> Bool {
      let value = try value("fortran_order")
      guard case .boolean(let isColumnMajor) = value else {
        throw .malformed(
          file: file, field: "header field 'fortran_order'", expected: "True or False",
          found: value.summary)
      }
      return isColumnMajor
    }

    func shape() throws(InterchangeError) -> [Int] {
      let field = "header field 'shape'"
      let value = try value("shape")
      let wrong = InterchangeError.malformed(
        file: file, field: field, expected: "a tuple of non-negative integers", found: value.summary)
      guard case .tuple(let items) = value else { throw wrong }
      guard items.count <= NPYHeader.maximumRank else {
        throw .tooLarge(
          file: file, field: field, found: "\(items.count) dimensions", limit: "\(NPYHeader.maximumRank)")
      }
      var shape: [Int] = []
      for item in items {
        guard case .integer(let digits) = item, !digits.hasPrefix("-") else { throw wrong }
        guard let extent = Int(digits) else {
          throw .tooLarge(file: file, field: field, found: item.summary, limit: "\(Int.max)")
        }
        shape.append(extent)
      }
      return shape
    }

    func elementType() throws(InterchangeError) -> (ElementType, ByteOrder) {
      let field = "header field 'descr'"
      let value = try value("descr")
      switch value {
      case .string(let text): return try elementType(named: text, field: field)
      case .list:
        throw .unsupported(file: file, field: field, found: "the structured type \(value.summary)")
      default:
        throw .malformed(
          file: file, field: field, expected: "a type such as '<f8'", found: value.summary)
      }
    }

    private func elementType(
      named text: String, field: String
    ) throws(InterchangeError) -> (ElementType, ByteOrder) {
      var name = Substring(text)
      let order = ["<", ">", "|", "="].contains(name.first) ? name.popFirst() : nil
      let types: [Substring: ElementType] = [
        "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16,
        "u4": .uint32, "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
      ]
      guard let type = types[name] else {
        switch name.first {
        case "O":
          throw .unsupported(
            file: file, field: field,
            found: "'\(text)' (Python objects, stored as a pickle, which can run any code when loaded)")
        case "c": throw .unsupported(file: file, field: field, found: "'\(text)' (complex numbers)")
        case "f", "i", "u", "b":
          throw .unsupported(file: file, field: field, found: "the number type '\(text)'")
        case "S", "a", "U", "V", "M", "m", "T":
          throw .unsupported(file: file, field: field, found: "'\(text)' (not numbers)")
        default:
          throw .malformed(
            file: file, field: field, expected: "a type such as '<f8'", found: "'\(text)'")
        }
      }
      if type.width > 1, order == nil || order == "|" {
        throw .malformed(
          file: file, field: field, expected: "a byte order, '<' or '>', before \(name)", found: "'\(text)'")
      }
      return (type, order == ">" ? .big : order == "=" || type.width == 1 ? .host : .little)
    }
  }
}
