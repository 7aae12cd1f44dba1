/// The checks of frame averaging: exact symmetry, and where it ends.
public enum FramesChecks {
  /// All checks, in the order in which they run.
  public static let all: [Check] = []
}
