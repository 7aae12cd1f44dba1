import ArgumentParser
import KeelTransfer

/// `keel transfer`: experiments with two-layer linear transfer.
struct TransferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "Follow linear probing and fine-tuning of two-layer linear networks.",
    discussion: """
      The network is x -> v.Bx with a head v (k numbers) on features B (k x d). Linear probing (LP) trains \
      the head on the pretrained features B0, fine-tuning (FT) trains both, LP-FT probes and then \
      fine-tunes, each by gradient flow on the training loss |X(B'v - w*)|^2 with the true weights w*. The \
      loss in distribution is the squared error within the span of the inputs, the loss out of distribution \
      the whole one.
      """,
    subcommands: [TraceCommand.self, SweepCommand.self])
}

extension TransferError {
  /// This error with the flag in the place of the argument that it names.
  ///
  /// - Parameter flags: the flag of each argument of the library.
  func naming(_ flags: [String: String]) -> TransferError {
    func flag(_ argument: String) -> String { flags[argument].map { "'\($0)'" } ?? argument }
    return switch self {
    case .wrongShape(let argument, let expected, let found):
      .wrongShape(argument: flag(argument), expected: expected, found: found)
    case .notFinite(let argument): .notFinite(argument: flag(argument))
    case .notOrthonormal(let argument, let deviation):
      .notOrthonormal(argument: flag(argument), deviation: deviation)
    case .outOfRange(let argument, let reason): .outOfRange(argument: flag(argument), reason: reason)
    default: self
    }
  }
}

extension InputError {
  /// Calls a function and names flags instead of the library's arguments in what it throws.
  static func wrap<Result>(flags: [String: String], _ body: () throws -> Result) throws -> Result {
    try wrap {
      do {
        return try body()
      } catch let error as TransferError {
        switch error {
        case .linearAlgebra, .integration:
          throw InputError(
            "The problem cannot be followed, because its numbers are too large or too small: \(error).")
        default:
          throw error.naming(flags)
        }
      }
    }
  }
}
