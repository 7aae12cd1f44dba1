import Keel

/// What a search for a violation found.
public struct Falsification: Sendable {
  /// The statement.
  public let statement: FalsifiableStatement
  /// The seed of the search.
  public let seed: UInt64
  /// The number of problems that were measured in the search.
  public let evaluations: Int
  /// The number of rounds.
  public let rounds: Int
  /// How long it took.
  public let elapsed: Duration
  /// The problem of the search that comes closest to a violation, or violates most, measured at full
  /// precision; nil if no problem met the assumptions.
  public let closest: Comparison?
  /// The shortest violation; nil if there is none.
  public let counterexample: Counterexample?

  /// Whether a violation was found if and only if one was expected.
  public var isAsExpected: Bool { (counterexample != nil) == statement.expectsViolation }
}

/// A problem that violates a statement, in exact numbers.
public struct Counterexample: Sendable {
  /// The problem.
  public let problem: ExactProblem
  /// The parameters of the problem.
  public let parameters: [Double]
  /// Both sides, measured at full precision.
  public let comparison: Comparison?

  /// The number of digits of the problem.
  public var length: Int { problem.length }
}
