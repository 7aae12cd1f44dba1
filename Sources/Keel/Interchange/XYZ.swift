/// Points as lines of coordinates, plain or as chemists write molecules.
///
/// ```swift
/// let molecules = try XYZ.read("water.xyz", as: Double.self)
/// print(molecules[0].symbols ?? [], molecules[0].points.rows)
/// ```
///
/// - A file that begins with a line of one whole number holds molecules, one after the other: the number of atoms, a
///   line of comment, which may be empty, and for each atom its symbol and three coordinates; what follows in a line is
///   skipped.
/// - Any other file holds one cloud, a point a line: two coordinates, or three, after which a line may have more, such
///   as a normal, which is skipped. Every line has equally many numbers; lines that begin with `#` are comments.
///
/// A file may be compressed with gzip.
public enum XYZ {
  /// A cloud of points, with the symbols of atoms if it is a molecule.
  public struct Cloud<Scalar: RealScalar>: Sendable, Equatable {
    /// The points, a row each.
    public var points: Matrix<Scalar>
    /// The symbol of each atom; nil for plain points.
    public var symbols: [String]?
    /// The comment of a molecule.
    public var comment: String

    /// A cloud.
    ///
    /// - Precondition: there is a symbol a point, if there are symbols, and each is a word: not empty, and without
    ///   blanks and control characters.
    public init(points: Matrix<Scalar>, symbols: [String]? = nil, comment: String = "") {
      precondition(symbols.map { $0.count == points.rows } ?? true, "A molecule has a symbol an atom.")
      precondition(
        symbols?.allSatisfy(XYZ.isWord) ?? true, "A symbol is a word.")
      self.points = points
      self.symbols = symbols
      self.comment = comment
    }
  }

  /// Reads all clouds of a file, compressed with gzip or not; a plain file has one, an empty file none.
  ///
  /// - Throws: ``InterchangeError/malformedText(file:line:column:expected:found:)`` for a line that is not what it
  ///   should be; other cases for the file itself.
  public static func read<Scalar: RealScalar>(
    _ path: String, as type: Scalar.Type = Scalar.self, limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> [Cloud<Scalar>] {
    try read(InputFile(path: path), limits: limits)
  }

  /// Reads the bytes of a file, compressed or not.
  ///
  /// Messages call the bytes `name`.
  public static func decode<Scalar: RealScalar>(
    _ bytes: [UInt8], as type: Scalar.Type = Scalar.self, name: String = "XYZ data",
    limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> [Cloud<Scalar>] {
    try read(InputFile(bytes: bytes, name: name), limits: limits)
  }

  /// Writes a file, or replaces it; with gzip if the name ends in `.gz`.
  ///
  /// Clouds with symbols become molecules; several clouds must have them. Each number has the fewest digits that read
  /// back to the same value.
  ///
  /// - Precondition: there is one cloud, or all have symbols; molecules have three coordinates.
  public static func write<Scalar: RealScalar>(
    _ clouds: [Cloud<Scalar>], to path: String
  ) throws(InterchangeError) {
    let sink = try makeSink(path: path)
    try write(clouds, to: sink)
    try sink.finish()
  }

  /// The bytes of an uncompressed file.
  ///
  /// - Precondition: there is one cloud, or all have symbols; molecules have three coordinates.
  public static func encode<Scalar: RealScalar>(_ clouds: [Cloud<Scalar>]) -> [UInt8] {
    let sink = MemorySink()
    // Appending to memory throws nothing.
    try? write(clouds, to: sink)
    return sink.bytes
  }

  private static func write<Scalar: RealScalar>(
    _ clouds: [Cloud<Scalar>], to sink: any ByteSink
  ) throws(InterchangeError) {
    precondition(
      clouds.count <= 1 || clouds.allSatisfy { $0.symbols != nil }, "Only molecules can share an XYZ file.")
    for cloud in clouds {
      guard let symbols = cloud.symbols else {
        try PointRows.write(cloud.points, to: sink)
        continue
      }
      precondition(cloud.points.columns == 3, "The atoms of an XYZ file have three coordinates.")
      let comment = cloud.comment.split(whereSeparator: \.isNewline).joined(separator: " ")
      var text = "\(symbols.count)\n\(comment)\n"
      for (i, symbol) in symbols.enumerated() {
        text += "\(symbol) \(cloud.points[i, 0]) \(cloud.points[i, 1]) \(cloud.points[i, 2])\n"
      }
      try sink.write(Array(text.utf8))
    }
  }

  // MARK: Reading

  private static func read<Scalar: RealScalar>(
    _ file: InputFile, limits: InterchangeLimits
  ) throws(InterchangeError) -> [Cloud<Scalar>] {
    let records = TextRecords(
      try file.source(limits: limits), options: .init(delimiter: " "), limits: limits)
    guard try advancePastComments(records) else { return [] }
    if records.ends.count == 1, Int(records.word(0)) != nil { return try readMolecules(records) }
    return [Cloud(points: try readRows(records))]
  }

  /// Whether a text can be a word of a line.
  private static func isWord(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }

  private static func advancePastComments(_ records: TextRecords) throws(InterchangeError) -> Bool {
    while try records.advanceWords() {
      if !records.word(0).hasPrefix("#") { return true }
    }
    return false
  }

  /// Reads molecules; the first line is the current one.
  private static func readMolecules<Scalar: RealScalar>(
    _ records: TextRecords
  ) throws(InterchangeError) -> [Cloud<Scalar>] {
    var clouds: [Cloud<Scalar>] = []
    repeat {
      let count = try records.integer(0, in: 0...Int.max, what: "a number of atoms")
      var comment = ""
      if try records.advanceLine() {
        comment = String(decoding: records.text, as: UTF8.self)
      } else if count > 0 {
        throw records.failure(column: 1, expected: "a line of comment", found: "the end of the file")
      }
      var symbols: [String] = []
      let points: Matrix<Scalar> = try PointRows.read(
        count, dimension: 3, offset: 1, from: records, what: "atom"
      ) { () throws(InterchangeError) in
        let symbol = records.word(0)
        guard isWord(symbol) else {
          throw records.failure(column: 1, expected: "a symbol", found: records.summary(ofField: 0))
        }
        symbols.append(symbol)
      }
      clouds.append(Cloud(points: points, symbols: symbols, comment: comment))
    } while try records.advanceWords()
    return clouds
  }

  /// Reads points; the first is the current line.
  private static func readRows<Scalar: RealScalar>(
    _ records: TextRecords
  ) throws(InterchangeError) -> Matrix<Scalar> {
    let width = records.ends.count
    guard width > 1 else {
      throw records.failure(column: 2, expected: "two or three coordinates", found: "the end of the line")
    }
    let dimension = min(width, 3)
    var elements: [Scalar] = []
    var rows = 0
    repeat {
      guard records.ends.count == width else {
        throw records.failure(
          column: min(records.ends.count, width) + 1, expected: "\(width) numbers in the line",
          found: "\(records.ends.count)")
      }
      for j in 0..<dimension { elements.append(try records.number(j)) }
      rows += 1
    } while try advancePastComments(records)
    return Matrix(rows: rows, columns: dimension, elements: elements)
  }
}
