/// Names and what they stand for, a line each, aligned.
enum FactList {
  /// The lines, each with its line break.
  static func text(_ rows: [(name: String, value: String)]) -> String {
    let width = rows.map(\.name.count).max() ?? 0
    return rows.map { name, value in
      name + String(repeating: " ", count: width + 2 - name.count) + value + "\n"
    }.joined()
  }
}
