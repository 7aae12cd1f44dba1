/// Writes an `.npz` file, one array after the other.
///
/// The bytes are those that `numpy.savez` and `numpy.savez_compressed` write. Sizes are not limited to
/// 32 bits.
///
/// ```swift
/// let writer = try NPZWriter("model.npz")
/// try writer.append(NumericArray(weights), name: "weights")
/// try writer.finish()
/// ```
public final class NPZWriter {
  private let file: OutputFile
  private let isCompressed: Bool
  private let zip64Threshold: Int
  private var entries: [ZipEntry] = []
  private var names: Set<String> = []

  /// Creates the file, or empties it.
  ///
  /// With `compressed` the arrays are deflated; floating-point noise gains little by it.
  public convenience init(_ path: String, compressed: Bool = false) throws(InterchangeError) {
    // Python's zipfile changes to 64-bit records here, well before it must.
    try self.init(path, compressed: compressed, zip64Threshold: Int(Int32.max))
  }

  package init(_ path: String, compressed: Bool, zip64Threshold: Int) throws(InterchangeError) {
    file = try OutputFile(path: path)
    isCompressed = compressed
    self.zip64Threshold = zip64Threshold
  }

  /// Appends an array.
  ///
  /// - Throws: ``InterchangeError/malformed(file:field:expected:found:)`` for a name that is empty,
  ///   was used before, is absolute, or has `..`, backslashes or control characters.
  public func append(_ array: NumericArray, name: String) throws(InterchangeError) {
    try append(name: name) { (sink) throws(InterchangeError) in
      try NPY.write(array, to: sink, options: .init())
    }
  }

  /// Appends a word in ASCII as a single element of NumPy's type for bytes: what archives of SciPy and
  /// others keep next to their arrays. Keel itself reads numbers only.
  ///
  /// - Precondition: the word is not empty, and all its characters are ASCII.
  /// - Throws: what ``append(_:name:)`` throws for the name.
  public func append(word: String, name: String) throws(InterchangeError) {
    precondition(
      !word.isEmpty && word.utf8.allSatisfy { $0 < 0x80 }, "NPZWriter.append: the word must be in ASCII.")
    try append(name: name) { (sink) throws(InterchangeError) in
      try sink.write(
        NPYHeader.encoded(
          descriptor: "|S\(word.utf8.count)", isColumnMajor: false, shape: [], version: .v1))
      try sink.write(Array(word.utf8))
    }
  }

  private func append(
    name: String, write: (any ByteSink) throws(InterchangeError) -> Void
  ) throws(InterchangeError) {
    let memberName = name + ".npy"
    guard !name.isEmpty, ZipDirectory.isSafeName(memberName), names.insert(name).inserted else {
      throw .malformed(
        file: file.name, field: "member name",
        expected: "a relative name, not used before, without '..', backslashes and control characters",
        found: "'\(name)'")
    }
    var entry = ZipEntry(
      name: memberName, method: isCompressed ? .deflated : .stored, checksum: 0, compressedSize: 0,
      size: 0, headerOffset: file.position)
    try file.write(localHeader(entry))
    let start = file.position
    let counter: ChecksumSink
    if isCompressed {
      let deflater = try DeflateSink(file, container: .deflate, file: file.name)
      counter = ChecksumSink(deflater)
      try write(counter)
      try deflater.finishStream()
    } else {
      counter = ChecksumSink(file)
      try write(counter)
    }
    entry.checksum = counter.checksum
    entry.size = counter.count
    entry.compressedSize = file.position - start
    try file.overwrite(localHeader(entry), at: entry.headerOffset)
    entries.append(entry)
  }

  /// Writes the central directory and closes the file.
  public func finish() throws(InterchangeError) {
    let offset = file.position
    for entry in entries { try file.write(directoryEntry(entry)) }
    try file.write(endRecords(offset: offset, size: file.position - offset))
    try file.finish()
  }

  // MARK: Records

  /// UTF-8 is announced only where the name needs it, as Python does.
  private func flags(_ entry: ZipEntry) -> UInt16 {
    entry.name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 0x800
  }

