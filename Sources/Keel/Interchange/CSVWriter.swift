/// Writes a table of numbers a few rows at a time.
///
/// ```swift
/// let writer = try CSVWriter<Float>("large.csv.gz", columnCount: 3, header: ["x", "y", "z"])
/// for batch in batches { try writer.append(batch) }
/// try writer.finish()
/// ```
///
/// Each number has the fewest digits that read back to the same value.
public final class CSVWriter<Scalar: RealScalar> {
  /// The number of columns.
  public let columnCount: Int

  private let sink: any ByteSink
  private let delimiter: UInt8

  /// Creates the file, or empties it, and writes the names of the columns if there are any; with gzip if
  /// the name ends in `.gz`.
  ///
  /// Of the options the delimiter counts.
  ///
  /// - Precondition: there are as many names as columns.
  public convenience init(
    _ path: String, columnCount: Int, header: [String]? = nil, options: CSV.Options = .init()
  ) throws(InterchangeError) {
    try self.init(makeSink(path: path), columnCount: columnCount, header: header, options: options)
  }

  /// Writes to an open file, such as standard output, which stays open; uncompressed.
  ///
  /// Messages call the file `name`. Of the options the delimiter counts.
  ///
  /// - Precondition: there are as many names as columns.
  public convenience init(
    descriptor: Int32, name: String, columnCount: Int, header: [String]? = nil,
    options: CSV.Options = .init()
  ) throws(InterchangeError) {
    try self.init(
      OutputFile(descriptor: descriptor, name: name), columnCount: columnCount, header: header,
      options: options)
  }

  init(
    _ sink: any ByteSink, columnCount: Int, header: [String]?, options: CSV.Options
  ) throws(InterchangeError) {
    precondition(
      header == nil || header?.count == columnCount, "CSV: the header needs one name for each column.")
    self.sink = sink
    self.columnCount = columnCount
    delimiter = options.delimiter
    guard let header else { return }
    var text: [UInt8] = []
    for (column, name) in header.enumerated() {
      text += Self.quoted(name, options: options)
      endField(column, &text)
    }
    try sink.write(text)
  }

  /// Appends rows.
  ///
  /// - Precondition: they have as many columns as the file.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func append(_ rows: Matrix<Scalar>) throws(InterchangeError) {
    precondition(rows.columns == columnCount, "CSVWriter.append: the rows must be as wide as the file.")
    var text: [UInt8] = []
    let elements = rows.elements
    for row in 0..<rows.rows {
      for column in 0..<columnCount {
        let value = elements[row * columnCount + column]
        // The sign and payload of a NaN have no text that other programs agree on.
        text += value.isNaN ? "nan".utf8 : value.description.utf8
        endField(column, &text)
        if text.count >= 1 << 16 {
          try sink.write(text)
          text.removeAll(keepingCapacity: true)
        }
      }
    }
    try sink.write(text)
  }

  /// Closes the file.
  ///
  /// - Throws: ``InterchangeError/cannotWrite(file:reason:)`` if the system could not write all.
  public func finish() throws(InterchangeError) { try sink.finish() }

  private func endField(_ column: Int, _ text: inout [UInt8]) {
    text.append(column + 1 < columnCount ? delimiter : 0x0A)
  }

  /// A name, in quotes where it would not read back otherwise.
  private static func quoted(_ name: String, options: CSV.Options) -> [UInt8] {
    let bytes = Array(name.utf8)
    let special: Set<UInt8> = [0x22, 0x0A, 0x0D, options.delimiter]
    let blanks: Set<UInt8> = [0x20, 0x09]
    let needsQuotes =
      bytes.isEmpty || bytes.contains(where: special.contains) || bytes.first == options.comment
      || blanks.contains(bytes[0]) || blanks.contains(bytes[bytes.count - 1])
    guard needsQuotes else { return bytes }
    return [0x22] + bytes.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] } + [0x22]
  }
}
