import ArgumentParser
import Foundation
import Keel
import KeelChecks
import KeelFrames

/// `keel frames nbody`: the data set of charged particles, made again, and the errors of simple predictions.
struct FramesNBodyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nbody",
    abstract: "Experiment: make the n-body data set again, and measure predictions that need no model.",
    discussion: """
      Five charged particles in space, 10000 simulations for training, 2000 for validation and 2000 for testing, from \
      the random numbers of the published data set, bit for bit; trajectories agree up to rounding. With '--output' a \
      folder gets loc, vel, edges and charges of each part as .npy files of the published names and shapes; they \
      appear when all is done.

      A prediction knows positions x and velocities v at stored state 30 and is judged at state 40 by its mean square \
      error: x itself, x + v, and x + a v with the a that is best for training.

      Example: keel frames nbody --output nbody
      """)

  /// The parts of the data set.
  enum PartName: String, ExpressibleByArgument, CaseIterable {
    case training, validation, testing

    var part: ChargedParticleData.Part {
      switch self {
      case .training: .training
      case .validation: .validation
      case .testing: .testing
      }
    }

    /// What the published files are called by.
    var suffix: String {
      switch self {
      case .training: "train"
      case .validation: "valid"
      case .testing: "test"
      }
    }
  }

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the arrays to this folder, about 80 MB.", valueName: "folder"))
  var output: String?

  @Option(
    name: .customLong("part"),
    help: ArgumentHelp(
      "training, validation or testing; may be given again (default: all).", valueName: "part"))
  var parts: [PartName] = []

  @Option(help: ArgumentHelp("Take only so many simulations of each part.", valueName: "count"))
  var simulations: Int?

  @OptionGroup
  var report: ReportOption

  func validate() throws {
    if let simulations, simulations < 1 { throw ValidationError("'--simulations' must be at least 1.") }
    if let output, output.isEmpty { throw ValidationError("'--output' needs the name of a folder.") }
    guard Set(parts).count == parts.count else { throw ValidationError("'--part' names a part twice.") }
  }

  func run() throws {
    try report.prepare()
    let chosen = parts.isEmpty ? PartName.allCases : parts
    let files = PendingFiles()
    let meter = Terminal.isErrorInteractive ? ProgressMeter() : nil
    let watch = files.discardingOnSignal(meter)
    defer {
      meter?.finish()
      watch.cancel()
      files.discard()
    }
    let data = ChargedParticleData()
    if let output {
      try makeFolder(output)
      for part in chosen { try write(part, of: data, to: output, files, meter) }
    }
    let trained = ChargedParticleBaselines(of: data, part: .training, simulations: range(.training))
    var rows: [(part: PartName, errors: ChargedParticleBaselines)] = []
    for part in chosen {
      rows.append(
        (
          part,
          ChargedParticleBaselines(
            of: data, part: part.part, simulations: range(part), factor: trained.bestFactor)
        ))
    }
    try files.commit()
    meter?.finish()
    try report.publish(found(rows, factor: trained.bestFactor))
  }

  /// The simulations of a part.
  private func range(_ part: PartName) -> Range<Int> {
    0..<min(simulations ?? .max, part.part.count)
  }

  private func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw InputError("'--output': \(path) cannot be a folder: \(error.localizedDescription)")
    }
  }

  private func write(
    _ part: PartName, of data: ChargedParticleData, to folder: String, _ files: PendingFiles,
    _ meter: ProgressMeter?
  ) throws {
    let range = range(part)
    func open(_ name: String, _ shape: [Int]) throws -> (path: String, writer: NPYWriter<Double>) {
      let path = URL(fileURLWithPath: folder).appendingPathComponent("\(name)_\(part.suffix).npy")
        .relativePath
      let place = try files.place(for: path, flag: "--output")
      return (path, try naming(path) { try NPYWriter<Double>(place, shape: [range.count] + shape) })
    }
    func naming<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
      do { return try body() } catch let error as InterchangeError {
        throw InputError("'--output': \(error.renamed(path))")
      }
    }
    let n = data.particles
    let positions = try open("loc", [data.states, 3, n])
    let velocities = try open("vel", [data.states, 3, n])
    let edges = try open("edges", [n, n])
    let charges = try open("charges", [n, 1])
    try data.forEachBlock(of: part.part, simulations: range) { (block, simulations) throws in
      try naming(positions.path) { try positions.writer.append(block.positions) }
      try naming(velocities.path) { try velocities.writer.append(block.velocities) }
      try naming(edges.path) { try edges.writer.append(block.chargeProducts) }
      try naming(charges.path) { try charges.writer.append(block.charges) }
      meter?.show(simulations.upperBound, of: range.count, note: part.rawValue)
    }
    for file in [positions, velocities, edges, charges] { try naming(file.path) { try file.writer.finish() } }
  }

  // MARK: - The report

  /// The errors in testing, to the digits on which a simulation with NumPy agrees.
  private static let known = [0.2715, 0.1121, 0.0857]

  private func found(
    _ rows: [(part: PartName, errors: ChargedParticleBaselines)], factor: Double
  ) -> ExperimentReport {
    func values(_ errors: ChargedParticleBaselines) -> [Double] {
      [errors.standing, errors.moving, errors.scaled]
    }
    let complete = rows.first { $0.part == .testing && range(.testing).count == $0.part.part.count }
    let isAsExpected =
      complete.map { row in zip(values(row.errors), Self.known).allSatisfy { abs($0 - $1) <= 1e-4 } } ?? true
    let known = Self.known.map { numberText($0) }.joined(separator: ", ")
    let summary =
      complete == nil
      ? "Errors to compare with, \(known), are known of the complete part for testing."
      : "In testing, the errors are \(isAsExpected ? "" : "not ")those of a simulation with NumPy, \(known)."
    var words = ["keel", "frames", "nbody"] + parts.flatMap { ["--part", $0.rawValue] }
    if let simulations { words += ["--simulations", "\(simulations)"] }
    return ExperimentReport(
      title: "Charged particles: predictions without a model", summary: summary, isAsExpected: isAsExpected,
      command: words,
      sections: [
        .init(
          "Mean square errors",
          paragraphs: [
            "Known are positions x and velocities v at stored state 30, step 3100; predicted are the positions at "
              + "state 40, step 4100. The factor a = \(String(format: "%.4f", factor)) is the best one for training."
          ],
          tables: [
            .init(
              "Errors", ["part", "simulations", "x", "x + v", "x + a v", "best a here"],
              rows.map { part, errors in
                [part.rawValue, "\(range(part).count)"]
                  + (values(errors) + [errors.bestFactor]).map { String(format: "%.4f", $0) }
              })
          ])
      ])
  }
}
