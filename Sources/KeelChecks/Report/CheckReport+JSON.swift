import Foundation

extension CheckReport {
  /// The report as JSON, for programs.
  ///
  /// Equal runs give equal bytes: keys are sorted, the time is left out unless asked for, and the
  /// number of threads is not mentioned. Numbers have the fewest digits that read back to the same
  /// bits; infinities and not-a-number, which JSON does not have, are the strings `"inf"`, `"-inf"`
  /// and `"nan"`. The seed is a string too, because many readers would round it. What does not exist is
  /// `null`.
  ///
  /// - Parameter includesTimes: whether to add the seconds that the run and each check took.
  /// - Returns: UTF-8 text, indented, that ends in a line break.
  /// - Throws: what `JSONEncoder` throws; the values of a report are all encodable.
  public func json(includesTimes: Bool = false) throws -> Data {
    try jsonText(JSON(self, includesTimes: includesTimes))
  }
}

/// A value as JSON: keys sorted, indented, with names for numbers that JSON does not have, and a line
/// break at the end.
func jsonText(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  var data = try encoder.encode(value)
  data.append(UInt8(ascii: "\n"))
  return data
}

// MARK: - What the JSON looks like

/// The report's fields in JSON. Separate types, so that a renamed property does not silently rename a
/// key that programs read.
private struct JSON: Encodable {
  let asExpected: Bool
  let checks: [CheckJSON]
  let data: DataJSON?
  let effort: Effort
  let problems: Int
  /// A string, because many JSON readers hold numbers as doubles and would round it.
  let seed: String
  let seconds: Double?

  init(_ report: CheckReport, includesTimes: Bool) {
    asExpected = report.isAsExpected
    checks = report.outcomes.map { CheckJSON($0, in: report, includesTimes: includesTimes) }
    data = report.data.map(DataJSON.init)
    effort = report.effort
    problems = report.problemCount
    seed = String(report.seed)
    seconds = includesTimes ? report.elapsed.seconds : nil
  }
}

private struct DataJSON: Encodable {
  let columns: Int
  let hasLabels: Bool
  let name: String
  let provenance: String
  let rows: Int

  init(_ data: CheckData) {
    columns = data.features.columns
    hasLabels = data.labels != nil
    name = data.name
    provenance = data.provenance
    rows = data.features.rows
  }
}

private struct CheckJSON: Encodable {
  let asExpected: Bool
  let assumptions: [String]
  let cases: [ProblemJSON]
  let counts: [String: Int]
  let expected: String
  let id: String
  @Null var margin: Double?
  @Null var medianTightness: Double?
  let problems: Int
  let remarks: [RemarkJSON]
  @Null var repairedBy: String?
  let seconds: Double?
  @Null var sharpestTightness: Double?
  let source: String
  let statement: String
  let surprises: [String]
  let usesData: Bool
  let verdict: Verdict
  @Null var worst: WorstJSON?
  /// Every comparison, only when a single problem was run.
  let trials: [ProblemJSON]?

  init(_ outcome: CheckOutcome, in report: CheckReport, includesTimes: Bool) {
    let check = outcome.check
    asExpected = outcome.isAsExpected
    assumptions = check.assumptions
    cases = outcome.results.filter { if case .named = $0.origin { true } else { false } }
      .map(ProblemJSON.init)
    counts = Dictionary(
      uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, outcome.counts[$0]) })
    id = check.id
    margin = outcome.margin
    medianTightness = outcome.medianTightness
    problems = outcome.counts.total
    remarks = outcome.remarks.map { RemarkJSON($0, of: check, in: report) }
    seconds = includesTimes ? outcome.elapsed.seconds : nil
    sharpestTightness = outcome.sharpestTightness
    source = check.source
    statement = check.statement
    surprises = outcome.surprises
    usesData = report.data != nil && check.supportsData
    verdict = outcome.verdict
    worst = outcome.worst.map { WorstJSON($0, of: check, in: report) }
    trials =
      outcome.isPartial
      ? outcome.results.filter { if case .trial = $0.origin { true } else { false } }.map(ProblemJSON.init)
      : nil
    switch check.expectation {
    case .holds: (expected, repairedBy) = ("holds", nil)
    case .violated(let id): (expected, repairedBy) = ("violated", id)
    case .reported: (expected, repairedBy) = ("reported", nil)
    }
  }
}

private struct ProblemJSON: Encodable {
  @Null var expected: Verdict?
  let comparisons: [ComparisonJSON]
  let name: String?
  let trial: Int?
  let verdict: Verdict

  init(_ result: ProblemResult) {
    comparisons = result.comparisons.map(ComparisonJSON.init)
    verdict = result.verdict
    switch result.origin {
    case .trial(let index): (name, trial) = (nil, index)
    case .named(let name): (self.name, trial) = (name, nil)
    }
    expected = result.expected
  }
}

/// A comparison with what follows from it.
struct ComparisonJSON: Encodable {
  let failedAssumption: String?
  let left: Double
  @Null var margin: Double?
  let parameters: [ParameterJSON]
  let part: String?
  let relation: Comparison.Relation
  let right: Double
  @Null var tightness: Double?
  let tolerance: Double
  let undecidedBecause: String?
  let verdict: Verdict

  init(_ comparison: Comparison) {
    failedAssumption = comparison.failedAssumption
    left = comparison.left
    margin = comparison.margin
    parameters = comparison.parameters.entries.map(ParameterJSON.init)
    part = comparison.part
    relation = comparison.relation
    right = comparison.right
    tightness = comparison.tightness
    tolerance = comparison.tolerance
    undecidedBecause = comparison.undecidedReason
    verdict = comparison.verdict
  }
}

/// A list of named values instead of an object, to keep the order that the check gave them.
struct ParameterJSON: Encodable {
  let name: String
  let value: ParameterValue

  init(_ entry: Parameters.Entry) {
    (name, value) = (entry.name, entry.value)
  }

  private enum CodingKeys: CodingKey {
    case name, value
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    switch value {
    case .number(let number): try container.encode(number, forKey: .value)
    case .integer(let number): try container.encode(number, forKey: .value)
    case .numbers(let numbers): try container.encode(numbers, forKey: .value)
    case .flag(let flag): try container.encode(flag, forKey: .value)
    case .text(let text): try container.encode(text, forKey: .value)
    }
  }
}

private struct RemarkJSON: Encodable {
  let problems: Int
  let reason: String
  let reproduce: String
  let verdict: Verdict

  init(_ remark: CheckOutcome.Remark, of check: Check, in report: CheckReport) {
    problems = remark.count
    reason = remark.reason
    reproduce = report.command(reproducing: remark.first, of: check)
    verdict = remark.verdict
  }
}

private struct WorstJSON: Encodable {
  let comparison: ComparisonJSON
  let origin: String
  let reproduce: String

  init(_ worst: CheckOutcome.Worst, of check: Check, in report: CheckReport) {
    comparison = ComparisonJSON(worst.comparison)
    origin = worst.origin.description
    reproduce = report.command(reproducing: worst.origin, of: check)
  }
}

/// An optional that is written as `null` instead of being left out.
@propertyWrapper
struct Null<Wrapped: Encodable>: Encodable {
  var wrappedValue: Wrapped?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension Duration {
  /// The duration in seconds.
  fileprivate var seconds: Double { self / .seconds(1) }
}
