import Foundation

/// How a text for people is laid out.
public struct TextStyle: Sendable, Equatable {
  /// The number of characters that fit in a line; `nil` if lines may be of any length.
  public var width: Int?
  /// Whether verdicts are colored by terminal control sequences.
  public var isColored: Bool
  /// Whether times are shown, which differ from run to run.
  public var showsTimes: Bool

  /// A layout.
  ///
  /// - Parameters:
  ///   - width: the number of characters that fit in a line; `nil` for lines of any length.
  ///   - isColored: whether verdicts are colored.
  ///   - showsTimes: whether times are shown.
  public init(width: Int? = nil, isColored: Bool = false, showsTimes: Bool = false) {
    self.width = width
    self.isColored = isColored
    self.showsTimes = showsTimes
  }

  /// The colors that have a meaning here.
  enum Color: Int {
    case red = 31
    case green = 32
    case yellow = 33
  }

  func colored(_ text: String, _ color: Color?) -> String {
    guard isColored, let color else { return text }
    return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
  }

  /// Breaks a text into lines that fit, at spaces, each after an indentation.
  ///
  /// - Parameters:
  ///   - text: the text.
  ///   - indent: what every line begins with.
  ///   - first: what the first line begins with, instead of `indent`; of the same length.
  /// - Returns: the lines; a word longer than the width has a line of its own.
  func wrapped(_ text: String, indent: String = "", first: String? = nil) -> [String] {
    guard let width else { return [(first ?? indent) + text] }
    var lines: [String] = []
    var line = first ?? indent
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        (line, isEmpty) = (indent, true)
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }
}

/// A number in a table: three significant digits.
func shortText(_ number: Double?) -> String {
  guard let number else { return "-" }
  return String(format: "%.3g", number)
}

/// A number and its noun: "1 problem", "2 problems".
func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
