import ArgumentParser
import Foundation
import Keel
import KeelChecks
import KeelFrames

/// `keel frames separate`: which graphs random networks tell apart.
struct FramesSeparateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "separate",
    abstract:
      "See which graphs random networks tell apart, and whether they tell copies of one graph apart too.",
    discussion: """
      Networks with random weights map each graph to ten numbers. Two graphs are separated if in some network the \
      sum of the differences is above the threshold. The same is done with relabelled copies of each graph: a model \
      that separates these is not invariant, and what it says about pairs means nothing.

      Models: node-mlp sees degrees only, gin passes messages in three layers, fa-mlp averages a network of the \
      adjacency matrix over all distinct forms of the Laplacian's frame, canonical-mlp takes one canonical form \
      instead, fa-mlp-1 and ga-mlp-1 one random element of the frame or of all permutations.

      Without '--graphs' all connected graphs on '--vertices' vertices are generated.
      """)

  @Option(help: ArgumentHelp("A file of graphs in the format graph6.", valueName: "file"))
  var graphs: String?

  @Option(help: ArgumentHelp("The number of vertices of the graphs that are generated.", valueName: "count"))
  var vertices = 8

  @Option(
    help: ArgumentHelp(
      "The models, separated by commas; all if not given.", valueName: "list"))
  var models: String?

  @Option(help: ArgumentHelp("Pairs are separated above this sum of differences.", valueName: "number"))
  var threshold = 1e-5

  @Option(help: ArgumentHelp("The number of random networks.", valueName: "count"))
  var samples = 1

  @Option(help: ArgumentHelp("The number of relabelled copies of each graph.", valueName: "count"))
  var copies = 2

  @Option(help: "The seed of all random numbers.")
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("The number of threads; all processors if not given.", valueName: "count"))
  var threads: Int?

  @OptionGroup
  var report: ReportOption

  private func selectedModels() throws -> [GraphModel] {
    guard let models else { return GraphModel.allCases }
    return try models.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let model = GraphModel(rawValue: name.trimmingCharacters(in: .whitespaces)) else {
        let known = GraphModel.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'--models': '\(name)' is none of \(known).")
      }
      return model
    }
  }

  func validate() throws {
    _ = try selectedModels()
    guard (1...GraphCensus.largestVertexCount).contains(vertices) else {
      throw ValidationError("'--vertices' must be from 1 to \(GraphCensus.largestVertexCount).")
    }
    guard threshold >= 0, threshold.isFinite else {
      throw ValidationError("'--threshold' must be finite and not negative.")
    }
    guard (1...1000).contains(samples) else { throw ValidationError("'--samples' must be from 1 to 1000.") }
    guard (0...1000).contains(copies) else { throw ValidationError("'--copies' must be from 0 to 1000.") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("'--threads' must be from 1 to 1024.")
    }
  }

  func run() throws {
    if let threads { Runtime.threads = threads }
    try report.prepare()
    let experiment = try InputError.wrap {
      try GraphSeparation(
        graphs: try readGraphs(), threshold: threshold, seed: seed, networks: samples, copies: copies)
    }
    let meter = Terminal.isErrorInteractive ? ProgressMeter() : nil
    defer { meter?.finish() }
    let models = try selectedModels()
    var results: [GraphSeparation.Result] = []
    for model in models {
      meter?.show(results.count, of: models.count, note: model.rawValue)
      results.append(try InputError.wrap { try experiment.result(of: model) })
    }
    meter?.finish()
    try report.publish(Self.report(experiment, results, command: words))
  }

  /// The words that run the experiment again.
  private var words: [String] {
    ["keel", "frames", "separate"] + (graphs.map { ["--graphs", $0] } ?? ["--vertices", "\(vertices)"])
      + (models.map { ["--models", $0] } ?? []) + ["--threshold", numberText(threshold)]
      + ["--samples", "\(samples)", "--copies", "\(copies)", "--seed", "\(seed)"]
  }

  private func readGraphs() throws -> [Graph] {
    guard let graphs else { return try GraphEnumeration.graphs(vertexCount: vertices) }
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: graphs)) } catch {
      throw InputError("'--graphs': \(graphs) cannot be read: \(error.localizedDescription)")
    }
    return try Graph6.decode(Array(bytes), name: graphs)
  }

  /// A row a model. What is expected is that invariant models do not tell copies apart.
  static func report(
    _ experiment: GraphSeparation, _ results: [GraphSeparation.Result], command: [String]
  ) -> ExperimentReport {
    let count = experiment.graphs.count
    let table = ExperimentReport.Table(
      "Pairs and copies",
      [
        "model", "pairs not separated", "copies separated", "closest separated pair", "farthest copies",
        "evaluations",
      ],
      results.map { result in
        [
          result.model.rawValue, "\(result.unseparatedPairs)",
          experiment.copies > 0 ? "\(result.selfSeparatedGraphs)" : "-",
          result.smallestSeparatedDistance.map { String(format: "%.2e", $0) } ?? "-",
          experiment.copies > 0 ? String(format: "%.1e", result.largestCopyDistance) : "-",
          "\(result.evaluations)",
        ]
      })
    let wrong = results.filter { $0.model.isInvariant && $0.selfSeparatedGraphs > 0 }.map(\.model.rawValue)
    return ExperimentReport(
      title: "Graphs that random networks tell apart",
      summary: wrong.isEmpty
        ? "No invariant model tells a graph from its copies."
        : "Graphs are told from their copies by \(wrong.joined(separator: ", ")), which should be invariant.",
      isAsExpected: wrong.isEmpty, command: command,
      sections: [
        ExperimentReport.Section(
          "Models",
          paragraphs: [
            "\(count) graph\(count == 1 ? "" : "s") with \(count * (count - 1) / 2) pairs, "
              + "\(experiment.isomorphicPairs) of them isomorphic. Separated means a sum of differences above "
              + "\(numberText(experiment.threshold)) in one of \(experiment.networks) random networks; copies "
              + "separated counts the graphs of which one of \(experiment.copies) relabelled copies is separated "
              + "from the graph itself."
          ],
          tables: [table])
      ])
  }
}
