import Foundation
import Testing

@testable import KeelChecks

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("HTMLReport")
struct HTMLReportTests {
  /// Stands for gnuplot: it draws the same for every script, or does what it is told.
  struct Renderer: PlotRenderer {
    var error: PlotRenderingError?
    var remark: String?

    func run(script: String, in folder: URL) throws(PlotRenderingError) -> String? {
      if let error { throw error }
      let picture = folder.appendingPathComponent(script.replacing(".gp", with: ".svg"))
      try? Data(PlotTests.drawn.utf8).write(to: picture)
      return remark
    }
  }

  static let figure = ReportFigure("curves", checks: ["absent.check", "demo.bound"]) { _ in SamplePlots.curves
  }

  /// A report over ``CheckReportTests/report`` in a folder of its own.
  static func written(
    _ report: CheckReport = CheckReportTests.report, facts: [HTMLReport.Fact] = [],
    figures: [ReportFigure] = [figure], includesTimes: Bool = false, renderer: Renderer = Renderer(),
    _ body: (URL, HTMLReport.Written, String) throws -> Void
  ) throws {
    try TemporaryFolder.with { folder in
      let html = HTMLReport(
        report, command: ["keel", "check", "it's"], facts: facts, figures: figures,
        includesTimes: includesTimes)
      let written = try html.write(to: folder.appendingPathComponent("a/b"), renderer: renderer)
      try body(
        folder.appendingPathComponent("a/b"), written, String(contentsOf: written.page, encoding: .utf8))
    }
  }

  /// Whether an XML parser reads a page, and the texts of its elements of a name.
  final class Reader: NSObject, XMLParserDelegate {
    private var open: [String] = []
    private(set) var elements: [String] = []
    private(set) var ids: [String] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements.append(name)
      if let id = attributes["id"] { ids.append(id) }
    }

