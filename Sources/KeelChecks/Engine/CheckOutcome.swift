/// What a run found out about one check.
public struct CheckOutcome: Sendable {
  /// The comparison nearest to a violation, or furthest beyond it, and its problem.
  public struct Worst: Sendable {
    /// Where the problem comes from.
    public let origin: ProblemOrigin
    /// The comparison.
    public let comparison: Comparison
  }

  /// A reason why problems were not decided or lie outside the assumptions.
  public struct Remark: Sendable, Equatable {
    /// Inconclusive or assumption failed.
    public let verdict: Verdict
    /// The reason, as the comparison gave it.
    public let reason: String
    /// How many problems gave this reason.
    public let count: Int
    /// The first of them.
    public let first: ProblemOrigin
  }

  /// The check.
  public let check: Check
  /// The results of all problems: the named cases in order, then the trials in order.
  public let results: [ProblemResult]
  /// Whether only a chosen problem was run, so that what was not seen is no surprise.
  public let isPartial: Bool
  /// How long the check took.
  public let elapsed: Duration
  /// The number of problems with each verdict.
  public let counts: VerdictCounts
  /// The verdict over all problems, by the rule of ``Verdict/combined(_:)``.
  public let verdict: Verdict
  /// The comparison of the smallest slack, the first of them if several are equal; `nil` if nothing
  /// was decided.
  public let worst: Worst?
  /// The largest tightness over all problems: near 1 the statement is almost an equality, above 1 it
  /// is violated; `nil` if no comparison has one.
  public let sharpestTightness: Double?
  /// The median tightness, the lower of the two middle ones for an even number.
  public let medianTightness: Double?
  /// Why problems were not decided or left out, in the order of their first appearance.
  public let remarks: [Remark]
  /// What is not as expected, one sentence each; empty if everything is.
  public let surprises: [String]

  /// The outcome of a check from the results of its problems.
  ///
  /// - Parameters:
  ///   - check: the check.
  ///   - results: the results in a fixed order.
  ///   - isPartial: whether only a chosen problem was run.
  ///   - elapsed: how long it took.
  /// - Complexity: O(n log n) for n comparisons.
  public init(
    check: Check, results: [ProblemResult], isPartial: Bool = false, elapsed: Duration = .zero
  ) {
    self.check = check
    self.results = results
    self.isPartial = isPartial
    self.elapsed = elapsed
    counts = VerdictCounts(results.lazy.map(\.verdict))
    verdict = .combined(results.lazy.map(\.verdict))
    worst = Self.worst(of: results)
    let tightness = results.flatMap { $0.comparisons.compactMap(\.tightness) }.sorted()
    sharpestTightness = tightness.last
    medianTightness = tightness.isEmpty ? nil : tightness[(tightness.count - 1) / 2]
    remarks = Self.remarks(on: results)
    surprises = Self.surprises(of: check, results: results, isPartial: isPartial)
  }

  /// Whether every verdict is the expected one.
  public var isAsExpected: Bool { surprises.isEmpty }

  /// The margin of the worst case, before the tolerance; `nil` if nothing was decided.
  public var margin: Double? { worst?.comparison.margin }

  private static func worst(of results: [ProblemResult]) -> Worst? {
    var worst: (slack: Double, case: Worst)?
    for result in results {
      for comparison in result.comparisons {
        // A violation is always worse than a comparison that was only saved by its tolerance; the
        // sign of the slack says so.
        guard let slack = comparison.slack, slack < worst?.slack ?? .infinity else { continue }
        worst = (slack, Worst(origin: result.origin, comparison: comparison))
      }
    }
    return worst?.case
  }

  private static func remarks(on results: [ProblemResult]) -> [Remark] {
    struct Key: Hashable {
      let verdict: Verdict
      let reason: String
    }
    var order: [Key] = []
    var found: [Key: (count: Int, first: ProblemOrigin)] = [:]
    for result in results {
      var seen: Set<Key> = []
      for comparison in result.comparisons {
        let key: Key
        if let reason = comparison.failedAssumption {
          key = Key(verdict: .assumptionFailed, reason: reason)
        } else if let reason = comparison.undecidedReason {
          key = Key(verdict: .inconclusive, reason: reason)
        } else {
          continue
        }
        guard seen.insert(key).inserted else { continue }
        if let known = found[key] {
          found[key] = (known.count + 1, known.first)
        } else {
          order.append(key)
          found[key] = (1, result.origin)
        }
      }
    }
    return order.compactMap { key in
      found[key].map {
        Remark(verdict: key.verdict, reason: key.reason, count: $0.count, first: $0.first)
      }
    }
  }

  private static func surprises(
    of check: Check, results: [ProblemResult], isPartial: Bool
  ) -> [String] {
    var surprises = results.compactMap { result -> String? in
      guard let expected = result.expected, expected != result.verdict else { return nil }
      return "The \(result.origin) should be '\(expected.words)' but is '\(result.verdict.words)'."
    }
    // Named cases with a verdict of their own are judged by it, above, and not once more here.
    let judged = VerdictCounts(results.lazy.filter { $0.expected == nil }.map(\.verdict))
    let all = VerdictCounts(results.lazy.map(\.verdict))
    func problems(_ count: Int) -> String { count == 1 ? "1 problem" : "\(count) problems" }

    let undecided = judged[.inconclusive]
    if check.expectation != .reported,
      Double(undecided) > check.undecidedShare * Double(judged.total)
    {
      surprises.append("\(problems(undecided)) could not be decided.")
    }
    switch check.expectation {
    case .holds:
      if judged[.violated] > 0 {
        surprises.append("\(problems(judged[.violated])) violated a statement that should hold.")
      }
      // Worked examples alone do not show that a statement holds on the problems that were drawn.
      let drawn = results.filter { if case .trial = $0.origin { true } else { false } }
      let tested = drawn.isEmpty ? results : drawn
      if !isPartial, judged[.violated] == 0, !tested.contains(where: { $0.verdict == .holds }) {
        surprises.append("No problem tested the statement.")
      }
    case .violated:
      if !isPartial, all[.violated] == 0 {
        surprises.append("No violation was found of a statement that is known to be false.")
      }
    case .reported:
      break
    }
    return surprises
  }
}
