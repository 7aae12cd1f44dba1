import Keel
import KeelFrames
import RealModule

/// The figures of frame averaging in a report.
public enum FramesFigures {
  /// All figures, in the order in which a report shows them.
  public static let all: [ReportFigure] = [gapSweep, certificate, haar, degenerate, continuity, separation]

  /// How the error grows as eigenvalues meet.
  static let gapSweep = ReportFigure("frames-gap-sweep", checks: ["frames.gap-sweep", "frames.invariance"]) {
    report in
    let count = report.effort == .quick ? 20 : 100
    let stream = RandomStream(seed: report.seed).stream("figure").stream("gap")
    let gaps = (1...15).map { Double.exp10(-Double($0)) }
    let errors = try gaps.enumerated().map { place, gap in
      try (0..<count).map { index in
        var stream = stream.stream(place).stream(index)
        return try GapProblem(gap: gap, using: &stream).error
      }.sorted()
    }
    func series(_ name: String, _ symbol: Plot.Symbol, _ color: Plot.Color, _ quantile: Int) -> Plot.Series {
      Plot.Series(
        name, .linePoints(.solid, symbol), color,
        zip(gaps, errors).map { Plot.Point($0, max($1[quantile], 1e-17)) })
    }
    return Plot(
      title: "Error of invariance against the spectral gap",
      caption:
        "|⟨φ⟩(gX) - ⟨φ⟩(X)| for \(count) random networks and motions of sixteen points, whose two largest eigenvalues "
        + "differ by a share δ. Errors are in inverse proportion to δ down to where rounding alone decides which axis is "
        + "which; for large gaps the rounding of the network remains. Below 1e-17 the error is shown as 1e-17.",
      x: Plot.Axis("relative gap δ", scale: .logarithmic),
      y: Plot.Axis("error of invariance", scale: .logarithmic),
      series: [
        Plot.Series("ε / δ", .line(.dotted), .plain, gaps.map { Plot.Point($0, Double.ulpOfOne / $0) }),
        series("largest", .triangle, .vermillion, count - 1), series("median", .disk, .blue, count / 2),
      ])
  }

  /// Errors beside what was certified.
  static let certificate = ReportFigure("frames-certificate", checks: ["frames.certificate"]) { report in
    let count = report.effort == .quick ? 100 : 600
    let stream = RandomStream(seed: report.seed).stream("figure").stream("certificate")
    let points = try (0..<count).map { index in
      var stream = stream.stream(index)
      let problem = try GapProblem(gap: Double.exp10(stream.uniform(in: -15.0 ..< -0.3)), using: &stream)
      return Plot.Point(problem.bound, max(problem.error, 1e-17))
    }.filter { $0.x.isFinite }
    return Plot(
      title: "Errors of invariance and what their frames certify",
      caption:
        "Each point is a random network, a cloud and a motion. The bound is the angle by which the certificates say that "
        + "axes may have turned, times a Lipschitz constant of the network and the size of the cloud. No point is above "
        + "the line; the distance to it is mostly that of the Lipschitz constant from the slope that is met.",
      x: Plot.Axis("certified bound", scale: .logarithmic),
      y: Plot.Axis("error of invariance", scale: .logarithmic),
      series: [
        Plot.Series("equal", .line(.solid), .plain, [Plot.Point(1e-14, 1e-14), Plot.Point(1, 1)]),
        Plot.Series("\(points.count) problems", .points(.disk), .blue, points),
      ])
  }

  /// What happens where axes change places.
  static let continuity = ReportFigure(
    "frames-continuity", checks: ["frames.continuity", "frames.continuity-published"]
  ) { report in
    let problem = try CrossingProblem(
      TrialContext(index: 2, stream: RandomStream(seed: report.seed).stream("figure").stream("continuity")))
    let steps = (-60...60).map { Double($0) / 300 }
    func series(
      _ name: String, _ dash: Plot.Dash, _ color: Plot.Color,
      _ frame: (Matrix<Double>) throws -> Frame<Double>
    ) throws -> Plot.Series {
      // A gap where axes change places, and not a line across it.
      Plot.Series(
        name, .line(dash), color,
        try steps.map { Plot.Point($0, $0 == 0 ? .nan : try problem.average(problem.points($0), frame)) })
    }
    return Plot(
      title: "Through equal eigenvalues",
      caption:
        "⟨φ⟩ of the cloud W diag(1 + τ, 1 - τ), whose principal axes change places at τ = 0, for one random network φ.",
      x: Plot.Axis("τ"), y: Plot.Axis("⟨φ⟩"),
      series: [
        try series("principal axes", .solid, .vermillion) {
          try Frame(principalAxesOf: $0, group: .euclidean)
        },
        try series("weighted axes of points", .dashed, .green) {
          try Frame(robustAxesOf: $0, group: .euclidean)
        },
        try series("blended", .dotted, .blue) {
          try Frame(blendedAxesOf: $0, group: .euclidean, threshold: 0.1)
        },
      ])
  }

