import Keel
import Synchronization

/// An adversary of a statement: it looks for a problem that satisfies the assumptions and violates the
/// claim, and if it finds one states it in short exact numbers.
///
/// In each round several islands work by themselves: each draws random starts, takes the best one and
/// climbs from there by an evolution strategy. A violation counts after it was measured again with
/// full precision and exceeds a hundred times the error estimate. The search ends with the first round
/// that has one, or when the budget is spent.
///
/// What is found is then shortened, which is not part of the budget and has one of its own: for each
/// violation ``shorteningEvaluations``, and with a budget of time at most half of that time. What it has
/// reached by then is a violation too, in more digits.
///
/// Islands draw from streams named by their round and number, so that equal seeds find the same problem
/// for every number of threads; with a budget of time, as long as the round that finds it and the
/// shortening are finished.
public struct Falsifier: Sendable {
  /// When the search gives up.
  public enum Budget: Sendable, Equatable {
    /// After a number of evaluations, up to a generation of each island.
    case evaluations(Int)
    /// After a time.
    case time(Duration)
  }

  /// The seed of all random numbers.
  public var seed: UInt64
  /// When the search gives up.
  public var budget: Budget
  /// The number of threads; all processors if nil.
  public var threads: Int?
  /// The number of islands in a round.
  public var islands: Int
  /// The number of evaluations of an island in a round, for each parameter of the statement.
  public var evaluationsPerParameter: Int
  /// The number of random starts of which an island takes the best.
  public var startsPerIsland: Int

  /// The most evaluations for shortening a violation.
  public var shorteningEvaluations: Int

  /// A search.
  ///
  /// - Parameters:
  ///   - seed: the seed of all random numbers.
  ///   - budget: when the search gives up.
  ///   - threads: the number of threads; all processors if nil.
  ///   - islands: the number of islands in a round, at least 1.
  ///   - evaluationsPerParameter: the evaluations of an island in a round, for each parameter.
  ///   - startsPerIsland: the number of random starts of which an island takes the best, at least 1.
  ///   - shorteningEvaluations: the most evaluations for shortening a violation, at least 0.
  public init(
    seed: UInt64 = 0, budget: Budget = .time(.seconds(60)), threads: Int? = nil, islands: Int = 4,
    evaluationsPerParameter: Int = 150, startsPerIsland: Int = 100, shorteningEvaluations: Int = 10_000
  ) {
    precondition(islands >= 1 && startsPerIsland >= 1 && evaluationsPerParameter >= 1, "Counts are positive")
    precondition(shorteningEvaluations >= 0, "A number of evaluations is not negative")
    self.seed = seed
    self.budget = budget
    self.threads = threads
    self.islands = islands
    self.evaluationsPerParameter = evaluationsPerParameter
    self.startsPerIsland = startsPerIsland
    self.shorteningEvaluations = shorteningEvaluations
  }

  /// How far a search has come.
  public struct Progress: Sendable {
    /// The number of evaluations so far.
    public let evaluations: Int
    /// The share of the budget that is spent, 0 to 1.
    public let share: Double
    /// The largest scaled violation so far: negative as long as the statement holds.
    public let best: Double
  }

  /// Searches for a violation.
  ///
  /// - Parameters:
  ///   - statement: the statement.
  ///   - progress: called from the threads of the search, one at a time, about once a generation.
  /// - Returns: what was found.
  public func run(
    _ statement: FalsifiableStatement, progress: (@Sendable (Progress) -> Void)? = nil
  ) -> Falsification {
    let clock = ContinuousClock()
    let begin = clock.now
    let deadline: ContinuousClock.Instant? =
      if case .time(let duration) = budget { begin + duration } else { nil }
    let root = RandomStream(seed: seed).stream(statement.check.id)
    let counter = Counter(budget: budget, begin: begin, report: progress)
    var evaluations = 0
    var rounds = 0
    var closest: Candidate?
    var counterexamples: [Counterexample] = []
    while counterexamples.isEmpty, !isSpent(evaluations, deadline) {
      let stream = root.stream(rounds)
      let limit =
        if case .evaluations(let all) = budget { max(1, (all - evaluations) / islands) } else { Int.max }
      let found = Parallel.map(islands, threads: threads) { index in
        explore(statement, stream.stream(index), limit: limit, deadline: deadline, counter: counter)
      }
      evaluations += found.reduce(0) { $0 + $1.evaluations }
      rounds += 1
      for island in found {
        if let candidate = island.best, candidate.value > closest?.value ?? -.infinity { closest = candidate }
      }
      // Verified first, on one thread in the order of the islands.
      let violators = found.compactMap(\.best).filter { candidate in
        candidate.value > 0 && statement.measure(candidate.parameters, .verification)?.verdict == .violated
      }
      let last: ContinuousClock.Instant? =
        if case .time(let duration) = budget { clock.now + duration / 2 } else { nil }
      counterexamples = Parallel.map(violators.count, threads: threads) { index in
        shorten(violators[index].parameters, of: statement, deadline: last)
      }
    }
    return Falsification(
      statement: statement, seed: seed, evaluations: evaluations, rounds: rounds,
      elapsed: clock.now - begin,
      closest: closest.flatMap { statement.measure($0.parameters, .verification) },
      counterexample: counterexamples.enumerated().min {
        ($0.element.length, $0.offset) < ($1.element.length, $1.offset)
      }?.element)
  }

