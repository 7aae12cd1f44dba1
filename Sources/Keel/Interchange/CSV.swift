/// Tables of numbers as text.
///
/// ```swift
/// let table = try CSV.read("wine.csv", as: Double.self)
/// print(table.header ?? [], table.values.rows)
/// try CSV.write(table.values, header: table.header, to: "copy.csv")
/// ```
///
/// Reading is strict: every row has the same number of fields and every field is a number, or the
/// error says on which line and in which column it is not. Use ``CSVReader`` and ``CSVWriter`` for files
/// larger than the memory.
public enum CSV {
  /// Whether the first row holds names.
  public enum Header: Sendable {
    /// It does if any of its fields is neither a number nor empty.
    case automatic
    /// It does.
    case present
    /// It holds numbers.
    case absent
  }

  /// How the text is laid out.
  public struct Options: Sendable {
    /// Whether the first row holds names.
    public var header: Header
    /// The byte between fields: a comma, semicolon, tab or blank, say.
    public var delimiter: UInt8
    /// A line that begins with this byte is skipped.
    public var comment: UInt8?
    /// Whether an empty field is a missing value, read as NaN, instead of an error.
    public var readsEmptyAsNaN: Bool

    /// Creates options; the standard is commas, automatic header, no comments, no missing values.
    ///
    /// - Precondition: delimiter and comment are ASCII, and no quote or line break.
    public init(
      header: Header = .automatic, delimiter: Unicode.Scalar = ",", comment: Unicode.Scalar? = nil,
      readsEmptyAsNaN: Bool = false
    ) {
      for scalar in [delimiter, comment ?? "#"] {
        precondition(
          scalar.isASCII && !["\"", "\n", "\r"].contains(scalar),
          "CSV.Options: a delimiter or comment must be ASCII, and no quote or line break.")
      }
      self.header = header
      self.delimiter = UInt8(ascii: delimiter)
      self.comment = comment.map { UInt8(ascii: $0) }
      self.readsEmptyAsNaN = readsEmptyAsNaN
    }
  }

  /// The numbers of a file, with the names of the columns if it has them.
  public struct Table<Scalar: RealScalar>: Sendable, Equatable {
    /// The names of the columns.
    public var header: [String]?
    /// The numbers, a row for each line.
    public var values: Matrix<Scalar>

    /// Creates a table.
    public init(header: [String]? = nil, values: Matrix<Scalar>) {
      self.header = header
      self.values = values
    }
  }

  /// Reads a file, compressed with gzip or not.
  ///
  /// - Throws: ``InterchangeError/malformedText(file:line:column:expected:found:)`` for a field that is
  ///   no number or a row of another length; other cases for the file itself.
  public static func read<Scalar: RealScalar>(
    _ path: String, as type: Scalar.Type = Scalar.self, options: Options = .init(),
    limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> Table<Scalar> {
    try read(CSVReader(path, options: options, limits: limits))
  }

  /// Reads the bytes of a file, compressed or not.
  ///
  /// Messages call the bytes `name`.
  public static func decode<Scalar: RealScalar>(
    _ bytes: [UInt8], as type: Scalar.Type = Scalar.self, name: String = "CSV data",
    options: Options = .init(), limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> Table<Scalar> {
    try read(CSVReader(bytes: bytes, name: name, options: options, limits: limits))
  }

  private static func read<Scalar: RealScalar>(
    _ reader: CSVReader
  ) throws(InterchangeError) -> Table<Scalar> {
    let values: Matrix<Scalar>? = try reader.readRows(.max)
    return Table(header: reader.header, values: values ?? Matrix(zeros: 0, reader.columnCount))
  }

  /// Writes a file, or replaces it; with gzip if the name ends in `.gz`.
  ///
  /// Each number has the fewest digits that read back to the same value. Of the options the delimiter
  /// counts.
  ///
  /// - Precondition: there are as many names as columns.
  public static func write<Scalar: RealScalar>(
    _ values: Matrix<Scalar>, header: [String]? = nil, to path: String, options: Options = .init()
  ) throws(InterchangeError) {
    let writer = try CSVWriter<Scalar>(path, columnCount: values.columns, header: header, options: options)
    try writer.append(values)
    try writer.finish()
  }

  /// The bytes of an uncompressed file.
  ///
  /// - Precondition: there are as many names as columns.
  public static func encode<Scalar: RealScalar>(
    _ values: Matrix<Scalar>, header: [String]? = nil, options: Options = .init()
  ) -> [UInt8] {
    let sink = MemorySink()
    // Appending to memory throws nothing.
    try? CSVWriter<Scalar>(sink, columnCount: values.columns, header: header, options: options).append(values)
    return sink.bytes
  }
}
