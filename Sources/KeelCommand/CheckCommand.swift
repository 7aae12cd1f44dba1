import ArgumentParser
import Foundation
import Keel
import KeelChecks

/// `keel check`: runs theorem checks and prints their verdicts.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run theorem checks: measure both sides of each statement on many problems.",
    discussion: """
      Statements that are known to be false as stated are listed next to their repaired forms. The \
      exit status is 0 if every verdict is the expected one, 1 if there is a surprise, 2 for bad usage \
      or unreadable data. Equal seeds give equal results for every number of threads.
      """)

  enum EffortFlag: String, EnumerableFlag {
    case quick, full

    static func help(for value: EffortFlag) -> ArgumentHelp? {
      switch value {
      case .quick: "A few problems of each check: seconds."
      case .full: "Many problems of each check: minutes."
      }
    }
  }

  @Argument(help: "Ids (transfer.row-space), systems (transfer) or patterns ('*.row-*'); all if none.")
  var checks: [String] = []

  @Option(help: "The number of random problems of each check.")
  var trials: Int?

  @Option(help: "The seed that all random problems derive from.")
  var seed: UInt64 = 0

  @Flag(exclusivity: .exclusive)
  var effort: EffortFlag?

  @Option(help: "Run this random problem only, counted from 0, and show its measurements.")
  var trial: Int?

  @Option(name: .customLong("case"), help: "Run this named problem only, and show its measurements.")
  var namedCase: String?

  @Option(help: "The number of threads; all processors if not given.")
  var threads: Int?

  @Option(help: "Real examples: 'fashion-mnist', or a .npy file with one example a row.")
  var data: String?

  @Option(help: "A .npy file with one label an example of --data.")
  var labels: String?

  @Flag(help: "Print JSON, the same to the byte for equal seeds.")
  var json = false

  @Option(help: "A folder for a report: a page for the browser, with plots and their data.")
  var report: String?

  @Flag(help: "Show in the report what differs from run to run: times, and figures of measured speed.")
  var times = false

  @Flag(help: "List the checks with their statements and sources; run none.")
  var list = false

  func validate() throws {
    if let trials, trials < 1 { throw ValidationError("'--trials' must be at least 1.") }
    if let trial, trial < 0 { throw ValidationError("'--trial' must not be negative.") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("'--threads' must be from 1 to 1024.")
    }
    if [trials != nil, trial != nil, namedCase != nil].count(where: { $0 }) > 1 {
      throw ValidationError("'--trials', '--trial' and '--case' exclude each other.")
    }
    if labels != nil, data == nil || data == Self.fashionMNIST {
      throw ValidationError("'--labels' goes with a .npy file in '--data'.")
    }
    if list, report != nil { throw ValidationError("'--list' and '--report' exclude each other.") }
    if times, report == nil { throw ValidationError("'--times' goes with '--report'.") }
    if let report, report.isEmpty { throw ValidationError("'--report' needs the name of a folder.") }
    if list, json { throw ValidationError("'--list' and '--json' exclude each other.") }
  }

  func run() throws {
    let selected = try InputError.wrap { try CheckRegistry.standard.select(checks) }
    if list {
      try Terminal.print(selected.map { $0.text(style: Terminal.outputStyle) }.joined(separator: "\n"))
      return
    }
    // One thread for BLAS, so that results do not depend on the machine's number of processors.
    Runtime.blasThreads = 1
    if let threads { Runtime.threads = threads }
    for notice in Runtime.notices { Terminal.printError("keel: \(notice)") }

    let folder = report.map { URL(fileURLWithPath: $0, isDirectory: true) }
    // Before the run: it would be a pity to compute for minutes and then have no place for the result.
    if let folder { try InputError.wrap { try HTMLReport.prepare(folder) } }
    let data = try InputError.wrap { try loadData() }
    let runner = CheckRunner(
      seed: seed, effort: effort.map { $0 == .quick ? .quick : .full } ?? .standard, trials: trials,
      only: trial.map { .trial($0) } ?? namedCase.map { .named($0) }, threads: threads, data: data)
    let found = try run(runner, checks: runnable(selected, withData: data != nil))
    if json {
      try Terminal.print(found.json())
    } else {
      try Terminal.print(found.text(style: Terminal.outputStyle))
    }
    if let folder { try write(found, to: folder) }
    if !found.isAsExpected { throw ExitCode(1) }
  }

  private func write(_ found: CheckReport, to folder: URL) throws {
    let page = HTMLReport(
      found, command: words, facts: InfoCommand.Facts().libraryRows.map { HTMLReport.Fact($0, $1) },
      figures: ReportFigure.standard, includesTimes: times)
    let meter = Terminal.isErrorInteractive && !json ? ProgressMeter() : nil
    let written = try InputError.wrap {
      defer { meter?.finish() }
      return try page.write(to: folder) { meter?.show($1, of: $2, note: "figure \($0)") }
    }
    for notice in written.notices { Terminal.printError("keel: \(notice)") }
    let place = "Report: \(written.page.relativePath)"
    // Standard output belongs to the JSON if there is any.
    if json { Terminal.printError("keel: \(place)") } else { try Terminal.print(place + "\n") }
  }

  /// The words of the command that makes the same run: what changes no result is left out.
  private var words: [String] {
    var words = ["keel", "check"] + checks + ["--seed", "\(seed)"]
    if let effort { words.append("--\(effort.rawValue)") }
    if let trials { words += ["--trials", "\(trials)"] }
    if let trial { words += ["--trial", "\(trial)"] }
    if let namedCase { words += ["--case", namedCase] }
    if let data { words += ["--data", data] }
    if let labels { words += ["--labels", labels] }
    return words
  }

  private func run(_ runner: CheckRunner, checks: [Check]) -> CheckReport {
    guard Terminal.isErrorInteractive, !json else { return runner.run(checks) }
    let meter = ProgressMeter()
    defer { meter.finish() }
    return runner.run(checks) { meter.show($0) }
  }

  /// The selected checks without those that the other arguments rule out.
  private func runnable(_ selected: [Check], withData hasData: Bool) throws -> [Check] {
    var checks = selected
    if hasData {
      checks = checks.filter(\.supportsData)
      guard !checks.isEmpty else { throw InputError("None of the chosen checks takes '--data'.") }
      let left = selected.filter { !$0.supportsData }.map(\.id)
      if !left.isEmpty {
        Terminal.printError("keel: left out, because they take no data: \(left.joined(separator: ", ")).")
      }
    }
    if let namedCase {
      checks = checks.filter { $0.cases.contains { $0.name == namedCase } }
      guard !checks.isEmpty else {
        throw InputError("None of the chosen checks has a case called '\(namedCase)'.")
      }
    }
    return checks
  }

  private static let fashionMNIST = "fashion-mnist"

  private func loadData() throws -> CheckData? {
    guard let data else { return nil }
    if data == Self.fashionMNIST { return try .fashionMNIST() }
    guard data.hasSuffix(".npy") else {
      throw InputError("'--data' takes '\(Self.fashionMNIST)' or a .npy file, not '\(data)'.")
    }
    return try .npy(data, labels: labels)
  }
}
