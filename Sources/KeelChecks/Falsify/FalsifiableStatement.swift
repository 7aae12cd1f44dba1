import Keel

/// A statement whose problems are points of a space of parameters, so that a violation can be searched for.
///
/// Every parameter is a real number, and the entries of the problem are rational functions of them. A
/// rotation, for example, is given by `t = tan(θ/2)`, its cosine and sine being `(1 - t²)/(1 + t²)` and
/// `2t/(1 + t²)`. Short parameters then stand for a problem that meets its assumptions exactly and can be
/// written down in full.
public struct FalsifiableStatement: Sendable {
  /// How precisely the two sides are computed.
  public enum Accuracy: Sendable {
    /// Fast: a few digits, to steer the search.
    case search
    /// As precise as possible, with a tolerance of a hundred times the error estimate: to verify.
    case verification
  }

  /// A place to start the search from, and how far around it to look in each parameter.
  public struct Start: Sendable {
    /// The parameters.
    public var parameters: [Double]
    /// The size of a first change of each parameter, positive.
    public var scales: [Double]

    /// A start with parameters and scales, equally many.
    public init(parameters: [Double], scales: [Double]) {
      precondition(parameters.count == scales.count, "A start needs one scale a parameter")
      self.parameters = parameters
      self.scales = scales
    }
  }

  /// The check of the statement.
  public let check: Check
  /// Draws a start.
  let start: @Sendable (inout RandomStream) -> Start
  /// Measures both sides of the problem of some parameters; nil if it does not meet the assumptions or
  /// cannot be computed.
  let measure: @Sendable ([Double], Accuracy) -> Comparison?
  /// The problem in exact numbers.
  let exact: @Sendable ([ExactNumber]) -> ExactProblem
  /// Other parameters that mean much the same problem.
  let variants: @Sendable ([ExactNumber]) -> [[ExactNumber]]

  /// A statement.
  ///
  /// - Parameters:
  ///   - check: the check of the statement; its expectation says whether a violation should be found.
  ///   - start: draws a start from a stream.
  ///   - measure: measures both sides; nil outside of the assumptions. It must depend on its arguments
  ///     only.
  ///   - exact: the problem that exact parameters stand for.
  ///   - variants: parameters that mean much the same problem, for example with other signs; of these
  ///     the shortest that violates the statement is taken.
  public init(
    check: Check, start: @escaping @Sendable (inout RandomStream) -> Start,
    measure: @escaping @Sendable ([Double], Accuracy) -> Comparison?,
    exact: @escaping @Sendable ([ExactNumber]) -> ExactProblem,
    variants: @escaping @Sendable ([ExactNumber]) -> [[ExactNumber]] = { _ in [] }
  ) {
    self.check = check
    self.start = start
    self.measure = measure
    self.exact = exact
    self.variants = variants
  }

  /// Whether a violation is expected, because the statement is known to be false.
  public var expectsViolation: Bool {
    if case .violated = check.expectation { true } else { false }
  }
}

/// A problem written down in exact numbers.
public struct ExactProblem: Sendable, Equatable {
  /// One array of the problem.
  public struct Part: Sendable, Equatable {
    /// The name, as in the statement: for example `B0`.
    public let name: String
    /// The rows; a vector is a single row.
    public let rows: [[ExactNumber]]
    /// Whether it is a vector.
    public let isVector: Bool
  }

  /// The arrays of the problem.
  public let parts: [Part]

  /// A problem from its arrays.
  public init(_ parts: [Part]) { self.parts = parts }

  /// Whether all numbers are short enough to be held exactly.
  public var isDefined: Bool { parts.allSatisfy { $0.rows.allSatisfy { $0.allSatisfy(\.isDefined) } } }

  /// How much there is to read: the number of digits of all entries.
  public var length: Int {
    parts.reduce(0) { $0 + $1.rows.reduce(0) { $0 + $1.reduce(0) { $0 + $1.length } } }
  }
}

extension ExactProblem.Part {
  /// A matrix.
  public static func matrix(_ name: String, _ rows: [[ExactNumber]]) -> Self {
    Self(name: name, rows: rows, isVector: false)
  }

  /// A vector.
  public static func vector(_ name: String, _ values: [ExactNumber]) -> Self {
    Self(name: name, rows: [values], isVector: true)
  }
}

extension ExactProblem {
  /// Writes the arrays to a `.npz` file, in doubles; a `*` in a name becomes `star`.
  ///
  /// - Throws: `InterchangeError` if the file cannot be written.
  public func write(to path: String) throws(InterchangeError) {
    let writer = try NPZWriter(path)
    for part in parts {
      let values = part.rows.flatMap { $0.map(\.value) }
      let shape = part.isVector ? [values.count] : [part.rows.count, part.rows.first?.count ?? 0]
      try writer.append(
        NumericArray(shape: shape, elements: values),
        name: part.name.split(separator: "*", omittingEmptySubsequences: false).joined(separator: "star"))
    }
    try writer.finish()
  }
}
