/// Reads a table of numbers a few rows at a time.
///
/// ```swift
/// let reader = try CSVReader("large.csv.gz")
/// while let rows: Matrix<Float> = try reader.readRows(4096) { use(rows) }
/// ```
public final class CSVReader {
  /// The names of the columns, if the file has them.
  public let header: [String]?
  /// The number of columns; 0 for an empty file.
  public let columnCount: Int

  private let records: TextRecords
  private let readsEmptyAsNaN: Bool
  /// Whether the current record, the first of the file, is still to be delivered.
  private var isPending: Bool

  /// Opens a file, compressed with gzip or not, and reads its first row.
  public convenience init(
    _ path: String, options: CSV.Options = .init(), limits: InterchangeLimits = .standard
  ) throws(InterchangeError) {
    try self.init(InputFile(path: path), options: options, limits: limits)
  }

  /// Opens the bytes of a file.
  ///
  /// Messages call the bytes `name`.
  public convenience init(
    bytes: [UInt8], name: String = "CSV data", options: CSV.Options = .init(),
    limits: InterchangeLimits = .standard
  ) throws(InterchangeError) {
    try self.init(InputFile(bytes: bytes, name: name), options: options, limits: limits)
  }

  private init(
    _ file: InputFile, options: CSV.Options, limits: InterchangeLimits
  ) throws(InterchangeError) {
    records = TextRecords(try file.source(limits: limits), options: options, limits: limits)
    readsEmptyAsNaN = options.readsEmptyAsNaN
    isPending = try records.advance()
    columnCount = isPending ? records.ends.count : 0
    let hasHeader =
      switch options.header {
      case .present: isPending
      case .absent: false
      case .automatic:
        (0..<columnCount).contains { [records] column in
          records.withField(column) { field in
            !CSVReader.isEmpty(field) && DecimalParser.parse(field, as: Double.self) == nil
          }
        }
      }
    guard hasHeader else {
      header = nil
      return
    }
    isPending = false
    var names: [String] = []
    for column in 0..<columnCount {
      let name = records.withField(column) { String(validating: $0, as: UTF8.self) }
      guard let name else {
        throw records.failure(
          column: column + 1, expected: "a name in UTF-8", found: records.summary(ofField: column))
      }
      names.append(name)
    }
    header = names
  }

  /// The next rows, fewer than `count` at the end, or nil when all have been read.
  ///
  /// - Precondition: `count` is positive.
  /// - Throws: ``InterchangeError/malformedText(file:line:column:expected:found:)`` with the place of
  ///   the first wrong field.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func readRows<Scalar: RealScalar>(
    _ count: Int, as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> Matrix<Scalar>? {
    precondition(count > 0, "CSVReader.readRows: the number of rows must be positive.")
    var elements: [Scalar] = []
    var rows = 0
    while rows < count {
      if !isPending { isPending = try records.advance() }
      guard isPending else { break }
      isPending = false
      guard records.ends.count == columnCount else {
        throw records.failure(
          column: min(records.ends.count, columnCount) + 1, expected: "\(columnCount) fields in the row",
          found: "\(records.ends.count)")
      }
      for column in 0..<columnCount { elements.append(try number(column)) }
      rows += 1
    }
    return rows == 0 ? nil : Matrix(rows: rows, columns: columnCount, elements: elements)
  }

  @inline(__always)
  private func number<Scalar: RealScalar>(_ column: Int) throws(InterchangeError) -> Scalar {
    let value: Scalar? = records.withField(column) { field in
      if let value: Scalar = DecimalParser.parse(field) { return value }
      return readsEmptyAsNaN && CSVReader.isEmpty(field) ? .nan : nil
    }
    guard let value else {
      let name = header.map { " (\($0[column]))" } ?? ""
      throw records.failure(
        column: column + 1, expected: "a number in the range of \(Scalar.self)\(name)",
        found: records.summary(ofField: column))
    }
    return value
  }

  private static func isEmpty(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
    field.allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }
}
