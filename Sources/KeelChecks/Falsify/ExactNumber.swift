import Foundation

/// A fraction of whole numbers, with which a short counterexample is stated exactly.
///
/// Arithmetic is exact; a result that does not fit in 128 bits is ``undefined``, and so is everything
/// that is computed from it.
public struct ExactNumber: Sendable, Hashable {
  /// The numerator, with the sign.
  public let numerator: Int128
  /// The denominator, positive and without common divisor with the numerator; 0 if undefined.
  public let denominator: Int128

  /// What does not exist, or is too long to be held.
  public static let undefined = ExactNumber(lowest: 0, 0)

  private init(lowest numerator: Int128, _ denominator: Int128) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// A whole number.
  public init(_ value: Int) { self.init(lowest: Int128(value), 1) }

  /// A fraction in lowest terms; undefined if the denominator is 0.
  public init(_ numerator: Int128, over denominator: Int128) {
    guard denominator != 0, numerator != .min, denominator != .min else {
      self = .undefined
      return
    }
    let divisor = Self.commonDivisor(numerator.magnitude, denominator.magnitude)
    let sign: Int128 = denominator < 0 ? -1 : 1
    self.init(lowest: sign * numerator / Int128(divisor), sign * denominator / Int128(divisor))
  }

  /// The number that the shortest decimal of a double stands for: 0.1 is one tenth.
  public init(decimal value: Double) {
    guard value.isFinite else {
      self = .undefined
      return
    }
    let parts = "\(value)".split(separator: "e")
    let digits = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = digits.count > 1 && digits[1] != "0" ? digits[1] : ""
    let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - fraction.count
    guard let significand = Int128(digits[0] + fraction), exponent.magnitude <= 30 else {
      self = .undefined
      return
    }
    var power: Int128 = 1
    for _ in 0..<exponent.magnitude { power *= 10 }
    self = exponent < 0 ? Self(significand, over: power) : Self(significand, over: 1) * Self(power, over: 1)
  }

  /// Whether the number exists and was short enough to be held.
  public var isDefined: Bool { denominator != 0 }

  /// The nearest double; NaN if undefined.
  public var value: Double {
    isDefined ? Double(numerator) / Double(denominator) : .nan
  }

  private static func commonDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return max(a, 1)
  }
}

extension ExactNumber: ExactField {
  /// The sum.
  public static func + (a: Self, b: Self) -> Self {
    combined(a, b) { a, b in
      let (left, first) = a.numerator.multipliedReportingOverflow(by: b.denominator)
      let (right, second) = b.numerator.multipliedReportingOverflow(by: a.denominator)
      let (sum, third) = left.addingReportingOverflow(right)
      return first || second || third ? nil : (sum, a.denominator, b.denominator)
    }
  }

  /// The difference.
  public static func - (a: Self, b: Self) -> Self {
    a + -b
  }

  /// The product.
  public static func * (a: Self, b: Self) -> Self {
    combined(a, b) { a, b in
      let (product, overflows) = a.numerator.multipliedReportingOverflow(by: b.numerator)
      return overflows ? nil : (product, a.denominator, b.denominator)
    }
  }

  /// The quotient; undefined if the divisor is 0.
  public static func / (a: Self, b: Self) -> Self {
    a * Self(b.denominator, over: b.numerator)
  }

  /// The number that `parts` gives as a numerator and two factors of the denominator.
  private static func combined(
    _ a: Self, _ b: Self, _ parts: (Self, Self) -> (Int128, Int128, Int128)?
  ) -> Self {
    guard a.isDefined, b.isDefined, let (numerator, first, second) = parts(a, b) else { return .undefined }
    let (denominator, overflows) = first.multipliedReportingOverflow(by: second)
    return overflows ? .undefined : Self(numerator, over: denominator)
  }
}

extension ExactNumber: CustomStringConvertible {
  /// The number as a decimal if that ends after at most six digits, else as a fraction `p/q`.
  public var description: String {
    guard isDefined else { return "undefined" }
    guard denominator != 1 else { return "\(numerator)" }
    var power: Int128 = 1
    for digits in 1...6 {
      power *= 10
      guard power % denominator == 0 else { continue }
      let (scaled, overflows) = numerator.magnitude.multipliedReportingOverflow(
        by: UInt128(power / denominator))
      guard !overflows else { break }
      let text = "\(scaled)"
      let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
      return (numerator < 0 ? "-" : "") + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
    return "\(numerator)/\(denominator)"
  }

  /// How much there is to read: 0 for zero, else the number of digits, and one for a sign, one for a
  /// point and two for a bar; large if undefined.
  public var length: Int {
    guard isDefined else { return 1000 }
    guard numerator != 0 else { return 0 }
    let text = description
    let signs = (text.contains("-") ? 1 : 0) + (text.contains(".") ? 1 : 0) + (text.contains("/") ? 2 : 0)
    return signs + text.filter(\.isNumber).drop { $0 == "0" }.count
  }

  /// The opposite number.
  public static prefix func - (a: Self) -> Self { Self(lowest: -a.numerator, a.denominator) }
}

/// What the entries of a problem can be computed in: doubles for speed, fractions to state it exactly.
public protocol ExactField: Sendable {
  /// A whole number.
  init(_ value: Int)
  /// The sum.
  static func + (a: Self, b: Self) -> Self
  /// The difference.
  static func - (a: Self, b: Self) -> Self
  /// The product.
  static func * (a: Self, b: Self) -> Self
  /// The quotient.
  static func / (a: Self, b: Self) -> Self
}

extension Double: ExactField {}
