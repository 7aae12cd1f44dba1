import Foundation

extension HTMLReport {
  /// The page.
  func html(figures: [DrawnFigure], notices: [String]) -> String {
    let outcomes = orderedOutcomes
    return Self.page(
      title: title,
      body: [
        header(notices: notices),
        .element(
          "main", [:],
          [overview(outcomes)]
            + outcomes.flatMap { outcome in
              [
                pair(of: outcome),
                section(for: outcome, figures: figures.filter { $0.check == outcome.check.id }),
              ]
            }),
        footer,
      ])
  }

  /// A whole page.
  static func page(title: String, body: [Markup]) -> String {
    let head = Markup.element(
      "head", [:],
      [
        .element("meta", ["charset": "utf-8"]),
        .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .element("title", [:], [.text(title)]),
        .element("style", [:], [Markup(trusted: ReportStyleSheet.text)]),
      ])
    let content = [head, .element("body", [:], body)]
    return "<!DOCTYPE html>\n"
      + Markup.element("html", ["xmlns": "http://www.w3.org/1999/xhtml", "lang": "en"], content).source + "\n"
  }

  private var title: String {
    let systems = report.outcomes.map(\.check.system).reduce(into: [String]()) { known, system in
      if !known.contains(system) { known.append(system) }
    }
    return "Theorem checks" + (systems.isEmpty ? "" : ": \(systems.joined(separator: ", "))")
  }

  /// The outcomes with each repaired statement right after the one that it repairs, in the order of the
  /// run else.
  private var orderedOutcomes: [CheckOutcome] {
    let outcomes = report.outcomes
    func repair(of outcome: CheckOutcome) -> CheckOutcome? {
      outcome.check.repairedBy.flatMap { id in outcomes.first { $0.check.id == id } }
    }
    let repairs = Set(outcomes.compactMap { repair(of: $0)?.check.id })
    var ordered: [CheckOutcome] = []
    var known: Set<String> = []
    func append(_ outcome: CheckOutcome) {
      guard known.insert(outcome.check.id).inserted else { return }
      ordered.append(outcome)
      if let repair = repair(of: outcome) { append(repair) }
    }
    for outcome in outcomes where !repairs.contains(outcome.check.id) { append(outcome) }
    // Only statements that repair each other in a circle are left.
    outcomes.forEach(append)
    return ordered
  }

  // MARK: - Above the sections

  private func header(notices: [String]) -> Markup {
    let surprises = report.outcomes.filter { !$0.isAsExpected }
    let summary =
      "\(counted(report.outcomes.count, "check")) on \(counted(report.problemCount, "problem")): "
      + (surprises.isEmpty
        ? "every verdict is the expected one." : "\(counted(surprises.count, "surprise")).")
    var facts: [(String, [Markup])] = [
      ("seed", [.text("\(report.seed)")]), ("effort", [.text(report.effort.rawValue)]),
    ]
    if let only = report.only { facts.append(("only problem", [.text(only.description)])) }
    if let data = report.data {
      let labels = data.labels == nil ? "" : ", with labels"
      facts.append(
        (
          "data",
          [
            .text(
              "\(data.name): \(data.features.rows) × \(data.features.columns)\(labels). \(data.provenance)")
          ]
        ))
    }
    if includesTimes {
      facts.append(("time", [.text(String(format: "%.1f s", report.elapsed / .seconds(1)))]))
    }
    facts += self.facts.map { ($0.name, [.text($0.value)]) }
    if !command.isEmpty { facts.append(("again", [.command(CheckReport.line(command))])) }
    return .element(
      "header", [:],
      [
        .element("h1", [:], [.text(title)]),
        .element("p", ["class": surprises.isEmpty ? "summary" : "summary surprise"], [.text(summary)]),
        surprises.isEmpty
          ? .none
          : .element(
            "ul", [:], surprises.map { .element("li", [:], [Self.link(to: $0.check.id)]) }),
      ] + notices.map { Self.notice($0) } + [.definitions(facts)])
  }

