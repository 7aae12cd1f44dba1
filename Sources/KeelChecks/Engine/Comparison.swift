/// The two sides of a statement, computed on one problem.
///
/// A comparison holds numbers, not a judgement: ``verdict``, ``margin`` and ``tightness`` follow
/// from them by fixed rules, so that every check judges alike.
///
/// ```swift
/// // The bound says: loss >= bound. The loss comes from an integrator with error 1e-12.
/// Comparison.atLeast(loss, bound, tolerance: 1e-10 + 10 * 1e-12, parameters: ["k": .integer(k)])
/// ```
public struct Comparison: Sendable, Equatable {
  /// How the statement relates its left side to its right side.
  public enum Relation: String, Sendable, Hashable, CaseIterable, Codable {
    /// left <= right.
    case atMost
    /// left >= right.
    case atLeast
    /// left = right.
    case equal

    /// The relation's sign in plain text.
    public var sign: String {
      switch self {
      case .atMost: "<="
      case .atLeast: ">="
      case .equal: "="
      }
    }
  }

  /// The left side of the statement, usually what was measured.
  public var left: Double
  /// The relation that the statement claims.
  public var relation: Relation
  /// The right side of the statement, usually the bound.
  public var right: Double
  /// The error allowance of the computation, absolute: by how much the relation may fail because
  /// the sides carry rounding, integration or sampling error. Finite and not negative.
  public var tolerance: Double
  /// Which part of the statement this is, when one problem measures several.
  public var part: String?
  /// Whether the statement says nothing on this problem, although it is true.
  public var isVacuous: Bool
  /// Which assumption of the statement the problem does not satisfy, if any.
  public var failedAssumption: String?
  /// Why the computation could not decide, if it could not.
  public var undecidedBecause: String?
  /// What describes the problem, enough to build it again by hand.
  public var parameters: Parameters

  /// The two sides of a statement and how they should relate.
  ///
  /// - Parameters:
  ///   - left: the left side.
  ///   - relation: the relation that the statement claims.
  ///   - right: the right side.
  ///   - tolerance: the absolute error allowance, finite and not negative.
  ///   - part: the name of this part of the statement.
  ///   - isVacuous: whether the statement says nothing on this problem.
  ///   - parameters: what describes the problem.
  public init(
    _ left: Double, _ relation: Relation, _ right: Double, tolerance: Double,
    part: String? = nil, isVacuous: Bool = false, parameters: Parameters = [:]
  ) {
    self.left = left
    self.relation = relation
    self.right = right
    self.tolerance = tolerance
    self.part = part
    self.isVacuous = isVacuous
    self.parameters = parameters
  }
}

// MARK: - Ways to make one

extension Comparison {
  /// A comparison of `left <= right`.
  ///
  /// - Parameters:
  ///   - left: the measured side.
  ///   - right: the upper bound.
  ///   - tolerance: the absolute error allowance, finite and not negative.
  ///   - part: the name of this part of the statement.
  ///   - isVacuous: whether the bound says nothing on this problem.
  ///   - parameters: what describes the problem.
  public static func atMost(
    _ left: Double, _ right: Double, tolerance: Double,
    part: String? = nil, isVacuous: Bool = false, parameters: Parameters = [:]
  ) -> Comparison {
    Comparison(
      left, .atMost, right, tolerance: tolerance, part: part, isVacuous: isVacuous,
      parameters: parameters)
  }

  /// A comparison of `left >= right`.
  ///
  /// - Parameters:
  ///   - left: the measured side.
  ///   - right: the lower bound.
  ///   - tolerance: the absolute error allowance, finite and not negative.
  ///   - part: the name of this part of the statement.
  ///   - isVacuous: whether the bound says nothing on this problem, for example because it is not
  ///     positive and the measured side is a norm.
  ///   - parameters: what describes the problem.
  public static func atLeast(
    _ left: Double, _ right: Double, tolerance: Double,
    part: String? = nil, isVacuous: Bool = false, parameters: Parameters = [:]
  ) -> Comparison {
    Comparison(
      left, .atLeast, right, tolerance: tolerance, part: part, isVacuous: isVacuous,
      parameters: parameters)
  }

