import ArgumentParser
import Foundation
import Keel
import KeelTransfer

/// `keel transfer trace`: the whole path of one problem.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Follow LP, FT and LP-FT on one problem: losses, bounds and conserved quantities in time.",
    discussion: """
      The problem is random, or comes from files ('--inputs-file' and so on, or '--problem-file'). The CSV \
      has one row a strategy and time; time 'inf' is the limit. LP is linear probing, FT fine-tuning, \
      LP-FT probing and then fine-tuning, whose time begins when fine-tuning does. The geometry, the \
      assumptions and the bounds are printed as a summary, to standard error if the CSV takes standard \
      output; '--json' has everything in one object. The bound from conserved quantities is marked as \
      certified where it is proved, up to rounding and all, as it can be for up to 3 features; otherwise \
      it is an estimate from above and proves nothing.

      \(NumberList.syntax)
      """)

  @Option(help: ArgumentHelp("The number of features k of a random problem (default: 3).", valueName: "k"))
  var features: Int?

  @Option(help: ArgumentHelp("Its number of input dimensions d, at least 2k (default: 20).", valueName: "d"))
  var dimension: Int?

  @Option(help: ArgumentHelp("Its number of training inputs n (default: 10).", valueName: "n"))
  var examples: Int?

  @Option(help: ArgumentHelp("The norm of its true weights (default: 1).", valueName: "number"))
  var norm: Double?

  @Option(
    help: ArgumentHelp(
      "The distance of its pretrained from its true features, from 0 to the root of 2 (default: 0.1).",
      valueName: "number"))
  var distance: Double?

  @Flag(help: "Give its inputs equal singular values.")
  var whitened = false

  @Option(
    help: ArgumentHelp(
      "The standard deviation of the head at the start, if it is random (default: 1).", valueName: "number"))
  var headDeviation: Double?

  @Option(help: ArgumentHelp("The seed of everything random.", valueName: "seed"))
  var seed: UInt64 = 0

  @OptionGroup(title: "Problem from files")
  var files: ProblemFiles

  @Option(help: ArgumentHelp("The learning rate of the head.", valueName: "number"))
  var headRate = 1.0

  @Option(help: ArgumentHelp("The learning rate of the features.", valueName: "number"))
  var featureRate = 1.0

  @Option(
    help: ArgumentHelp(
      "How long LP-FT probes before it fine-tunes; 'inf' probes to the limit.", valueName: "time"))
  var probingTime = Double.infinity

  @Option(help: ArgumentHelp("The times to show, a list.", valueName: "list"), transform: NumberList.reals)
  var times: [Double]?

  @Option(
    help: ArgumentHelp(
      "The number of times to show, if they are not given (default: 100).", valueName: "count"))
  var samples: Int?

  @Option(help: ArgumentHelp("The relative tolerance of the integrator.", valueName: "number"))
  var tolerance = 1e-13

  @Option(help: ArgumentHelp("The largest number of steps of the integrator.", valueName: "count"))
  var maximumSteps = 200_000

  @Flag(help: "Print one JSON object instead of CSV and summary.")
  var json = false

  @Option(help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
  var output: String?

  func validate() throws {
    if files.isGiven {
      let ofRandomProblems: [(String, Bool)] = [
        ("--features", features != nil), ("--dimension", dimension != nil), ("--examples", examples != nil),
        ("--norm", norm != nil), ("--distance", distance != nil), ("--whitened", whitened),
      ]
      if let flag = ofRandomProblems.first(where: \.1)?.0 {
        throw ValidationError("'\(flag)' describes a random problem; this one comes from files.")
      }
      if headDeviation != nil, files.headFile != nil {
        throw ValidationError("'--head-deviation' and '--head-file' exclude each other.")
      }
    }
    if let output, output.isEmpty { throw ValidationError("'--output' needs the name of a file.") }
    guard headRate >= 0, headRate.isFinite else {
      throw ValidationError("'--head-rate' must be finite and not negative.")
    }
    guard featureRate >= 0, featureRate.isFinite else {
      throw ValidationError("'--feature-rate' must be finite and not negative.")
    }
    guard (1e-15...1e-2).contains(tolerance) else {
      throw ValidationError("'--tolerance' must be from 1e-15 to 0.01.")
    }
    guard maximumSteps >= 1 else { throw ValidationError("'--maximum-steps' must be at least 1.") }
    guard samples ?? 0 <= NumberList.limit else {
      throw ValidationError("'--samples' must be at most \(NumberList.limit).")
    }
    if times != nil, samples != nil { throw ValidationError("'--times' and '--samples' exclude each other.") }
  }

  private static let flags = ProblemFiles.flags.merging([
    "featureCount": "--features", "inputDimension": "--dimension", "trainingCount": "--examples",
    "weightNorm": "--norm", "featureDistance": "--distance", "headDeviation": "--head-deviation",
    "rates": "--head-rate' and '--feature-rate", "probingTime": "--probing-time",
    "sampleCount": "--samples", "times": "--times",
  ]) { $1 }

  func run() throws {
    // One thread for BLAS, so that results do not depend on the machine's number of processors.
    Runtime.blasThreads = 1
    for notice in Runtime.notices { Terminal.printError("keel: \(notice)") }
    let (problem, head, origin) = try InputError.wrap(flags: Self.flags) { try posed() }
    let trace = try InputError.wrap(flags: Self.flags) {
      try TransferTrace(
        problem, head: head,
        options: TransferTrace.Options(
          rates: LearningRates(head: headRate, features: featureRate), probingTime: probingTime,
          times: times, sampleCount: samples ?? 100,
          flow: FlowOptions(tolerance: tolerance, maximumSteps: maximumSteps)))
    }
    let report = TraceReport(problem: problem, head: head, origin: origin, trace: trace)
    let text = json ? try report.json() : report.csv
    if let output {
      try OutputText.write(text, to: output, flag: "--output")
      if !json { try Terminal.print(report.summary) }
    } else {
      if !json { Terminal.showOnError(report.summary) }
      try Terminal.print(text)
    }
  }

  /// The problem, the head at the start, and where they come from.
  private func posed() throws -> (LinearTransferProblem, head: [Double], origin: String) {
    var parameters = RandomTransferParameters(seed: seed)
    if let headDeviation { parameters.headDeviation = headDeviation }
    guard files.isGiven else {
      if let features { parameters.featureCount = features }
      if let dimension { parameters.inputDimension = dimension }
      if let examples { parameters.trainingCount = examples }
      if let norm { parameters.weightNorm = norm }
      if let distance { parameters.featureDistance = distance }
      parameters.hasWhitenedInputs = whitened
      return (try parameters.problem(), parameters.head, "random, seed \(seed)")
    }
    let (problem, head) = try files.problem()
    if let head { return (problem, head, "from files") }
    // A random head on given features: the size of the rest does not matter to it.
    guard parameters.headDeviation >= 0, parameters.headDeviation.isFinite else {
      throw InputError("'--head-deviation' must be finite and not negative.")
    }
    parameters.featureCount = problem.featureCount
    return (problem, parameters.head, "from files, with a random head, seed \(seed)")
  }
}
