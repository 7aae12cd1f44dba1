/// What all typed element arrays can do, so that one switch over the types is enough.
protocol ElementBuffer {
  var count: Int { get }
  var elementType: ElementType { get }
  /// The elements of a row-major array of the given shape with the order of the axes reversed.
  ///
  /// Column-major data of a shape are row-major data of the reversed shape, so this turns one order
  /// into the other, both ways.
  func reversingAxes(ofRowMajor shape: [Int]) -> NumericArray.Elements
  /// Writes the elements in a byte order.
  func write(to sink: any ByteSink, order: ByteOrder) throws(InterchangeError)
}

extension NumericArray.Elements {
  var buffer: any ElementBuffer {
    switch self {
    case .bool(let array): array
    case .int8(let array): array
    case .int16(let array): array
    case .int32(let array): array
    case .int64(let array): array
    case .uint8(let array): array
    case .uint16(let array): array
    case .uint32(let array): array
    case .uint64(let array): array
    case .float32(let array): array
    case .float64(let array): array
    }
  }

  /// Reads `count` elements as they lie in a source.
  init(
    reading type: ElementType, count: Int, order: ByteOrder, from source: any ByteSource, field: String
  ) throws(InterchangeError) {
    func load<Element: NumericElement>(_ element: Element.Type) throws(InterchangeError) -> Self {
      var values = try source.readValues(element, count: count, field: field)
      if order != .host { swapBytes(&values) }
      return Element._elements(values)
    }
    switch type {
    case .bool:
      // Any other byte in a Bool is undefined behavior, so the bytes are looked at first.
      let bytes = try source.readValues(UInt8.self, count: count, field: field)
      if let index = bytes.firstIndex(where: { $0 > 1 }) {
        throw .malformed(
          file: source.name, field: field, expected: "booleans that are 0 or 1",
          found: "\(bytes[index]) at element \(index)")
      }
      self = .bool(bytes.map { $0 == 1 })
    case .float16:
      var halves = try source.readValues(UInt16.self, count: count, field: field)
      if order != .host { swapBytes(&halves) }
      self = .float32(halves.map(Float.init(halfPrecisionBits:)))
    case .int8: self = try load(Int8.self)
    case .int16: self = try load(Int16.self)
    case .int32: self = try load(Int32.self)
    case .int64: self = try load(Int64.self)
    case .uint8: self = try load(UInt8.self)
    case .uint16: self = try load(UInt16.self)
    case .uint32: self = try load(UInt32.self)
    case .uint64: self = try load(UInt64.self)
    case .float32: self = try load(Float.self)
    case .float64: self = try load(Double.self)
    }
  }
}

extension Array: ElementBuffer where Element: NumericElement {
  var elementType: ElementType { Element.elementType }

  func write(to sink: any ByteSink, order: ByteOrder) throws(InterchangeError) {
    var values = self
    if order != .host { swapBytes(&values) }
    try values.withUnsafeBufferPointer { (buffer) throws(InterchangeError) in
      try sink.write(UnsafeRawBufferPointer(buffer))
    }
  }

  func reversingAxes(ofRowMajor shape: [Int]) -> NumericArray.Elements {
    // Axes of extent 1 change nothing; without them most arrays have rank 2 or less.
    let extents = shape.filter { $0 != 1 }
    guard extents.count > 1, !isEmpty else { return Element._elements(self) }
    // Steps through the source, in the order of the target's axes.
    var strides: [Int] = []
    var stride = 1
    for extent in extents.reversed() {
      strides.append(stride)
      stride *= extent
    }
    let target = [Int](extents.reversed())
    let rows = target[target.count - 2]
    let columns = target[target.count - 1]
    let result = [Element](uninitialized: count) { buffer, initialized in
      adviseLargePages(buffer.baseAddress, bytes: count * MemoryLayout<Element>.stride)
      withUnsafeBufferPointer { source in
        var index = [Int](repeating: 0, count: target.count - 2)
        var origin = 0
        for start in Swift.stride(from: 0, to: count, by: rows * columns) {
          transposePlane(
            from: source.baseAddress! + origin, rowStride: strides[target.count - 2],
            columnStride: strides[target.count - 1], to: buffer.baseAddress! + start, rows: rows,
            columns: columns, width: MemoryLayout<Element>.size)
          // The next plane: an odometer over the outer axes of the target.
          for axis in index.indices.reversed() {
            index[axis] += 1
            origin += strides[axis]
            if index[axis] < target[axis] { break }
            origin -= target[axis] * strides[axis]
            index[axis] = 0
          }
        }
      }
      initialized = count
    }
    return Element._elements(result)
  }
}

/// Gathers a strided plane of elements, `width` bytes each, into contiguous rows.
///
/// The move is by width and not by type: this is reached through an existential, where a generic
/// version would run unspecialized, many times slower. Strides count elements.
private func transposePlane(
  from source: UnsafeRawPointer, rowStride: Int, columnStride: Int, to target: UnsafeMutableRawPointer,
  rows: Int, columns: Int, width: Int
) {
  func move<Word: BitwiseCopyable>(as type: Word.Type) {
    // Tile by tile, so that both sides stay in the cache.
    let tile = 32
    for firstRow in stride(from: 0, to: rows, by: tile) {
      for firstColumn in stride(from: 0, to: columns, by: tile) {
        for row in firstRow..<min(firstRow + tile, rows) {
          for column in firstColumn..<min(firstColumn + tile, columns) {
            let word = source.load(
              fromByteOffset: (row &* rowStride &+ column &* columnStride) &* MemoryLayout<Word>.size,
              as: type)
            target.storeBytes(
              of: word, toByteOffset: (row &* columns &+ column) &* MemoryLayout<Word>.size, as: type)
          }
        }
      }
    }
  }
  switch width {
  case 1: move(as: UInt8.self)
  case 2: move(as: UInt16.self)
  case 4: move(as: UInt32.self)
  default: move(as: UInt64.self)
  }
}

/// Reverses the bytes of every value.
private func swapBytes<Value: BitwiseCopyable>(_ values: inout [Value]) {
  func swap<Word: FixedWidthInteger & BitwiseCopyable>(
    _ raw: UnsafeMutableRawBufferPointer, as type: Word.Type
  ) {
    raw.withMemoryRebound(to: type) { words in
      for index in words.indices { words[index] = words[index].byteSwapped }
    }
  }
  values.withUnsafeMutableBytes { raw in
    switch MemoryLayout<Value>.size {
    case 2: swap(raw, as: UInt16.self)
    case 4: swap(raw, as: UInt32.self)
    case 8: swap(raw, as: UInt64.self)
    default: break
    }
  }
}

extension Float {
  /// The value of an IEEE 754 half, which a single holds exactly. `Float16` does not exist on all
  /// machines that Keel runs on.
  init(halfPrecisionBits bits: UInt16) {
    let sign = UInt32(bits >> 15) << 31
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits) & 0x3FF
    switch exponent {
    case 0:
      // Subnormal: a multiple of 2⁻²⁴.
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 0x1F:
      self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      // The exponent's bias goes from 15 to 127.
      self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
