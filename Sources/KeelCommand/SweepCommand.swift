import ArgumentParser
import Foundation
import Keel
import KeelTransfer
import Synchronization

/// `keel transfer sweep`: who wins, over a grid of random problems.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Compare LP, FT and LP-FT on a grid of random problems: a CSV row each, and who wins where.",
    discussion: """
      Every combination of the listed values is a problem. Problems of equal seeds are drawn alike. The \
      results do not depend on the number of threads.

      \(NumberList.syntax)

      With '--output' rows are appended to the file as they are found. A sweep that was stopped, in any \
      way, is continued by the same command: finished rows are kept, missing ones computed, and the whole \
      is put in order at the end. The first line of the file is a comment that defines the sweep. 'keel \
      transfer trace' with the numbers of a row follows that problem in time.

      Columns 'lp_', 'ft_' and 'lpft_' are about the three strategies: 'ood' and 'id' are the losses out of \
      and in distribution in the limit, 'least_ood' and 'least_time' the least loss on the way and its \
      time, 'end' says how the path ended ('stepLimit' is short of the limit). Losses are squared errors; \
      bounds are on their square roots: 'bound_printed', 'bound_repaired' and 'bound_conserved' from below \
      for FT, 'bound_lp' from above for LP. 'bound_conserved_certified' says whether 'bound_conserved' is \
      a proved lower bound, rounding included, as it can be for up to 3 features; otherwise it is an \
      estimate from above. The winner has the least loss out of distribution in the limit; \
      'LP=LP-FT' is a tie, 'failed' a problem whose numbers overflow.

      Example: keel transfer sweep --distance 0.01:1:9log --head-deviation 0:2:5 --seeds 0:19 --output \
      sweep.csv --diagram
      """)

  @Option(
    help: ArgumentHelp("The numbers of features k (default: 3).", valueName: "list"),
    transform: NumberList.integers)
  var features: [Int] = [3]

  @Option(
    help: ArgumentHelp("The number of input dimensions d of all problems, at least 2k.", valueName: "d"))
  var dimension = 20

  @Option(
    help: ArgumentHelp(
      "The shares m/d of the dimensions that the inputs span (default: 0.5).", valueName: "list"),
    transform: NumberList.reals)
  var rankShare: [Double] = [0.5]

  @Option(
    help: ArgumentHelp("The norms of the true weights (default: 1).", valueName: "list"),
    transform: NumberList.reals)
  var norm: [Double] = [1]

  @Option(
    help: ArgumentHelp(
      "The distances of the pretrained from the true features, from 0 to the root of 2 (default: 0.1).",
      valueName: "list"),
    transform: NumberList.reals)
  var distance: [Double] = [0.1]

  @Option(
    help: ArgumentHelp("The standard deviations of the head at the start (default: 1).", valueName: "list"),
    transform: NumberList.reals)
  var headDeviation: [Double] = [1]

  @Option(help: ArgumentHelp("The seeds (default: 0).", valueName: "list"), transform: NumberList.integers)
  var seeds: [UInt64] = [0]

  @Flag(help: "Give all inputs equal singular values.")
  var whitened = false

  @Option(help: ArgumentHelp("The relative tolerance of the integrator.", valueName: "number"))
  var tolerance = TransferSweep.standardOptions.relativeTolerance

  @Option(help: ArgumentHelp("The largest number of steps of the integrator on a path.", valueName: "count"))
  var maximumSteps = TransferSweep.standardOptions.maximumSteps

  @Option(help: ArgumentHelp("Append the rows to this file, or continue it.", valueName: "file"))
  var output: String?

  @Flag(help: "Print who wins where, as letters; the rows then go to '--output' only.")
  var diagram = false

  @Option(
    help: ArgumentHelp(
      "The two axes of the diagram, e.g. 'distance,norm'; if not given, the first two that vary.",
      valueName: "axes"), transform: SweepDiagram.axes)
  var axes: SweepDiagram.Axes?

  @Option(help: ArgumentHelp("The number of threads; all processors if not given.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("'--threads' must be from 1 to 1024.")
    }
    if let output, output.isEmpty { throw ValidationError("'--output' needs the name of a file.") }
    guard (1e-14...1e-2).contains(tolerance) else {
      throw ValidationError("'--tolerance' must be from 1e-14 to 0.01.")
    }
    guard maximumSteps >= 1 else { throw ValidationError("'--maximum-steps' must be at least 1.") }
    if axes != nil, !diagram { throw ValidationError("'--axes' goes with '--diagram'.") }
  }

  private static let flags = [
    "featureCounts": "--features", "featureCount": "--features", "inputDimension": "--dimension",
    "rankShares": "--rank-share", "trainingCount": "--rank-share", "weightNorms": "--norm",
    "weightNorm": "--norm", "featureDistances": "--distance", "featureDistance": "--distance",
    "headDeviations": "--head-deviation", "headDeviation": "--head-deviation", "seeds": "--seeds",
  ]

  /// The most problems of a sweep: every one has a place in memory while rows are put in order.
  private static let limit = 10_000_000

  func run() throws {
    Runtime.blasThreads = 1
    if let threads { Runtime.threads = threads }
    for notice in Runtime.notices { Terminal.printError("keel: \(notice)") }
    let sweep = try InputError.wrap(flags: Self.flags) {
      try TransferSweep(
        featureCounts: features, inputDimension: dimension, rankShares: rankShare, weightNorms: norm,
        featureDistances: distance, headDeviations: headDeviation, seeds: seeds,
        hasWhitenedInputs: whitened,
        options: FlowOptions(tolerance: tolerance, maximumSteps: maximumSteps))
    }
    guard sweep.count <= Self.limit else {
      throw InputError("The lists make \(sweep.count) problems; the limit is \(Self.limit).")
    }
    let table = SweepTable(sweep: sweep)
    let winners =
      if let output { try append(table, to: output) } else { try printRows(table) }
    if diagram {
      try Terminal.print(SweepDiagram(sweep, axes: axes, winners: winners).text)
    }
  }

  /// Computes all rows and prints them in order, unless only the diagram is wanted.
  private func printRows(_ table: SweepTable) throws -> [Int: [TransferStrategy]] {
    let meter = Terminal.isErrorInteractive ? ProgressMeter() : nil
    defer { meter?.finish() }
    let total = table.sweep.count
    var winners: [Int: [TransferStrategy]] = [:]
    if !diagram { try Terminal.print(SweepTable.header + "\n") }
    // In blocks, so that rows appear while others are computed, in order.
    let block = 256
    for start in stride(from: 0, to: total, by: block) {
      let rows = Parallel.map(
        min(block, total - start), threads: threads,
        progress: { done in meter?.show(start + done, of: total, ofThemEarlier: 0) }
      ) { place in
        table.row(of: start + place)
      }
      for row in rows {
        if let read = table.read(row.dropLast()) { winners[read.index] = read.winners }
      }
      if !diagram { try Terminal.print(rows.joined()) }
    }
    return winners
  }

  /// Computes the rows that a file lacks, and says what it holds now.
  private func append(_ table: SweepTable, to path: String) throws -> [Int: [TransferStrategy]] {
    let start = ContinuousClock.now
    let found = Mutex<[Int: [TransferStrategy]]>([:])
    let file = try SweepFile(path, table: table, version: Program.configuration.version) { row in
      found.withLock { $0[row.index] = row.winners }
    }
    let (total, kept) = (table.sweep.count, table.sweep.count - file.missing.count)
    let meter = Terminal.isErrorInteractive ? ProgressMeter() : nil
    let watch = SignalWatch { signal in
      meter?.finish()
      file.whileStanding { count in
        Terminal.printError(
          "keel: stopped with \(count) of \(total) problems in \(path); the same command continues.")
        // Ends while the lock is held, so that no row is half written.
        Foundation.exit(128 + signal)
      }
    }
    defer {
      meter?.finish()
      watch.cancel()
    }
    try Parallel.forEach(
      file.missing.count, threads: threads,
      progress: { done in meter?.show(kept + done, of: total, ofThemEarlier: kept) }
    ) { (places: Range<Int>) throws in
      for place in places {
        let index = file.missing[place]
        let row = table.row(of: index)
        try file.append(row, index: index)
        if let read = table.read(row.dropLast()) { found.withLock { $0[index] = read.winners } }
      }
    }
    try file.finish()
    meter?.finish()
    let winners = found.withLock { $0 }
    let seconds = start.duration(to: .now).seconds
    var text = "\(path): \(total) problem\(total == 1 ? "" : "s")"
    if kept > 0 { text += ", \(kept) of them from before" }
    if total > kept {
      let rate = ProgressMeter.rateText(Double(total - kept) / seconds)
      text += "; \(total - kept) computed in \(ProgressMeter.clock(seconds)), \(rate)"
    }
    try Terminal.print(text + "\n" + SweepDiagram.tally(winners.values))
    return winners
  }
}
