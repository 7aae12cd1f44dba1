/// The polygon file format of Stanford: the points of a scan or a mesh.
///
/// ```swift
/// let points = try PLY.read("scan.ply", as: Double.self)
/// ```
///
/// The coordinates are the properties `x`, `y` and, if it is there, `z` of the element `vertex`, wherever they stand
/// among others; those, and other elements, are skipped. Files are text or binary, of either byte order, and may be
/// compressed with gzip.
///
/// Source: G. Turk, *The PLY polygon file format*.
public enum PLY {
  /// Reads the points of a file, compressed with gzip or not, a row each.
  ///
  /// - Throws: ``InterchangeError/malformedText(file:line:column:expected:found:)`` for a wrong line,
  ///   ``InterchangeError/truncated(file:field:expectedBytes:foundBytes:)`` for a binary file that ends early,
  ///   ``InterchangeError/unsupported(file:field:found:)`` for a binary file with lists in vertices, or in what stands
  ///   before them; other cases for the file itself.
  public static func read<Scalar: RealScalar>(
    _ path: String, as type: Scalar.Type = Scalar.self, limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> Matrix<Scalar> {
    try read(InputFile(path: path), limits: limits)
  }

  /// Reads the bytes of a file, compressed or not.
  ///
  /// Messages call the bytes `name`.
  public static func decode<Scalar: RealScalar>(
    _ bytes: [UInt8], as type: Scalar.Type = Scalar.self, name: String = "PLY data",
    limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> Matrix<Scalar> {
    try read(InputFile(bytes: bytes, name: name), limits: limits)
  }

  /// Writes points as text, or replaces a file; with gzip if the name ends in `.gz`.
  ///
  /// Each number has the fewest digits that read back to the same value.
  ///
  /// - Precondition: the points have two or three coordinates.
  public static func write<Scalar: RealScalar>(
    _ points: Matrix<Scalar>, to path: String
  ) throws(InterchangeError) {
    let sink = try makeSink(path: path)
    try write(points, to: sink)
    try sink.finish()
  }

  /// The bytes of an uncompressed text file.
  ///
  /// - Precondition: the points have two or three coordinates.
  public static func encode<Scalar: RealScalar>(_ points: Matrix<Scalar>) -> [UInt8] {
    let sink = MemorySink()
    // Appending to memory throws nothing.
    try? write(points, to: sink)
    return sink.bytes
  }

  private static let axes = ["x", "y", "z"]

  private static func write<Scalar: RealScalar>(
    _ points: Matrix<Scalar>, to sink: any ByteSink
  ) throws(InterchangeError) {
    precondition((2...3).contains(points.columns), "The points of a PLY file have two or three coordinates.")
    let type = Scalar.self == Float.self ? "float" : "double"
    let properties = axes.prefix(points.columns).map { "property \(type) \($0)\n" }.joined()
    let header = "ply\nformat ascii 1.0\nelement vertex \(points.rows)\n\(properties)end_header\n"
    try sink.write(Array(header.utf8))
    try PointRows.write(points, to: sink)
  }

  // MARK: Reading

  private static func read<Scalar: RealScalar>(
    _ file: InputFile, limits: InterchangeLimits
  ) throws(InterchangeError) -> Matrix<Scalar> {
    let records = TextRecords(
      try file.source(limits: limits), options: .init(delimiter: " "), limits: limits)
    let header = try PLYHeader(records)
    guard let index = header.elements.firstIndex(where: { $0.name == "vertex" }) else {
      throw .malformed(file: records.file, field: "header", expected: "an element 'vertex'", found: "none")
    }
    let vertex = header.elements[index]
    let names = vertex.properties.map(\.name)
    let places = axes.compactMap { names.firstIndex(of: $0) }
    guard names.contains("x"), names.contains("y"),
      places.allSatisfy({ vertex.properties[$0].countType == nil })
    else {
      throw .malformed(
        file: records.file, field: "header", expected: "vertices with numbers x, y and z",
        found: names.description)
    }
    switch header.encoding {
    case .text:
      for element in header.elements[..<index] {
        for _ in 0..<element.count {
          guard try records.advanceWords() else {
            throw records.failure(
              column: 1, expected: "\(element.count) of the element \(element.name)",
              found: "the end of the file")
          }
        }
      }
      return try readText(vertex, places, records)
    case .binary(let order):
      for element in header.elements[...index] where element.stride == nil {
        throw .unsupported(
          file: records.file, field: "element \(element.name)",
          found: "a list in a binary file, in vertices or before them,")
      }
      for element in header.elements[..<index] { _ = try block(of: element, records) }
      return try readBinary(vertex, places, order, records)
    }
  }

  private static func readText<Scalar: RealScalar>(
    _ vertex: PLYHeader.Element, _ places: [Int], _ records: TextRecords
  ) throws(InterchangeError) -> Matrix<Scalar> {
    let lists = vertex.properties.indices.filter { vertex.properties[$0].countType != nil }
    var elements: [Scalar] = []
    for index in 0..<vertex.count {
      guard try records.advanceWords() else {
        throw records.failure(
          column: 1, expected: "vertex \(index + 1) of \(vertex.count)", found: "the end of the file")
      }
      // Where a property stands in the line: behind its number of entries, and those, of every list before.
      var shifts = [Int](repeating: 0, count: lists.isEmpty ? 0 : vertex.properties.count + 1)
      for list in lists {
        let count = try records.integer(
          list + shifts[list], in: 0...records.ends.count, what: "a number of entries")
        for later in (list + 1)..<shifts.count { shifts[later] += count }
      }
      let expected = vertex.properties.count + (shifts.last ?? 0)
      guard records.ends.count == expected else {
        throw records.failure(
          column: min(records.ends.count, expected) + 1, expected: "\(expected) numbers in the line",
          found: "\(records.ends.count)")
      }
      for place in places {
        elements.append(try records.number(place + (shifts.isEmpty ? 0 : shifts[place])))
      }
    }
    return Matrix(rows: vertex.count, columns: places.count, elements: elements)
  }

  /// The bytes of all things of an element in a binary file.
  private static func block(
    of element: PLYHeader.Element, _ records: TextRecords
  ) throws(InterchangeError) -> [UInt8] {
    let (bytes, overflow) = element.count.multipliedReportingOverflow(by: element.stride ?? 0)
    guard !overflow else {
      throw .tooLarge(
        file: records.file, field: "element \(element.name)", found: "a count of \(element.count)",
        limit: "\(Int.max) bytes")
    }
    return try records.bytes(bytes, field: "element \(element.name)")
  }

  private static func readBinary<Scalar: RealScalar>(
    _ vertex: PLYHeader.Element, _ places: [Int], _ order: ByteOrder, _ records: TextRecords
  ) throws(InterchangeError) -> Matrix<Scalar> {
    let bytes = try block(of: vertex, records)
    let stride = vertex.stride ?? 0
    let fields = places.map { place in
      (
        offset: vertex.properties[..<place].reduce(0) { $0 + $1.type.width },
        type: vertex.properties[place].type
      )
    }
    var elements: [Scalar] = []
    elements.reserveCapacity(vertex.count * fields.count)
    for start in Swift.stride(from: 0, to: bytes.count, by: max(stride, 1)) {
      for field in fields {
        elements.append(number(bytes, at: start + field.offset, field.type, order))
      }
    }
    return Matrix(rows: vertex.count, columns: fields.count, elements: elements)
  }

  /// A number of a binary file.
  private static func number<Scalar: RealScalar>(
    _ bytes: [UInt8], at start: Int, _ type: ElementType, _ order: ByteOrder
  ) -> Scalar {
    let last = type.width - 1
    let bits = (0...last).reduce(0 as UInt64) { bits, k in
      bits << 8 | UInt64(bytes[start + (order == .big ? k : last - k)])
    }
    return switch type {
    case .int8: Scalar(Int8(truncatingIfNeeded: bits))
    case .int16: Scalar(Int16(truncatingIfNeeded: bits))
    case .int32: Scalar(Int32(truncatingIfNeeded: bits))
    case .float32: Scalar(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: Scalar(Double(bitPattern: bits))
    default: Scalar(bits)
    }
  }
}
