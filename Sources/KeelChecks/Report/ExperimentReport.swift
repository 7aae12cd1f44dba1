import Foundation

/// What an experiment found, for a terminal and for a browser: tables, plots and what they say.
///
/// ```swift
/// let report = ExperimentReport(
///   title: "Poses of meshes", summary: "All are equal.", isAsExpected: true,
///   sections: [.init("Meshes", tables: [.init("Deviation", ["mesh", "deviation"], rows)])])
/// print(report.text())
/// try report.write(to: URL(fileURLWithPath: "report"))
/// ```
public struct ExperimentReport: Sendable {
  /// Rows of cells under headings.
  public struct Table: Sendable, Equatable {
    /// What the table holds, in a few words.
    public var caption: String
    /// The headings; the first column names the rows.
    public var headings: [String]
    /// The cells, row after row. A column whose cells are all numbers, or "-", stands to the right.
    public var rows: [[String]]

    /// A table.
    ///
    /// - Precondition: every row has a cell for each heading.
    public init(_ caption: String, _ headings: [String], _ rows: [[String]]) {
      precondition(rows.allSatisfy { $0.count == headings.count }, "A row has a cell for each heading.")
      (self.caption, self.headings, self.rows) = (caption, headings, rows)
    }

    /// The table as text, a line a row where that fits.
    public func text(style: TextStyle = TextStyle()) -> String {
      lines(style: style).map { $0 + "\n" }.joined()
    }

    func lines(style: TextStyle) -> [String] {
      let columns = headings.indices.map { column in
        TextTable.Column(
          heading: headings[column], alignment: isNumeric(column) ? .right : .left, emptyValues: [""],
          cells: rows.map { TextTable.Cell(text: $0[column]) })
      }
      return TextTable(columns: columns).lines(style: style)
    }

    /// Whether a column holds numbers only.
    func isNumeric(_ column: Int) -> Bool {
      rows.allSatisfy { row in
        row[column] == "-" || Double(row[column].split(separator: " ").first ?? "") != nil
      }
    }
  }

  /// A plot, with the name of its files.
  public struct Figure: Sendable, Equatable {
    /// The name of the files: lower-case letters, digits and hyphens.
    public var name: String
    /// What is to be seen.
    public var plot: Plot

    /// A plot with the name of its files.
    public init(_ name: String, _ plot: Plot) { (self.name, self.plot) = (name, plot) }
  }

  /// A part of a report.
  public struct Section: Sendable, Equatable {
    /// What it is about.
    public var heading: String
    /// What a reader should know, paragraph after paragraph.
    public var paragraphs: [String]
    /// The tables.
    public var tables: [Table]
    /// The plots; in text they are left out.
    public var figures: [Figure]

    /// A part.
    public init(
      _ heading: String, paragraphs: [String] = [], tables: [Table] = [], figures: [Figure] = []
    ) {
      (self.heading, self.paragraphs) = (heading, paragraphs)
      (self.tables, self.figures) = (tables, figures)
    }
  }

  /// What the experiment is about.
  public var title: String
  /// What it found, in a sentence.
  public var summary: String
  /// Whether it found what it should.
  public var isAsExpected: Bool
  /// The words of the command that runs it again; empty if there is none.
  public var command: [String]
  /// What a reader should know of the program, the machine and the data.
  public var facts: [HTMLReport.Fact]
  /// The parts.
  public var sections: [Section]

  /// A report.
  public init(
    title: String, summary: String, isAsExpected: Bool, command: [String] = [],
    facts: [HTMLReport.Fact] = [], sections: [Section]
  ) {
    (self.title, self.summary, self.isAsExpected) = (title, summary, isAsExpected)
    (self.command, self.facts, self.sections) = (command, facts, sections)
  }

  // MARK: - For a terminal

  /// The tables and paragraphs as text, then the summary.
  public func text(style: TextStyle = TextStyle()) -> String {
    var lines: [String] = []
    for section in sections {
      for table in section.tables { lines += table.lines(style: style) + [""] }
      for paragraph in section.paragraphs { lines += style.wrapped(paragraph) + [""] }
    }
    lines += style.wrapped(summary).map { style.colored($0, isAsExpected ? nil : .red) }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - For a browser

  /// Writes `index.html` into a folder, and beside it the numbers, the script and the picture of each plot.
  ///
  /// Equal reports give equal bytes. Call ``HTMLReport/prepare(_:)`` before a long run.
  ///
  /// - Parameters:
  ///   - folder: the folder, which is created if need be.
  ///   - renderer: what draws the plots. Without it the page says what to install.
  /// - Returns: where the page is, and what is missing in it.
  /// - Throws: ``HTMLReportError`` if the folder cannot be written to.
  @discardableResult
  public func write(
    to folder: URL, renderer: any PlotRenderer = Gnuplot()
  ) throws(HTMLReportError) -> HTMLReport.Written {
    try HTMLReport.prepare(folder)
    var drawn: [[DrawnFigure]] = []
    for section in sections {
      var figures: [DrawnFigure] = []
      for figure in section.figures {
        figures.append(
          try DrawnFigure(drawing: figure.plot, name: figure.name, check: "", in: folder, with: renderer))
      }
      drawn.append(figures)
    }
    let notices = HTMLReport.notices(of: drawn.flatMap { $0 })
    let page = folder.appendingPathComponent("index.html")
    let body = [header(notices)] + [.element("main", [:], zip(sections, drawn).map(Self.markup))]
    try HTMLReport.write(Data(HTMLReport.page(title: title, body: body).utf8), to: page)
    return HTMLReport.Written(page: page, notices: notices)
  }

  private func header(_ notices: [String]) -> Markup {
    var facts = facts.map { ($0.name, [Markup.text($0.value)]) }
    if !command.isEmpty { facts.append(("again", [.command(CheckReport.line(command))])) }
    return .element(
      "header", [:],
      [
        .element("h1", [:], [.text(title)]),
        .element("p", ["class": isAsExpected ? "summary" : "summary surprise"], [.text(summary)]),
      ] + notices.map { HTMLReport.notice($0) } + [.definitions(facts)])
  }

  private static func markup(_ section: Section, _ figures: [DrawnFigure]) -> Markup {
    let tables = section.tables.map { table in
      Markup.table(
        caption: table.caption,
        headings: table.headings.enumerated().map { ($1, table.isNumeric($0)) },
        rows: table.rows.map { $0.map { .text($0) } })
    }
    return .element(
      "section", [:],
      [.element("h2", [:], [.text(section.heading)])]
        + section.paragraphs.map { .element("p", [:], [.text($0)]) } + tables
        + (figures.isEmpty ? [] : [.element("div", ["class": "figures"], figures.map(\.markup))]))
  }
}
