import ArgumentParser
import Foundation

/// Lists of numbers in an argument: items separated by commas, each a number or a range.
///
/// - `0.5`: the number.
/// - `1:6`: whole numbers from the first to the last, in steps of 1.
/// - `0:1:5`: 5 real numbers from the first to the last, evenly spaced: 0, 0.25, 0.5, 0.75, 1.
/// - `0.001:1:4log`: 4 real numbers, evenly spaced in their logarithm: 0.001, 0.01, 0.1, 1.
enum NumberList {
  /// How lists are written, for the help of options that take them.
  static let syntax = """
    Lists are numbers and ranges separated by commas: '0.1,0.5', whole numbers '1:6', evenly spaced \
    numbers 'FIRST:LAST:COUNT' as in '0:1:5', and 'FIRST:LAST:COUNTlog', evenly spaced in the logarithm, \
    as in '0.001:1:12log'.
    """

  /// The most numbers that an argument may stand for.
  static let limit = 1_000_000

  /// Real numbers.
  static func reals(_ text: String) throws -> [Double] {
    try items(text) { parts in
      switch parts.count {
      case 1: return [try real(parts[0])]
      case 2:
        let values: [Int] = try wholeRange(parts)
        return values.map(Double.init)
      default: return try spaced(parts)
      }
    }
  }

  /// Whole numbers of a given type.
  static func integers<Value: FixedWidthInteger & SendableMetatype>(_ text: String) throws -> [Value] {
    try items(text) { parts in
      switch parts.count {
      case 1: return [try whole(parts[0])]
      case 2: return try wholeRange(parts)
      default:
        throw ValidationError("'\(parts.joined(separator: ":"))' is no range of whole numbers, as '1:6' is")
      }
    }
  }

  /// A list of whole numbers in the shortest form, so that 1, 2, 3 is `1:3`.
  static func text<Value: FixedWidthInteger & SendableMetatype>(_ values: [Value]) -> String {
    let first = values.first ?? 0
    let isRun = values.enumerated().allSatisfy { place, value in
      value >= first && value - first == Value(truncatingIfNeeded: place)
    }
    guard values.count > 2, isRun else { return values.map(String.init).joined(separator: ",") }
    return "\(first):\(values[values.count - 1])"
  }

  /// A list of real numbers, each with the fewest digits that read back to the same value.
  static func text(_ values: [Double]) -> String {
    values.map(numberText).joined(separator: ",")
  }

  private static func items<Value>(_ text: String, parse: ([String]) throws -> [Value]) throws -> [Value] {
    var values: [Value] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: ":", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count <= 3, !parts.contains("") else {
        throw ValidationError(
          item.isEmpty ? "a number is missing" : "'\(item)' is neither a number nor a range")
      }
      values += try parse(parts)
      guard values.count <= limit else { throw ValidationError("it stands for more than \(limit) numbers") }
    }
    return values
  }

  private static func real(_ text: String) throws -> Double {
    guard let value = Double(text), value.isFinite else {
      throw ValidationError("'\(text)' is not a finite number")
    }
    return value
  }

  private static func whole<Value: FixedWidthInteger & SendableMetatype>(_ text: String) throws -> Value {
    guard let value = Value(text) else {
      throw ValidationError("'\(text)' is not a whole number from \(Value.min) to \(Value.max)")
    }
    return value
  }

  private static func wholeRange<Value: FixedWidthInteger & SendableMetatype>(_ parts: [String]) throws
    -> [Value]
  {
    let (first, last): (Value, Value) = (try whole(parts[0]), try whole(parts[1]))
    guard first <= last else { throw ValidationError("the range '\(parts[0]):\(parts[1])' falls") }
    let (span, overflow) = last.subtractingReportingOverflow(first)
    guard !overflow, span < Value(clamping: limit) else {
      throw ValidationError("it stands for more than \(limit) numbers")
    }
    return (0...Int(span)).map { first + Value(truncatingIfNeeded: $0) }
  }

  private static func spaced(_ parts: [String]) throws -> [Double] {
    let range = parts.joined(separator: ":")
    let (first, last) = (try real(parts[0]), try real(parts[1]))
    let isLogarithmic = parts[2].hasSuffix("log")
    guard let count = Int(isLogarithmic ? String(parts[2].dropLast(3)) : parts[2]),
      (2...limit).contains(count)
    else {
      throw ValidationError("the range '\(range)' needs a count from 2 to \(limit)")
    }
    guard first < last else { throw ValidationError("the range '\(range)' does not rise") }
    guard !isLogarithmic || first > 0 else {
      throw ValidationError("the range '\(range)' must begin above 0 for a logarithm")
    }
    return (0..<count).map { place in
      // The ends exactly; powers of ten, so that whole decades come out as people write them.
      if place == 0 { return first }
      if place == count - 1 { return last }
      let share = Double(place) / Double(count - 1)
      guard isLogarithmic else { return first * (1 - share) + last * share }
      return pow(10, log10(first) * (1 - share) + log10(last) * share)
    }
  }
}

/// A number with the fewest digits that read back to the same value, and without a needless `.0`.
///
/// NaN has no sign: `0/0` gives one on some processors, and not all readers of CSV know `-nan`.
func numberText(_ value: Double) -> String {
  guard !value.isNaN else { return "nan" }
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