  /// A comparison of `left = right`.
  ///
  /// - Parameters:
  ///   - left: the measured side.
  ///   - right: what it should be.
  ///   - tolerance: the absolute error allowance, finite and not negative.
  ///   - part: the name of this part of the statement.
  ///   - parameters: what describes the problem.
  public static func equal(
    _ left: Double, _ right: Double, tolerance: Double,
    part: String? = nil, parameters: Parameters = [:]
  ) -> Comparison {
    Comparison(left, .equal, right, tolerance: tolerance, part: part, parameters: parameters)
  }

  /// A problem that does not satisfy the statement's assumptions; the sides were not computed.
  ///
  /// - Parameters:
  ///   - reason: which assumption fails, in words that do not vary from problem to problem, because
  ///     a report counts equal reasons.
  ///   - part: the name of this part of the statement.
  ///   - parameters: what describes the problem.
  public static func assumptionFailed(
    _ reason: String, part: String? = nil, parameters: Parameters = [:]
  ) -> Comparison {
    var result = Comparison(.nan, .equal, .nan, tolerance: 0, part: part, parameters: parameters)
    result.failedAssumption = reason
    return result
  }

  /// A problem that the computation could not decide.
  ///
  /// - Parameters:
  ///   - reason: why, in words that do not vary from problem to problem, because a report counts
  ///     equal reasons.
  ///   - part: the name of this part of the statement.
  ///   - parameters: what describes the problem.
  public static func inconclusive(
    _ reason: String, part: String? = nil, parameters: Parameters = [:]
  ) -> Comparison {
    var result = Comparison(.nan, .equal, .nan, tolerance: 0, part: part, parameters: parameters)
    result.undecidedBecause = reason
    return result
  }
}

// MARK: - What follows from the numbers

extension Comparison {
  /// What the two sides say about the statement.
  ///
  /// The first rule that applies decides:
  /// 1. an assumption fails: assumption failed;
  /// 2. the computation gave up, a side is not finite, or the tolerance is negative or not finite:
  ///    inconclusive;
  /// 3. the relation fails by more than the tolerance: violated, even where the statement was thought
  ///    to be vacuous;
  /// 4. the statement says nothing here: vacuous;
  /// 5. otherwise: holds.
  public var verdict: Verdict {
    if failedAssumption != nil { return .assumptionFailed }
    if undecidedReason != nil { return .inconclusive }
    if rawMargin < -tolerance { return .violated }
    return isVacuous ? .vacuous : .holds
  }

  /// Why the comparison decides nothing, or `nil` if it decides.
  public var undecidedReason: String? {
    if let undecidedBecause { return undecidedBecause }
    if !left.isFinite { return "the left side is \(left)" }
    if !right.isFinite { return "the right side is \(right)" }
    if !(tolerance >= 0 && tolerance.isFinite) { return "the tolerance is \(tolerance)" }
    return nil
  }

  /// By how much the relation is satisfied, signed, before the tolerance; `nil` if the comparison
  /// decides nothing.
  ///
  /// `right - left` for at most, `left - right` for at least, `-|left - right|` for equal. A margin
  /// below `-tolerance` is a violation.
  public var margin: Double? {
    failedAssumption == nil && undecidedReason == nil ? rawMargin : nil
  }

  /// The margin with the tolerance added: negative means violated, and the smallest is the worst
  /// case also between problems of different tolerance; `nil` if the comparison decides nothing.
  public var slack: Double? { margin.map { $0 + tolerance } }

  /// How close the statement comes to equality, as a ratio in which 1 is sharp.
  ///
  /// `left / right` for at most, `right / left` for at least; above 1 the relation fails. There is
  /// none for an equation, on a problem where the statement is vacuous or undecided, or where the
  /// ratio says nothing because a side is negative or the divisor is zero.
  public var tightness: Double? {
    guard verdict == .holds || verdict == .violated else { return nil }
    let (numerator, denominator) =
      switch relation {
      case .atMost: (left, right)
      case .atLeast: (right, left)
      case .equal: (Double.nan, Double.nan)
      }
    guard numerator >= 0, denominator > 0 else { return nil }
    return numerator / denominator
  }

  private var rawMargin: Double {
    switch relation {
    case .atMost: right - left
    case .atLeast: left - right
    case .equal: -abs(left - right)
    }
  }
}
