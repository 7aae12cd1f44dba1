/// What can be wrong with a data file, or with reading and writing it.
///
/// Every case names the file and, where there is one, the part of it that is wrong, so that the
/// description can be shown to a person as it stands:
/// `data/x.npy: header field 'shape': expected a tuple of non-negative integers, found (3, -1)`.
/// Members of an archive are written `data/x.npz(weights.npy)`.
public enum InterchangeError: Error, Equatable, Sendable {
  /// The file could not be opened.
  case cannotOpen(file: String, reason: String)
  /// The operating system failed to deliver bytes of an open file.
  case cannotRead(file: String, reason: String)
  /// The file could not be created, written or closed.
  case cannotWrite(file: String, reason: String)
  /// The file is not of the format asked for at all.
  case wrongFormat(file: String, expected: String, found: String)
  /// The file is well formed, as far as it was read, but holds something Keel does not read.
  case unsupported(file: String, field: String, found: String)
  /// A part of the file contradicts the format, or another part of the file.
  case malformed(file: String, field: String, expected: String, found: String)
  /// The file ends early.
  case truncated(file: String, field: String, expectedBytes: Int, foundBytes: Int)
  /// The file goes on after its end; `count` is the number of surplus bytes, at least.
  case trailingBytes(file: String, field: String, count: Int)
  /// A size is beyond a limit of ``InterchangeLimits``, of the memory, or of what can be true.
  case tooLarge(file: String, field: String, found: String, limit: String)
  /// A CRC-32 does not match the bytes.
  case checksumMismatch(file: String, field: String, expected: UInt32, found: UInt32)
  /// Compressed bytes that do not decompress.
  case corrupt(file: String, field: String, reason: String)
  /// A wrong field of a text file. Lines and columns count from 1; a column is a field of the row.
  case malformedText(file: String, line: Int, column: Int, expected: String, found: String)
  /// The archive has no member of that name.
  case missing(file: String, field: String)

  /// The file, or the name given to bytes in memory.
  public var file: String {
    switch self {
    case .cannotOpen(let file, _), .cannotRead(let file, _), .cannotWrite(let file, _),
      .wrongFormat(let file, _, _), .unsupported(let file, _, _), .malformed(let file, _, _, _),
      .truncated(let file, _, _, _), .trailingBytes(let file, _, _), .tooLarge(let file, _, _, _),
      .checksumMismatch(let file, _, _, _), .corrupt(let file, _, _),
      .malformedText(let file, _, _, _, _), .missing(let file, _):
      return file
    }
  }

  /// The part of the file that is wrong, or nil where the whole file is.
  public var field: String? {
    switch self {
    case .cannotOpen, .cannotRead, .cannotWrite, .wrongFormat:
      return nil
    case .unsupported(_, let field, _), .malformed(_, let field, _, _), .truncated(_, let field, _, _),
      .trailingBytes(_, let field, _), .tooLarge(_, let field, _, _),
      .checksumMismatch(_, let field, _, _), .corrupt(_, let field, _), .missing(_, let field):
      return field
    case .malformedText(_, let line, let column, _, _):
      return "line \(line), column \(column)"
    }
  }
}

extension InterchangeError: CustomStringConvertible {
  /// One line that names the file, the field and the fault.
  public var description: String {
    let place = field.map { "\(file): \($0)" } ?? file
    switch self {
    case .cannotOpen(_, let reason): return "\(place): cannot be opened: \(reason)"
    case .cannotRead(_, let reason): return "\(place): cannot be read: \(reason)"
    case .cannotWrite(_, let reason): return "\(place): cannot be written: \(reason)"
    case .wrongFormat(_, let expected, let found): return "\(place): expected \(expected), found \(found)"
    case .unsupported(_, _, let found): return "\(place): \(found) is not supported"
    case .malformed(_, _, let expected, let found), .malformedText(_, _, _, let expected, let found):
      return "\(place): expected \(expected), found \(found)"
    case .truncated(_, _, let expected, let found):
      return "\(place): ends early: expected \(expected) bytes, found \(found)"
    case .trailingBytes(_, _, let count):
      return "\(place): \(count) or more surplus bytes after the end"
    case .tooLarge(_, _, let found, let limit):
      return "\(place): \(found) is too large; the limit is \(limit)"
    case .checksumMismatch(_, _, let expected, let found):
      return "\(place): CRC-32 is \(hexadecimal(found)), the file says \(hexadecimal(expected))"
    case .corrupt(_, _, let reason): return "\(place): corrupt: \(reason)"
    case .missing: return "\(place): there is no such member"
    }
  }
}

/// `0x` and eight digits.
private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}

/// Bounds on what a file may ask of the reader.
///
/// Sizes that a file claims are always checked against the bytes that are there before memory is
/// taken. These limits bound what cannot be checked so: bytes that come out of a decompressor.
public struct InterchangeLimits: Sendable, Equatable {
  /// The longest `.npy` header, in bytes.
  public var headerBytes: Int
  /// The most bytes that one compressed stream or archive member may expand to.
  public var decompressedBytes: Int
  /// The longest field of a text file, in bytes.
  public var textFieldBytes: Int

  /// Limits for files from anywhere: headers of 64 KiB, streams of 4 GiB, text fields of 64 KiB.
  public static let standard = InterchangeLimits()

  /// Creates limits; what is left out is as in ``standard``.
  public init(headerBytes: Int = 1 << 16, decompressedBytes: Int = 1 << 32, textFieldBytes: Int = 1 << 16) {
    self.headerBytes = headerBytes
    self.decompressedBytes = decompressedBytes
    self.textFieldBytes = textFieldBytes
  }
}
