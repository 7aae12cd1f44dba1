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

  /// Runs a trial; an ``AssumptionFailure`` that it throws becomes a failed assumption, any other error
  /// an inconclusive comparison.
  init(
    origin: ProblemOrigin, expected: Verdict? = nil, in context: TrialContext, running trial: Check.Trial
  ) {
    let comparisons: [Comparison]
    do {
      comparisons = try trial(context)
    } catch let failure as AssumptionFailure {
      comparisons = [.assumptionFailed(failure.reason, parameters: failure.parameters)]
    } catch {
      comparisons = [.inconclusive("\(error)")]
    }
    self.init(origin: origin, comparisons: comparisons, expected: expected)
  }
}

/// Thrown from inside a trial when the problem turns out not to satisfy the statement's assumptions.
public struct AssumptionFailure: Error, Equatable {
  /// Which assumption fails, in words that do not vary from problem to problem.
  public let reason: String
  /// What describes the problem.
  public let parameters: Parameters

  /// A failed assumption.
  ///
  /// - Parameters:
  ///   - reason: which assumption fails, in words that do not vary from problem to problem.
  ///   - parameters: what describes the problem.
  public init(_ reason: String, parameters: Parameters = [:]) {
    self.reason = reason
    self.parameters = parameters
  }
}
