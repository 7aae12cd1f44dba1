import Foundation

/// The gnuplot script of a plot, which reads the plot's table from a file beside it.
///
/// Texts are passed in single quotes, in which gnuplot substitutes nothing, and with its own markup
/// switched off: a label shows exactly as it is written.
struct GnuplotScript {
  let plot: Plot
  /// The name of the files without their extension.
  let name: String

  /// The size of the picture in its own units, and of the letters: at the width of a telephone the
  /// letters still have ten points.
  static let size = (width: 480, height: 400, letters: 14)

  /// The script's lines.
  var text: String {
    var lines = [
      "# \(Self.oneLine(plot.title))",
      "# Draws \(name).svg from \(name).csv; run it in this folder: gnuplot \(name).gp",
      "set encoding utf8",
      "set terminal svg size \(Self.size.width),\(Self.size.height) dynamic enhanced "
        + "font 'sans-serif,\(Self.size.letters)' rounded",
      "set output '\(name).svg'",
      "set datafile separator comma",
      "set border 3",
      "set tics nomirror",
      "set grid linecolor rgb 'gray' linewidth 0.5 dashtype 3",
      "set key outside bottom center horizontal Left reverse samplen 3 height 1 noenhanced",
      "set style fill transparent solid 0.25 noborder",
    ]
    lines += axisLines("x", plot.x, drawable(\.x, in: plot.x))
    lines += axisLines("y", plot.y, drawable(\.y, in: plot.y))
    let table = plot.table
    let drawn: [String] =
      switch plot.content {
      case .series(let series): zip(series, table.columns).flatMap { commands(for: $0, columns: $1) }
      case .map(let map): commands(for: map)
      }
    lines.append("plot " + drawn.joined(separator: ", \\\n     "))
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Axes

  /// The values that occur on an axis and can be drawn there.
  private func drawable(_ part: KeyPath<Plot.Point, Double>, in axis: Plot.Axis) -> [Double] {
    let all: [Double]
    switch plot.content {
    case .series(let series):
      all = series.flatMap { $0.points.filter { isDrawable($0) }.map { $0[keyPath: part] } }
    case .map(let map):
      all = map.cells.flatMap { cell in
        part == \Plot.Point.x
          ? [cell.x.lowerBound, cell.x.upperBound] : [cell.y.lowerBound, cell.y.upperBound]
      }
    }
    return all.filter { $0.isFinite && (axis.scale == .linear || $0 > 0) }
  }

  private func isDrawable(_ point: Plot.Point) -> Bool {
    point.x.isFinite && point.y.isFinite && (plot.x.scale == .linear || point.x > 0)
      && (plot.y.scale == .linear || point.y > 0)
  }

  private func axisLines(_ letter: String, _ axis: Plot.Axis, _ values: [Double]) -> [String] {
    // Moved up a little, away from the legend.
    let offset = letter == "x" ? " offset 0,0.4" : ""
    var lines = ["set \(letter)label \(Self.quoted(axis.text)) noenhanced\(offset)"]
    let range = axis.range ?? Self.range(of: values, axis.scale, isMap: isMap)
    if axis.scale == .logarithmic {
      lines.append("set logscale \(letter)")
      // Powers of ten name every tick only if ticks are powers of ten.
      let decades = range.map { log10($0.upperBound / $0.lowerBound) } ?? 0
      lines.append("set format \(letter) '\(decades >= 2 ? "10^{%T}" : "%g")'")
    }
    if let range { lines.append("set \(letter)range [\(range.lowerBound):\(range.upperBound)]") }
    return lines
  }

  private var isMap: Bool { if case .map = plot.content { true } else { false } }

  /// The values from edge to edge, with some space around those that occur; around cells there is none.
  private static func range(of values: [Double], _ scale: Plot.Axis.Scale, isMap: Bool) -> ClosedRange<
    Double
  >? {
    guard let low = values.min(), let high = values.max(), low < high || scale == .logarithmic else {
      return nil
    }
    if isMap { return low...high }
    switch scale {
    case .linear:
      let space = 0.04 * (high - low)
      // A quantity that starts at 0 has its axis there.
      return (low == 0 ? 0 : low - space)...(high + space)
    case .logarithmic:
      let space = max(pow(high / low, 0.04), 1.1)
      return low / space...high * space
    }
  }

  // MARK: - What is drawn

  private func commands(for series: Plot.Series, columns: (x: Int, y: Int)) -> [String] {
    // gnuplot takes a curve without a point for an error.
    guard series.points.contains(where: isDrawable) else { return [] }
    let source = "'\(name).csv' skip 1 using \(columns.x + 1):\(columns.y + 1)"
    let title = "title \(Self.quoted(series.name))"
    let color = "linecolor rgb '\(series.color.rawValue)'"
    func line(_ dash: Plot.Dash) -> String { "\(color) linewidth 2 dashtype \(Self.dashType(dash))" }
    func point(_ symbol: Plot.Symbol) -> String { "pointtype \(Self.pointType(symbol)) pointsize 0.7" }
    return switch series.mark {
    case .line(let dash): ["\(source) with lines \(line(dash)) \(title)"]
    case .points(let symbol): ["\(source) with points \(color) \(point(symbol)) \(title)"]
    case .linePoints(let dash, let symbol):
      ["\(source) with linespoints \(line(dash)) \(point(symbol)) \(title)"]
    case .steps(let dash):
      ["\(source) with fillsteps \(color) notitle", "\(source) with steps \(line(dash)) \(title)"]
    }
  }

  private func commands(for map: Plot.CategoryMap) -> [String] {
    map.categories.enumerated().flatMap { index, category -> [String] in
      guard map.cells.contains(where: { $0.category == index }) else { return [] }
      let color = "linecolor rgb '\(category.color.rawValue)'"
      let chosen = "(column(7) == \(index) ? column(1) : NaN)"
      let source = "'\(name).csv' skip 1 using \(chosen)"
      return [
        "\(source):2:3:4:5:6 with boxxyerror fillstyle transparent solid 0.45 noborder \(color) notitle",
        "\(source):2 with points \(color) pointtype \(Self.pointType(category.symbol)) pointsize 0.5 "
          + "title \(Self.quoted(category.name))",
      ]
    }
  }

  private static func dashType(_ dash: Plot.Dash) -> String {
    switch dash {
    case .solid: "solid"
    case .dashed: "(12,6)"
    case .dotted: "(3,5)"
    case .dashDotted: "(12,5,3,5)"
    }
  }

  private static func pointType(_ symbol: Plot.Symbol) -> Int {
    switch symbol {
    case .disk: 7
    case .square: 5
    case .triangle: 9
    case .diamond: 13
    case .circle: 6
    case .cross: 2
    }
  }

  // MARK: - Text

  /// A text in single quotes, in one line; a quote within is doubled.
  static func quoted(_ text: String) -> String {
    "'" + oneLine(text).replacingOccurrences(of: "'", with: "''") + "'"
  }

  /// A text without control characters, which would end a line of the script.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}
