import Foundation
import Keel

@testable import KeelCommand

/// `keel simplex project` within this process, for what needs no exit status.
enum SimplexRun {
  /// Runs the command without the line on standard error.
  static func project(_ arguments: [String]) throws {
    let command = try SimplexProjectCommand.parse(arguments + ["--quiet"])
    try command.run()
  }

  /// The sentence with which the command refuses arguments, or nil if it does not.
  static func refusal(_ arguments: [String]) -> String? {
    do {
      try project(arguments)
      return nil
    } catch let error as InputError {
      return error.message
    } catch {
      return SimplexProjectCommand.message(for: error)
    }
  }
}

extension TemporaryFolder {
  /// Writes an array of any type to an .npy file in the folder and returns its path.
  func write(_ array: NumericArray, to name: String) throws -> String {
    try NPY.write(array, to: path(name))
    return path(name)
  }

  /// The names of all files in the folder, hidden ones too, in order.
  var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}
