import ArgumentParser
import Foundation
import Keel
import KeelChecks
import KeelFrames

/// `keel frames census`: counts of small graphs and of their frames.
struct FramesCensusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "census",
    abstract: "Count all small graphs, their automorphisms, and the elements of their frames.",
    discussion: """
      All graphs on n vertices up to isomorphism are generated. For each, F is the frame of the Laplacian, Aut the \
      group of automorphisms, found separately, and m = |F| / |Aut| the number of distinct canonical forms, found by \
      going through the frame. 'published' counts the graphs that the frame of the published code sorts otherwise \
      after a relabelling. The sum of n!/|Aut| is the number of labelled graphs. Every number is exact, and the \
      status is 1 if a frame contradicts its automorphisms.
      """)

  @Option(
    help: ArgumentHelp(
      "The numbers of vertices, from 1 to \(GraphCensus.largestVertexCount).", valueName: "list"))
  var vertices = "4:8"

  @Flag(help: "Count the graphs that are not connected instead of those that are.")
  var disconnected = false

  @Option(help: ArgumentHelp("The number of threads; all processors if not given.", valueName: "count"))
  var threads: Int?

  @OptionGroup
  var report: ReportOption

  private func counts() throws -> [Int] {
    let counts: [Int]
    do { counts = try NumberList.integers(vertices) } catch let error as ValidationError {
      throw ValidationError("'--vertices': \(error.message).")
    }
    guard counts.allSatisfy((1...GraphCensus.largestVertexCount).contains) else {
      throw ValidationError("'--vertices' must be from 1 to \(GraphCensus.largestVertexCount).")
    }
    return counts
  }

  func validate() throws {
    _ = try counts()
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("'--threads' must be from 1 to 1024.")
    }
  }

  func run() throws {
    if let threads { Runtime.threads = threads }
    try report.prepare()
    let meter = Terminal.isErrorInteractive ? ProgressMeter() : nil
    defer { meter?.finish() }
    let counts = try counts()
    var censuses: [GraphCensus] = []
    for count in counts {
      meter?.show(censuses.count, of: counts.count, note: "\(count) vertices")
      censuses.append(
        try InputError.wrap { try GraphCensus(vertexCount: count, disconnected ? .disconnected : .connected) }
      )
    }
    meter?.finish()
    let words =
      ["keel", "frames", "census", "--vertices", vertices] + (disconnected ? ["--disconnected"] : [])
    let failures = try censuses.map { census in try InputError.wrap { try Self.publishedFailures(census) } }
    try report.publish(Self.report(censuses, failures, command: words))
  }

  /// For each precision of the published frame the number of graphs where it does not move with the vertices.
  private static func publishedFailures(
    _ census: GraphCensus
  ) throws -> [PublishedGraphFrame.Arithmetic: Int] {
    let graphs = try GraphEnumeration.graphs(vertexCount: census.vertexCount, census.connectivity)
    return try Dictionary(
      uniqueKeysWithValues: PublishedGraphFrame.Arithmetic.allCases.map {
        ($0, try PublishedGraphFrame.failures(among: graphs, arithmetic: $0).count)
      })
  }

  /// The numbers, a column a census, and the forms of the last one.
  static func report(
    _ censuses: [GraphCensus], _ failures: [[PublishedGraphFrame.Arithmetic: Int]], command: [String]
  ) -> ExperimentReport {
    let headings = censuses.map { "n = \($0.vertexCount)" }
    func row(_ name: String, _ value: (GraphCensus) -> Int) -> [String] {
      [name] + censuses.map { "\(value($0))" }
    }
    func row(_ name: String, _ value: (GraphCensus) -> Double) -> [String] {
      [name] + censuses.map { value($0).isFinite ? String(format: "%.3g", value($0)) : "-" }
    }
    let frames = ExperimentReport.Table(
      "Graphs and frames",
      [censuses.first?.connectivity == .disconnected ? "disconnected" : "connected"] + headings,
      [
        row("graphs", \.graphCount), row("edges", \.edgeCount), row("sum |F|", \.frameElementCount),
        row("sum |Aut|", \.automorphismCount), row("sum m", \.formCount), row("largest |F|", \.largestFrame),
        row("|Aut| = 1", \.asymmetricCount), row("|F| = 1", \.singletonFrameCount),
        row("sum n!/|Aut|", \.labeledCount), row("repeated eigenvalue", \.repeatedEigenvalueCount),
        row("least eigenvalue gap", \.smallestEigenvalueGap), row("least row gap", \.smallestRowGap),
        row("not certain", \.uncertainCount), row("contradictions", \.inconsistentCount),
        ["published, single"] + failures.map { "\($0[.single] ?? 0)" },
        ["published, rounded double"] + failures.map { "\($0[.roundedDouble] ?? 0)" },
      ])
    let rounds = 1..<max(censuses.map(\.indistinctPairs.count).max() ?? 2, 2)
    let pairs = ExperimentReport.Table(
      "Pairs of graphs that are not told apart", ["pairs"] + headings,
      [row("all", \.pairCount)]
        + rounds.map { count in
          row("1-WL, \(count) round\(count == 1 ? "" : "s")") {
            $0.indistinctPairs[min(count, $0.indistinctPairs.count - 1)]
          }
        } + [
          row("Laplacian spectrum", \.laplacianCospectralPairs),
          row("adjacency spectrum", \.adjacencyCospectralPairs),
        ])
    let histograms = censuses.map { census in
      let items = census.formHistogram.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
      return "n = \(census.vertexCount), graphs by m: \(items.joined(separator: " "))"
    }
    let contradictions = censuses.reduce(0) { $0 + $1.inconsistentCount }
    return ExperimentReport(
      title: "Census of graphs and their frames",
      summary: contradictions == 0
        ? "Every frame is a union of cosets of the automorphisms of its graph."
        : "\(contradictions) frames contradict the automorphisms of their graphs.",
      isAsExpected: contradictions == 0, command: command,
      sections: [
        ExperimentReport.Section("Frames", paragraphs: histograms.suffix(1), tables: [frames]),
        ExperimentReport.Section("Pairs", tables: [pairs]),
      ])
  }
}
