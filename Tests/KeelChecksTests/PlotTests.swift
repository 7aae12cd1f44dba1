import Foundation
import Keel
import Testing

@testable import KeelChecks

/// Plots of every kind.
enum SamplePlots {
  static let curves = Plot(
    title: "Error & <time>", caption: "It's \"steep\" at first.",
    x: Plot.Axis("time t", unit: "1/λ₁", scale: .logarithmic),
    y: Plot.Axis("error √L_ood", scale: .logarithmic),
    series: [
      Plot.Series("FT, at its best", .line(.dashed), .vermillion, [Plot.Point(0.1, 3), Plot.Point(10, 0.5)]),
      Plot.Series("LP", .linePoints(.solid, .disk), .blue, [Plot.Point(0.1, 1.0 / 3), Plot.Point(10, .nan)]),
      Plot.Series("it's drawn", .points(.cross), .plain, [Plot.Point(1, 0.1)]),
    ])

  static let histogram = Plot(
    title: "Histogram", caption: "Shares.", x: Plot.Axis("tightness"), y: Plot.Axis("share", unit: "%"),
    series: [
      Plot.Series(
        "repaired", .steps(.dotted), .orange, [Plot.Point(0, 40), Plot.Point(1, 60), Plot.Point(2, 0)])
    ])

  static let map = Plot(
    title: "Who wins", caption: "Two cells.", x: Plot.Axis("ε", scale: .logarithmic), y: Plot.Axis("m/d"),
    map: Plot.CategoryMap(
      categories: [
        .init("LP", .blue, .disk), .init("FT", .vermillion, .square), .init("none", .plain, .cross),
      ],
      valueNames: ["wins"],
      cells: [
        .init(center: Plot.Point(0.1, 0.5), x: 0.05...0.2, y: 0...1, category: 0, values: [3]),
        .init(center: Plot.Point(0.4, 0.5), x: 0.2...0.8, y: 0...1, category: 1, values: [2]),
      ]))

  static let all = [curves, histogram, map]
}

