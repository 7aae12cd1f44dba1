import Foundation

extension CheckReport {
  /// The report as text, for people: a table of verdicts, what stands behind the violated and the
  /// surprising ones with the command that shows it again, and a closing line.
  ///
  /// - Parameter style: the layout.
  /// - Returns: lines that end in a line break.
  public func text(style: TextStyle = TextStyle()) -> String {
    var blocks: [[String]] = []
    if only == nil {
      blocks.append(table(style: style).lines(style: style))
      blocks += outcomes.map { details(of: $0, style: style) }
    } else {
      blocks += outcomes.map { problem(of: $0, style: style) }
    }
    blocks.append(closing(style: style))
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
      + "\n"
  }

  // MARK: The table

  private func table(style: TextStyle) -> TextTable {
    func column(
      _ heading: String, _ alignment: TextTable.Column.Alignment, hiddenIf emptyValues: Set<String> = [],
      _ cell: (CheckOutcome) -> TextTable.Cell
    ) -> TextTable.Column {
      TextTable.Column(
        heading: heading, alignment: alignment, emptyValues: emptyValues, cells: outcomes.map(cell))
    }
    func count(_ heading: String, _ verdict: Verdict) -> TextTable.Column {
      column(heading, .right, hiddenIf: verdict == .holds ? [] : ["0"]) {
        TextTable.Cell(text: "\($0.counts[verdict])")
      }
    }
    return TextTable(columns: [
      column("check", .left) { TextTable.Cell(text: $0.check.id) },
      column("problems", .right) { TextTable.Cell(text: "\($0.counts.total)") },
      count("hold", .holds),
      count("vacuous", .vacuous),
      count("outside", .assumptionFailed),
      count("undecided", .inconclusive),
      count("violated", .violated),
      column("margin", .right) { TextTable.Cell(text: shortText($0.margin)) },
      column("tightness", .right, hiddenIf: ["-"]) { TextTable.Cell(text: shortText($0.sharpestTightness)) },
      column("median", .right, hiddenIf: ["-"]) { TextTable.Cell(text: shortText($0.medianTightness)) },
      column("verdict", .left) { TextTable.Cell(text: $0.verdict.words, color: $0.verdict.color) },
      column("", .left) { outcome in
        outcome.isAsExpected
          ? TextTable.Cell(text: "as expected") : TextTable.Cell(text: "SURPRISE", color: .red)
      },
    ])
  }

  // MARK: What stands behind it

  private func details(of outcome: CheckOutcome, style: TextStyle) -> [String] {
    guard outcome.verdict == .violated || !outcome.isAsExpected else { return [] }
    var lines = style.wrapped("\(outcome.check.id): \(outcome.check.statement)", indent: "  ", first: "")
    if case .violated(let repaired) = outcome.check.expectation {
      lines += style.wrapped(
        "Known to be false as stated" + (repaired.map { "; \($0) is its repaired form." } ?? "."),
        indent: "  ")
    }
    for surprise in outcome.surprises {
      lines += style.wrapped(surprise, indent: "    ", first: "  ! ")
    }
    if let worst = outcome.worst {
      lines += described(worst.comparison, title: "worst: \(worst.origin)", style: style)
      lines.append("  again: \(command(reproducing: worst.origin, of: outcome.check))")
    }
    if !outcome.isAsExpected {
      for remark in outcome.remarks {
        lines += style.wrapped(
          "\(remark.verdict.words) in \(counted(remark.count, "problem")): \(remark.reason)", indent: "  ")
        lines.append("  again: \(command(reproducing: remark.first, of: outcome.check))")
      }
    }
    return lines
  }

  /// Everything about the one problem that was run.
  private func problem(of outcome: CheckOutcome, style: TextStyle) -> [String] {
    let check = outcome.check
    var lines = style.wrapped("\(check.id): \(check.statement)", indent: "  ", first: "")
    guard let result = outcome.results.first else {
      return lines + ["  This check does not have the problem."]
    }
    for comparison in result.comparisons {
      lines += described(comparison, title: "\(result.origin)", style: style)
    }
    for surprise in outcome.surprises {
      lines += style.wrapped(surprise, indent: "    ", first: "  ! ")
    }
    return lines
  }

  private func described(_ comparison: Comparison, title: String, style: TextStyle) -> [String] {
    let part = comparison.part.map { ", \($0)" } ?? ""
    var sentence = "\(title)\(part): "
    if let reason = comparison.failedAssumption ?? comparison.undecidedReason {
      sentence += "\(comparison.verdict.words), \(reason)"
    } else {
      sentence +=
        "\(comparison.left) \(comparison.relation.sign) \(comparison.right) "
        + "(\(comparison.verdict.words), margin \(shortText(comparison.margin)), "
        + "tolerance \(shortText(comparison.tolerance))"
        + (comparison.tightness.map { ", tightness \(shortText($0))" } ?? "") + ")"
    }
    var lines = style.wrapped(sentence, indent: "  ")
    if !comparison.parameters.isEmpty {
      lines += style.wrapped("with: \(comparison.parameters)", indent: "    ", first: "  ")
    }
    return lines
  }

  // MARK: The closing line

  private func closing(style: TextStyle) -> [String] {
    let surprises = outcomes.filter { !$0.isAsExpected }.map(\.check.id)
    var line = "\(counted(outcomes.count, "check")), \(counted(problemCount, "problem")), seed \(seed)"
    if let data { line += ", data \(data.name)" }
    if style.showsTimes { line += String(format: ", %.1f s", elapsed / .seconds(1)) }
    line +=
      surprises.isEmpty
      ? ": all as expected."
      : ": SURPRISE in " + surprises.joined(separator: ", ") + "."
    return style.wrapped(line).map { style.colored($0, surprises.isEmpty ? nil : .red) }
  }
}

extension Verdict {
  /// The color in which a terminal shows the verdict.
  fileprivate var color: TextStyle.Color? {
    switch self {
    case .holds: .green
    case .violated: .red
    case .inconclusive: .yellow
    case .vacuous, .assumptionFailed: nil
    }
  }
}
