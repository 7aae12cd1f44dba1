/// Splits text into records of fields as it is read: delimited text by the rules of RFC 4180, or lines of words.
///
/// Lines end with LF, CR LF or CR. In delimited text a field in double quotes may hold delimiters, line breaks and
/// doubled quotes; lines of blanks only, and comment lines, are skipped.
final class TextRecords {
  /// The bytes of the current record's fields, one after the other, without quotes.
  private(set) var text: [UInt8] = []
  /// Where each field of the current record ends in `text`.
  private(set) var ends: [Int] = []
  /// The line on which the current record begins, from 1.
  private(set) var line = 0

  private let source: any ByteSource
  private let options: CSV.Options
  private let limits: InterchangeLimits
  private var buffer: [UInt8]
  private var position = 0
  private var filled = 0
  private var nextLine = 1
  private var isFirst = true

  init(_ source: any ByteSource, options: CSV.Options, limits: InterchangeLimits) {
    self.source = source
    self.options = options
    self.limits = limits
    buffer = [UInt8](repeating: 0, count: 1 << 16)
  }

  var file: String { source.name }

  /// Goes on to the next record; false at the end of the file.
  func advance() throws(InterchangeError) -> Bool {
    try begin()
    while true {
      text.removeAll(keepingCapacity: true)
      ends.removeAll(keepingCapacity: true)
      line = nextLine
      guard let first = try peek() else { return false }
      if first == options.comment {
        while let byte = try next(), try !isLineEnd(byte) {}
        continue
      }
      let hasQuotes = try readRecord()
      // A line of blanks is a single field without a quote.
      if ends.count > 1 || hasQuotes || text.contains(where: { $0 != 0x20 && $0 != 0x09 }) { return true }
    }
  }

