/// A member of a zip archive, as its central directory describes it.
struct ZipEntry: Sendable {
  enum Method: UInt16, Sendable {
    case stored = 0
    case deflated = 8
  }

  var name: String
  var method: Method
  var checksum: UInt32
  var compressedSize: Int
  var size: Int
  var headerOffset: Int
  /// Whether the sizes also follow the data, because the writer could not go back to the header.
  var hasDescriptor = false
  /// Where the data begin; known once the local header has been read.
  var dataOffset = 0

  var dataEnd: Int { dataOffset + compressedSize }
}

/// The structure of a zip archive, read and checked without touching any data.
///
/// The archive must be plain: one part, no encryption, members that are stored or deflated, that lie
/// one after the other before the central directory, and whose local headers agree with it. Archives
/// whose members overlap are how a small file pretends to be a huge one, and are refused.
///
/// Source: PKWARE, *APPNOTE.TXT - .ZIP File Format Specification*, sections 4.3-4.5.
struct ZipDirectory: Sendable {
  let entries: [ZipEntry]

  enum Signature {
    static let localHeader: UInt32 = 0x0403_4B50
    static let descriptor: UInt32 = 0x0807_4B50
    static let entry: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let end64: UInt32 = 0x0606_4B50
    static let locator64: UInt32 = 0x0706_4B50
  }

  init(_ file: InputFile) throws(InterchangeError) {
    let end = try ZipEndRecord(file)
    let bytes = try file.bytes(at: end.offset, count: end.size, field: "central directory")
    var cursor = LittleEndianCursor(bytes[...], file: file.name)
    var entries: [ZipEntry] = []
    var names: Set<String> = []
    for index in 0..<end.count {
      var entry = try ZipDirectory.readEntry(&cursor, index: index)
      guard names.insert(entry.name).inserted else {
        throw .malformed(
          file: file.name, field: "central directory", expected: "unique names",
          found: "two members '\(entry.name)'")
      }
      try ZipDirectory.readLocalHeader(of: &entry, in: file, directoryOffset: end.offset)
      entries.append(entry)
    }
    guard cursor.remaining == 0 else {
      throw .trailingBytes(file: file.name, field: "central directory", count: cursor.remaining)
    }
    let sorted = entries.sorted { $0.headerOffset < $1.headerOffset }
    for (first, second) in zip(sorted, sorted.dropFirst()) where first.dataEnd > second.headerOffset {
      throw .malformed(
        file: file.name, field: "member '\(second.name)'", expected: "members that don't overlap",
        found: "bytes shared with '\(first.name)'")
    }
    self.entries = entries
  }

  // MARK: Central directory

  private static func readEntry(
    _ cursor: inout LittleEndianCursor, index: Int
  ) throws(InterchangeError) -> ZipEntry {
    let file = cursor.file
    let field = "central directory entry \(index)"
    guard try cursor.read(UInt32.self, field: field) == Signature.entry else {
      throw .malformed(file: file, field: field, expected: "the signature PK\\1\\2", found: "other bytes")
    }
    _ = try cursor.take(4, field: field)  // versions made by and needed
    let flags = try cursor.read(UInt16.self, field: field)
    let method = try cursor.read(UInt16.self, field: field)
    _ = try cursor.take(4, field: field)  // time and date
    let checksum = try cursor.read(UInt32.self, field: field)
    let compressedSize = try cursor.read(UInt32.self, field: field)
    let size = try cursor.read(UInt32.self, field: field)
    let nameLength = Int(try cursor.read(UInt16.self, field: field))
    let extraLength = Int(try cursor.read(UInt16.self, field: field))
    let commentLength = Int(try cursor.read(UInt16.self, field: field))
    let disk = try cursor.read(UInt16.self, field: field)
    _ = try cursor.take(6, field: field)  // attributes
    let offset = try cursor.read(UInt32.self, field: field)
    let name = try checkedName(cursor.take(nameLength, field: field), file: file, field: field)
    let member = "member '\(name)'"
    var large = try Zip64Sizes(cursor.take(extraLength, field: field), file: file, member: member)
    _ = try cursor.take(commentLength, field: field)
    guard flags & 0x2041 == 0 else {  // encrypted, strongly encrypted, masked
      throw .unsupported(file: file, field: member, found: "encryption")
    }
    guard disk == 0 else {
      throw .unsupported(file: file, field: member, found: "an archive in several parts")
    }
    guard let method = ZipEntry.Method(rawValue: method) else {
      throw .unsupported(file: file, field: member, found: "compression method \(method)")
    }
    // The order of the 64-bit values is fixed by the format: size, compressed size, offset.
    let fullSize = try large.resolve(size, "size")
    let fullCompressedSize = try large.resolve(compressedSize, "compressed size")
    return ZipEntry(
      name: name, method: method, checksum: checksum, compressedSize: fullCompressedSize, size: fullSize,
      headerOffset: try large.resolve(offset, "header offset"), hasDescriptor: flags & 8 != 0)
  }

