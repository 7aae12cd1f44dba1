/// Columns of text under headings, aligned, for a terminal.
struct TextTable {
  /// One column.
  struct Column {
    enum Alignment {
      case left, right
    }

    let heading: String
    let alignment: Alignment
    /// The column is left out if every cell is one of these.
    var emptyValues: Set<String> = []
    var cells: [Cell] = []
  }

  struct Cell {
    let text: String
    var color: TextStyle.Color?
  }

  var columns: [Column]

  /// The columns that say something.
  private var visible: [Column] {
    columns.filter { column in
      column.emptyValues.isEmpty || !column.cells.allSatisfy { column.emptyValues.contains($0.text) }
    }
  }

  /// The table's lines: one for the headings and one a row, or, where those are too wide, for each row
  /// its first cell and below it the others, with their headings, as far as they say something.
  func lines(style: TextStyle) -> [String] {
    let visible = visible
    guard let rows = visible.first?.cells.count else { return [] }
    let widths = visible.map { column in
      column.cells.map(\.text.count).reduce(column.heading.count, max)
    }
    let total = widths.reduce(0, +) + 2 * (widths.count - 1)
    if let width = style.width, total > width {
      return (0..<rows).flatMap { stacked(row: $0, visible, style: style) }
    }
    func line(_ cell: (Column) -> Cell) -> String {
      let padded = zip(visible, widths).map { column, width in
        let cell = cell(column)
        let space = String(repeating: " ", count: width - cell.text.count)
        let text = style.colored(cell.text, cell.color)
        return column.alignment == .left ? text + space : space + text
      }
      return padded.joined(separator: "  ").trimmingTrailingSpaces()
    }
    return [line { Cell(text: $0.heading) }] + (0..<rows).map { row in line { $0.cells[row] } }
  }

  /// One row where the columns are too wide: the first cell, and below it "heading cell" one after
  /// the other.
  private func stacked(row: Int, _ visible: [Column], style: TextStyle) -> [String] {
    let separator = " · "
    var lines: [String] = []
    // Widths are counted on the plain text, because control sequences take no space.
    var (line, used) = ("", 0)
    for column in visible.dropFirst() {
      let cell = column.cells[row]
      guard !column.emptyValues.contains(cell.text) else { continue }
      let text = column.heading.isEmpty ? cell.text : "\(column.heading) \(cell.text)"
      if used > 0, used + separator.count + text.count > style.width ?? .max {
        lines.append(line)
        used = 0
      }
      line = (used == 0 ? "  " : line + separator) + style.colored(text, cell.color)
      used += (used == 0 ? 2 : separator.count) + text.count
    }
    return [visible[0].cells[row].text] + lines + [line]
  }
}

extension String {
  /// The text without the spaces at its end.
  fileprivate func trimmingTrailingSpaces() -> String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
