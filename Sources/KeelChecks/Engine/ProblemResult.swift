/// Where a problem comes from, enough to run it again.
public enum ProblemOrigin: Sendable, Hashable {
  /// A random problem, by its trial index from 0.
  case trial(Int)
  /// A fixed problem, by its name.
  case named(String)
}

extension ProblemOrigin: CustomStringConvertible {
  /// The origin in words.
  public var description: String {
    switch self {
    case .trial(let index): "trial \(index)"
    case .named(let name): "case \(name)"
    }
  }
}

/// What was measured on one problem.
public struct ProblemResult: Sendable {
  /// Where the problem comes from.
  public let origin: ProblemOrigin
  /// The comparisons, at least one.
  public let comparisons: [Comparison]
  /// The verdict that the problem should have on its own account, if it is a named case with one.
  public let expected: Verdict?
  /// The verdict over the comparisons.
  public let verdict: Verdict

  /// The result of one problem.
  ///
  /// - Parameters:
  ///   - origin: where the problem comes from.
  ///   - comparisons: what was measured; nothing makes the problem inconclusive.
  ///   - expected: the verdict that this problem should have on its own account.
  public init(origin: ProblemOrigin, comparisons: [Comparison], expected: Verdict? = nil) {
    self.origin = origin
    self.comparisons =
      comparisons.isEmpty ? [.inconclusive("the problem gave no comparison")] : comparisons
    self.expected = expected
    self.verdict = .combined(self.comparisons.lazy.map(\.verdict))
  }

  /// Runs a trial; what it throws becomes an inconclusive comparison.
  init(
    origin: ProblemOrigin, expected: Verdict? = nil, in context: TrialContext, running trial: Check.Trial
  ) {
    let comparisons: [Comparison]
    do {
      comparisons = try trial(context)
    } catch {
      comparisons = [.inconclusive("\(error)")]
    }
    self.init(origin: origin, comparisons: comparisons, expected: expected)
  }
}
