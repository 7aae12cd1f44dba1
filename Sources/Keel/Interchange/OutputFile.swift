import CZlib

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where encoders put their bytes.
protocol ByteSink: AnyObject {
  func write(_ bytes: UnsafeRawBufferPointer) throws(InterchangeError)
  /// Writes what is still held back; nothing may be written afterwards.
  func finish() throws(InterchangeError)
}

extension ByteSink {
  func write(_ bytes: [UInt8]) throws(InterchangeError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(InterchangeError) in
      try write(UnsafeRawBufferPointer(buffer))
    }
  }
}

/// A file created (or emptied) for writing, or one that is open already and stays so.
final class OutputFile: ByteSink {
  let name: String
  private(set) var position = 0
  private var descriptor: Int32
  private let isBorrowed: Bool

  init(path: String) throws(InterchangeError) {
    name = path
    isBorrowed = false
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotWrite(file: path, reason: systemErrorMessage()) }
  }

  init(descriptor: Int32, name: String) {
    self.name = name
    self.descriptor = descriptor
    isBorrowed = true
  }

  deinit {
    if descriptor >= 0, !isBorrowed { close(descriptor) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(InterchangeError) {
    try write(bytes, at: nil)
    position += bytes.count
  }

  /// Overwrites bytes that were written before.
  func overwrite(_ bytes: [UInt8], at offset: Int) throws(InterchangeError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(InterchangeError) in
      try write(UnsafeRawBufferPointer(buffer), at: offset)
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int?) throws(InterchangeError) {
    var done = 0
    while done < bytes.count {
      let start = bytes.baseAddress?.advanced(by: done)
      let count: Int
      if let offset {
        count = pwrite(descriptor, start, bytes.count - done, off_t(offset + done))
      } else {
        count = systemWrite(descriptor, start, bytes.count - done)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .cannotWrite(file: name, reason: systemErrorMessage())
      }
      done += count
    }
  }

  func finish() throws(InterchangeError) {
    let status = isBorrowed ? 0 : close(descriptor)
    descriptor = -1
    // A full disk may only be reported here.
    guard status == 0 else { throw .cannotWrite(file: name, reason: systemErrorMessage()) }
  }
}

/// `write(2)`, which the methods of ``OutputFile`` hide by their name.
private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, start, count)
}

/// Bytes kept in memory.
final class MemorySink: ByteSink {
  private(set) var bytes: [UInt8] = []
  func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }
  func finish() {}
}

/// Compresses what is written and passes it on.
final class DeflateSink: ByteSink {
  private let sink: any ByteSink
  private let file: String
  private let stream: UnsafeMutablePointer<z_stream>
  private let output: UnsafeMutableRawBufferPointer

  init(_ sink: any ByteSink, container: InflateSource.Container, file: String) throws(InterchangeError) {
    self.sink = sink
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    output = .allocate(byteCount: 1 << 16, alignment: 16)
    let windowBits: Int32 = container == .gzip ? 15 + 16 : -15
    // Memory level 8 is zlib's and Python's default; the same settings give the same bytes.
    let status = deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw .cannotWrite(file: file, reason: "zlib cannot start (\(status))") }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    output.deallocate()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(InterchangeError) {
    var rest = bytes
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
      // zlib only reads its input; the pointer is mutable for the sake of old compilers.
      stream.pointee.next_in = UnsafeMutableRawPointer(mutating: part.baseAddress)?
        .assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(part.count)
      try drain(Z_NO_FLUSH)
    }
  }

  /// Ends the compressed stream; the sink beneath stays open.
  func finishStream() throws(InterchangeError) {
    stream.pointee.avail_in = 0
    try drain(Z_FINISH)
  }

  func finish() throws(InterchangeError) {
    try finishStream()
    try sink.finish()
  }

  private func drain(_ flush: Int32) throws(InterchangeError) {
    repeat {
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.count)
      guard deflate(stream, flush) != Z_STREAM_ERROR else {
        throw .cannotWrite(file: file, reason: "zlib lost its state")
      }
      let made = output.count - Int(stream.pointee.avail_out)
      try sink.write(UnsafeRawBufferPointer(rebasing: output[..<made]))
    } while stream.pointee.avail_out == 0
  }
}

/// A file for writing, compressed if its name ends in `.gz`.
func makeSink(path: String) throws(InterchangeError) -> any ByteSink {
  let file = try OutputFile(path: path)
  guard path.hasSuffix(".gz") else { return file }
  return try DeflateSink(file, container: .gzip, file: path)
}
