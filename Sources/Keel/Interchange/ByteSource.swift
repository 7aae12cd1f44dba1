#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Bytes read once, from front to back: a part of a file, or what a decompressor makes of one.
protocol ByteSource: AnyObject {
  /// What messages call the source.
  var name: String { get }
  /// The exact number of bytes left, where that is known without reading them.
  var remaining: Int? { get }
  /// Fills `buffer` and returns the number of bytes read: fewer only at the end of the source.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InterchangeError) -> Int
}

/// A run of bytes of a file.
final class FileSection: ByteSource {
  let name: String
  private let file: InputFile
  private var offset: Int
  private let end: Int

  var remaining: Int? { end - offset }

  /// - Precondition: the section lies in the file.
  init(_ file: InputFile, offset: Int = 0, count: Int? = nil, name: String? = nil) {
    self.file = file
    self.offset = offset
    self.name = name ?? file.name
    end = count.map { offset + $0 } ?? file.size
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InterchangeError) -> Int {
    let wanted = min(buffer.count, end - offset)
    guard wanted > 0 else { return 0 }
    let count = try file.read(at: offset, into: .init(rebasing: buffer[..<wanted]))
    offset += count
    return count
  }
}

extension ByteSource {
  /// The next `count` values, bit for bit as they lie in the source.
  ///
  /// Where the size of the source is known this is a check and one read into the final storage.
  /// Otherwise the array grows with the bytes that truly come, so that a false claim costs nothing.
  func readValues<Value: BitwiseCopyable>(
    _ type: Value.Type, count: Int, field: String
  ) throws(InterchangeError) -> [Value] {
    let width = MemoryLayout<Value>.stride
    let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
    guard !overflow, count >= 0 else {
      throw .tooLarge(file: name, field: field, found: "\(count) values", limit: "\(Int.max / width)")
    }
    guard let remaining else { return try readGrowing(type, count: count, field: field) }
    guard bytes <= remaining else {
      throw .truncated(file: name, field: field, expectedBytes: bytes, foundBytes: remaining)
    }
    try checkMemory(bytes, field: field)
    var result: Result<Int, InterchangeError> = .success(0)
    let values = [Value](uninitialized: count) { buffer, initialized in
      let raw = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: bytes)
      adviseLargePages(raw.baseAddress, bytes: bytes)
      result = Result { () throws(InterchangeError) in try read(into: raw) }
      if case .success(bytes) = result { initialized = count }
    }
    let got = try result.get()
    guard got == bytes else {
      throw .truncated(file: name, field: field, expectedBytes: bytes, foundBytes: got)
    }
    return values
  }

  private func readGrowing<Value: BitwiseCopyable>(
    _ type: Value.Type, count: Int, field: String
  ) throws(InterchangeError) -> [Value] {
    let width = MemoryLayout<Value>.stride
    let chunk = 1 << 18
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 16)
    defer { buffer.deallocate() }
    var values: [Value] = []
    while values.count < count {
      let wanted = min(chunk, (count - values.count) * width)
      let got = try read(into: .init(rebasing: buffer[..<wanted]))
      guard got == wanted else {
        throw .truncated(
          file: name, field: field, expectedBytes: count * width, foundBytes: values.count * width + got)
      }
      if values.count + wanted / width > values.capacity {
        try checkMemory(2 * width * values.count, field: field)
      }
      values.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<wanted]).bindMemory(to: type))
    }
    return values
  }

  /// The next `count` bytes.
  func readBytes(_ count: Int, field: String) throws(InterchangeError) -> [UInt8] {
    try readValues(UInt8.self, count: count, field: field)
  }

  /// Throws unless the source is at its end; a decompressor checks its trailer here.
  func expectEnd(after field: String) throws(InterchangeError) {
    if let remaining, remaining > 0 {
      throw .trailingBytes(file: name, field: field, count: remaining)
    }
    var byte: UInt8 = 0
    let result = withUnsafeMutableBytes(of: &byte) { buffer in
      Result { () throws(InterchangeError) in try read(into: buffer) }
    }
    guard try result.get() == 0 else {
      throw .trailingBytes(file: name, field: field, count: 1)
    }
  }

  /// Throws where the system would refuse `bytes`: the array's own allocation could only trap.
  private func checkMemory(_ bytes: Int, field: String) throws(InterchangeError) {
    guard bytes >= 1 << 28 else { return }
    // Not `malloc`, whose call an optimizer may leave out if nothing is done with the memory.
    let probe = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let probe, probe != MAP_FAILED else {
      throw .tooLarge(file: name, field: field, found: "\(bytes) bytes", limit: "the memory of this machine")
    }
    munmap(probe, bytes)
  }
}

/// Reads fixed-width little-endian fields off bytes, and says which field is missing when they end.
struct LittleEndianCursor {
  let file: String
  let bytes: ArraySlice<UInt8>
  private(set) var position: Int

  init(_ bytes: ArraySlice<UInt8>, file: String) {
    self.bytes = bytes
    self.file = file
    position = bytes.startIndex
  }

  var remaining: Int { bytes.endIndex - position }

  mutating func take(_ count: Int, field: String) throws(InterchangeError) -> ArraySlice<UInt8> {
    guard count <= remaining else {
      throw .truncated(file: file, field: field, expectedBytes: count, foundBytes: remaining)
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func read<Value: FixedWidthInteger & UnsignedInteger>(
    _ type: Value.Type, field: String
  ) throws(InterchangeError) -> Value {
    var value: Value = 0
    for byte in try take(MemoryLayout<Value>.size, field: field).reversed() {
      value = value << 8 | Value(byte)
    }
    return value
  }
}
