import Keel
import KeelSimplex
import RealModule

/// The figures of maps onto the simplex in a report.
///
/// An α has the same color and the same dash in every figure.
public enum SimplexFigures {
  /// All figures, in the order in which a report shows them.
  public static let all: [ReportFigure] = [
    sigmoids, supportAgainstTemperature, pathsThroughTheTriangle, thresholdInBracket, floatError,
  ]

  /// How an α is drawn.
  private static let styles: [(alpha: Double, name: String, dash: Plot.Dash, color: Plot.Color)] = [
    (1, "α = 1, softmax", .dotted, .plain), (1.25, "α = 1.25", .dashDotted, .purple),
    (1.5, "α = 1.5", .dashed, .green), (2, "α = 2, sparsemax", .solid, .blue), (4, "α = 4", .solid, .orange),
  ]

  /// What two scores give.
  static let sigmoids = ReportFigure(
    "entmax-of-two-scores", checks: ["simplex.special-cases", "simplex.margin"]
  ) { _ in
    let differences = (-60...60).map { Double($0) / 15 }
    let series = try styles.map { style in
      let map = try Entmax<Double>(alpha: .all(style.alpha))
      return Plot.Series(
        style.name, .line(style.dash), style.color,
        differences.map { Plot.Point($0, image(of: [$0, 0], under: map)[0]) })
    }
    return Plot(
      title: "What two scores give",
      caption:
        "The first entry of entmax of (t, 0). It is exactly 0 or 1 once the scores differ by 1/(α-1); softmax "
        + "never gets there. Above α = 2 the slope at that place is infinite.",
      x: Plot.Axis("difference of the scores t"), y: Plot.Axis("p₁", range: -0.02...1.02), series: series)
  }

  /// How many entries get something.
  static let supportAgainstTemperature = ReportFigure(
    "support-against-temperature", checks: ["simplex.scale-support", "simplex.majorization"]
  ) { report in
    let (columns, rows) = (1000, 20)
    var stream = RandomStream(seed: report.seed).stream("figure").stream("support")
    let scores: [Double] = stream.normals(count: columns * rows)
    let temperatures = TransferFigures.logarithmicGrid(from: 0.01, to: 100, count: 33)
    let series = try styles.filter { $0.alpha > 1 }.map { style in
      let map = try Entmax<Double>(alpha: .all(style.alpha))
      return Plot.Series(
        style.name, .line(style.dash), style.color,
        temperatures.map { temperature in
          let images = RowImages(map, scores.map { $0 / temperature }, columns: columns)
          let support = images.thresholds.reduce(0) { $0 + $1.supportCount }
          return Plot.Point(temperature, Double(support) / Double(rows))
        })
    }
    return Plot(
      title: "How many entries get something",
      caption:
        "The support of entmax of x/T, for x of \(columns) normal scores, on average of \(rows) rows. It shrinks as "
        + "the temperature falls and as α rises, entry by entry and never the other way.",
      x: Plot.Axis("temperature T", scale: .logarithmic),
      y: Plot.Axis("entries above zero", scale: .logarithmic), series: series)
  }