  /// What random rotations cost.
  static let haar = ReportFigure("frames-haar", checks: ["frames.haar"]) { report in
    let sweep = try HaarSweep(
      RandomStream(seed: report.seed).stream("figure").stream("haar"),
      repetitions: report.effort == .quick ? 20 : 60, largest: report.effort == .full ? 4096 : 1024)
    let law = Plot.Series(
      "σ √(2/M)", .line(.dotted), .plain,
      sweep.errors.map { Plot.Point($0.x, sweep.deviation * (2 / $0.x).squareRoot()) })
    return Plot(
      title: "Means over random rotations, and a frame of four",
      caption:
        "Root mean square of the difference between means at X and gX, for one random network of eight points and "
        + "\(sweep.repetitions) motions. The four elements of the frame of SO(3) leave "
        + "\(sweep.frameError == 0 ? "nothing" : "\(sweep.frameError)") at most; as many evaluations as would be needed "
        + "to come near it with random rotations are out of reach.",
      x: Plot.Axis("evaluations M", scale: .logarithmic),
      y: Plot.Axis("error of invariance", scale: .logarithmic),
      series: [
        law, Plot.Series("random rotations", .linePoints(.solid, .disk), .blue, sweep.errors),
        Plot.Series(
          "frame", .points(.square), .vermillion, [Plot.Point(4, max(sweep.frameError, 1e-17))]),
      ])
  }

  /// Clouds with equal eigenvalues.
  static let degenerate = ReportFigure(
    "frames-degenerate", checks: ["frames.degenerate-published", "frames.tie-break", "frames.weighted"]
  ) { report in
    let shapes =
      DegenerateShape.repeated + DegenerateShape.rankDeficient.filter { $0.points.columns < 4 }
    let context = TrialContext(
      index: 0, stream: RandomStream(seed: report.seed).stream("figure").stream("degenerate"),
      effort: report.effort)
    func series(
      _ name: String, _ symbol: Plot.Symbol, _ color: Plot.Color,
      _ frame: (Matrix<Double>, FrameGroup) throws -> Frame<Double>
    ) throws -> Plot.Series {
      Plot.Series(
        name, .points(symbol), color,
        try shapes.enumerated().map { place, shape in
          let errors = try FramesChecks.errors(
            of: shape.points, context, repetitions: 4, groups: [.euclidean], frame: frame)
          return Plot.Point(Double(place + 1), max(errors.map(\.left).reduce(0, max), 1e-17))
        })
    }
    let names = shapes.enumerated().map { "\($0 + 1) \($1.name)" }.joined(separator: ", ")
    return Plot(
      title: "Symmetric and flat clouds",
      caption:
        "The largest error of invariance or equivariance under E(d) of random networks, by the shape: \(names). Principal "
        + "axes fail where eigenvalues other than zero are equal, and only there. Errors below 1e-17 are shown as that.",
      x: Plot.Axis("shape"), y: Plot.Axis("error", scale: .logarithmic),
      series: [
        try series("principal axes", .triangle, .vermillion) { try Frame(principalAxesOf: $0, group: $1) },
        try series("ties broken by points", .disk, .blue) { try Frame(resolvingTiesOf: $0, group: $1) },
        try series("weighted axes of points", .square, .green) { try Frame(robustAxesOf: $0, group: $1) },
      ])
  }

  /// How far apart graphs and copies of graphs are.
  static let separation = ReportFigure(
    "frames-separation", checks: ["frames.separation", "frames.separation-published"]
  ) { report in
    let sizes = report.effort == .full ? [3, 4, 5, 6, 7, 8] : [3, 4, 5, 6, 7]
    func series(_ model: GraphModel, _ name: String, _ symbol: Plot.Symbol, _ color: Plot.Color)
      throws -> [Plot.Series]
    {
      let results = try sizes.map { size in
        try GraphSeparation(
          graphs: try GraphEnumeration.graphs(vertexCount: size), seed: report.seed, copies: 1
        ).result(of: model)
      }
      func points(_ value: (GraphSeparation.Result) -> Double?) -> [Plot.Point] {
        zip(sizes, results).map { Plot.Point(Double($0), max(value($1) ?? .nan, 1e-17)) }
      }
      return [
        Plot.Series(
          "\(name), closest pair", .linePoints(.solid, symbol), color,
          points { result in
            result.unseparatedPairs > 0 ? result.largestUnseparatedDistance : result.smallestSeparatedDistance
          }),
        Plot.Series(
          "\(name), farthest copies", .linePoints(.dashed, symbol), color, points(\.largestCopyDistance)),
      ]
    }
    return Plot(
      title: "What networks tell apart, and what they should not",
      caption:
        "Distances of the outputs of one random network for all pairs of connected graphs, the smallest, and for copies of "
        + "a graph with other labels, the largest. The average over all of the frame leaves twelve decades between the "
        + "two. With one random element copies are as far apart as graphs are, and separation means nothing.",
      x: Plot.Axis("vertices"), y: Plot.Axis("distance of outputs", scale: .logarithmic),
      series: try series(.frameAverage, "frame average", .disk, .blue)
        + series(.frameSample, "one element", .triangle, .vermillion))
  }
}