@Suite("Plot")
struct PlotTests {
  @Test("series over one grid share its column, others have their own")
  func columns() {
    let table = SamplePlots.curves.table
    #expect(
      table.header == [
        "time t [1/λ₁] of FT, at its best", "FT, at its best", "LP", "time t [1/λ₁] of it's drawn",
        "it's drawn",
      ])
    #expect(table.columns.map(\.x) == [0, 0, 3] && table.columns.map(\.y) == [1, 2, 4])
    #expect(SamplePlots.histogram.table.header == ["tightness", "repaired"])
  }

  @Test("the table of a map names its categories and holds what decided")
  func mapTable() {
    let table = SamplePlots.map.table
    #expect(table.header[6] == "category (0 = LP, 1 = FT, 2 = none)" && table.header[7] == "wins")
    #expect(Array(table.values.row(1)) == [0.4, 0.5, 0.2, 0.8, 0, 1, 1, 2])
  }

  @Test("numbers and names survive CSV to the bit", arguments: SamplePlots.all)
  func roundTrip(plot: Plot) throws {
    let table = plot.table
    let read: CSV.Table<Double> = try CSV.decode(table.csv)
    #expect(read.header == table.header)
    #expect(
      read.values.elements.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
        == table.values.elements.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern })
  }

  @Test("the words for who cannot see a plot name its axes and curves")
  func alternativeText() {
    #expect(
      SamplePlots.curves.alternativeText
        == "Error & <time>. Horizontal axis: time t [1/λ₁], logarithmic. Vertical axis: error √L_ood, "
        + "logarithmic. Shown: FT, at its best; LP; it's drawn.")
  }

  // MARK: - The script

  @Test("texts in a script are quoted, in one line")
  func quoting() {
    #expect(GnuplotScript.quoted("it's `ls` @x \"y\"") == "'it''s `ls` @x \"y\"'")
    #expect(GnuplotScript.quoted("a\nquit\u{1B}") == "'a quit '")
  }

  @Test("a script reads the table beside it and leaves out what cannot be drawn")
  func script() {
    var plot = SamplePlots.curves
    guard case .series(var series) = plot.content else { return }
    series.append(Plot.Series("nothing", .line(.solid), .green, [Plot.Point(1, -1)]))
    plot.content = .series(series)
    let text = GnuplotScript(plot: plot, name: "sample").text
    #expect(text.contains("plot 'sample.csv' skip 1 using 1:2 with lines linecolor rgb '#D55E00'"))
    #expect(text.contains("using 4:5 with points") && text.contains("title 'it''s drawn'"))
    // Logarithms of a negative number are not drawn, and gnuplot would stop at a curve without points.
    #expect(!text.contains("nothing"))
    #expect(text.contains("set xlabel 'time t [1/λ₁]' noenhanced"))
    #expect(text.contains("set format x '10^{%T}'"), "\(text)")
    // Less than two decades: powers of ten would misname the ticks between them.
    #expect(text.contains("set format y '%g'"), "\(text)")
  }

  @Test(
    "gnuplot draws every kind of plot without a remark", .enabled(if: Gnuplot().program != nil),
    arguments: SamplePlots.all)
  func drawing(plot: Plot) throws {
    try TemporaryFolder.with { folder in
      try Data(plot.table.csv).write(to: folder.appendingPathComponent("p.csv"))
      try Data(GnuplotScript(plot: plot, name: "p").text.utf8).write(
        to: folder.appendingPathComponent("p.gp"))
      #expect(try Gnuplot().run(script: "p.gp", in: folder) == nil)
      let svg = try String(contentsOf: folder.appendingPathComponent("p.svg"), encoding: .utf8)
      #expect(InlineSVG(svg, id: "p", title: "", description: "") != nil)
      #expect(svg.contains(plot.x.text))
    }
  }

  @Test("gnuplot's complaint is passed on", .enabled(if: Gnuplot().program != nil))
  func complaint() throws {
    try TemporaryFolder.with { folder in
      try Data("plot 'no-such-file.csv'\n".utf8).write(to: folder.appendingPathComponent("p.gp"))
      do {
        _ = try Gnuplot().run(script: "p.gp", in: folder)
        Issue.record("gnuplot accepted a script without data")
      } catch {
        #expect("\(error)".contains("no-such-file.csv"), "\(error)")
      }
    }
  }

  @Test("a program that does not exist or cannot run is named")
  func noProgram() throws {
    #expect(Gnuplot.found(in: "/nonexistent:/dev/null") == nil)
    try TemporaryFolder.with { folder in
      let program = Gnuplot(program: folder.appendingPathComponent("gnuplot"))
      #expect(throws: PlotRenderingError.self) { _ = try program.run(script: "p.gp", in: folder) }
    }
  }

  // MARK: - The picture in a page

  static let drawn = """
    <?xml version="1.0" encoding="utf-8"  standalone="no"?>
    <svg 
     viewBox="0 0 480 400"
     xmlns="http://www.w3.org/2000/svg"
    >

    <title>Gnuplot</title>
    <desc>Produced by GNUPLOT 5.4 patchlevel 4 </desc>
    <g id="gnuplot_canvas">
    <defs><circle id='gpDot' r='0.5'/></defs>
    <g fill="none" color="white" stroke="currentColor">
    </g>
    <g id="gnuplot_plot_1" ><title>LP</title>
    <path stroke='rgb(  0, 114, 178)' d='M0,0'/><use xlink:href='#gpDot' color='black'/>
    <path stroke='gray' d='M0,0'/></g>
    </g>
    </svg>
    """

  @Test("a picture gets names of its own, colors of the page and words")
  func inline() throws {
    let picture = try #require(InlineSVG(Self.drawn, id: "f", title: "A & B", description: "C")).markup.source
    #expect(picture.contains("viewBox=\"0 0 480 400\"") && picture.contains("role=\"img\""))
    #expect(picture.contains("<title id=\"f-title\">A &amp; B</title>"))
    #expect(picture.contains("id='f-gpDot'") && picture.contains("href='#f-gpDot'"))
    #expect(picture.contains("stroke='var(--blue)'") && picture.contains("color='currentColor'"))
    #expect(picture.contains("stroke='var(--grid)'"))
    #expect(picture.contains("<title>LP</title>") && !picture.contains("Gnuplot"))
    #expect(!picture.contains("color=\"white\""), "an empty group stays")
  }

  @Test(
    "what is no picture is refused",
    arguments: ["", "<svg", "<svg viewBox=\"0 0 1\"></svg>", "<svg>x</svg>", "gnuplot: error"])
  func refused(text: String) {
    #expect(InlineSVG(text, id: "f", title: "", description: "") == nil)
  }
}

/// A folder that exists during a call.
enum TemporaryFolder {
  static func with<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
