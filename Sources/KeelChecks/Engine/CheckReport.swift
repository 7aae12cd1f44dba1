/// What a run of checks found out.
public struct CheckReport: Sendable {
  /// The seed of the run.
  public let seed: UInt64
  /// The effort of the run.
  public let effort: Effort
  /// The only problem that was run, if one was chosen.
  public let only: ProblemOrigin?
  /// The real examples that problems were built from, if any.
  public let data: CheckData?
  /// The outcomes in the order of the checks.
  public let outcomes: [CheckOutcome]
  /// How long the run took.
  public let elapsed: Duration

  /// The report of a run; ``CheckRunner/run(_:progress:)`` makes it.
  public init(
    seed: UInt64, effort: Effort, only: ProblemOrigin? = nil, data: CheckData? = nil,
    outcomes: [CheckOutcome], elapsed: Duration = .zero
  ) {
    self.seed = seed
    self.effort = effort
    self.only = only
    self.data = data
    self.outcomes = outcomes
    self.elapsed = elapsed
  }

  /// Whether every verdict of every check is the expected one.
  public var isAsExpected: Bool { outcomes.allSatisfy(\.isAsExpected) }

  /// The number of problems over all checks.
  public var problemCount: Int { outcomes.reduce(0) { $0 + $1.counts.total } }

  /// The command that runs one problem of one check again.
  ///
  /// - Parameters:
  ///   - origin: the problem.
  ///   - check: its check.
  /// - Returns: a line for a POSIX shell.
  public func command(reproducing origin: ProblemOrigin, of check: Check) -> String {
    var words = ["keel", "check", check.id, "--seed", "\(seed)"]
    switch origin {
    case .trial(let index): words += ["--trial", "\(index)"]
    case .named(let name): words += ["--case", name]
    }
    if effort != .standard { words.append("--\(effort.rawValue)") }
    words += data?.arguments ?? []
    return Self.line(words)
  }

  /// Words as a line for a POSIX shell.
  static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  /// A word quoted for a POSIX shell if it needs to be.
  private static func quoted(_ word: String) -> String {
    let plain = word.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
          || "-_./=:,+@%".unicodeScalars.contains($0))
    }
    if plain, !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
