import CZlib

/// What comes out of a gzip file or of a deflated archive member, decompressed as it is read.
final class InflateSource: ByteSource {
  enum Container {
    /// One or more gzip members, with nothing but zero padding after them; zlib checks their CRC.
    case gzip
    /// One bare deflate stream that takes up the whole of the source beneath.
    case deflate
  }

  let name: String
  var remaining: Int? { nil }

  private let source: any ByteSource
  private let container: Container
  private let limit: Int
  // zlib keeps the address of its stream, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var produced = 0
  private var sourceEnded = false
  private var finished = false

  private var field: String { container == .gzip ? "gzip stream" : "deflate stream" }

  init(_ source: any ByteSource, container: Container, limits: InterchangeLimits) throws(InterchangeError) {
    name = source.name
    self.source = source
    self.container = container
    limit = limits.decompressedBytes
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 1 << 16, alignment: 16)
    // 15 is the largest window; +16 asks for a gzip header, a minus for no header at all.
    let windowBits: Int32 = container == .gzip ? 15 + 16 : -15
    let status = inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw .cannotRead(file: name, reason: "zlib cannot start (\(status))") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InterchangeError) -> Int {
    var filled = 0
    while filled < buffer.count, !finished {
      try refill()
      let room = min(buffer.count - filled, Int(UInt32.max))
      stream.pointee.next_out = buffer.baseAddress?.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      let made = room - Int(stream.pointee.avail_out)
      filled += made
      produced += made
      guard produced <= limit else {
        throw .tooLarge(
          file: name, field: field, found: "decompressed data of \(produced) bytes or more",
          limit: "\(limit) bytes")
      }
      switch status {
      case Z_OK: break
      case Z_STREAM_END: try endMember()
      case Z_BUF_ERROR where stream.pointee.avail_in == 0 && sourceEnded:
        throw .corrupt(file: name, field: field, reason: "it ends before its end marker")
      case Z_BUF_ERROR: break
      case Z_MEM_ERROR: throw .cannotRead(file: name, reason: "zlib is out of memory")
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
        throw .corrupt(file: name, field: field, reason: reason)
      }
    }
    return filled
  }

  private func refill() throws(InterchangeError) {
    guard stream.pointee.avail_in == 0, !sourceEnded else { return }
    let got = try source.read(into: input)
    sourceEnded = got < input.count
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(got)
  }

  /// Goes on to the next gzip member, or makes sure that nothing but zeros follows.
  private func endMember() throws(InterchangeError) {
    while true {
      try refill()
      guard stream.pointee.avail_in > 0, let next = stream.pointee.next_in else {
        finished = true
        return
      }
      if container == .gzip, next.pointee == 0x1F {
        inflateReset(stream)
        return
      }
      guard container == .gzip, next.pointee == 0 else {
        throw .trailingBytes(file: name, field: field, count: Int(stream.pointee.avail_in))
      }
      stream.pointee.next_in = next + 1
      stream.pointee.avail_in -= 1
    }
  }
}

extension InputFile {
  /// The whole file from its start, through a decompressor if it begins like a gzip file.
  func source(limits: InterchangeLimits) throws(InterchangeError) -> any ByteSource {
    let section = FileSection(self)
    let magic = try bytes(at: 0, count: min(2, size), field: "magic")
    guard magic == [0x1F, 0x8B] else { return section }
    return try InflateSource(section, container: .gzip, limits: limits)
  }
}

/// The CRC-32 of zip and gzip, continued from `start`.
func checksum(of bytes: UnsafeRawBufferPointer, continuing start: UInt32 = 0) -> UInt32 {
  guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return start }
  return UInt32(truncatingIfNeeded: crc32_z(UInt(start), base, bytes.count))
}
