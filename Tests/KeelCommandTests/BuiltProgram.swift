import Foundation

/// The built program `keel`, run as a user runs it.
enum BuiltProgram {
  /// What a run left behind.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The output as a JSON object.
    func json() throws -> [String: Any]? {
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    }
  }

  struct NotBuilt: Error, CustomStringConvertible {
    let places: [String]
    var description: String { "There is no program 'keel' in \(places.joined(separator: " or "))." }
  }

  /// Runs `keel` with arguments, and with these variables set in the environment.
  ///
  /// - Parameters:
  ///   - arguments: the arguments.
  ///   - environment: the variables.
  ///   - addressableKilobytes: how much memory the program may have in its address space, if that is limited.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], addressableKilobytes: Int? = nil
  ) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files instead of pipes: a pipe that nobody empties would block the program.
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }

    let process = try process(arguments, environment: environment)
    if let addressableKilobytes { run(process, after: "ulimit -v \(addressableKilobytes)") }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// Starts `keel` without waiting for its end, if wanted as `nohup` and scripts do, with the signal of an
  /// interrupt ignored; what it prints is lost.
  static func start(_ arguments: [String], ignoringInterrupts: Bool = false) throws -> Process {
    let process = try process(arguments, environment: [:])
    if ignoringInterrupts { run(process, after: "trap '' INT") }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Lets a shell do something before it becomes the program.
  private static func run(_ process: Process, after command: String) {
    guard let program = process.executableURL else { return }
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\(command); exec \"$0\" \"$@\"", program.path] + (process.arguments ?? [])
  }

  private static func process(_ arguments: [String], environment: [String: String]) throws -> Process {
    let process = Process()
    process.executableURL = try location()
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .filter { !["COLUMNS", "KEEL_THREADS", "KEEL_DATASETS"].contains($0.key) }
      .merging(["OPENBLAS_NUM_THREADS": "1"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// The program lies next to the test bundle; the bundle is a folder on some systems.
  private static func location() throws -> URL {
    var places: [URL] = []
    if let program = Bundle.main.executableURL { places.append(program.deletingLastPathComponent()) }
    if let first = CommandLine.arguments.first {
      var folder = URL(fileURLWithPath: first).deletingLastPathComponent()
      for _ in 0..<4 {
        places.append(folder)
        folder.deleteLastPathComponent()
      }
    }
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
      places.append(bundle.bundleURL.deletingLastPathComponent())
    }
    let programs = places.map { $0.appendingPathComponent("keel") }
    guard let found = programs.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
      throw NotBuilt(places: programs.map(\.path))
    }
    return found
  }
}