  /// Names become file names sooner or later: those that lead out of a folder are refused.
  private static func checkedName(
    _ bytes: ArraySlice<UInt8>, file: String, field: String
  ) throws(InterchangeError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw .malformed(file: file, field: field, expected: "a name in UTF-8", found: "other bytes")
    }
    guard isSafeName(name) else {
      throw .malformed(
        file: file, field: field, expected: "a relative name without '..' and control characters",
        found: "'\(name.filter { !$0.isNewline })'")
    }
    return name
  }

  static func isSafeName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("/") && !name.contains("\\")
      && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      && !name.split(separator: "/").contains("..") && name.utf8.count <= 65535
  }

  // MARK: Local headers

  private static func readLocalHeader(
    of entry: inout ZipEntry, in file: InputFile, directoryOffset: Int
  ) throws(InterchangeError) {
    let field = "member '\(entry.name)'"
    func mismatch(_ what: String) -> InterchangeError {
      .malformed(
        file: file.name, field: field, expected: "the same \(what) in local header and directory",
        found: "two different ones")
    }
    guard entry.headerOffset <= directoryOffset else {
      throw .malformed(
        file: file.name, field: field,
        expected: "a header before the central directory at \(directoryOffset)",
        found: "offset \(entry.headerOffset)")
    }
    let available = directoryOffset - entry.headerOffset
    let bytes = try file.bytes(at: entry.headerOffset, count: min(30, available), field: field)
    var cursor = LittleEndianCursor(bytes[...], file: file.name)
    guard try cursor.read(UInt32.self, field: field) == Signature.localHeader else {
      throw .malformed(
        file: file.name, field: field, expected: "a local header PK\\3\\4", found: "other bytes")
    }
    _ = try cursor.take(2, field: field)  // version
    let flags = try cursor.read(UInt16.self, field: field)
    let method = try cursor.read(UInt16.self, field: field)
    _ = try cursor.take(4, field: field)  // time and date
    let checksum = try cursor.read(UInt32.self, field: field)
    let compressedSize = try cursor.read(UInt32.self, field: field)
    let size = try cursor.read(UInt32.self, field: field)
    let nameLength = Int(try cursor.read(UInt16.self, field: field))
    let extraLength = Int(try cursor.read(UInt16.self, field: field))
    let tail = try file.bytes(
      at: entry.headerOffset + 30, count: nameLength + extraLength, field: field)
    guard method == entry.method.rawValue else { throw mismatch("compression method") }
    guard tail.prefix(nameLength).elementsEqual(entry.name.utf8) else { throw mismatch("name") }
    guard (flags & 8 != 0) == entry.hasDescriptor else { throw mismatch("flags") }
    if !entry.hasDescriptor {
      var large = try Zip64Sizes(tail.dropFirst(nameLength), file: file.name, member: field)
      let localSize = try large.resolve(size, "size")
      let localCompressedSize = try large.resolve(compressedSize, "compressed size")
      guard localSize == entry.size, localCompressedSize == entry.compressedSize else {
        throw mismatch("size")
      }
      guard checksum == entry.checksum else { throw mismatch("CRC-32") }
    }
    entry.dataOffset = entry.headerOffset + 30 + tail.count
    let room = directoryOffset - entry.dataOffset
    guard entry.compressedSize <= room else {
      throw .truncated(
        file: file.name, field: field, expectedBytes: entry.compressedSize, foundBytes: max(0, room))
    }
    if entry.method == .stored, entry.size != entry.compressedSize {
      throw .malformed(
        file: file.name, field: field, expected: "equal sizes, as it is stored",
        found: "\(entry.size) and \(entry.compressedSize) bytes")
    }
    // Deflate codes at most 258 bytes in two bits: it cannot expand more than 1032 times.
    if entry.method == .deflated, entry.size / 1032 > entry.compressedSize {
      throw .tooLarge(
        file: file.name, field: field, found: "a size of \(entry.size) bytes",
        limit: "1032 times the \(entry.compressedSize) compressed bytes")
    }
    if entry.hasDescriptor { try checkDescriptor(of: entry, in: file, field: field) }
  }

  private static func checkDescriptor(
    of entry: ZipEntry, in file: InputFile, field: String
  ) throws(InterchangeError) {
    let bytes = try file.bytes(at: entry.dataEnd, count: 8, field: "\(field): data descriptor")
    var cursor = LittleEndianCursor(bytes[...], file: file.name)
    var checksum = try cursor.read(UInt32.self, field: field)
    // The signature before the values is optional.
    if checksum == Signature.descriptor, entry.checksum != checksum {
      checksum = try cursor.read(UInt32.self, field: field)
    }
    guard checksum == entry.checksum else {
      throw .malformed(
        file: file.name, field: "\(field): data descriptor",
        expected: "the CRC-32 of the central directory", found: "a different one")
    }
  }
}

/// The 64-bit sizes that an entry keeps in its extra field because they don't fit 32 bits.
private struct Zip64Sizes {
  private var values: LittleEndianCursor
  private let member: String

  init(_ extra: ArraySlice<UInt8>, file: String, member: String) throws(InterchangeError) {
    self.member = member
    values = LittleEndianCursor([], file: file)
    var cursor = LittleEndianCursor(extra, file: file)
    // Fewer than four bytes are padding, as some writers use it for alignment.
    while cursor.remaining >= 4 {
      let identifier = try cursor.read(UInt16.self, field: "\(member): extra field")
      let length = Int(try cursor.read(UInt16.self, field: "\(member): extra field"))
      let content = try cursor.take(length, field: "\(member): extra field")
      if identifier == 1 { values = LittleEndianCursor(content, file: file) }
    }
  }

  mutating func resolve(_ value: UInt32, _ what: String) throws(InterchangeError) -> Int {
    guard value == .max else { return Int(value) }
    let large = try values.read(UInt64.self, field: "\(member): zip64 \(what)")
    guard let result = Int(exactly: large), result < Int.max / 4 else {
      throw .tooLarge(
        file: values.file, field: "\(member): zip64 \(what)", found: "\(large)", limit: "\(Int.max / 4)")
    }
    return result
  }
}
