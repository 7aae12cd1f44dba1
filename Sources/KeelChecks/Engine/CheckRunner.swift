import Keel

/// How far a run has come.
public struct CheckProgress: Sendable, Equatable {
  /// The id of the check that is running.
  public let check: String
  /// The check's place in the run, from 0.
  public let checkIndex: Int
  /// The number of checks of the run.
  public let checkCount: Int
  /// The number of problems of this check that are finished.
  public let completed: Int
  /// The number of problems of this check.
  public let total: Int
}

/// Runs checks: in order, with the problems of each in parallel.
///
/// Equal settings give equal reports, to the bit, for every number of threads: each problem draws
/// from a stream named by its own index, and results are gathered in a fixed order.
///
/// ```swift
/// let report = CheckRunner(seed: 7, effort: .quick).run(CheckRegistry.standard.checks)
/// print(report.isAsExpected)
/// ```
public struct CheckRunner: Sendable {
  /// The seed that all random problems derive from.
  public var seed: UInt64
  /// How much work to do.
  public var effort: Effort
  /// The number of random problems of each check, instead of the one its effort names.
  public var trials: Int?
  /// The only problem to run of each check; a check that does not have it runs none.
  public var only: ProblemOrigin?
  /// The number of threads; `nil` for the library's setting.
  public var threads: Int?
  /// Real examples for the checks that support them.
  public var data: CheckData?

  /// A runner.
  ///
  /// - Parameters:
  ///   - seed: the seed that all random problems derive from.
  ///   - effort: how much work to do.
  ///   - trials: the number of random problems of each check, not negative; `nil` for the check's own.
  ///   - only: the only problem to run.
  ///   - threads: the number of threads, at least 1; `nil` for the library's setting.
  ///   - data: real examples for the checks that support them.
  public init(
    seed: UInt64 = 0, effort: Effort = .standard, trials: Int? = nil, only: ProblemOrigin? = nil,
    threads: Int? = nil, data: CheckData? = nil
  ) {
    precondition(trials.map { $0 >= 0 } ?? true, "The number of trials is negative.")
    precondition(threads.map { $0 >= 1 } ?? true, "The number of threads is less than 1.")
    self.seed = seed
    self.effort = effort
    self.trials = trials
    self.only = only
    self.threads = threads
    self.data = data
  }

  /// Runs checks.
  ///
  /// - Parameters:
  ///   - checks: the checks, in the order of the report.
  ///   - progress: told after every finished problem, from any thread but one at a time, so it should
  ///     return at once.
  /// - Returns: the report. Errors that trials throw are in it as inconclusive comparisons.
  public func run(
    _ checks: [Check], progress: (@Sendable (CheckProgress) -> Void)? = nil
  ) -> CheckReport {
    let clock = ContinuousClock()
    let start = clock.now
    let shared = SharedValues()
    let outcomes = checks.enumerated().map { index, check in
      let checkStart = clock.now
      let problems = problems(of: check)
      let stream = RandomStream(seed: seed).stream(check.problemStream)
      let data = check.supportsData ? data : nil
      let tell = progress.map { progress in
        { @Sendable (completed: Int) in
          progress(
            CheckProgress(
              check: check.id, checkIndex: index, checkCount: checks.count, completed: completed,
              total: problems.count))
        }
      }
      let results = Parallel.map(problems.count, threads: threads, progress: tell) { place in
        problems[place].result(
          stream: stream, data: data, effort: effort, sharing: (shared, check.problemStream))
      }
      return CheckOutcome(
        check: check, results: results, isPartial: only != nil,
        elapsed: checkStart.duration(to: clock.now))
    }
    return CheckReport(
      seed: seed, effort: effort, only: only, data: data, outcomes: outcomes,
      elapsed: start.duration(to: clock.now))
  }

  /// The problems of a check: its named cases, then its trials.
  private func problems(of check: Check) -> [Problem] {
    switch only {
    case .trial(let index):
      return [Problem(origin: .trial(index), expected: nil, trial: check.trial)]
    case .named(let name):
      return check.cases.filter { $0.name == name }.map(Problem.init)
    case nil:
      let count = trials ?? check.trialCount(for: effort)
      return check.cases.map(Problem.init)
        + (0..<count).map { Problem(origin: .trial($0), expected: nil, trial: check.trial) }
    }
  }
}

/// A problem that is yet to be run.
private struct Problem: Sendable {
  let origin: ProblemOrigin
  let expected: Verdict?
  let trial: Check.Trial

  init(origin: ProblemOrigin, expected: Verdict?, trial: @escaping Check.Trial) {
    self.origin = origin
    self.expected = expected
    self.trial = trial
  }

  init(_ namedCase: Check.NamedCase) {
    self.init(origin: .named(namedCase.name), expected: namedCase.expected, trial: namedCase.run)
  }

  func result(
    stream: RandomStream, data: CheckData?, effort: Effort, sharing: (values: SharedValues, stream: String)
  ) -> ProblemResult {
    let context: TrialContext
    switch origin {
    case .trial(let trial):
      // The same index is another problem on real examples.
      let problem = "\(sharing.stream) \(trial)" + (data == nil ? "" : " on data")
      context = TrialContext(
        index: trial, stream: stream.stream(UInt64(trial)), data: data, effort: effort,
        sharing: (sharing.values, problem))
    case .named(let name):
      context = TrialContext(
        index: 0, stream: stream.stream("case").stream(name), data: data, effort: effort)
    }
    return ProblemResult(origin: origin, expected: expected, in: context, running: trial)
  }
}
