import ArgumentParser
import Foundation

/// The program `keel`.
@main
struct Program: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keel",
    abstract: "Numerical kernels and theorem checks for learning under distribution shift.",
    version: "0.1.0",
    subcommands: [
      CheckCommand.self, FalsifyCommand.self, TransferCommand.self, SimplexCommand.self, FramesCommand.self,
      InfoCommand.self,
    ])

  /// Parses and runs, and ends with status 0, 1 for a surprise, or 2 for bad usage or bad input.
  ///
  /// The parser's own status for bad usage is 64; scripts expect the shell's 2.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as InputError {
      fail(error.message)
    } catch {
      switch exitCode(for: error) {
      case .validationFailure:
        let message = message(for: error).split(separator: "\n").joined(separator: " ")
        fail(message + (message.hasSuffix(".") ? "" : ".") + " See 'keel help' for usage.")
      default:
        // Help, the version, and statuses that a command chose.
        exit(withError: error)
      }
    }
  }

  private static func fail(_ message: String) -> Never {
    Terminal.printError("keel: \(message)")
    Foundation.exit(2)
  }
}

/// Input that a command cannot use: a file, or a name that stands for nothing.
struct InputError: Error {
  /// A sentence for the person who typed the command.
  let message: String

  init(_ message: String) {
    self.message = message
  }

  /// Calls a function whose errors are about input and describe themselves in a sentence.
  static func wrap<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as InputError {
      throw error
    } catch {
      throw InputError("\(error)")
    }
  }
}
