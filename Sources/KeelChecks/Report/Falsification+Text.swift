extension Falsification {
  /// What was found as text, for people: the statement, the counterexample in exact numbers with both
  /// sides, or how close the search came, and whether that was expected.
  ///
  /// - Parameter style: the layout.
  /// - Returns: lines that end in a line break.
  public func text(style: TextStyle = TextStyle()) -> String {
    let check = statement.check
    var lines = style.wrapped("\(check.id): \(check.statement)", indent: "  ", first: "")
    let effort =
      "\(counted(evaluations, "problem")), \(counted(rounds, "round")), seed \(seed)"
      + (style.showsTimes ? ", \(shortText(elapsed / .seconds(1))) s" : "")
    if let counterexample {
      lines += style.wrapped("Violated, by a problem found among \(effort):", indent: "  ")
      lines += counterexample.problem.lines.map { "    " + $0 }
      if let comparison = counterexample.comparison { lines += described(comparison, style: style) }
    } else {
      lines += style.wrapped("No violation among \(effort).", indent: "  ")
      if let closest {
        lines.append("  The closest problem:")
        lines += described(closest, style: style)
      }
    }
    lines += style.wrapped(conclusion, indent: "  ")
    return lines.joined(separator: "\n") + "\n"
  }

  private func described(_ comparison: Comparison, style: TextStyle) -> [String] {
    let sides =
      "\(comparison.left) \(comparison.relation.sign) \(comparison.right) "
      + "(\(comparison.verdict.words), margin \(shortText(comparison.margin)), "
      + "tolerance \(shortText(comparison.tolerance))"
      + (comparison.tightness.map { ", tightness \(shortText($0))" } ?? "") + ")"
    return style.wrapped(sides, indent: "    ")
      + style.wrapped("with: \(comparison.parameters)", indent: "      ", first: "    ")
  }

  private var conclusion: String {
    switch (statement.check.expectation, counterexample != nil) {
    case (.violated(let repaired), true):
      "As expected: the statement is known to be false as stated"
        + (repaired.map { "; \($0) is its repaired form." } ?? ".")
    case (.violated, false):
      "SURPRISE: the statement is known to be false; a longer search or another seed may show it."
    case (.holds, true), (.reported, true):
      "SURPRISE: the statement was thought to be true."
    case (.holds, false), (.reported, false):
      "As expected: a search proves nothing, but an adversary found nothing either."
    }
  }
}

extension ExactProblem {
  /// The arrays with aligned columns: `B0 = [[0.6, 0, 0.8, 0]]`.
  var lines: [String] {
    let width = parts.map(\.name.count).max() ?? 0
    return parts.flatMap { part -> [String] in
      let title = part.name + String(repeating: " ", count: width - part.name.count) + " = "
      let cells = part.rows.map { $0.map(\.description) }
      if part.isVector { return [title + "[" + cells.joined().joined(separator: ", ") + "]"] }
      let columns = cells.first?.count ?? 0
      let widths = (0..<columns).map { column in cells.map { $0[column].count }.max() ?? 0 }
      return cells.enumerated().map { index, row in
        let entries = zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
        let begin = index == 0 ? title + "[" : String(repeating: " ", count: title.count + 1)
        let end = index == cells.count - 1 ? "]" : ","
        return begin + "[" + entries.joined(separator: ", ") + "]" + end
      }
    }
  }
}