  /// A field of the current record.
  func withField<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let start = index == 0 ? 0 : ends[index - 1]
    return text.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<ends[index]])) }
  }

  /// A field as text for a message: short, and printable.
  func summary(ofField index: Int) -> String {
    let characters = withField(index) { String(decoding: $0.prefix(40), as: UTF8.self) }
    let printable = characters.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }
    return printable.isEmpty ? "an empty field" : "'\(printable.joined())'"
  }

  func failure(column: Int, expected: String, found: String, line: Int? = nil) -> InterchangeError {
    .malformedText(file: file, line: line ?? self.line, column: column, expected: expected, found: found)
  }

  // MARK: Lines of words

  /// Goes on to the next line, whose fields are its words, apart by blanks; false at the end of the file.
  ///
  /// Quotes and delimiters mean nothing here. A comment may begin anywhere in a line. Lines without words count, too:
  /// some formats have a line that may be empty.
  func advanceLine() throws(InterchangeError) -> Bool {
    try begin()
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    line = nextLine
    guard try peek() != nil else { return false }
    var (isInWord, isInComment) = (false, false)
    while let byte = try next(), try !isLineEnd(byte) {
      isInComment = isInComment || byte == options.comment
      guard !isInComment else { continue }
      let isBlank = byte == 0x20 || byte == 0x09
      if isInWord, isBlank { ends.append(text.count) }
      isInWord = !isBlank
      try append(byte)
    }
    if isInWord { ends.append(text.count) }
    return true
  }

  /// Goes on to the next line that has words; false at the end of the file.
  func advanceWords() throws(InterchangeError) -> Bool {
    while try advanceLine() {
      if !ends.isEmpty { return true }
    }
    return false
  }

  /// A word of the current line.
  func word(_ index: Int) -> String {
    withField(index) { String(decoding: $0.drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self) }
  }

  /// A word of the current line as a number.
  func number<Scalar: RealScalar>(
    _ index: Int, as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> Scalar {
    guard index < ends.count else {
      throw failure(column: ends.count + 1, expected: "a number", found: "the end of the line")
    }
    guard let value = withField(index, { DecimalParser.parse($0, as: Scalar.self) }) else {
      throw failure(
        column: index + 1, expected: "a number in the range of \(Scalar.self)", found: summary(ofField: index)
      )
    }
    return value
  }

  /// A word of the current line as a whole number in a range.
  func integer(_ index: Int, in range: ClosedRange<Int>, what: String) throws(InterchangeError) -> Int {
    guard index < ends.count else {
      throw failure(column: ends.count + 1, expected: what, found: "the end of the line")
    }
    guard let value = Int(word(index)), range.contains(value) else {
      throw failure(
        column: index + 1,
        expected: range.upperBound == .max ? what : "\(what) of at most \(range.upperBound)",
        found: summary(ofField: index))
    }
    return value
  }

  /// The bytes after the current line, as they are.
  func bytes(_ count: Int, field: String) throws(InterchangeError) -> [UInt8] {
    let held = min(count, filled - position)
    let start = Array(buffer[position..<(position + held)])
    position += held
    guard held < count else { return start }
    do {
      return start + (try source.readBytes(count - held, field: field))
    } catch {
      guard case .truncated(let file, let field, let expected, let found) = error else { throw error }
      throw .truncated(file: file, field: field, expectedBytes: expected + held, foundBytes: found + held)
    }
  }

  // MARK: Bytes

  private func peek() throws(InterchangeError) -> UInt8? {
    if position == filled {
      position = 0
      filled = 0
      let result = buffer.withUnsafeMutableBytes { raw in
        Result { () throws(InterchangeError) in try source.read(into: raw) }
      }
      filled = try result.get()
      if filled == 0 { return nil }
    }
    return buffer[position]
  }

  private func next() throws(InterchangeError) -> UInt8? {
    guard let byte = try peek() else { return nil }
    position += 1
    return byte
  }

  /// Whether the byte just taken ends the line; takes the LF of a CR LF, and counts.
  private func isLineEnd(_ byte: UInt8) throws(InterchangeError) -> Bool {
    guard byte == 0x0A || byte == 0x0D else { return false }
    if byte == 0x0D, try peek() == 0x0A { position += 1 }
    nextLine += 1
    return true
  }

  /// At the start of the file, skips a byte order mark.
  private func begin() throws(InterchangeError) {
    guard isFirst else { return }
    isFirst = false
    guard try peek() != nil else { return }
    let start = buffer[..<filled]
    if start.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      throw .unsupported(file: file, field: "text encoding", found: "UTF-16")
    }
  }

  // MARK: Records

  /// Reads to the end of the record; true if any field was quoted.
  private func readRecord() throws(InterchangeError) -> Bool {
    var hasQuotes = false
    var isQuoted = false
    while true {
      if !isQuoted { try takeOrdinaryBytes() }
      guard let byte = try next() else { break }
      if byte == options.delimiter {
        ends.append(text.count)
        isQuoted = false
      } else if try isLineEnd(byte) {
        ends.append(text.count)
        return hasQuotes
      } else if byte == 0x22, !isQuoted, fieldIsBlank {
        // Blanks before the opening quote are dropped.
        text.removeSubrange((ends.last ?? 0)...)
        try readQuoted()
        isQuoted = true
        hasQuotes = true
      } else if isQuoted {
        guard byte == 0x20 || byte == 0x09 else {
          throw failure(
            column: ends.count + 1, expected: "a delimiter after the closing quote",
            found: "'\(Character(Unicode.Scalar(byte)))'", line: nextLine)
        }
      } else {
        try append(byte)
      }
    }
    ends.append(text.count)
    return hasQuotes
  }

  /// Appends the bytes up to the next delimiter, quote, line end, or end of the buffer, all at once.
  private func takeOrdinaryBytes() throws(InterchangeError) {
    let delimiter = options.delimiter
    let start = position
    let filled = filled
    buffer.withUnsafeBufferPointer { bytes in
      var index = start
      while index < filled {
        let byte = bytes[index]
        if byte == delimiter || byte == 0x22 || byte == 0x0A || byte == 0x0D { break }
        index &+= 1
      }
      text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
      position = index
    }
    // At most one buffer too late.
    try checkFieldLength()
  }

  private var fieldIsBlank: Bool { text[(ends.last ?? 0)...].allSatisfy { $0 == 0x20 || $0 == 0x09 } }

  private func append(_ byte: UInt8) throws(InterchangeError) {
    text.append(byte)
    try checkFieldLength()
  }

  private func checkFieldLength() throws(InterchangeError) {
    guard text.count - (ends.last ?? 0) <= limits.textFieldBytes else {
      throw .tooLarge(
        file: file, field: "line \(line), column \(ends.count + 1)", found: "a field",
        limit: "\(limits.textFieldBytes) bytes")
    }
  }

  /// Reads a quoted field from behind its opening quote to behind its closing quote.
  private func readQuoted() throws(InterchangeError) {
    let opened = nextLine
    while let byte = try next() {
      if byte == 0x22 {
        guard try peek() == 0x22 else { return }
        position += 1
      } else if byte == 0x0A || byte == 0x0D {
        // Any line break inside quotes is kept as LF.
        _ = try isLineEnd(byte)
        try append(0x0A)
        continue
      }
      try append(byte)
    }
    throw failure(
      column: ends.count + 1, expected: "a closing quote", found: "the end of the file", line: opened)
  }
}