  /// Where three scores go as the temperature falls.
  static let pathsThroughTheTriangle = ReportFigure(
    "paths-through-the-triangle", checks: ["simplex.limit-temperature", "simplex.projection-variational"]
  ) { _ in
    let scores = [1, 0.7, 0.0]
    // Corners of an equilateral triangle.
    func place(_ p: [Double]) -> Plot.Point {
      Plot.Point(p[1] + p[2] / 2, p[2] * 0.75.squareRoot())
    }
    let corners = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]].map(place)
    let temperatures = TransferFigures.logarithmicGrid(from: 30, to: 0.03, count: 90)
    let series = try styles.map { style in
      let map = try Entmax<Double>(alpha: .all(style.alpha))
      return Plot.Series(
        style.name, .line(style.dash), style.color,
        temperatures.map { temperature in place(image(of: scores.map { $0 / temperature }, under: map)) })
    }
    return Plot(
      title: "From the middle of the triangle to a corner",
      caption:
        "Entmax of (1, 0.7, 0)/T as T falls from 30 to 0.03, in the triangle of all p with corners p₁ = 1 "
        + "(left), p₂ = 1 (right) and p₃ = 1 (top). Sparse maps reach the edge and then the corner; softmax "
        + "only nears them.",
      x: Plot.Axis("p₂ + p₃/2", range: -0.05...1.05), y: Plot.Axis("√¾ p₃", range: -0.05...0.95),
      series: [Plot.Series("the triangle", .line(.solid), .sky, corners)] + series)
  }

  /// Where the threshold is between its bounds.
  static let thresholdInBracket = ReportFigure(
    "threshold-in-its-bracket", checks: ["simplex.threshold-bracket"]
  ) { report in
    let (columns, rows) = (256, 400)
    let bins = 40
    let series = try styles.map { style -> Plot.Series in
      var stream = RandomStream(seed: report.seed).stream("figure").stream("bracket")
      let scores = (0..<rows).flatMap { _ -> [Double] in
        let deviation = Double.exp10(stream.uniform(in: -1.5..<1))
        return stream.normals(count: columns).map { $0 * deviation }
      }
      let map = try Entmax<Double>(alpha: .all(style.alpha))
      let a = style.alpha - 1
      let width = a == 0 ? Double.log(Double(columns)) : (1 - Double.pow(Double(columns), -a)) / a
      var counts = [Int](repeating: 0, count: bins)
      for threshold in RowImages(map, scores, columns: columns).thresholds {
        counts[min(max(Int(threshold.offset / width * Double(bins)), 0), bins - 1)] += 1
      }
      let points = counts.enumerated().map {
        Plot.Point(Double($0.offset) / Double(bins), 100 * Double($0.element) / Double(rows))
      }
      return Plot.Series(style.name, .steps(style.dash), style.color, points + [Plot.Point(1, 0)])
    }
    return Plot(
      title: "Where the threshold lies between its bounds",
      caption:
        "(λ - max x) as a share of its largest value (1 - n^(1-α))/(α-1), for \(rows) rows of \(columns) normal "
        + "scores with deviations from 0.03 to 10. At 0 one entry gets everything, at 1 all get the same: both "
        + "ends are reached, so that no narrower bracket from n alone exists.",
      x: Plot.Axis("place in the bracket", range: 0...1), y: Plot.Axis("share of the rows", unit: "%"),
      series: series)
  }

  /// What is lost in single precision.
  static let floatError = ReportFigure(
    "float-error-against-length",
    checks: ["simplex.float-accuracy", "simplex.float-shifted-output", "simplex.float-running-threshold"]
  ) { report in
    let largest = report.effort == .quick ? 16 : 20
    let lengths = stride(from: 4, through: largest, by: 2).map { 1 << $0 }
    var series: [Plot.Series] = []
    for (offset, symbol, color) in [(0.0, Plot.Symbol.disk, Plot.Color.blue), (1000, .square, .vermillion)] {
      let errors = lengths.map { length -> [Double] in
        var stream = RandomStream(seed: report.seed).stream("figure").stream("float").stream(length)
        let row = FloatRow(
          stream.uniforms(count: length, Float.self).map { $0 + Float(offset) }, parameters: [:])
        return [row.projection, row.shiftedProjection, row.runningProjection].map(FloatRow.excess)
      }
      for (name, dash, place) in [
        ("(x - max x) - t", Plot.Dash.solid, 0), ("x - τ", .dashed, 1), ("running threshold", .dotted, 2),
      ] {
        series.append(
          Plot.Series(
            "\(name), scores in \(Int(offset)) to \(Int(offset) + 1)", .linePoints(dash, symbol), color,
            zip(lengths, errors).map { Plot.Point(Double($0), max($1[place], 1e-9)) }))
      }
    }
    return Plot(
      title: "What sparsemax in Float sums to",
      caption:
        "The distance of Σp from 1 for uniform scores, if entries are formed from differences to the largest "
        + "score, if the threshold is shifted back first, and if it is updated entry by entry. Below 1e-9 it "
        + "is shown as 1e-9.",
      x: Plot.Axis("number of scores", scale: .logarithmic), y: Plot.Axis("|Σp - 1|", scale: .logarithmic),
      series: series)
  }
}
