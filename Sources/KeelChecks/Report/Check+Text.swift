extension Check {
  /// The check for a list: its id, statement, source, assumptions, and whether it is known to be
  /// false as stated.
  ///
  /// - Parameter style: the layout.
  /// - Returns: lines that end in a line break.
  public func text(style: TextStyle = TextStyle()) -> String {
    var lines = [id]
    lines += style.wrapped(statement, indent: "  ")
    lines += style.wrapped("Source: \(source)", indent: "    ", first: "  ")
    for assumption in assumptions {
      lines += style.wrapped("Assumes: \(assumption)", indent: "    ", first: "  ")
    }
    switch expectation {
    case .holds: break
    case .violated(let repaired):
      lines += style.wrapped(
        "Known to be false as stated" + (repaired.map { "; repaired: \($0)." } ?? "."), indent: "  ")
    case .reported: lines.append("  Reported, not asserted.")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
