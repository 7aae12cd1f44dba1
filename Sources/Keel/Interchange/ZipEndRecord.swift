/// Where the central directory is, from the record at the end of an archive.
struct ZipEndRecord {
  let count: Int
  let size: Int
  let offset: Int

  init(_ file: InputFile) throws(InterchangeError) {
    let field = "end record"
    // A comment of at most 65535 bytes may follow the 22 bytes of the record.
    let tailStart = max(0, file.size - 22 - 65535)
    let tail = try file.bytes(at: tailStart, count: file.size - tailStart, field: field)
    guard let position = ZipEndRecord.find(in: tail) else {
      let start = try file.bytes(at: 0, count: min(4, file.size), field: "magic")
      guard start == [0x50, 0x4B, 3, 4] || start == [0x50, 0x4B, 5, 6] else {
        throw .wrongFormat(file: file.name, expected: "an .npz file (a zip archive)", found: "other bytes")
      }
      throw .malformed(
        file: file.name, field: field, expected: "PK\\5\\6 and its record at the end of the archive",
        found: "none; the file may be cut off")
    }
    var cursor = LittleEndianCursor(tail[(position + 4)...], file: file.name)
    let disk = try cursor.read(UInt16.self, field: field)
    let directoryDisk = try cursor.read(UInt16.self, field: field)
    let countHere = try cursor.read(UInt16.self, field: field)
    var count = UInt64(try cursor.read(UInt16.self, field: field))
    var size = UInt64(try cursor.read(UInt32.self, field: field))
    var offset = UInt64(try cursor.read(UInt32.self, field: field))
    var end = tailStart + position
    guard disk == 0, directoryDisk == 0, UInt64(countHere) == count else {
      throw .unsupported(file: file.name, field: field, found: "an archive in several parts")
    }
    if let large = try ZipEndRecord.readLarge(file, endOffset: end) {
      (count, size, offset, end) = large
    }
    guard let size = Int(exactly: size), let offset = Int(exactly: offset), size <= end,
      offset == end - size
    else {
      throw .malformed(
        file: file.name, field: field, expected: "a central directory that ends at byte \(end)",
        found: "\(size) bytes from \(offset)")
    }
    // An entry takes 46 bytes at least.
    guard count <= UInt64(size / 46) else {
      throw .malformed(
        file: file.name, field: field, expected: "at most \(size / 46) members in \(size) bytes",
        found: "\(count)")
    }
    self.count = Int(count)
    self.size = size
    self.offset = offset
  }

  /// The last record whose comment ends where the file does.
  private static func find(in tail: [UInt8]) -> Int? {
    guard tail.count >= 22 else { return nil }
    for position in (0...(tail.count - 22)).reversed() where tail[position] == 0x50 {
      guard tail[position + 1] == 0x4B, tail[position + 2] == 5, tail[position + 3] == 6 else { continue }
      let comment = Int(tail[position + 20]) | Int(tail[position + 21]) << 8
      if position + 22 + comment == tail.count { return position }
    }
    return nil
  }

  private typealias Large = (count: UInt64, size: UInt64, offset: UInt64, end: Int)

  /// The zip64 record, if a locator before the end record points to one.
  private static func readLarge(_ file: InputFile, endOffset: Int) throws(InterchangeError) -> Large? {
    let field = "zip64 end record"
    guard endOffset >= 20 else { return nil }
    let locator = try file.bytes(at: endOffset - 20, count: 20, field: field)
    var cursor = LittleEndianCursor(locator[...], file: file.name)
    guard try cursor.read(UInt32.self, field: field) == ZipDirectory.Signature.locator64 else { return nil }
    _ = try cursor.take(4, field: field)  // disk
    let position = try cursor.read(UInt64.self, field: field)
    // The record has 56 bytes and, in theory, more; it ends at the locator.
    guard let position = Int(exactly: position), position <= endOffset - 20 - 56 else {
      throw .malformed(
        file: file.name, field: field, expected: "a record before its locator", found: "offset \(position)")
    }
    let record = try file.bytes(at: position, count: 56, field: field)
    cursor = LittleEndianCursor(record[...], file: file.name)
    let signature = try cursor.read(UInt32.self, field: field)
    let length = try cursor.read(UInt64.self, field: field)
    guard signature == ZipDirectory.Signature.end64, length == UInt64(endOffset - 20 - position - 12) else {
      throw .malformed(
        file: file.name, field: field, expected: "PK\\6\\6 and a length that leads to the locator",
        found: "other bytes")
    }
    _ = try cursor.take(20, field: field)  // versions, disks, members in this part
    return (
      try cursor.read(UInt64.self, field: field), try cursor.read(UInt64.self, field: field),
      try cursor.read(UInt64.self, field: field), position
    )
  }
}
