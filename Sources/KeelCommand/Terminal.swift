import Foundation
import KeelChecks

/// What the standard streams lead to.
enum Terminal {
  /// The layout for standard output: as wide as the terminal, or as `COLUMNS` says, and of any width
  /// into a file or a pipe; in color on a terminal only, and not if `NO_COLOR` is set.
  static var outputStyle: TextStyle {
    TextStyle(
      width: requestedWidth ?? width(of: STDOUT_FILENO), isColored: isColored(STDOUT_FILENO),
      showsTimes: true)
  }

  /// Whether a person watches standard error.
  static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 && !isDumb }

  /// The number of characters in a line of standard error.
  static var errorWidth: Int { requestedWidth ?? width(of: STDERR_FILENO) ?? 80 }

  /// Writes to standard output.
  static func print(_ text: String) throws {
    try print(Data(text.utf8))
  }

  /// Writes to standard output.
  static func print(_ bytes: Data) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: bytes)
    } catch {
      throw InputError("The output cannot be written: \(error.localizedDescription)")
    }
  }

  /// Writes to standard error; there is nobody left to tell if that fails.
  static func printError(_ line: String) {
    showOnError(line + "\n")
  }

  /// Writes to standard error without a line break.
  static func showOnError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  private static var isDumb: Bool { environment["TERM"] == "dumb" }

  private static var requestedWidth: Int? {
    environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
  }

  /// See https://no-color.org: any value but an empty one counts.
  private static func isColored(_ stream: Int32) -> Bool {
    isatty(stream) == 1 && !isDumb && (environment["NO_COLOR"] ?? "").isEmpty
  }

  private static func width(of stream: Int32) -> Int? {
    guard isatty(stream) == 1 else { return nil }
    var size = winsize()
    guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