  private func isSpent(_ evaluations: Int, _ deadline: ContinuousClock.Instant?) -> Bool {
    switch budget {
    case .evaluations(let limit): evaluations >= limit
    case .time: deadline.map { ContinuousClock.now >= $0 } ?? true
    }
  }

  // MARK: - One island

  private struct Candidate: Sendable {
    let parameters: [Double]
    let value: Double
  }

  private struct Island: Sendable {
    let best: Candidate?
    let evaluations: Int
  }

  private func explore(
    _ statement: FalsifiableStatement, _ stream: RandomStream, limit: Int,
    deadline: ContinuousClock.Instant?, counter: Counter
  ) -> Island {
    var random = stream.stream("starts")
    func value(_ parameters: [Double]) -> Double {
      statement.measure(parameters, .search)?.scaledViolation ?? -.infinity
    }
    func isLate() -> Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }
    var start: FalsifiableStatement.Start?
    var startValue = -Double.infinity
    var evaluations = 0
    while evaluations < min(startsPerIsland, limit), !isLate() {
      let next = statement.start(&random)
      let value = value(next.parameters)
      evaluations += 1
      if value > startValue { (start, startValue) = (next, value) }
    }
    counter.add(evaluations, best: startValue)
    guard let start else { return Island(best: nil, evaluations: evaluations) }
    var strategy = EvolutionStrategy(
      start: start.parameters, scales: start.scales, value: startValue, stream: stream.stream("climb"))
    let most = min(limit, startsPerIsland + evaluationsPerParameter * start.parameters.count)
    // A clear violation is enough: what remains is to state it shortly.
    while evaluations + strategy.evaluations < most, !strategy.isExhausted, strategy.best.value < 0.25,
      !isLate()
    {
      let before = strategy.evaluations
      // A covariance that cannot be decomposed has no finite samples left to offer.
      do { try strategy.advance(value) } catch { break }
      counter.add(strategy.evaluations - before, best: strategy.best.value)
    }
    return Island(
      best: Candidate(parameters: strategy.best.point, value: strategy.best.value),
      evaluations: evaluations + strategy.evaluations)
  }

  /// Counts the evaluations of all islands and reports.
  private final class Counter: Sendable {
    private let state = Mutex((evaluations: 0, best: -Double.infinity))
    private let budget: Budget
    private let begin: ContinuousClock.Instant
    private let report: (@Sendable (Progress) -> Void)?

    init(budget: Budget, begin: ContinuousClock.Instant, report: (@Sendable (Progress) -> Void)?) {
      self.budget = budget
      self.begin = begin
      self.report = report
    }

    func add(_ evaluations: Int, best: Double) {
      guard let report else { return }
      state.withLock { state in
        state.evaluations += evaluations
        state.best = max(state.best, best)
        let share =
          switch budget {
          case .evaluations(let limit): Double(state.evaluations) / Double(max(limit, 1))
          case .time(let duration): begin.duration(to: .now) / duration
          }
        report(Progress(evaluations: state.evaluations, share: min(share, 1), best: state.best))
      }
    }
  }
}

extension Comparison {
  /// How badly the relation fails, without units: above 0 it fails, -1 is far from it, and below -1 the
  /// statement says nothing.
  ///
  /// The violation is divided by the sizes of the sides. A small constant is taken off and added to the
  /// divisor, so that problems in which both sides nearly vanish do not look like near violations.
  var scaledViolation: Double {
    guard let margin else { return -.infinity }
    guard !isVacuous || margin < -tolerance else { return -1 - margin.magnitude / (1 + margin.magnitude) }
    let floor = 1e-5
    return (-margin - floor) / (left.magnitude + right.magnitude + floor)
  }
}
