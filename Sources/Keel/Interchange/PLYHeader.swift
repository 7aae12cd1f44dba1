/// What a polygon file begins with: its encoding, and the elements with the properties of each.
struct PLYHeader {
  /// How the numbers are written.
  enum Encoding: Equatable {
    case text
    case binary(ByteOrder)
  }

  /// One number of an element, or a list of them.
  struct Property {
    let name: String
    let type: ElementType
    /// The type of the number of entries, for a list.
    let countType: ElementType?
  }

  /// Things of one kind, such as vertices.
  struct Element {
    let name: String
    let count: Int
    var properties: [Property] = []

    /// The bytes of one of them in a binary file, nil if that differs from one to another.
    var stride: Int? {
      properties.contains { $0.countType != nil } ? nil : properties.reduce(0) { $0 + $1.type.width }
    }
  }

  private(set) var encoding = Encoding.text
  private(set) var elements: [Element] = []

  /// Reads the header off the front of a file; the current line is then its last.
  init(_ records: TextRecords) throws(InterchangeError) {
    guard try records.advanceLine(), records.ends.count == 1, records.word(0) == "ply" else {
      throw .wrongFormat(
        file: records.file, expected: "a PLY file (its first line is 'ply')",
        found: records.ends.isEmpty ? "other bytes" : records.summary(ofField: 0))
    }
    var hasFormat = false
    while true {
      guard try records.advanceWords() else {
        throw records.failure(column: 1, expected: "'end_header'", found: "the end of the file")
      }
      switch records.word(0) {
      case "comment", "obj_info": continue
      case "format":
        encoding = try Self.encoding(records)
        hasFormat = true
      case "element":
        try Self.expect(3, records, "'element', a name and a count")
        elements.append(
          Element(
            name: records.word(1), count: try records.integer(2, in: 0...Int.max, what: "a count")))
      case "property":
        let property = try Self.property(records)
        guard !elements.isEmpty else {
          throw records.failure(column: 1, expected: "an element before its properties", found: "'property'")
        }
        elements[elements.count - 1].properties.append(property)
      case "end_header":
        guard hasFormat else {
          throw records.failure(column: 1, expected: "a line 'format'", found: "the end of the header")
        }
        return
      default:
        throw records.failure(
          column: 1, expected: "format, element, property, comment or end_header",
          found: records.summary(ofField: 0))
      }
    }
  }

  private static func expect(
    _ count: Int, _ records: TextRecords, _ what: String
  ) throws(InterchangeError) {
    guard records.ends.count == count else {
      throw records.failure(
        column: min(records.ends.count, count) + 1, expected: what, found: "\(records.ends.count) words")
    }
  }

  private static func encoding(_ records: TextRecords) throws(InterchangeError) -> Encoding {
    try expect(3, records, "'format', an encoding and a version")
    guard records.word(2) == "1.0" else {
      throw .unsupported(file: records.file, field: "format", found: "version \(records.summary(ofField: 2))")
    }
    switch records.word(1) {
    case "ascii": return .text
    case "binary_little_endian": return .binary(.little)
    case "binary_big_endian": return .binary(.big)
    default:
      throw records.failure(
        column: 2, expected: "ascii, binary_little_endian or binary_big_endian",
        found: records.summary(ofField: 1))
    }
  }

  private static func property(_ records: TextRecords) throws(InterchangeError) -> Property {
    guard records.ends.count > 1, records.word(1) == "list" else {
      try expect(3, records, "'property', a type and a name")
      return Property(name: records.word(2), type: try type(1, records), countType: nil)
    }
    try expect(5, records, "'property list', two types and a name")
    let countType = try type(2, records)
    guard countType != .float32, countType != .float64 else {
      throw records.failure(column: 3, expected: "a whole-number type", found: records.summary(ofField: 2))
    }
    return Property(name: records.word(4), type: try type(3, records), countType: countType)
  }

  private static func type(_ index: Int, _ records: TextRecords) throws(InterchangeError) -> ElementType {
    switch records.word(index) {
    case "char", "int8": return .int8
    case "uchar", "uint8": return .uint8
    case "short", "int16": return .int16
    case "ushort", "uint16": return .uint16
    case "int", "int32": return .int32
    case "uint", "uint32": return .uint32
    case "float", "float32": return .float32
    case "double", "float64": return .float64
    default:
      throw records.failure(
        column: index + 1, expected: "a type such as float or uchar", found: records.summary(ofField: index))
    }
  }
}
