/// The Python literals that occur in `.npy` headers.
enum PythonLiteral: Equatable {
  case string(String)
  case boolean(Bool)
  case none
  /// The digits with their sign: any length.
  case integer(String)
  case tuple([PythonLiteral])
  case list([PythonLiteral])
  case dictionary([Entry])

  struct Entry: Equatable {
    let key: String
    let value: PythonLiteral
  }

  /// The literal as a message shows it, cut short.
  var summary: String {
    let full = text
    return full.count <= 60 ? full : full.prefix(57) + "..."
  }

  private var text: String {
    switch self {
    case .string(let value): return "'\(value)'"
    case .boolean(let value): return value ? "True" : "False"
    case .none: return "None"
    case .integer(let digits): return digits
    case .tuple(let items):
      let list = items.map(\.text).joined(separator: ", ")
      return items.count == 1 ? "(\(list),)" : "(\(list))"
    case .list(let items): return "[\(items.map(\.text).joined(separator: ", "))]"
    case .dictionary(let entries):
      return "{\(entries.map { "'\($0.key)': \($0.value.text)" }.joined(separator: ", "))}"
    }
  }
}

/// Reads one Python literal by recursive descent.
///
/// The grammar is the part of Python that NumPy has ever written: strings without escapes in either
/// quotes, decimal integers (with the `L` that Python 2 put behind long ones), `True`, `False`,
/// `None`, tuples, lists and dictionaries with string keys, commas before a closing bracket, blanks
/// anywhere between tokens.
struct PythonLiteralParser {
  /// What was expected at a byte of the text, and what is there.
  struct Failure: Error {
    let expected: String
    let found: String
  }

  private let text: [UInt8]
  private var position = 0
  private var depth = 0
  // Structured types nest a list of tuples; more depth than this is an attack on the stack.
  private let maximumDepth = 16

  init(_ text: [UInt8]) { self.text = text }

  /// The literal that makes up the whole text.
  mutating func parse() throws(Failure) -> PythonLiteral {
    let value = try parseValue()
    skipBlanks()
    guard position == text.count else { throw failure("nothing after the closing bracket") }
    return value
  }

  private var next: UInt8? { position < text.count ? text[position] : nil }

  private func failure(_ expected: String) -> Failure {
    let found = next.map { byte in
      (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    }
    return Failure(
      expected: expected, found: found.map { "\($0) at byte \(position)" } ?? "the end of the text")
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func parseValue() throws(Failure) -> PythonLiteral {
    skipBlanks()
    guard let byte = next else { throw failure("a Python literal") }
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "("): return try nested { (parser) throws(Failure) in try parser.parseTuple() }
    case UInt8(ascii: "["):
      return try nested { (parser) throws(Failure) in .list(try parser.parseItems(closing: "]").items) }
    case UInt8(ascii: "{"): return try nested { (parser) throws(Failure) in try parser.parseDictionary() }
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .integer(try parseInteger())
    default: break
    }
    for (word, value) in [("True", PythonLiteral.boolean(true)), ("False", .boolean(false)), ("None", .none)]
    where text[position...].starts(with: word.utf8) {
      position += word.utf8.count
      guard let following = next, isWordByte(following) else { return value }
      throw failure("a blank or a comma after \(word)")
    }
    throw failure("a Python literal")
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), 0x80...:
      true
    default: false
    }
  }

  /// Parses what starts with an opening bracket.
  private mutating func nested(
    _ body: (inout Self) throws(Failure) -> PythonLiteral
  ) throws(Failure) -> PythonLiteral {
    guard depth < maximumDepth else { throw failure("at most \(maximumDepth) nested brackets") }
    depth += 1
    position += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  private mutating func parseString() throws(Failure) -> String {
    let quote = text[position]
    position += 1
    let start = position
    while let byte = next, byte != quote {
      // NumPy never escapes anything in the keys and types that Keel reads.
      guard byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\n") else {
        throw failure("a string without escapes and line breaks")
      }
      position += 1
    }
    guard next == quote else { throw failure("a closing quote") }
    defer { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private mutating func parseInteger() throws(Failure) -> String {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > firstDigit else { throw failure("a digit") }
    let digits = String(decoding: text[start..<position], as: UTF8.self)
    if next == UInt8(ascii: "L") { position += 1 }
    if let byte = next, isWordByte(byte) { throw failure("a decimal integer") }
    return digits
  }

  private mutating func parseItems(
    closing: Unicode.Scalar
  ) throws(Failure) -> (items: [PythonLiteral], endsInComma: Bool) {
    var items: [PythonLiteral] = []
    var comma = false
    while !take(closing) {
      guard items.isEmpty || comma else { throw failure("a comma or '\(closing)'") }
      items.append(try parseValue())
      comma = take(",")
    }
    return (items, comma)
  }

  private mutating func parseTuple() throws(Failure) -> PythonLiteral {
    let (items, comma) = try parseItems(closing: ")")
    // In Python (3) is a number in brackets; the comma makes the tuple.
    return items.count == 1 && !comma ? items[0] : .tuple(items)
  }

  private mutating func parseDictionary() throws(Failure) -> PythonLiteral {
    var entries: [PythonLiteral.Entry] = []
    var comma = true
    while !take("}") {
      guard comma else { throw failure("a comma or '}'") }
      skipBlanks()
      guard next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") else {
        throw failure("a string as key")
      }
      let key = try parseString()
      guard take(":") else { throw failure("a colon") }
      entries.append(.init(key: key, value: try parseValue()))
      comma = take(",")
    }
    return .dictionary(entries)
  }
}
