/// The format of the MNIST family of data sets: a big-endian array of any rank.
///
/// Two zero bytes, a byte for the element type (`0x08` uint8, `0x09` int8, `0x0B` int16, `0x0C` int32,
/// `0x0D` float32, `0x0E` float64), a byte for the number of dimensions, each dimension in 32 bits, and
/// the elements. Files compressed with gzip are recognized by their first bytes, not by their name.
///
/// ```swift
/// let images = try IDX.read("train-images-idx3-ubyte.gz")
/// let x: Matrix<Double> = try images.rows()
/// ```
///
/// Source: Y. LeCun, C. Cortes and C. J. C. Burges, *The MNIST database of handwritten digits*.
public enum IDX {
  /// Reads a file, compressed or not. Its size must be exactly what the header says.
  ///
  /// - Throws: ``InterchangeError`` that names the file and the field.
  public static func read(
    _ path: String, limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> NumericArray {
    try read(from: InputFile(path: path).source(limits: limits))
  }

  /// Reads the bytes of a file, compressed or not.
  ///
  /// Messages call the bytes `name`.
  public static func decode(
    _ bytes: [UInt8], name: String = "IDX data", limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> NumericArray {
    try read(from: InputFile(bytes: bytes, name: name).source(limits: limits))
  }

  /// Writes a file, or replaces it; with gzip if the name ends in `.gz`.
  ///
  /// - Throws: ``InterchangeError/unsupported(file:field:found:)`` for an element type or a shape that
  ///   the format cannot express, before the file is touched.
  public static func write(_ array: NumericArray, to path: String) throws(InterchangeError) {
    let header = try header(of: array, file: path)
    let sink = try makeSink(path: path)
    try sink.write(header)
    try array.elements.buffer.write(to: sink, order: .big)
    try sink.finish()
  }

  /// The bytes of an uncompressed file.
  ///
  /// - Throws: ``InterchangeError/unsupported(file:field:found:)`` for an element type or a shape that
  ///   the format cannot express.
  public static func encode(_ array: NumericArray) throws(InterchangeError) -> [UInt8] {
    let sink = MemorySink()
    try sink.write(header(of: array, file: array.name))
    try array.elements.buffer.write(to: sink, order: .big)
    return sink.bytes
  }

  private static let codes: [(code: UInt8, type: ElementType)] = [
    (0x08, .uint8), (0x09, .int8), (0x0B, .int16), (0x0C, .int32), (0x0D, .float32), (0x0E, .float64),
  ]

  private static func header(
    of array: NumericArray, file: String
  ) throws(InterchangeError) -> [UInt8] {
    guard let code = codes.first(where: { $0.type == array.elementType })?.code else {
      throw .unsupported(file: file, field: "element type", found: "\(array.elementType) in IDX")
    }
    guard (1...255).contains(array.shape.count), array.shape.allSatisfy({ $0 <= UInt32.max }) else {
      throw .unsupported(
        file: file, field: "shape", found: "\(NumericArray.text(ofShape: array.shape)) in IDX")
    }
    var header: [UInt8] = [0, 0, code, UInt8(array.shape.count)]
    for extent in array.shape {
      for shift in [24, 16, 8, 0] { header.append(UInt8(truncatingIfNeeded: extent >> shift)) }
    }
    return header
  }

  private static func read(from source: any ByteSource) throws(InterchangeError) -> NumericArray {
    let file = source.name
    let magic = try source.readBytes(4, field: "magic")
    guard magic[0] == 0, magic[1] == 0 else {
      throw .wrongFormat(
        file: file, expected: "an IDX file (it begins with two zero bytes)", found: "other bytes")
    }
    guard let type = codes.first(where: { $0.code == magic[2] })?.type else {
      throw .malformed(
        file: file, field: "element type", expected: "a code from 8 to 14 except 10",
        found: "\(magic[2])")
    }
    guard magic[3] > 0 else {
      throw .malformed(file: file, field: "number of dimensions", expected: "1 or more", found: "0")
    }
    var shape: [Int] = []
    for axis in 0..<Int(magic[3]) {
      let bytes = try source.readBytes(4, field: "dimension \(axis)")
      shape.append(bytes.reduce(0) { $0 << 8 | Int($1) })
    }
    guard checkedProduct([type.width] + shape) != nil, let count = checkedProduct(shape) else {
      throw .tooLarge(
        file: file, field: "dimensions", found: "\(NumericArray.text(ofShape: shape)) of \(type)",
        limit: "\(Int.max) bytes")
    }
    let elements = try NumericArray.Elements(
      reading: type, count: count, order: .big, from: source, field: "data")
    try source.expectEnd(after: "data")
    return NumericArray(shape: shape, typed: elements, name: file)
  }
}
