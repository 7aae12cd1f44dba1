import ArgumentParser
import Foundation
import KeelChecks

/// The folder for the report of an experiment.
struct ReportOption: ParsableArguments {
  @Option(
    name: .customLong("report"),
    help: ArgumentHelp(
      "A folder for a report: a page for the browser, with plots and their data.", valueName: "folder"))
  var folder: String?

  func validate() throws {
    if let folder, folder.isEmpty { throw ValidationError("'--report' needs the name of a folder.") }
  }

  private var url: URL? { folder.map { URL(fileURLWithPath: $0, isDirectory: true) } }

  /// Makes sure, before a long run, that the report can be written.
  func prepare() throws {
    guard let url else { return }
    try InputError.wrap { try HTMLReport.prepare(url) }
  }

  /// Prints the report, writes it to the folder if there is one, and ends with status 1 if it is not as expected.
  func publish(_ report: ExperimentReport) throws {
    try Terminal.print(report.text(style: Terminal.outputStyle))
    if let url {
      var report = report
      report.facts += InfoCommand.Facts().libraryRows.map { HTMLReport.Fact($0, $1) }
      let written = try InputError.wrap { try report.write(to: url) }
      for notice in written.notices { Terminal.printError("keel: \(notice)") }
      try Terminal.print("Report: \(written.page.relativePath)\n")
    }
    if !report.isAsExpected { throw ExitCode(1) }
  }
}