  /// 1 January 1980, the first day of zip: archives of equal arrays are equal.
  private static let date: UInt16 = 1 << 5 | 1

  /// A local header always has 64-bit sizes: it is written before they are known.
  private func localHeader(_ entry: ZipEntry) -> [UInt8] {
    var record = LittleEndianRecord(ZipDirectory.Signature.localHeader)
    record.append(UInt16(45), flags(entry), entry.method.rawValue, 0, NPZWriter.date)
    record.append(entry.checksum, .max, .max)
    record.append(UInt16(entry.name.utf8.count), 20)
    record.bytes += entry.name.utf8
    record.append(UInt16(1), 16)
    record.append(UInt64(entry.size), UInt64(entry.compressedSize))
    return record.bytes
  }

  private func directoryEntry(_ entry: ZipEntry) -> [UInt8] {
    let hasLargeSize = max(entry.size, entry.compressedSize) > zip64Threshold
    let hasLargeOffset = entry.headerOffset > zip64Threshold
    var extra: [UInt64] = []
    if hasLargeSize { extra += [UInt64(entry.size), UInt64(entry.compressedSize)] }
    if hasLargeOffset { extra.append(UInt64(entry.headerOffset)) }
    var record = LittleEndianRecord(ZipDirectory.Signature.entry)
    // Made by version 4.5 on Unix, the system that the attributes belong to.
    record.append(UInt16(3 << 8 | 45), 45, flags(entry), entry.method.rawValue, 0, NPZWriter.date)
    record.append(
      entry.checksum, hasLargeSize ? .max : UInt32(entry.compressedSize),
      hasLargeSize ? .max : UInt32(entry.size))
    record.append(UInt16(entry.name.utf8.count), UInt16(extra.isEmpty ? 0 : 4 + 8 * extra.count), 0, 0, 0)
    // The owner may read and write, and nobody else may do anything: 0o600 in the upper half.
    record.append(UInt32(0o600 << 16), hasLargeOffset ? .max : UInt32(entry.headerOffset))
    record.bytes += entry.name.utf8
    if !extra.isEmpty {
      record.append(UInt16(1), UInt16(8 * extra.count))
      for value in extra { record.append(value) }
    }
    return record.bytes
  }

  private func endRecords(offset: Int, size: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    if entries.count >= 0xFFFF || max(offset, size) > zip64Threshold {
      var large = LittleEndianRecord(ZipDirectory.Signature.end64)
      large.append(UInt64(44))
      large.append(UInt16(45), 45)
      large.append(UInt32(0), 0)
      large.append(UInt64(entries.count), UInt64(entries.count), UInt64(size), UInt64(offset))
      var locator = LittleEndianRecord(ZipDirectory.Signature.locator64)
      locator.append(UInt32(0))
      locator.append(UInt64(offset + size))
      locator.append(UInt32(1))
      bytes += large.bytes + locator.bytes
    }
    let count = UInt16(clamping: entries.count)
    var record = LittleEndianRecord(ZipDirectory.Signature.end)
    record.append(UInt16(0), 0, count, count)
    record.append(UInt32(clamping: size), UInt32(clamping: offset))
    record.append(UInt16(0))
    return bytes + record.bytes
  }
}

/// Passes bytes on, counts them and keeps their CRC-32.
private final class ChecksumSink: ByteSink {
  private(set) var count = 0
  private(set) var checksum: UInt32 = 0
  private let sink: any ByteSink

  init(_ sink: any ByteSink) { self.sink = sink }

  func write(_ bytes: UnsafeRawBufferPointer) throws(InterchangeError) {
    count += bytes.count
    checksum = Keel.checksum(of: bytes, continuing: checksum)
    try sink.write(bytes)
  }

  func finish() throws(InterchangeError) { try sink.finish() }
}

/// A record of little-endian integers that begins with a signature.
private struct LittleEndianRecord {
  var bytes: [UInt8] = []

  init(_ signature: UInt32) { append(signature) }

  mutating func append<Value: FixedWidthInteger & UnsignedInteger>(_ values: Value...) {
    for value in values {
      for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> Value(shift)))
      }
    }
  }
}