  private func overview(_ outcomes: [CheckOutcome]) -> Markup {
    struct Column {
      let heading: String
      let isNumeric: Bool
      let cell: (CheckOutcome) -> Markup
    }
    func number(_ heading: String, _ value: @escaping (CheckOutcome) -> Double?) -> Column {
      Column(heading: heading, isNumeric: true) { .text(shortText(value($0))) }
    }
    var columns = [
      Column(heading: "check", isNumeric: false) { Self.link(to: $0.check.id) },
      Column(heading: "verdict", isNumeric: false) { Self.badge($0.verdict) },
      Column(heading: "expected?", isNumeric: false) { Self.expectation($0) },
      Column(heading: "problems", isNumeric: true) { .text("\($0.counts.total)") },
    ]
    let counts: [(String, Verdict)] = [
      ("hold", .holds), ("vacuous", .vacuous), ("outside", .assumptionFailed), ("undecided", .inconclusive),
      ("violated", .violated),
    ]
    for (heading, verdict) in counts {
      // Columns without a problem say nothing, except that nothing was violated.
      guard verdict == .violated || outcomes.contains(where: { $0.counts[verdict] > 0 }) else { continue }
      columns.append(Column(heading: heading, isNumeric: true) { .text("\($0.counts[verdict])") })
    }
    columns += [
      number("margin", \.margin), number("sharpest", \.sharpestTightness),
      number("median", \.medianTightness),
    ]
    if includesTimes {
      columns.append(
        Column(heading: "seconds", isNumeric: true) {
          .text(String(format: "%.1f", $0.elapsed / .seconds(1)))
        })
    }
    return .element(
      "section", ["id": "verdicts"],
      [
        .element("h2", [:], ["Verdicts"]),
        .element(
          "p", [:],
          [
            "Each statement was measured on many problems. It ", .element("em", [:], ["holds"]),
            " on a problem, is ", .element("em", [:], ["vacuous"]), " there (true, but saying nothing), the ",
            "problem lies ", .element("em", [:], ["outside"]), " its assumptions, the computation could not ",
            "decide, or the statement is ", .element("em", [:], ["violated"]),
            ". The margin is that of the worst case, negative where the two sides are in the wrong order; ",
            "the tolerance of rounding is not part of it. Tightness, at its sharpest and in the median, is ",
            "the ratio of the two sides: 1 is sharp, above 1 is a violation.",
          ]),
        .table(
          caption: "Verdicts of all checks", headings: columns.map { ($0.heading, $0.isNumeric) },
          rows: outcomes.map { outcome in columns.map { $0.cell(outcome) } }),
      ])
  }

  private var footer: Markup {
    .element(
      "footer", [:],
      [
        .element(
          "p", [:],
          [
            "The run for programs: ", Self.file("checks.json"),
            ". Numbers, script and picture of each figure lie beside this page. ",
            .text(
              includesTimes
                ? "Times and figures of measured speed differ from run to run; all else follows from the "
                  + "seed, whatever the number of threads."
                : "Everything here follows from the seed, whatever the number of threads; no time and no "
                  + "date is in it."),
          ])
      ])
  }

  // MARK: - Parts

  static func badge(_ verdict: Verdict) -> Markup {
    .element("span", ["class": "badge \(verdict.rawValue)"], [.text(verdict.words)])
  }

  static func expectation(_ outcome: CheckOutcome) -> Markup {
    outcome.isAsExpected
      ? "as expected" : .element("strong", ["class": "surprise"], ["surprise"])
  }

  static func link(to check: String) -> Markup { .element("a", ["href": "#\(check)"], [.text(check)]) }

  static func file(_ name: String) -> Markup { .element("a", ["href": name], [.text(name)]) }

  /// Words about something that is missing; what a program said keeps its lines.
  static func notice(_ text: String) -> Markup {
    let lines = text.split(separator: "\n", maxSplits: 1).map(String.init)
    return .element(
      "div", ["class": "notice", "role": "note"],
      [.element("p", [:], [.text(lines.first ?? "")])]
        + lines.dropFirst().map { .element("pre", ["tabindex": "0"], [.text($0)]) })
  }
}

extension Check {
  /// The id of the check of the repaired form, for a statement that is known to be false.
  var repairedBy: String? {
    if case .violated(let repaired) = expectation { repaired } else { nil }
  }
}
