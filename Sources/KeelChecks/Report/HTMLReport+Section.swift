import Foundation

extension HTMLReport {
  // MARK: - A false statement and its repaired form

  /// A false statement beside its repaired form; nothing for other checks, or where only one of the
  /// two was run.
  func pair(of outcome: CheckOutcome) -> Markup {
    guard let id = outcome.check.repairedBy,
      let repaired = report.outcomes.first(where: { $0.check.id == id })
    else { return .none }
    func card(_ heading: String, _ outcome: CheckOutcome) -> Markup {
      .element(
        "div", ["class": "card"],
        [
          .element("h3", [:], [.text(heading), " ", Self.badge(outcome.verdict)]),
          .element("p", ["class": "statement"], [.text(outcome.check.statement)]),
          .element(
            "p", [:],
            [
              .text(
                "\(outcome.counts[.violated]) of \(counted(outcome.counts.total, "problem")) violated, margin "
                  + "\(shortText(outcome.margin)), tightness \(shortText(outcome.sharpestTightness)) at its "
                  + "sharpest. "), Self.link(to: outcome.check.id),
            ]),
        ])
    }
    return .element(
      "section", ["class": "pair", "aria-label": "\(outcome.check.id) as stated and as repaired"],
      [card("As stated", outcome), card("As repaired", repaired)])
  }

  // MARK: - One check

  func section(for outcome: CheckOutcome, figures: [DrawnFigure]) -> Markup {
    let check = outcome.check
    var facts: [(String, [Markup])] = [("source", [.text(check.source)])]
    if !check.assumptions.isEmpty {
      facts.append(
        ("assumes", [.element("ul", [:], check.assumptions.map { .element("li", [:], [.text($0)]) })]))
    }
    facts.append(("expected", expected(of: check)))
    facts.append(("found", [.text(found(outcome))]))
    return .element(
      "section", ["id": check.id, "class": "check"],
      [
        .element("h2", [:], [.text(check.id), " ", Self.badge(outcome.verdict)]),
        .element("p", ["class": "statement"], [.text(check.statement)]),
      ]
        + outcome.surprises.map { .element("p", ["class": "surprise"], [.text($0)]) }
        + [.definitions(facts), worst(of: outcome), cases(of: outcome), remarks(on: outcome)]
        + (figures.isEmpty ? [] : [.element("div", ["class": "figures"], figures.map(\.markup))]))
  }

  private func expected(of check: Check) -> [Markup] {
    switch check.expectation {
    case .holds:
      return ["The statement holds."]
    case .violated(let repaired?):
      let isHere = report.outcomes.contains { $0.check.id == repaired }
      return [
        "Known to be false as stated. Repaired form: ", isHere ? Self.link(to: repaired) : .text(repaired),
        ".",
      ]
    case .violated(nil):
      return ["Known to be false as stated."]
    case .reported:
      return ["Reported, not asserted."]
    }
  }

  private func found(_ outcome: CheckOutcome) -> String {
    let counts: [(Verdict, String)] = [
      (.holds, "holds in"), (.vacuous, "vacuous in"), (.assumptionFailed, "outside the assumptions in"),
      (.inconclusive, "undecided in"), (.violated, "violated in"),
    ]
    var parts = counts.compactMap { verdict, words in
      let count = outcome.counts[verdict]
      return count == 0 && verdict != .violated ? nil : "\(words) \(count)"
    }
    if outcome.counts.total == 0 { parts = [] }
    return "\(counted(outcome.counts.total, "problem"))"
      + (parts.isEmpty ? "." : ": \(parts.joined(separator: ", ")).")
      + (outcome.sharpestTightness.map { " Tightness \(shortText($0)) at its sharpest" } ?? "")
      + (outcome.medianTightness.map { ", \(shortText($0)) in the median." } ?? "")
      + (includesTimes ? String(format: " Took %.1f s.", outcome.elapsed / .seconds(1)) : "")
  }

  private func worst(of outcome: CheckOutcome) -> Markup {
    guard let worst = outcome.worst else { return .none }
    let comparison = worst.comparison
    var facts: [(String, [Markup])] = [
      ("problem", [.text(worst.origin.description + (comparison.part.map { ", \($0)" } ?? ""))]),
      ("measured", [Self.sides(comparison)]),
      (
        "judged",
        [
          .text(
            "\(comparison.verdict.words); margin \(shortText(comparison.margin)), tolerance "
              + shortText(comparison.tolerance)
              + (comparison.tightness.map { ", tightness \(shortText($0))" } ?? "") + "")
        ]
      ),
    ]
    if !comparison.parameters.isEmpty {
      facts.append(
        (
          "with",
          comparison.parameters.entries.enumerated().flatMap { index, entry -> [Markup] in
            [
              index == 0 ? .none : ", ",
              .element("span", ["class": "value"], [.text("\(entry.name) = \(entry.value)")]),
            ]
          }
        ))
    }
    facts.append(("again", [.command(report.command(reproducing: worst.origin, of: outcome.check))]))
    return .element("div", ["class": "worst"], [.element("h3", [:], ["Worst case"]), .definitions(facts)])
  }

  /// Both sides and how they should relate.
  private static func sides(_ comparison: Comparison) -> Markup {
    .element(
      "span", ["class": "value"],
      [.text("\(comparison.left) \(comparison.relation.sign) \(comparison.right)")])
  }

  /// The named cases, and all measurements if a single problem was run.
  private func cases(of outcome: CheckOutcome) -> Markup {
    let shown = outcome.results.filter { result in
      if case .named = result.origin { return true }
      return outcome.isPartial
    }
    guard !shown.isEmpty else { return .none }
    let rows = shown.flatMap { result in
      result.comparisons.map { comparison -> [Markup] in
        let name =
          switch result.origin {
          case .named(let name): name
          case .trial: result.origin.description
          }
        let reason = comparison.failedAssumption ?? comparison.undecidedReason
        return [
          .text(name + (comparison.part.map { ", \($0)" } ?? "")), Self.badge(comparison.verdict),
          .text(result.expected?.words ?? "-"),
          reason.map { .text($0) } ?? Self.sides(comparison), .text(shortText(comparison.margin)),
          .text(shortText(comparison.tightness)),
        ]
      }
    }
    return .element(
      "div", [:],
      [
        .element("h3", [:], [outcome.isPartial ? "Measurements" : "Named cases"]),
        .table(
          caption: "Problems of \(outcome.check.id)",
          headings: [
            ("case", false), ("verdict", false), ("expected", false), ("measured", false), ("margin", true),
            ("tightness", true),
          ], rows: rows),
      ])
  }

  private func remarks(on outcome: CheckOutcome) -> Markup {
    guard !outcome.remarks.isEmpty else { return .none }
    return .element(
      "div", [:],
      [
        .element("h3", [:], ["Remarks"]),
        .element(
          "ul", [:],
          outcome.remarks.map { remark in
            .element(
              "li", [:],
              [
                .text("\(remark.verdict.words) in \(counted(remark.count, "problem")): \(remark.reason)"),
                .command(report.command(reproducing: remark.first, of: outcome.check)),
              ])
          }),
      ])
  }
}
