import ArgumentParser
import Foundation
import Keel
import KeelChecks

/// `keel falsify`: searches for a problem that violates a statement.
struct FalsifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "falsify",
    abstract: "Search adversarially for a problem that satisfies a statement's assumptions and violates it.",
    discussion: """
      A violation is stated in short exact numbers and measured again at full precision; shortening it \
      takes up to half the time of '--seconds' besides. The exit status \
      is 0 if the search ended as expected: with a violation of a statement that is known to be false, \
      without one of any other. It is 1 for a surprise, 2 for bad usage. Equal seeds and '--evaluations' \
      give equal results for every number of threads.
      """)

  @Argument(help: "The id of a check, for example transfer.fine-tuning-lower-bound.")
  var check: String

  @Option(help: "The number of features k.")
  var features = 1

  @Option(help: "Give up after this time; 60 if neither this nor '--evaluations' is given.")
  var seconds: Double?

  @Option(help: "Give up after this number of problems, for results that do not depend on the time.")
  var evaluations: Int?

  @Option(help: "The seed of the search.")
  var seed: UInt64 = 0

  @Option(help: "The number of threads; all processors if not given.")
  var threads: Int?

  @Option(
    name: .customLong("least-cosine"),
    help: "The least cos θ_max(R₀, S). At 0, features that no input sees count too.")
  var leastCosine = 0.1

  @Option(help: "A .npz file to write the counterexample to, as arrays X, B0, Bstar, vstar and v0.")
  var output: String?

  @Flag(help: "Print JSON.")
  var json = false

  private static let standardSeconds = 60.0

  func validate() throws {
    guard (1...TransferFalsification.largestFeatureCount).contains(features) else {
      throw ValidationError("'--features' must be from 1 to \(TransferFalsification.largestFeatureCount).")
    }
    if seconds != nil, evaluations != nil {
      throw ValidationError("'--seconds' and '--evaluations' exclude each other.")
    }
    if let seconds, !(seconds > 0 && seconds <= 1e6) {
      throw ValidationError("'--seconds' must be above 0 and at most a million.")
    }
    if let evaluations, evaluations < 1 { throw ValidationError("'--evaluations' must be at least 1.") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("'--threads' must be from 1 to 1024.")
    }
    guard (0...0.9).contains(leastCosine) else {
      throw ValidationError("'--least-cosine' must be from 0 to 0.9.")
    }
    if let output, !output.hasSuffix(".npz") {
      throw ValidationError("'--output' takes the name of a .npz file, not '\(output)'.")
    }
  }

  func run() throws {
    let statement = try statement()
    // One thread for BLAS, so that results do not depend on the machine's number of processors.
    Runtime.blasThreads = 1
    for notice in Runtime.notices { Terminal.printError("keel: \(notice)") }
    let budget: Falsifier.Budget =
      if let evaluations { .evaluations(evaluations) } else {
        .time(.seconds(seconds ?? Self.standardSeconds))
      }
    let result = run(Falsifier(seed: seed, budget: budget, threads: threads), statement)
    if json {
      try Terminal.print(result.json())
    } else {
      try Terminal.print(result.text(style: Terminal.outputStyle))
    }
    if let output, let problem = result.counterexample?.problem {
      try InputError.wrap { try problem.write(to: output) }
    }
    if !result.isAsExpected { throw ExitCode(1) }
  }

  private func run(_ falsifier: Falsifier, _ statement: FalsifiableStatement) -> Falsification {
    guard Terminal.isErrorInteractive, !json else { return falsifier.run(statement) }
    let meter = ProgressMeter()
    defer { meter.finish() }
    return falsifier.run(statement) { progress in
      let best = progress.best.isFinite ? String(format: "%.4f", progress.best) : "none"
      let note = "best \(best), violated above 0  \(statement.check.id)"
      if let evaluations {
        meter.show(min(progress.evaluations, evaluations), of: evaluations, note: note)
      } else {
        let total = seconds ?? Self.standardSeconds
        meter.show(
          Int(progress.share * total), of: Int(total.rounded(.up)),
          note: "s  \(progress.evaluations) problems  \(note)")
      }
    }
  }

  private func statement() throws -> FalsifiableStatement {
    let searchable = TransferFalsification.ids.filter { CheckRegistry.standard[$0] != nil }
    guard let check = CheckRegistry.standard[check] else {
      // The registry knows what may have been meant.
      _ = try InputError.wrap { try CheckRegistry.standard.select([check]) }
      throw InputError("'\(check)' is not one check; choose one of \(searchable.joined(separator: ", ")).")
    }
    guard
      let statement = TransferFalsification.statement(
        of: check, featureCount: features, leastCosine: leastCosine)
    else {
      throw InputError(
        "'\(check.id)' cannot be searched for violations; these can: \(searchable.joined(separator: ", ")).")
    }
    return statement
  }
}
