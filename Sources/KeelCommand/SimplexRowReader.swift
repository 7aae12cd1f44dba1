import Foundation
import Keel

/// Rows of numbers out of an .npy or CSV file, some at a time: rows are along the last axis.
///
/// No more of the file is in memory than was asked for.
struct SimplexRowReader {
  /// The number of entries of a row.
  let columns: Int
  /// The number of rows, nil for a CSV file, which shows it at its end.
  let rowCount: Int?
  /// The shape of the whole array, nil for a CSV file.
  let shape: [Int]?
  /// The type of the elements, nil for a CSV file.
  let elementType: ElementType?
  /// The names of the columns of a CSV file, if it has them.
  let header: [String]?
  /// What messages about the file begin with: the flag and the name.
  let place: String

  private enum Source {
    case npy(NPYReader)
    case csv(CSVReader)
  }
  private var source: Source
  private let flag: String?

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: the file; what is no .npy file is CSV, compressed with gzip or not.
  ///   - flag: the flag that names the file, nil for the argument of the command.
  ///   - isList: whether the file is a list of one number a row, whatever its shape.
  /// - Throws: ``InputError`` that names the flag and the file.
  init(_ path: String, flag: String?, isList: Bool = false) throws {
    self.flag = flag
    place = (flag.map { "'\($0)': " } ?? "") + path
    for (suffix, advice) in [(".npz", "give one array as .npy"), (".npy.gz", "decompress it first")]
    where path.hasSuffix(suffix) {
      throw InputError("\(place): \(suffix) files cannot be read in parts; \(advice).")
    }
    if path.hasSuffix(".npy") || Self.beginsLikeNPY(path) {
      let reader = try Self.naming(flag) { try NPYReader(path) }
      let shape = reader.header.shape
      guard reader.isContiguous || shape.count == 2 && !isList else {
        throw InputError(
          "\(place): \(shape.count) dimensions in column-major order cannot be read by rows; save it in "
            + "row-major order.")
      }
      self.shape = shape
      columns = isList ? 1 : shape[shape.count - 1]
      rowCount = (isList ? shape[...] : shape.dropLast()).reduce(1, *)
      elementType = reader.header.elementType
      header = nil
      source = .npy(reader)
    } else {
      let reader = try Self.naming(flag) { try CSVReader(path) }
      guard !isList || reader.columnCount <= 1 else {
        throw InputError("\(place): expected one number a row, found \(reader.columnCount).")
      }
      shape = nil
      columns = isList ? 1 : reader.columnCount
      rowCount = nil
      elementType = nil
      header = reader.header
      source = .csv(reader)
    }
  }

  /// The elements of the next rows, fewer than `count` rows at the end. There are none if rows are empty.
  ///
  /// - Throws: ``InputError`` that names the flag and the file.
  mutating func read<Scalar: RealScalar>(
    rows count: Int, as type: Scalar.Type = Scalar.self
  ) throws -> [Scalar] {
    guard count > 0, columns > 0 else { return [] }
    switch source {
    case .csv(let reader):
      return try Self.naming(flag) { try reader.readRows(count, as: Scalar.self)?.elements ?? [] }
    case .npy(var reader):
      let array = try Self.naming(flag) {
        guard reader.isContiguous else { return try reader.readRows(count) }
        let (elements, overflow) = count.multipliedReportingOverflow(by: columns)
        return try reader.readElements(overflow ? .max : elements)
      }
      source = .npy(reader)
      return array?.values() ?? []
    }
  }

  private static func naming<Value>(_ flag: String?, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw InputError(flag.map { "'\($0)': \(error)" } ?? "\(error)") }
  }

  /// Whether a file has the first bytes of an .npy file; one that cannot be opened has not.
  private static func beginsLikeNPY(_ path: String) -> Bool {
    var status = stat()
    // Opening a pipe would wait for its other end.
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let file = FileHandle(forReadingAtPath: path)
    else { return false }
    return (try? file.read(upToCount: 6)).map { $0 == Data([0x93] + "NUMPY".utf8) } ?? false
  }
}
