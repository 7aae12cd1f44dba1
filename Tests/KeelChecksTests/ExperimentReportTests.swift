import Foundation
import Testing

@testable import KeelChecks

@Suite("ExperimentReport")
struct ExperimentReportTests {
  static let report = ExperimentReport(
    title: "Shapes <and> sizes", summary: "All \"fit\" & stay.", isAsExpected: true,
    command: ["keel", "frames", "it's"], facts: [.init("machine", "small")],
    sections: [
      .init(
        "First", paragraphs: ["One <b> thing."],
        tables: [
          .init("Sizes", ["name", "size", "note"], [["a", "1.5", "-"], ["bcd", "-", "round"]]),
          .init("Nothing", ["name", "size"], []),
        ], figures: [.init("sizes", SamplePlots.curves)]),
      .init("Second"),
    ])

  @Test("as text, the tables are aligned with numbers to the right, and the summary comes last")
  func text() {
    let lines = Self.report.text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.prefix(4) == ["name  size  note", "a      1.5  -", "bcd      -  round", ""])
    #expect(lines.contains("One <b> thing."))
    #expect(lines.suffix(2) == ["All \"fit\" & stay.", ""])
  }

  @Test("columns that say nothing are left out of the text")
  func emptyColumns() {
    let table = ExperimentReport.Table("t", ["name", "remark"], [["a", ""], ["b", ""]])
    #expect(table.text() == "name\na\nb\n")
  }

  @Test("what was not expected stands out")
  func unexpected() {
    var report = Self.report
    report.isAsExpected = false
    #expect(report.text(style: TextStyle(isColored: true)).contains("\u{1B}[31mAll"))
  }

  @Test("the page is well-formed, shows everything, and is the same for the same report")
  func page() throws {
    try TemporaryFolder.with { folder in
      let written = try Self.report.write(
        to: folder.appendingPathComponent("r"), renderer: HTMLReportTests.Renderer())
      let page = try String(contentsOf: written.page, encoding: .utf8)
      let (reader, error) = HTMLReportTests.Reader.read(page)
      #expect(error == nil, "\(String(describing: error))")
      for element in ["h1", "h2", "table", "figure", "svg", "pre"] {
        #expect(reader.elements.contains(element), "\(element)")
      }
      for text in [
        "Shapes &lt;and&gt; sizes", "All &quot;fit&quot; &amp; stay.", "One &lt;b&gt; thing.", "round",
      ] {
        #expect(page.contains(text), "\(text)")
      }
      #expect(page.contains("keel frames &#39;it&#39;\\&#39;&#39;s&#39;") && written.notices.isEmpty)
      let files = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("r").path)
      #expect(Set(files) == ["index.html", "sizes.csv", "sizes.gp", "sizes.svg"])
      try Self.report.write(to: folder.appendingPathComponent("s"), renderer: HTMLReportTests.Renderer())
      #expect(
        try String(contentsOf: folder.appendingPathComponent("s/index.html"), encoding: .utf8) == page)
    }
  }

  @Test("without gnuplot the page says what to install")
  func noRenderer() throws {
    try TemporaryFolder.with { folder in
      let written = try Self.report.write(
        to: folder,
        renderer: HTMLReportTests.Renderer(error: .missingProgram(name: "gnuplot", package: "gnuplot-nox")))
      #expect(written.notices.count == 1 && written.notices[0].contains("gnuplot-nox"))
      #expect(try String(contentsOf: written.page, encoding: .utf8).contains("gnuplot-nox"))
    }
  }
}
