import ArgumentParser
import KeelFrames

/// `keel frames`: canonical poses, frame averages, and the experiments about them.
struct FramesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "frames",
    abstract: "Bring clouds of points into a canonical pose, average over frames, and run the experiments.",
    subcommands: [
      FramesAverageCommand.self, FramesNormalizeCommand.self, FramesNBodyCommand.self, FramesPoseCommand.self,
      FramesCensusCommand.self, FramesSeparateCommand.self,
    ])
}

extension FrameError {
  /// This error with the words of the command in the place of the argument that it names.
  ///
  /// - Parameter name: what to call the argument: a file, a cloud of it, or a flag.
  func naming(_ name: String) -> FrameError {
    switch self {
    case .empty: .empty(argument: name)
    case .notFinite(_, let position): .notFinite(argument: name, position: position)
    case .outOfRange(_, let expected, let found):
      .outOfRange(argument: name, expected: expected, found: found)
    case .wrongShape(_, let expected, let found):
      .wrongShape(argument: name, expected: expected, found: found)
    case .tooManyElements(_, let count, let limit):
      .tooManyElements(argument: name, count: count, limit: limit)
    case .undefined(_, let reason): .undefined(argument: name, reason: reason)
    }
  }
}
