/// What a trial may return: one comparison or several.
public protocol TrialResult: SendableMetatype {
  /// The comparisons of one problem.
  var comparisons: [Comparison] { get }
}

extension Comparison: TrialResult {
  /// This comparison alone.
  public var comparisons: [Comparison] { [self] }
}

extension Array: TrialResult where Element == Comparison {
  /// The comparisons themselves.
  public var comparisons: [Comparison] { self }
}

/// A statement of a theory together with a way to test it on many problems.
///
/// A check is a value. It names the statement and its source, says what verdict is expected, and
/// carries a trial that builds one problem, random or from real data, and measures both sides.
/// Statements of the literature that are known to be false as stated are checks like any other:
/// they expect violations and point to their repaired form.
///
/// ```swift
/// let check = Check(
///   id: "numbers.triangle", statement: "|a + b| <= |a| + |b|", source: "Euclid, Elements I.20",
///   trials: [.quick: 10, .standard: 100, .full: 1000]
/// ) { context in
///   var stream = context.stream
///   let (a, b) = (Double.random(in: -1...1, using: &stream), Double.random(in: -1...1, using: &stream))
///   return Comparison.atMost(
///     abs(a + b), abs(a) + abs(b), tolerance: 1e-15,
///     parameters: ["a": .number(a), "b": .number(b)])
/// }
/// ```
public struct Check: Sendable {
  /// Builds one problem and measures it.
  public typealias Trial = @Sendable (TrialContext) throws -> [Comparison]

  /// The name by which the check is asked for: a system, a dot, a subject, for example
  /// `transfer.row-space`. Lower-case letters, digits, dots and hyphens.
  public let id: String
  /// The statement in one line.
  public let statement: String
  /// Where the statement comes from.
  public let source: String
  /// What the statement assumes, one assumption a line.
  public let assumptions: [String]
  /// What the verdicts should be.
  public let expectation: Expectation
  /// The share of problems, 0 to 1, that may stay inconclusive without a surprise.
  public let undecidedShare: Double
  /// How many random problems each effort runs.
  public let trials: [Effort: Int]
  /// The name of the stream that the trials draw from. Checks with one name see the same problems.
  public let problemStream: String
  /// Whether the trial builds its problem from real examples when the context has some.
  public let supportsData: Bool
  /// Fixed problems that every run includes.
  public let cases: [NamedCase]
  /// Builds and measures the random problem of a context.
  public let trial: Trial

  /// A check.
  ///
  /// - Parameters:
  ///   - id: a system, a dot, a subject; lower-case letters, digits, dots and hyphens.
  ///   - statement: the statement in one line.
  ///   - source: where it comes from.
  ///   - assumptions: what it assumes.
  ///   - expectation: what the verdicts should be.
  ///   - undecidedShare: the share of problems that may stay inconclusive, 0 to 1.
  ///   - trials: the number of random problems of each effort; a missing effort runs those of
  ///     the next smaller one, and none if there is none.
  ///   - problemStream: the name of the stream of problems; the id if `nil`.
  ///   - supportsData: whether the trial uses real examples.
  ///   - cases: fixed problems with unique names.
  ///   - trial: builds one problem and measures it, depending on its context only. An
  ///     ``AssumptionFailure`` that it throws is counted as such, any other error as inconclusive.
  public init<Result: TrialResult>(
    id: String, statement: String, source: String, assumptions: [String] = [],
    expectation: Expectation = .holds, undecidedShare: Double = 0, trials: [Effort: Int],
    problemStream: String? = nil, supportsData: Bool = false, cases: [NamedCase] = [],
    trial: @escaping @Sendable (TrialContext) throws -> Result
  ) {
    precondition(Self.isValidID(id), "A check's id is like 'system.subject', not '\(id)'.")
    precondition(
      Set(cases.map(\.name)).count == cases.count, "The cases of check '\(id)' share a name.")
    precondition(trials.values.allSatisfy { $0 >= 0 }, "Check '\(id)' has a negative trial count.")
    precondition(
      (0...1).contains(undecidedShare), "The undecided share of check '\(id)' is not in 0...1.")
    self.id = id
    self.statement = statement
    self.source = source
    self.assumptions = assumptions
    self.expectation = expectation
    self.undecidedShare = undecidedShare
    self.trials = trials
    self.problemStream = problemStream ?? id
    self.supportsData = supportsData
    self.cases = cases
    self.trial = { try trial($0).comparisons }
  }

  /// The system that the check belongs to: its id up to the first dot.
  public var system: String { String(id.prefix { $0 != "." }) }

  /// The number of random problems of an effort.
  public func trialCount(for effort: Effort) -> Int {
    let efforts: [Effort] =
      switch effort {
      case .quick: [.quick]
      case .standard: [.standard, .quick]
      case .full: [.full, .standard, .quick]
      }
    return efforts.lazy.compactMap { trials[$0] }.first ?? 0
  }

  private static func isValidID(_ id: String) -> Bool {
    let parts = id.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count >= 2
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
              || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
          }
      }
  }
}

extension Check {
  /// What the verdicts of a check should be, so that a change in either direction is noticed.
  public enum Expectation: Sendable, Equatable {
    /// No problem violates the statement, at least one satisfies it, and none stays undecided beyond
    /// the check's allowance.
    case holds
    /// The statement is known to be false as stated: violations are found.
    ///
    /// - Parameter repairedBy: the id of the check of its repaired form, if there is one.
    case violated(repairedBy: String?)
    /// The outcome is reported and never a surprise, because no statement is claimed.
    case reported
  }

  /// A fixed problem: a worked example, a known counterexample, a degenerate setting.
  public struct NamedCase: Sendable {
    /// The name by which the case is asked for.
    public let name: String
    /// The verdict that this problem should have; `nil` if only the check's own expectation counts.
    public let expected: Verdict?
    /// Builds the problem and measures it.
    public let run: Trial

    /// A fixed problem.
    ///
    /// - Parameters:
    ///   - name: a short name, unique within its check.
    ///   - expected: the verdict that this problem should have.
    ///   - run: builds the problem and measures it.
    public init<Result: TrialResult>(
      _ name: String, expected: Verdict? = nil,
      run: @escaping @Sendable (TrialContext) throws -> Result
    ) {
      self.name = name
      self.expected = expected
      self.run = { try run($0).comparisons }
    }
  }
}
