import Foundation

extension Falsification {
  /// What was found as JSON, for programs.
  ///
  /// Keys are sorted and times are left out, so that equal searches with a budget of evaluations give
  /// equal bytes. The entries of the counterexample are given exactly, as strings, and as numbers.
  ///
  /// - Returns: UTF-8 text, indented, that ends in a line break.
  /// - Throws: what `JSONEncoder` throws; the values are all encodable.
  public func json() throws -> Data { try jsonText(JSON(self)) }
}

private struct JSON: Encodable {
  let asExpected: Bool
  @Null var closest: ComparisonJSON?
  @Null var counterexample: CounterexampleJSON?
  let evaluations: Int
  let expectsViolation: Bool
  let id: String
  let rounds: Int
  /// A string, because many JSON readers hold numbers as doubles and would round it.
  let seed: String
  let statement: String

  init(_ result: Falsification) {
    asExpected = result.isAsExpected
    closest = result.closest.map(ComparisonJSON.init)
    counterexample = result.counterexample.map(CounterexampleJSON.init)
    evaluations = result.evaluations
    expectsViolation = result.statement.expectsViolation
    id = result.statement.check.id
    rounds = result.rounds
    seed = String(result.seed)
    statement = result.statement.check.statement
  }
}

private struct CounterexampleJSON: Encodable {
  @Null var comparison: ComparisonJSON?
  let length: Int
  let problem: [PartJSON]

  init(_ counterexample: Counterexample) {
    comparison = counterexample.comparison.map(ComparisonJSON.init)
    length = counterexample.length
    problem = counterexample.problem.parts.map(PartJSON.init)
  }
}

private struct PartJSON: Encodable {
  let exact: [[String]]
  let name: String
  let values: [[Double]]

  init(_ part: ExactProblem.Part) {
    exact = part.rows.map { $0.map(\.description) }
    name = part.name
    values = part.rows.map { $0.map(\.value) }
  }
}
