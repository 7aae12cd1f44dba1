import ArgumentParser
import Foundation
import Keel
import KeelChecks
import KeelFrames

/// `keel frames pose`: whether the canonical pose of real clouds is what it should be.
struct FramesPoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pose",
    abstract: "Experiment: move and relabel meshes at random; their canonical poses must stay the same.",
    discussion: """
      Every cloud of the files is moved by random elements of the group and its points are shuffled. Its pose is \
      compared with the first one, point by point, or as sets of points if the cloud is symmetric; deviations are \
      relative to the root mean square radius. Clouds with equal eigenvalues are also shown with the frame of \
      principal axes, which leaves their pose to chance; that does not count. The exit status is 1 if a deviation is \
      above the limit.

      'make pose' fetches meshes and runs this on them.

      Example: keel frames pose bunny.off anchor.off --motions 20 --report pose
      """)

  @Argument(help: ArgumentHelp("Clouds of points, as of 'keel frames normalize'.", valueName: "files"))
  var files: [String]

  @OptionGroup(title: "Frame")
  var options: FrameOptions

  @Option(help: ArgumentHelp("The number of random motions of each cloud.", valueName: "count"))
  var motions = 5

  @Option(help: "The seed that the motions derive from.")
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("The largest deviation that passes.", valueName: "number"))
  var limit = 1e-10

  @OptionGroup
  var report: ReportOption

  func validate() throws {
    guard (1...10_000).contains(motions) else {
      throw ValidationError("'--motions' must be from 1 to 10000.")
    }
    guard limit > 0, limit.isFinite else { throw ValidationError("'--limit' must be finite and positive.") }
  }

  func run() throws {
    try report.prepare()
    var measured: [PoseMeasurement] = []
    var arbitrary: [PoseMeasurement] = []
    let meter = Terminal.isErrorInteractive ? ProgressMeter() : nil
    defer { meter?.finish() }
    for (index, file) in files.enumerated() {
      let input = try NamedClouds(file)
      for (points, name) in zip(input.file.clouds, input.names) {
        let stream = RandomStream(seed: seed).stream(index).stream(measured.count)
        let short = URL(fileURLWithPath: name).lastPathComponent
        let result = try PoseMeasurement(points, name: short, options, motions: motions, stream: stream)
        measured.append(result)
        if options.kind != .principal, result.hasEqualEigenvalues {
          var plain = options
          plain.kind = .principal
          arbitrary.append(
            try PoseMeasurement(points, name: short, plain, motions: motions, stream: stream))
        }
      }
      meter?.show(index + 1, of: files.count, note: file)
    }
    meter?.finish()
    try report.publish(found(measured, arbitrary))
  }

  private func found(_ measured: [PoseMeasurement], _ arbitrary: [PoseMeasurement]) -> ExperimentReport {
    let failed = measured.filter { !($0.deviation <= limit) }
    let worst = measured.map(\.deviation).max() ?? 0
    let clouds = "\(measured.count) cloud\(measured.count == 1 ? "" : "s")"
    var sections = [
      ExperimentReport.Section(
        "Poses after motions and relabellings",
        paragraphs: [
          "Deviations are the largest of \(motions) motions, relative to the root mean square radius. The gap is that "
            + "of the eigenvalues over the largest; the angle bound is the frame's certificate, in radians. More "
            + "candidates than one mean that the cloud is symmetric: as many elements of the frame give the same set "
            + "of points, and deviations are those of sets."
        ],
        tables: [.init("Poses", PoseMeasurement.headings, measured.map(\.cells))],
        figures: figures(measured))
    ]
    if !arbitrary.isEmpty {
      sections.append(
        .init(
          "Equal eigenvalues, left to chance",
          paragraphs: [
            "The same clouds with the frame of principal axes: where eigenvalues other than zero are equal, the axes "
              + "are those that rounding happens to choose."
          ],
          tables: [.init("Poses by principal axes", PoseMeasurement.headings, arbitrary.map(\.cells))]))
    }
    return ExperimentReport(
      title: "Canonical poses of meshes",
      summary: failed.isEmpty
        ? "The pose of \(clouds) is the same to \(shortNumber(worst)) after \(motions) random motions and "
          + "relabellings each; the limit is \(shortNumber(limit))."
        : "The pose of \(failed.count) of \(clouds) deviates by more than \(shortNumber(limit)): "
          + failed.map(\.name).joined(separator: ", ") + ".",
      isAsExpected: failed.isEmpty, command: words, sections: sections)
  }

  /// Deviations over gaps: the law that the certificate states.
  private func figures(_ measured: [PoseMeasurement]) -> [ExperimentReport.Figure] {
    let points = measured.filter { $0.deviation > 0 }
    guard points.count > 1 else { return [] }
    func series(
      _ name: String, _ color: Plot.Color, _ symbol: Plot.Symbol, _ value: (PoseMeasurement) -> Double
    )
      -> Plot.Series
    {
      Plot.Series(name, .points(symbol), color, points.map { Plot.Point($0.gap, value($0)) })
    }
    return [
      .init(
        "pose-deviation",
        Plot(
          title: "Deviation and certificate",
          caption:
            "Each mesh once: how far its pose moved, and the bound of its certificate on the angle of its axes.",
          x: Plot.Axis("relative gap of the eigenvalues", scale: .logarithmic),
          y: Plot.Axis("deviation, angle", scale: .logarithmic),
          series: [
            series("measured deviation", .vermillion, .disk) { $0.deviation },
            series("certificate", .blue, .circle) { $0.angleBound },
          ]))
    ]
  }

  private var words: [String] {
    var words = ["keel", "frames", "pose"] + files + ["--group", options.group.rawValue]
    if options.scale { words.append("--scale") }
    words += ["--frame", options.kind.rawValue]
    if let tolerance = options.tolerance { words += ["--tolerance", numberText(tolerance)] }
    return words + ["--motions", "\(motions)", "--seed", "\(seed)", "--limit", numberText(limit)]
  }
}
