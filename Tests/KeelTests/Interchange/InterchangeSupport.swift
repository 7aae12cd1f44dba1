import Foundation
import Keel

/// Bytes from base64; blanks and line breaks don't count.
func bytes(base64 text: String) -> [UInt8] {
  Array(Data(base64Encoded: text.filter { !$0.isWhitespace }) ?? Data())
}

/// Runs `body` with the path of a file in a new folder, and removes the folder afterwards.
func withTemporaryFile<Result>(
  _ name: String, _ contents: [UInt8]? = nil, _ body: (String) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appendingPathComponent(name)
  if let contents { try Data(contents).write(to: file) }
  return try body(file.path)
}

func contents(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The name of an error's case: `truncated`.
func caseName(_ error: InterchangeError) -> String {
  Mirror(reflecting: error).children.first?.label ?? ""
}

func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

func bigEndian(_ value: Int, _ count: Int) -> [UInt8] { littleEndian(value, count).reversed() }

/// CRC-32 bit by bit, as an oracle for the one in zlib.
func plainChecksum(_ bytes: [UInt8]) -> Int {
  var crc: UInt32 = .max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return Int(~crc)
}

/// A deflate stream with one stored block.
func storedDeflate(_ bytes: [UInt8]) -> [UInt8] {
  [1] + littleEndian(bytes.count, 2) + littleEndian(~bytes.count, 2) + bytes
}

/// A gzip member with one stored block.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF] + storedDeflate(bytes) + littleEndian(plainChecksum(bytes), 4)
    + littleEndian(bytes.count, 4)
}

/// An `.npy` file with a header of the given text, without padding.
func npy(_ header: String, data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  [0x93] + Array("NUMPY".utf8) + [version, 0] + littleEndian(header.utf8.count, version == 1 ? 2 : 4)
    + Array(header.utf8) + data
}

/// An `.npy` file of bytes `0, 1, ..., count - 1`.
func smallNPY(_ count: Int = 4) -> [UInt8] {
  npy("{'descr': '|u1', 'fortran_order': False, 'shape': (\(count),)}", data: (0..<count).map { UInt8($0) })
}

/// A zip archive written field by field, so that each field can be wrong.
struct ZipBuilder {
  struct Member {
    var name: String = "a.npy"
    var localName: String?
    var data: [UInt8] = smallNPY()
    var method = 0
    var localMethod: Int?
    var flags = 0
    var checksum: Int?
    var compressedSize: Int?
    var size: Int?
    var localSize: Int?
    var offset: Int?
    var extra: [UInt8] = []
    var localExtra: [UInt8] = []
    var descriptor: [UInt8] = []
    var disk = 0
    /// The bytes before compression.
    var plain: [UInt8]?
  }

  var members: [Member] = [Member()]
  var count: Int?
  var directorySize: Int?
  var directoryOffset: Int?
  var disk = 0
  var comment: [UInt8] = []
  /// Whether to write the 64-bit records and leave the 32-bit ones full of ones.
  var isLarge = false
  var largeOffset: Int?
  var surplus: [UInt8] = []

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let offset = file.count
      let plain = member.plain ?? member.data
      let checksum = member.checksum ?? plainChecksum(plain)
      let compressed = member.compressedSize ?? member.data.count
      let size = member.size ?? plain.count
      let name = Array(member.name.utf8)
      let localName = member.localName.map { Array($0.utf8) } ?? name
      let knowsSizes = member.flags & 8 == 0
      file += [0x50, 0x4B, 3, 4] + littleEndian(20, 2) + littleEndian(member.flags, 2)
      file += littleEndian(member.localMethod ?? member.method, 2) + littleEndian(0, 4)
      file += littleEndian(knowsSizes ? checksum : 0, 4) + littleEndian(knowsSizes ? compressed : 0, 4)
      file += littleEndian(knowsSizes ? member.localSize ?? size : 0, 4)
      file += littleEndian(localName.count, 2) + littleEndian(member.localExtra.count, 2)
      file += localName + member.localExtra + member.data + member.descriptor
      directory += [0x50, 0x4B, 1, 2] + littleEndian(20, 2) + littleEndian(20, 2)
      directory += littleEndian(member.flags, 2) + littleEndian(member.method, 2) + littleEndian(0, 4)
      directory += littleEndian(checksum, 4) + littleEndian(compressed, 4) + littleEndian(size, 4)
      directory += littleEndian(name.count, 2) + littleEndian(member.extra.count, 2) + littleEndian(0, 2)
      directory += littleEndian(member.disk, 2) + littleEndian(0, 6)
      directory += littleEndian(member.offset ?? offset, 4) + name + member.extra
    }
    let start = file.count
    let count = count ?? members.count
    directory += surplus
    file += directory
    let size = directorySize ?? directory.count
    let offset = directoryOffset ?? start
    if isLarge {
      let record = file.count
      file += [0x50, 0x4B, 6, 6] + littleEndian(44, 8) + littleEndian(45, 2) + littleEndian(45, 2)
      file += littleEndian(0, 8) + littleEndian(count, 8) + littleEndian(count, 8)
      file += littleEndian(size, 8) + littleEndian(offset, 8)
      file += [0x50, 0x4B, 6, 7] + littleEndian(0, 4) + littleEndian(largeOffset ?? record, 8)
      file += littleEndian(1, 4)
    }
    file += [0x50, 0x4B, 5, 6] + littleEndian(disk, 2) + littleEndian(disk, 2)
    file += littleEndian(isLarge ? 0xFFFF : count, 2) + littleEndian(isLarge ? 0xFFFF : count, 2)
    file += littleEndian(isLarge ? 0xFFFF_FFFF : size, 4) + littleEndian(isLarge ? 0xFFFF_FFFF : offset, 4)
    return file + littleEndian(comment.count, 2) + comment
  }
}
