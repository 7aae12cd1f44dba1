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

  /// What a trial is given; runs make this themselves, tests of a trial make it by hand.
  public init(
    index: Int, stream: RandomStream, data: CheckData? = nil, effort: Effort = .standard
  ) {
    self.index = index
    self.stream = stream
    self.data = data
    self.effort = effort
  }
}
