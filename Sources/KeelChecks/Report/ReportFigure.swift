/// A plot that a report shows with a check.
///
/// A system lists its figures; the engine and the report know none of them. A figure that cannot be
/// computed does not stop a report: its place says why.
public struct ReportFigure: Sendable {
  /// The name of its files: lower-case letters, digits and hyphens.
  public let name: String
  /// The ids of the checks that it belongs to. It is shown with the first of them that was run, and not at
  /// all if none was.
  public let checks: [String]
  /// Whether it shows measured times, which differ from run to run.
  public let isMeasured: Bool
  /// Computes the plot from what a run found out; `nil` if there is nothing to show.
  ///
  /// Unless the figure is measured, the plot depends on the seed, the effort, the data and the results of
  /// the run only.
  public let plot: @Sendable (CheckReport) throws -> Plot?

  /// A figure.
  ///
  /// - Parameters:
  ///   - name: the name of its files: lower-case letters, digits and hyphens.
  ///   - checks: the ids of the checks that it belongs to.
  ///   - isMeasured: whether it shows measured times.
  ///   - plot: computes the plot from what a run found out.
  public init(
    _ name: String, checks: [String], isMeasured: Bool = false,
    plot: @escaping @Sendable (CheckReport) throws -> Plot?
  ) {
    precondition(
      !name.isEmpty
        && name.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }, "A figure's name has lower-case letters, digits and hyphens, unlike '\(name)'.")
    self.name = name
    self.checks = checks
    self.isMeasured = isMeasured
    self.plot = plot
  }
}

extension ReportFigure {
  /// How sharp several bounds are: for each the histogram of its tightness over the problems of a run.
  ///
  /// The bins are equal in the logarithm, five a decade; what lies outside of `1e-4...10` counts in the
  /// outermost ones. Of a statement of several parts, the first counts. A check without a tightness is left
  /// out.
  ///
  /// - Parameters:
  ///   - name: the name of the figure's files.
  ///   - title: what the figure shows, in a few words.
  ///   - bounds: the ids of the checks, with a name and a color for each.
  ///   - remark: what a reader sees in it; added to the caption.
  /// - Returns: the figure; it is shown if one of the checks was run on at least twenty problems that
  ///   have a tightness.
  public static func tightness(
    _ name: String, title: String, of bounds: [(check: String, name: String, color: Plot.Color)],
    remark: String
  ) -> ReportFigure {
    ReportFigure(name, checks: bounds.map(\.check)) { report in
      let series = zip(bounds, Plot.Dash.allCases.cycled(to: bounds.count)).compactMap { bound, dash in
        histogram(of: bound, dash, in: report)
      }
      guard !series.isEmpty else { return nil }
      return Plot(
        title: title,
        caption:
          "Tightness is the ratio of the two sides of a bound: 1 is sharp, above 1 the bound is violated. "
          + "Bins have equal width in the logarithm; the outermost ones also count what lies beyond. "
          + remark,
        x: Plot.Axis("tightness of the bound", scale: .logarithmic),
        y: Plot.Axis("share of the problems", unit: "%"), series: series)
    }
  }

  private static func histogram(
    of bound: (check: String, name: String, color: Plot.Color), _ dash: Plot.Dash, in report: CheckReport
  ) -> Plot.Series? {
    guard let outcome = report.outcomes.first(where: { $0.check.id == bound.check }) else { return nil }
    let values = outcome.results.compactMap { result -> Double? in
      // Named cases are chosen, not drawn: they would distort the shares.
      guard case .trial = result.origin else { return nil }
      return result.comparisons.first?.tightness
    }
    guard values.count >= 20 else { return nil }
    let perDecade = 5
    let edges = (0...5 * perDecade).map { Double.exp10(-4 + Double($0) / Double(perDecade)) }
    var counts = [Int](repeating: 0, count: edges.count - 1)
    for value in values {
      // The bin by comparison with the edges, so that a value on an edge is not a matter of rounding.
      let bin = (edges.firstIndex { $0 > value } ?? edges.count) - 1
      counts[min(max(bin, 0), counts.count - 1)] += 1
    }
    let shares = counts.map { 100 * Double($0) / Double(values.count) } + [0]
    return Plot.Series(
      "\(bound.name), \(values.count) problems", .steps(dash), bound.color,
      zip(edges, shares).map(Plot.Point.init))
  }
}

extension Array {
  /// The elements over and over, up to a count.
  func cycled(to count: Int) -> [Element] { (0..<count).map { self[$0 % self.count] } }
}
