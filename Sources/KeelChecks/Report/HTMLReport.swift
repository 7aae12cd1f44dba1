import Foundation

/// A run of checks as a page to read and to cite: one file that needs no network, and beside it the data
/// and the scripts of its plots.
///
/// A folder receives
/// - `index.html`, which holds its styles and pictures;
/// - `checks.json`, the run for programs;
/// - for each figure `NAME.csv`, its numbers, `NAME.gp`, the gnuplot script that reads them, and, if
///   gnuplot is installed, the picture `NAME.svg`.
///
/// Equal runs give equal bytes, for every number of threads: there is no date and no time in it, unless
/// ``includesTimes`` asks for what differs from run to run.
///
/// ```swift
/// let report = CheckRunner(effort: .quick).run(CheckRegistry.standard.checks)
/// let folder = URL(fileURLWithPath: "report")
/// try HTMLReport(report, figures: ReportFigure.standard).write(to: folder)
/// ```
public struct HTMLReport: Sendable {
  /// Something to know about the run, for example which BLAS it used.
  public struct Fact: Sendable, Equatable {
    /// What it is about.
    public var name: String
    /// What is so.
    public var value: String

    /// A fact.
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// What was written.
  public struct Written: Sendable {
    /// The page.
    public let page: URL
    /// What the reader of the page should know and the writer too: why figures are missing, each reason
    /// once.
    public let notices: [String]
  }

  /// The run.
  public var report: CheckReport
  /// The words of the command that makes the run again; empty if there is none.
  public var command: [String]
  /// What a reader should know of the program and the machine, in order.
  public var facts: [Fact]
  /// The figures; those of checks that were not run are left out.
  public var figures: [ReportFigure]
  /// Whether to show what differs from run to run: how long the checks took, and figures of measured
  /// times.
  public var includesTimes: Bool

  /// The report of a run.
  ///
  /// - Parameters:
  ///   - report: the run.
  ///   - command: the words of the command that makes the run again.
  ///   - facts: what a reader should know of the program and the machine, in order.
  ///   - figures: the figures, each with a name of its own.
  ///   - includesTimes: whether to show what differs from run to run.
  public init(
    _ report: CheckReport, command: [String] = [], facts: [Fact] = [], figures: [ReportFigure] = [],
    includesTimes: Bool = false
  ) {
    precondition(
      Set(figures.map(\.name)).count == figures.count, "Two figures of a report share a name.")
    self.report = report
    self.command = command
    self.facts = facts
    self.figures = figures
    self.includesTimes = includesTimes
  }

  // MARK: - Writing

  /// Makes sure that a report can be written to a folder, and creates it if need be: call it before a
  /// long run.
  ///
  /// - Throws: ``HTMLReportError``.
  public static func prepare(_ folder: URL) throws(HTMLReportError) {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), !isFolder.boolValue {
      throw .notAFolder(folder.path)
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(folder.path, reason: Self.reason(error))
    }
    // Permissions alone do not tell: the file system may be read-only or full.
    let probe = folder.appendingPathComponent(".keel-\(UUID().uuidString)")
    try write(Data(), to: probe)
    try? FileManager.default.removeItem(at: probe)
  }

  /// Computes the figures and writes the report; files of an earlier report are replaced.
  ///
  /// - Parameters:
  ///   - folder: the folder, which is created if need be.
  ///   - renderer: what draws the plots. Without it the page says what to install, and has its tables.
  ///   - progress: told before each figure: its name, its place from 0, and their number.
  /// - Returns: where the page is, and what is missing in it.
  /// - Throws: ``HTMLReportError`` if the folder cannot be written to.
  @discardableResult
  public func write(
    to folder: URL, renderer: any PlotRenderer = Gnuplot(),
    progress: ((_ figure: String, _ index: Int, _ count: Int) -> Void)? = nil
  ) throws(HTMLReportError) -> Written {
    try Self.prepare(folder)
    let shown = placedFigures
    var drawn: [DrawnFigure] = []
    for (index, (figure, check)) in shown.enumerated() {
      progress?(figure.name, index, shown.count)
      if let figure = try draw(figure, for: check, in: folder, with: renderer) { drawn.append(figure) }
    }
    let json: Data
    do { json = try report.json(includesTimes: includesTimes) } catch {
      throw .cannotWrite("checks.json", reason: "\(error)")
    }
    try Self.write(json, to: folder.appendingPathComponent("checks.json"))
    let page = folder.appendingPathComponent("index.html")
    let notices = Self.notices(of: drawn)
    try Self.write(Data(html(figures: drawn, notices: notices).utf8), to: page)
    return Written(page: page, notices: notices)
  }

  /// Why figures are missing, each reason once.
  static func notices(of figures: [DrawnFigure]) -> [String] {
    figures.compactMap(\.problem).reduce(into: [String]()) { known, problem in
      if !known.contains(problem.summary) { known.append(problem.summary) }
    }
  }

  /// The figures that this report shows, each with the check whose section it stands in.
  private var placedFigures: [(ReportFigure, check: String)] {
    let run = Set(report.outcomes.map(\.check.id))
    return figures.compactMap { figure in
      guard includesTimes || !figure.isMeasured else { return nil }
      return figure.checks.first(where: run.contains).map { (figure, $0) }
    }
  }

  private func draw(
    _ figure: ReportFigure, for check: String, in folder: URL, with renderer: any PlotRenderer
  ) throws(HTMLReportError) -> DrawnFigure? {
    let plot: Plot
    do {
      guard let made = try figure.plot(report) else { return nil }
      plot = made
    } catch {
      return DrawnFigure(name: figure.name, check: check, problem: .notComputed(figure.name, "\(error)"))
    }
    return try DrawnFigure(drawing: plot, name: figure.name, check: check, in: folder, with: renderer)
  }

  static func write(_ data: Data, to file: URL) throws(HTMLReportError) {
    do { try data.write(to: file) } catch {
      throw .cannotWrite(file.path, reason: reason(error))
    }
  }

  /// What the system says, where it says something: the error of the framework is longer and less clear.
  private static func reason(_ error: any Error) -> String {
    let error = error as NSError
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
    return cause.domain == NSPOSIXErrorDomain
      ? String(cString: strerror(Int32(cause.code))) : error.localizedDescription
  }
}

/// What keeps a report from being written.
public enum HTMLReportError: Error, Equatable, CustomStringConvertible {
  /// There is something of this name, but no folder.
  case notAFolder(String)
  /// The folder or the file cannot be written.
  case cannotWrite(String, reason: String)

  /// A sentence that names the file.
  public var description: String {
    switch self {
    case .notAFolder(let path):
      "The report needs a folder, but '\(path)' is a file."
    case .cannotWrite(let path, let reason):
      "The report cannot be written: '\(path)': \(reason)."
    }
  }
}
