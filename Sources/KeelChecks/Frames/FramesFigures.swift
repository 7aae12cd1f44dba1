import Keel
import KeelFrames
import RealModule

/// The figures of frame averaging in a report.
public enum FramesFigures {
  /// All figures, in the order in which a report shows them.
  public static let all: [ReportFigure] = [gapSweep, certificate, continuity]

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
        try steps.map { Plot.Point($0, $0 == 0 ? .nan : try problem.average($0, frame)) })
    }
    return Plot(
      title: "Through equal eigenvalues",
      caption:
        "⟨φ⟩ of the cloud W diag(1 + τ, 1 - τ), whose principal axes change places at τ = 0, for one random network φ.",
      x: Plot.Axis("τ"), y: Plot.Axis("⟨φ⟩"),
      series: [
        try series("principal axes", .solid, .vermillion) {
          try Frame(principalAxesOf: $0, group: .euclidean)
        }
      ])
  }
}