    /// Reads a page; the error if it is not well-formed.
    static func read(_ page: String) -> (reader: Reader, error: (any Error)?) {
      let parser = XMLParser(data: Data(page.utf8))
      let reader = Reader()
      parser.delegate = reader
      return (reader, parser.parse() ? nil : parser.parserError)
    }
  }

  // MARK: - Markup

  @Test("text is escaped, in content and in attributes")
  func escaping() {
    let text = "<b> & \"it's\" \u{1}\u{FFFE}\ttab"
    let escaped = "&lt;b&gt; &amp; &quot;it&#39;s&quot; \u{FFFD}\u{FFFD}\ttab"
    #expect(Markup.text(text).source == escaped)
    #expect(
      Markup.element("a", ["title": text], [.text(text), "<i>"]).source
        == "<a title=\"\(escaped)\">\(escaped)&lt;i&gt;</a>")
    #expect(Markup.element("meta", ["charset": "utf-8"]).source == "<meta charset=\"utf-8\"/>")
  }

  // MARK: - The page

  @Test("the page is well-formed, has unique ids and asks the network for nothing")
  func wellFormed() throws {
    let second = ReportFigure("second", checks: ["demo.bound"]) { _ in SamplePlots.map }
    try Self.written(figures: [Self.figure, second], includesTimes: true) { _, written, page in
      let (reader, error) = Reader.read(page)
      #expect(error == nil, "\(String(describing: error))")
      #expect(Set(reader.ids).count == reader.ids.count, "\(reader.ids)")
      for name in ["script", "link", "img", "iframe"] { #expect(!reader.elements.contains(name)) }
      #expect(reader.elements.count { $0 == "svg" } == 2)
      for attribute in ["src=", "@import", "url(http", "href=\"http"] { #expect(!page.contains(attribute)) }
      #expect(written.notices.isEmpty)
    }
  }

  @Test("hostile texts stay texts")
  func hostile() throws {
    let evil = "</style><script>alert('1')</script>\u{0} & \"<"
    let check = Check(id: "demo.evil", statement: evil, source: evil, assumptions: [evil], trials: [:]) { _ in
      [Comparison]()
    }
    let results = [
      ProblemResult(
        origin: .named(evil),
        comparisons: [.atLeast(1, 2, tolerance: 0, part: evil, parameters: ["x": .text(evil)])]),
      ProblemResult(origin: .trial(0), comparisons: [.inconclusive(evil)]),
    ]
    var plot = SamplePlots.curves
    (plot.title, plot.caption) = (evil, evil)
    let titled = plot
    try Self.written(
      CheckReport(seed: 1, effort: .quick, outcomes: [CheckOutcome(check: check, results: results)]),
      facts: [HTMLReport.Fact(evil, evil)],
      figures: [ReportFigure("evil", checks: ["demo.evil"]) { _ in titled }],
      renderer: Renderer(error: .failed(name: "gnuplot", status: 1, message: evil))
    ) { _, _, page in
      let (reader, error) = Reader.read(page)
      #expect(error == nil, "\(String(describing: error))")
      #expect(!reader.elements.contains("script"))
    }
  }

  @Test("every check has its statement, source, assumptions, verdict, worst case and command")
  func content() throws {
    try Self.written(facts: [HTMLReport.Fact("BLAS", "OpenBLAS 0.3.21")]) { folder, _, page in
      for outcome in CheckReportTests.report.outcomes {
        #expect(page.contains("<section id=\"\(outcome.check.id)\""))
        #expect(page.contains("href=\"#\(outcome.check.id)\""))
        #expect(page.contains(Markup.escaped(outcome.check.statement)))
        #expect(page.contains(Markup.escaped(outcome.check.source)))
      }
      #expect(page.contains("the bound is finite"))
      #expect(page.contains("1.0 &gt;= 2.0") && page.contains("w = [1.0, 0.5]"))
      #expect(
        page.contains(
          Markup.escaped("keel check demo.bound-as-printed --seed 7 --case 'it'\\''s known' --quick")))
      #expect(page.contains(Markup.escaped("keel check 'it'\\''s'")))
      #expect(page.contains("OpenBLAS 0.3.21"))
      #expect(page.contains("no convergence") && page.contains("1 surprise"))
      for kind in ["csv", "gp", "svg"] {
        #expect(page.contains("href=\"curves.\(kind)\""))
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("curves.\(kind)").path))
      }
      let json = try Data(contentsOf: folder.appendingPathComponent("checks.json"))
      #expect(try json == CheckReportTests.report.json())
    }
  }

  @Test("a statement known to be false stands before its repaired form, and beside it")
  func pairs() throws {
    try Self.written { _, _, page in
      let printed = try #require(page.range(of: "<section id=\"demo.bound-as-printed\""))
      let repaired = try #require(page.range(of: "<section id=\"demo.bound\""))
      let open = try #require(page.range(of: "<section id=\"demo.limit\""))
      let pair = try #require(page.range(of: "<section class=\"pair\""))
      #expect(pair.lowerBound < printed.lowerBound && page.contains("As repaired"))
      // The run had the repaired form first; nothing stands between the two.
      #expect(
        printed.lowerBound < repaired.lowerBound
          && !(printed.lowerBound..<repaired.lowerBound).contains(open.lowerBound))
    }
  }

  @Test("equal runs give equal bytes, whatever time they took; times are shown only when asked for")
  func deterministic() throws {
    let report = CheckReportTests.report
    let slower = CheckReport(
      seed: report.seed, effort: report.effort, outcomes: report.outcomes, elapsed: .seconds(77))
    let measured = ReportFigure("measured", checks: ["demo.bound"], isMeasured: true) { _ in SamplePlots.map }
    try Self.written(report, figures: [Self.figure, measured]) { folder, _, page in
      try Self.written(slower, figures: [Self.figure, measured]) { other, _, again in
        #expect(page == again)
        for name in ["curves.csv", "curves.gp", "checks.json"] {
          let first = try Data(contentsOf: folder.appendingPathComponent(name))
          let second = try Data(contentsOf: other.appendingPathComponent(name))
          #expect(first == second, "\(name)")
        }
      }
      #expect(!page.contains("measured.csv"))
    }
    try Self.written(slower, figures: [measured], includesTimes: true) { _, _, page in
      #expect(page.contains("77.0 s") && page.contains("measured.csv"))
    }
  }

  @Test("a single problem shows all its measurements")
  func single() throws {
    let outcome = CheckOutcome(
      check: Synthetic.partly,
      results: [
        ProblemResult(
          origin: .trial(4),
          comparisons: [
            .atLeast(1, 0.5, tolerance: 0, part: "first"), .equal(1, 1, tolerance: 0, part: "second"),
          ])
      ], isPartial: true)
    try Self.written(CheckReport(seed: 0, effort: .standard, only: .trial(4), outcomes: [outcome])) {
      _, _, page in
      #expect(page.contains("trial 4, first") && page.contains("trial 4, second"))
    }
  }

  @Test("a run without checks is a page all the same")
  func empty() throws {
    try Self.written(CheckReport(seed: 0, effort: .quick, outcomes: [])) { _, _, page in
      #expect(Reader.read(page).error == nil)
    }
  }

  // MARK: - Figures that are missing

  @Test("without gnuplot the page says what to install, once at the top, and keeps tables and data")
  func missingProgram() throws {
    let renderer = Renderer(error: .missingProgram(name: "gnuplot", package: "gnuplot-nox"))
    let second = ReportFigure("second", checks: ["demo.bound"]) { _ in SamplePlots.map }
    try Self.written(figures: [Self.figure, second], renderer: renderer) { folder, written, page in
      #expect(written.notices.count == 1 && written.notices[0].contains("apt-get install gnuplot-nox"))
      let header = try #require(page.range(of: "</header>"))
      #expect(page[..<header.lowerBound].contains("apt-get install gnuplot-nox"))
      #expect(page.contains("href=\"curves.csv\"") && !page.contains("href=\"curves.svg\""))
      #expect(page.contains("Verdicts of all checks"))
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("second.csv").path))
      #expect(Reader.read(page).error == nil)
    }
  }

  @Test("what a failing program says is shown, and a remark beside its picture")
  func failingProgram() throws {
    let failing = Renderer(
      error: .failed(name: "gnuplot", status: 3, message: "line 4: <unknown>\nsecond line"))
    try Self.written(renderer: failing) { _, written, page in
      #expect(page.contains("failed with status 3") && page.contains("line 4: &lt;unknown&gt;\nsecond line"))
      #expect(written.notices.count == 1 && !written.notices[0].contains("\n"))
    }
    try Self.written(renderer: Renderer(remark: "warning: empty range")) { _, written, page in
      #expect(page.contains("warning: empty range") && page.contains("<svg"))
      #expect(written.notices.isEmpty)
    }
  }

  @Test("a picture of an earlier report does not pass for one of this run")
  func stalePicture() throws {
    try TemporaryFolder.with { folder in
      let html = HTMLReport(CheckReportTests.report, figures: [Self.figure])
      try html.write(to: folder, renderer: Renderer())
      try html.write(to: folder, renderer: Renderer(error: .missingProgram(name: "gnuplot", package: "x")))
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("curves.svg").path))
    }
  }

  @Test("a figure that cannot be computed says why, and the others stay")
  func failingFigure() throws {
    let broken = ReportFigure("broken", checks: ["demo.bound"]) { _ in throw Synthetic.Refusal() }
    let nothing = ReportFigure("nothing", checks: ["demo.bound"]) { _ in nil }
    try Self.written(figures: [broken, nothing, Self.figure]) { folder, written, page in
      #expect(page.contains("the solver refused") && page.contains("curves.svg"))
      #expect(!page.contains("nothing.csv"))
      #expect(written.notices.count == 1)
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("broken.csv").path))
    }
  }

  @Test("the tightness histogram counts trials only, in per cent, and the outermost bins hold the rest")
  func tightness() throws {
    let figure = ReportFigure.tightness(
      "t", title: "T", of: [("demo.bound", "bound", .blue), ("demo.absent", "absent", .green)], remark: "R.")
    let check = CheckReportTests.report.outcomes[0].check
    let ratios = [1e-9, 0.5, 0.5, 1e3] + [Double](repeating: 1, count: 16)
    let results =
      [ProblemResult(origin: .named("chosen"), comparisons: [.atLeast(1, 0.1, tolerance: 0)])]
      + ratios.enumerated().map {
        ProblemResult(origin: .trial($0), comparisons: [.atLeast(1, $1, tolerance: 0)])
      }
    let report = CheckReport(
      seed: 0, effort: .quick, outcomes: [CheckOutcome(check: check, results: results)])
    let plot = try #require(try figure.plot(report))
    guard case .series(let series) = plot.content else { return }
    #expect(series.map(\.name) == ["bound, 20 problems"])
    let points = series[0].points
    #expect(points.count == 26 && points.reduce(0) { $0 + $1.y } == 100)
    #expect(points[0].y == 5 && points[24].y == 5)
    #expect(points.first { $0.x == 1 }?.y == 80)
    // Too few problems make no histogram.
    let few = CheckReport(
      seed: 0, effort: .quick, outcomes: [CheckOutcome(check: check, results: Array(results[..<19]))])
    #expect(try figure.plot(few) == nil)
  }

  // MARK: - Folders

  @Test("a folder that cannot be is an error that names it")
  func folders() throws {
    try TemporaryFolder.with { folder in
      let file = folder.appendingPathComponent("file")
      try Data().write(to: file)
      #expect(throws: HTMLReportError.notAFolder(file.path)) { try HTMLReport.prepare(file) }
      let below = file.appendingPathComponent("below")
      do {
        try HTMLReport.prepare(below)
        Issue.record("a folder was made below a file")
      } catch {
        #expect("\(error)".contains(below.path), "\(error)")
        #expect(!"\(error)".contains("\n"))
      }
      try HTMLReport.prepare(folder.appendingPathComponent("new/deep"))
      try HTMLReport.prepare(folder.appendingPathComponent("new/deep"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("new/deep").path)
          .isEmpty)
    }
  }
}
