import Keel

extension Falsifier {
  /// States a violation in numbers as short as possible.
  ///
  /// One parameter after the other is replaced by the shortest number near it with which the problem is
  /// still a violation, at full precision and by a good part of its first margin, then two together in
  /// proportion; again until nothing becomes shorter, ``shorteningEvaluations`` are spent or it is too late.
  func shorten(
    _ parameters: [Double], of statement: FalsifiableStatement, deadline: ContinuousClock.Instant? = nil
  ) -> Counterexample {
    let first = statement.measure(parameters, .verification)
    // A side that is a tenth too large convinces as well as one that is ten times too large.
    let wanted = min(0.05, 0.3 * (first?.scaledViolation ?? 0))
    var exact = parameters.map(ExactNumber.init(decimal:))
    var length = Self.length(exact, of: statement)
    var comparison = first
    var evaluations = 0
    func isSpent() -> Bool {
      evaluations >= shorteningEvaluations || deadline.map { ContinuousClock.now >= $0 } ?? false
    }
    /// Takes other parameters if they are shorter and still a violation.
    func take(_ trial: [ExactNumber]) -> Bool {
      let trialLength = Self.length(trial, of: statement)
      guard trialLength < length, !isSpent() else { return false }
      evaluations += 1
      // A fast measurement first: most trials are no violations.
      guard
        statement.measure(trial.map(\.value), .search)?.scaledViolation ?? -1 >= 0.5 * wanted,
        let measured = statement.measure(trial.map(\.value), .verification),
        measured.verdict == .violated, measured.scaledViolation >= wanted
      else { return false }
      (exact, length, comparison) = (trial, trialLength, measured)
      return true
    }
    for _ in 0..<6 {
      let before = length
      for i in exact.indices {
        for candidate in Self.candidates(for: exact[i], from: parameters[i]) {
          var trial = exact
          trial[i] = candidate
          if take(trial) { break }
        }
      }
      for i in exact.indices where exact[i].length > 1 {
        for j in exact.indices where j != i && exact[j].length > 1 {
          for trial in Self.proportional(exact, i, j) where take(trial) { break }
        }
      }
      for variant in statement.variants(exact) { _ = take(variant) }
      if length == before || isSpent() { break }
    }
    return Counterexample(
      problem: statement.exact(exact), parameters: exact.map(\.value), comparison: comparison)
  }

  /// The digits of the problem; problems too long to be held come after all others.
  private static func length(_ exact: [ExactNumber], of statement: FalsifiableStatement) -> Int {
    let problem = statement.exact(exact)
    let parameters = exact.reduce(0) { $0 + $1.length }
    return problem.isDefined ? 100 * problem.length + parameters : 1_000_000 + parameters
  }

  /// Parameters in which one has become a short number and another one a short number in about the same
  /// proportion to it, the shortest pairs first.
  private static func proportional(_ exact: [ExactNumber], _ i: Int, _ j: Int) -> [[ExactNumber]] {
    let short =
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20].map { ExactNumber($0) } + [
        ExactNumber(1, over: 2), ExactNumber(1, over: 5), ExactNumber(1, over: 10),
      ]
    let sign = exact[i].numerator < 0
    var pairs: [(ExactNumber, ExactNumber)] = []
    for first in short {
      let first = sign ? -first : first
      let ratio = exact[j].value * first.value / exact[i].value
      for second in decimals(near: ratio, digits: 1...3) { pairs.append((first, second)) }
    }
    return pairs.enumerated().sorted {
      ($0.element.0.length + $0.element.1.length, $0.offset)
        < ($1.element.0.length + $1.element.1.length, $1.offset)
    }.map { pair in
      var trial = exact
      (trial[i], trial[j]) = pair.element
      return trial
    }
  }

  /// Decimals with few digits on either side of a number.
  private static func decimals(near x: Double, digits: ClosedRange<Int>) -> [ExactNumber] {
    guard x.isFinite, x != 0, x.magnitude < 1e6 else { return [] }
    let order = Int(Double.log10(x.magnitude).rounded(.down))
    return digits.flatMap { digits -> [ExactNumber] in
      let places = digits - 1 - order
      guard places <= 12 else { return [] }
      let power = Double.exp10(Double(places.magnitude))
      let scaled = places >= 0 ? x * power : x / power
      return [scaled.rounded(.down), scaled.rounded(.up)].compactMap { rounded in
        guard let whole = Int128(exactly: rounded) else { return nil }
        let unit = Int128(power)
        return places >= 0
          ? ExactNumber(whole, over: unit) : ExactNumber(whole, over: 1) * ExactNumber(unit, over: 1)
      }
    }
  }

  /// Short numbers near a number, the shortest first: zero, whole numbers, decimals of one to six digits
  /// on either side of it, and fractions with one digit.
  private static func candidates(for current: ExactNumber, from found: Double) -> [ExactNumber] {
    var numbers: [ExactNumber] = [ExactNumber(0), ExactNumber(1), ExactNumber(-1)]
    for x in [current.value, found] where x.isFinite && x != 0 && x.magnitude < 1e6 {
      numbers += decimals(near: x, digits: 1...6)
      for q in 2...9 {
        for p in [(x * Double(q)).rounded(.down), (x * Double(q)).rounded(.up)] where p.magnitude < 100 {
          numbers.append(ExactNumber(Int128(p), over: Int128(q)))
        }
      }
    }
    var seen: Set<ExactNumber> = []
    let distinct = numbers.filter { $0.isDefined && $0 != current && seen.insert($0).inserted }
    // In the order of length; among equals the nearest to what was found.
    return distinct.enumerated().map { ($0.element, ($0.element.value - found).magnitude, $0.offset) }
      .sorted { ($0.0.length, $0.1, $0.2) < ($1.0.length, $1.1, $1.2) }.map(\.0)
  }
}
