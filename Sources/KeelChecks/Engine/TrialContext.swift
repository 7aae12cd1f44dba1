import Keel

/// How much work a run does.
public enum Effort: String, Sendable, Hashable, CaseIterable, Codable {
  /// Seconds: enough to see that everything runs.
  case quick
  /// The default.
  case standard
  /// As many problems as a reader of the result may ask for.
  case full
}

/// What a trial is given to build its problem from.
public struct TrialContext: Sendable {
  /// The trial's index from 0; 0 for a named case.
  public let index: Int
  /// Random numbers that depend on the seed, the check's problem stream and the trial's index only.
  ///
  /// A stream is a value: copy it into a variable to draw from it.
  public let stream: RandomStream
  /// Real examples to build the problem from, if the run has any and the check supports them.
  public let data: CheckData?
  /// How much work the run does.
  public let effort: Effort
  /// Where checks that see the same problem leave what they computed from it, with the problem's name.
  let sharing: (values: SharedValues, problem: String)?

  /// What a trial is given; runs make this themselves, tests of a trial make it by hand.
  public init(
    index: Int, stream: RandomStream, data: CheckData? = nil, effort: Effort = .standard
  ) {
    self.init(index: index, stream: stream, data: data, effort: effort, sharing: nil)
  }

  init(
    index: Int, stream: RandomStream, data: CheckData?, effort: Effort,
    sharing: (values: SharedValues, problem: String)?
  ) {
    self.index = index
    self.stream = stream
    self.data = data
    self.effort = effort
    self.sharing = sharing
  }

  /// A value that depends on the problem of this context only: computed once in a run for all checks
  /// with the same problem stream.
  ///
  /// The result must not depend on the check, or a report would depend on which checks are run.
  ///
  /// - Parameters:
  ///   - name: what the value is; with the problem it identifies the value.
  ///   - make: computes the value. An error is not kept.
  /// - Returns: the value. Named cases, whose problems are their own, compute it each time.
  /// - Throws: what `make` throws.
  public func shared<Value: Sendable>(_ name: String, _ make: () throws -> Value) rethrows -> Value {
    guard let sharing else { return try make() }
    return try sharing.values.value("\(sharing.problem) \(name)", make)
  }
}
