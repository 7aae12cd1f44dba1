/// Reads an `.npz` file: named arrays in a zip archive, stored or deflated.
///
/// Opening reads and checks the directory; an array is read, and its CRC-32 checked, when it is asked
/// for. Arrays can be read from several threads at once.
///
/// ```swift
/// let archive = try NPZReader("model.npz")
/// let weights = try Matrix<Float>(archive.read("weights"))
/// ```
public struct NPZReader: Sendable {
  /// The names of the arrays in the order of the archive, without `.npy`.
  public let names: [String]

  private let file: InputFile
  private let limits: InterchangeLimits
  private let entries: [String: ZipEntry]

  /// Opens a file.
  ///
  /// - Throws: ``InterchangeError`` that names the file and the field.
  public init(_ path: String, limits: InterchangeLimits = .standard) throws(InterchangeError) {
    try self.init(InputFile(path: path), limits: limits)
  }

  /// Opens the bytes of a file.
  ///
  /// Messages call the bytes `name`.
  public init(
    bytes: [UInt8], name: String = "npz data", limits: InterchangeLimits = .standard
  ) throws(InterchangeError) {
    try self.init(InputFile(bytes: bytes, name: name), limits: limits)
  }

  private init(_ file: InputFile, limits: InterchangeLimits) throws(InterchangeError) {
    self.file = file
    self.limits = limits
    var names: [String] = []
    var entries: [String: ZipEntry] = [:]
    for entry in try ZipDirectory(file).entries {
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw .malformed(
          file: file.name, field: "central directory", expected: "unique names", found: "two arrays '\(name)'"
        )
      }
      names.append(name)
    }
    self.names = names
    self.entries = entries
  }

  /// Reads one array.
  ///
  /// - Throws: ``InterchangeError/missing(file:field:)`` if there is no array of that name, and the
  ///   errors of ``NPY/read(_:limits:)`` and of decompression, with the file named
  ///   `archive.npz(name.npy)`.
  public func read(_ name: String) throws(InterchangeError) -> NumericArray {
    guard let entry = entries[name] else { throw .missing(file: file.name, field: "member '\(name)'") }
    return try NPY.read(from: ZipMember(entry, in: file, limits: limits), limits: limits)
  }
}

/// The content of an archive's member, checked against its size and CRC-32 when the end is reached.
private final class ZipMember: ByteSource {
  let name: String
  private let content: any ByteSource
  private let expected: UInt32
  private var actual: UInt32 = 0
  private var left: Int
  private var isChecked = false

  var remaining: Int? { content.remaining.map { _ in left } }

  init(_ entry: ZipEntry, in file: InputFile, limits: InterchangeLimits) throws(InterchangeError) {
    name = "\(file.name)(\(entry.name))"
    expected = entry.checksum
    left = entry.size
    let section = FileSection(file, offset: entry.dataOffset, count: entry.compressedSize, name: name)
    switch entry.method {
    case .stored: content = section
    case .deflated:
      guard entry.size <= limits.decompressedBytes else {
        throw .tooLarge(
          file: name, field: "member size", found: "\(entry.size) bytes", limit: "\(limits.decompressedBytes)"
        )
      }
      content = try InflateSource(section, container: .deflate, limits: limits)
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InterchangeError) -> Int {
    let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, left)])
    let got = try content.read(into: wanted)
    actual = checksum(of: UnsafeRawBufferPointer(rebasing: wanted[..<got]), continuing: actual)
    left -= got
    guard got == wanted.count else {
      throw .truncated(file: name, field: "member", expectedBytes: left + got, foundBytes: got)
    }
    if left == 0, !isChecked {
      isChecked = true
      try content.expectEnd(after: "member")
      guard actual == expected else {
        throw .checksumMismatch(file: name, field: "member", expected: expected, found: actual)
      }
    }
    return got
  }
}
