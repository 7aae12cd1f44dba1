import Foundation

/// Something that runs the script of a plot.
public protocol PlotRenderer: Sendable {
  /// Runs a script. It reads its data from a file in the same folder and writes a picture there, all
  /// three of one name.
  ///
  /// - Parameters:
  ///   - script: the file name of the script.
  ///   - folder: the folder in which it lies and in which it is to run.
  /// - Returns: what the program had to say although it succeeded; `nil` if nothing.
  /// - Throws: ``PlotRenderingError``.
  func run(script: String, in folder: URL) throws(PlotRenderingError) -> String?
}

/// Why a plot has no picture.
public enum PlotRenderingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The program is not installed; a Debian package brings it.
  case missingProgram(name: String, package: String)
  /// The program could not be started.
  case notStarted(name: String, reason: String)
  /// The program gave up.
  case failed(name: String, status: Int, message: String)
  /// The program ended well, but there is no picture that could be read.
  case noPicture(name: String)

  /// A sentence; after a failure also what the program said.
  public var description: String {
    switch self {
    case .missingProgram(let name, let package):
      "The program '\(name)' was not found, so there are no plots. On Debian and Ubuntu "
        + "`apt-get install \(package)` installs it."
    case .notStarted(let name, let reason):
      "The program '\(name)' could not be started: \(reason)"
    case .failed(let name, let status, let message):
      "The program '\(name)' failed with status \(status)" + (message.isEmpty ? "." : ":\n\(message)")
    case .noPicture(let name):
      "The program '\(name)' drew no picture."
    }
  }
}

/// The program gnuplot, as an own process for each plot.
///
/// It is called without the user's own settings, so that equal plots give equal pictures.
public struct Gnuplot: PlotRenderer {
  /// The program; `nil` if it is not installed.
  public let program: URL?

  /// A given program, or the one that the search path leads to.
  ///
  /// - Parameter program: the program; `nil` searches.
  public init(program: URL? = nil) {
    self.program = program ?? Self.found(in: ProcessInfo.processInfo.environment["PATH"] ?? "")
  }

  /// The program of a search path, as the shell would find it.
  static func found(in path: String) -> URL? {
    path.split(separator: ":").map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  private static let name = "gnuplot"

  /// Runs a script; what gnuplot writes to standard error is the message.
  public func run(script: String, in folder: URL) throws(PlotRenderingError) -> String? {
    guard let program else { throw .missingProgram(name: Self.name, package: "gnuplot-nox") }
    let process = Process()
    let errors = Pipe()
    process.executableURL = program
    process.arguments = ["--default-settings", script]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do { try process.run() } catch {
      throw .notStarted(name: Self.name, reason: error.localizedDescription)
    }
    // Read before waiting: a full pipe would block the program.
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw .failed(name: Self.name, status: Int(process.terminationStatus), message: said)
    }
    return said.isEmpty ? nil : said
  }
}
