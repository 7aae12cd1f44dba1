/// What the numbers of one problem, or of many, say about a statement.
public enum Verdict: String, Sendable, Hashable, CaseIterable, Codable {
  /// The statement was tested and is true within the tolerance.
  case holds
  /// The statement is true but says nothing here, for example a lower bound that is not positive.
  case vacuous
  /// The problem lies outside the statement's assumptions.
  case assumptionFailed
  /// The statement is false by more than the error allowance of the computation.
  case violated
  /// The computation could not decide: a side is not a finite number, a solver gave up, an error was
  /// thrown.
  case inconclusive

  /// The verdict over several: violated if any is, else inconclusive if any is, else holds if any
  /// does, else vacuous if any is, else assumption failed.
  ///
  /// A single counterexample refutes a statement, whatever else happened; a statement that could not
  /// be decided somewhere is not reported as true.
  ///
  /// - Parameter verdicts: the verdicts of the parts.
  /// - Returns: the verdict of the whole; ``inconclusive`` if there are no parts, because then nothing
  ///   was measured.
  public static func combined(_ verdicts: some Sequence<Verdict>) -> Verdict {
    let found = Set(verdicts)
    let order: [Verdict] = [.violated, .inconclusive, .holds, .vacuous, .assumptionFailed]
    return order.first(where: found.contains) ?? .inconclusive
  }

  /// The verdict as a reader's words, for example "assumption failed".
  public var words: String {
    self == .assumptionFailed ? "assumption failed" : rawValue
  }
}

/// How many problems ended with each verdict.
public struct VerdictCounts: Sendable, Equatable {
  private var counts: [Verdict: Int] = [:]

  /// Counts the verdicts of a sequence.
  ///
  /// - Complexity: O(n).
  public init(_ verdicts: some Sequence<Verdict> = []) {
    for verdict in verdicts { counts[verdict, default: 0] += 1 }
  }

  /// The number of problems with a verdict; zero if there are none.
  public subscript(verdict: Verdict) -> Int { counts[verdict, default: 0] }

  /// The number of problems.
  public var total: Int { counts.values.reduce(0, +) }
}
