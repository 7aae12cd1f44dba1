import Foundation

/// A figure as far as it could be made.
struct DrawnFigure: Sendable {
  /// Why there is no picture.
  enum Problem: Sendable {
    case notComputed(_ figure: String, String)
    case notDrawn(_ figure: String, PlotRenderingError)

    /// The reason with all that was said.
    var text: String {
      switch self {
      case .notComputed(_, let reason): "The figure could not be computed: \(reason)"
      case .notDrawn(_, let error): error.description
      }
    }

    /// The reason in a line, the same for all figures that a missing program leaves out.
    var summary: String {
      switch self {
      case .notComputed(let figure, let reason): "The figure '\(figure)' could not be computed: \(reason)"
      case .notDrawn(_, .missingProgram(let name, let package)):
        PlotRenderingError.missingProgram(name: name, package: package).description
      case .notDrawn(let figure, let error):
        "The figure '\(figure)': \(error.description.split(separator: "\n").joined(separator: " "))"
      }
    }
  }

  let name: String
  /// The check in whose section it stands.
  let check: String
  var plot: Plot?
  var picture: Markup?
  var problem: Problem?
  /// What the program said although it drew.
  var remark: String?
}

extension DrawnFigure {
  /// Writes the numbers and the script of a plot into a folder and draws it there.
  ///
  /// - Throws: ``HTMLReportError`` if the folder cannot be written to; what keeps the picture from being drawn is the
  ///   figure's ``problem``.
  init(
    drawing plot: Plot, name: String, check: String, in folder: URL, with renderer: any PlotRenderer
  ) throws(HTMLReportError) {
    self.init(name: name, check: check, plot: plot)
    func file(_ kind: String) -> URL { folder.appendingPathComponent("\(name).\(kind)") }
    try HTMLReport.write(Data(plot.table.csv), to: file("csv"))
    try HTMLReport.write(Data(GnuplotScript(plot: plot, name: name).text.utf8), to: file("gp"))
    // A picture of an earlier run must not pass for one of this run.
    try? FileManager.default.removeItem(at: file("svg"))
    do {
      remark = try renderer.run(script: "\(name).gp", in: folder)
      guard let data = try? Data(contentsOf: file("svg")),
        let picture = InlineSVG(
          String(decoding: data, as: UTF8.self), id: "figure-\(name)", title: plot.title,
          description: plot.alternativeText)
      else { throw PlotRenderingError.noPicture(name: "gnuplot") }
      self.picture = picture.markup
    } catch let error as PlotRenderingError {
      problem = .notDrawn(name, error)
    } catch {
      problem = .notComputed(name, "\(error)")
    }
  }

  /// The figure in a page: the picture, or why there is none, and its caption with its files.
  var markup: Markup {
    var content: [Markup] = []
    if let picture { content.append(picture) }
    if let problem { content.append(HTMLReport.notice(problem.text)) }
    if let remark { content.append(HTMLReport.notice("gnuplot remarked:\n\(remark)")) }
    if let plot {
      let kinds = picture == nil ? ["csv", "gp"] : ["csv", "gp", "svg"]
      content.append(
        .element(
          "figcaption", [:],
          [
            .element("strong", [:], [.text(plot.title + ".")]), .text(" \(plot.caption) "),
            .element(
              "span", ["class": "files"],
              kinds.enumerated().flatMap { index, kind in
                [index == 0 ? .none : " · ", HTMLReport.file("\(name).\(kind)")]
              }),
          ]))
    }
    return .element("figure", ["id": name], content)
  }
}
