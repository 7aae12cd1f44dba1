/// Reads numbers as people and programs write them in text files.
///
/// Accepted: an optional sign, then digits with an optional point and an optional decimal exponent, or
/// `nan`, `inf`, `infinity` in any case. Blanks around are skipped. The result is the nearest value of
/// the type, so that what was printed with enough digits comes back bit for bit.
enum DecimalParser {
  /// The number that makes up the whole text, or nil. A number beyond the range of `Scalar` is nil too.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func parse<Scalar: RealScalar>(
    _ bytes: UnsafeBufferPointer<UInt8>, as type: Scalar.Type = Scalar.self
  ) -> Scalar? {
    let text = trimmed(bytes)
    var position = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { position = 1 }
    let start = position
    var mantissa: UInt64 = 0
    var digits = 0
    var exponent = 0
    // 19 digits fit 64 bits; a longer number takes the slow way.
    func digit() -> UInt64? {
      guard position < text.count else { return nil }
      let value = text[position] &- UInt8(ascii: "0")
      return value < 10 ? UInt64(value) : nil
    }
    while let value = digit() {
      mantissa = mantissa &* 10 &+ value
      digits += 1
      position += 1
    }
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      while let value = digit() {
        mantissa = mantissa &* 10 &+ value
        digits += 1
        exponent -= 1
        position += 1
      }
    }
    guard digits > 0 else {
      guard let special: Scalar = special(text, from: start) else { return nil }
      return isNegative ? -special : special
    }
    if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      let isExponentNegative = position < text.count && text[position] == UInt8(ascii: "-")
      if position < text.count, isExponentNegative || text[position] == UInt8(ascii: "+") { position += 1 }
      guard digit() != nil else { return nil }
      var written = 0
      while let value = digit() {
        written = min(written * 10 + Int(value), 100_000)
        position += 1
      }
      exponent += isExponentNegative ? -written : written
    }
    guard position == text.count else { return nil }
    // Both factors are exact in Scalar, so one correctly rounded operation gives the nearest value
    // (W. D. Clinger, How to read floating point numbers accurately, 1990).
    let exactPower = Scalar.self == Float.self ? 10 : 19
    if digits <= 19, mantissa >> UInt64(Scalar.significandBitCount + 1) == 0, abs(exponent) <= exactPower {
      let power = Scalar(powersOfTen[abs(exponent)])
      let magnitude = exponent < 0 ? Scalar(mantissa) / power : Scalar(mantissa) * power
      return isNegative ? -magnitude : magnitude
    }
    guard let value = Scalar(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  private static let powersOfTen: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
  ]

  private static func special<Scalar: RealScalar>(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Scalar? {
    let word = text[start...].map { $0 | 0x20 }
    if word.elementsEqual("nan".utf8) { return .nan }
    if word.elementsEqual("inf".utf8) || word.elementsEqual("infinity".utf8) { return .infinity }
    return nil
  }

  private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var start = 0
    var end = bytes.count
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return UnsafeBufferPointer(rebasing: bytes[start..<end])
  }
}
