#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A regular file, or bytes in memory under a name, read at any offset.
///
/// Reads go through `pread`: there is no shared position, so one file can be read from many threads.
final class InputFile: Sendable {
  private enum Backing: Sendable {
    case descriptor(Int32)
    case memory([UInt8])
  }

  /// The path, or the name that messages use for bytes in memory.
  let name: String
  /// The size in bytes when the file was opened.
  let size: Int
  private let backing: Backing

  init(path: String) throws(InterchangeError) {
    // Without O_NONBLOCK opening a FIFO that nobody writes to would wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(file: path, reason: systemErrorMessage()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = systemErrorMessage()
      close(descriptor)
      throw .cannotOpen(file: path, reason: reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .cannotOpen(file: path, reason: "it is not a regular file")
    }
    name = path
    size = Int(status.st_size)
    backing = .descriptor(descriptor)
  }

  init(bytes: [UInt8], name: String) {
    self.name = name
    size = bytes.count
    backing = .memory(bytes)
  }

  deinit {
    if case .descriptor(let descriptor) = backing { close(descriptor) }
  }

  /// Fills `buffer` from `offset` on and returns the number of bytes read: fewer only at the end.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(InterchangeError) -> Int {
    switch backing {
    case .memory(let bytes):
      let count = max(0, min(buffer.count, bytes.count - offset))
      guard count > 0 else { return 0 }
      bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + count])) }
      return count
    case .descriptor(let descriptor):
      var filled = 0
      while filled < buffer.count {
        let got = pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled,
          off_t(offset + filled))
        if got == 0 { break }
        if got < 0 {
          if errno == EINTR { continue }
          throw .cannotRead(file: name, reason: systemErrorMessage())
        }
        filled += got
      }
      return filled
    }
  }

  /// Exactly `count` bytes at `offset`, checked against the size before memory is taken.
  func bytes(at offset: Int, count: Int, field: String) throws(InterchangeError) -> [UInt8] {
    let available = max(0, size - offset)
    guard count <= available else {
      throw .truncated(file: name, field: field, expectedBytes: count, foundBytes: available)
    }
    return try FileSection(self, offset: offset, count: count).readBytes(count, field: field)
  }
}

/// The text of `errno`.
func systemErrorMessage() -> String { String(cString: strerror(errno)) }
