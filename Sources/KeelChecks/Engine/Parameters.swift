/// A value that describes a problem: a number, a list of numbers, a truth value or a word.
public enum ParameterValue: Sendable, Equatable {
  /// A real number; printed so that it reads back to the same bits.
  case number(Double)
  /// A whole number.
  case integer(Int)
  /// Several real numbers, for example a vector.
  case numbers([Double])
  /// A yes or no.
  case flag(Bool)
  /// A word or a name.
  case text(String)
}

extension ParameterValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
  /// A real number from a literal such as `0.5`.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A whole number from a literal such as `3`.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A word from a literal such as `"aligned"`.
  public init(stringLiteral value: String) { self = .text(value) }
  /// A truth value from a literal.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
}

extension ParameterValue: CustomStringConvertible {
  /// The value in text; real numbers have the fewest digits that read back to the same bits.
  public var description: String {
    switch self {
    case .number(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .numbers(let values): "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
    case .flag(let value): "\(value)"
    case .text(let value): value
    }
  }
}

/// The named values that describe a problem, in the order in which they were given.
///
/// Written as a dictionary literal:
/// ```swift
/// let parameters: Parameters = ["k": .integer(k), "eps": .number(eps), "head": "random"]
/// ```
public struct Parameters: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// One named value.
  public struct Entry: Sendable, Equatable {
    /// The name, unique within its list.
    public let name: String
    /// The value.
    public let value: ParameterValue
  }

  /// The named values in order.
  public private(set) var entries: [Entry] = []

  /// No parameters.
  public init() {}

  /// The parameters of a dictionary literal, in its order; a repeated name keeps its first place and
  /// its last value.
  public init(dictionaryLiteral elements: (String, ParameterValue)...) {
    for (name, value) in elements { self[name] = value }
  }

  /// The value with a name, or `nil` if there is none.
  ///
  /// Setting replaces the value in place or adds it at the end; setting `nil` removes it.
  ///
  /// - Complexity: O(n).
  public subscript(name: String) -> ParameterValue? {
    get { entries.first { $0.name == name }?.value }
    set {
      let place = entries.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let value?): entries[place] = Entry(name: name, value: value)
      case (let place?, nil): entries.remove(at: place)
      case (nil, let value?): entries.append(Entry(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Whether there are none.
  public var isEmpty: Bool { entries.isEmpty }
}

extension Parameters: CustomStringConvertible {
  /// The parameters as `k = 3, eps = 0.1`.
  public var description: String {
    entries.map { "\($0.name) = \($0.value)" }.joined(separator: ", ")
  }
}
