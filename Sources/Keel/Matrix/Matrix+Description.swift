extension Matrix: CustomStringConvertible, CustomDebugStringConvertible {
  /// The shape and the elements in aligned columns with six significant digits; the middle of a large
  /// matrix is left out.
  public var description: String {
    let shown = 8
    let rowIndices = Self.shownIndices(rows, limit: shown)
    let columnIndices = Self.shownIndices(columns, limit: shown)
    let cells = rowIndices.map { i in
      columnIndices.map { j in
        switch (i, j) {
        case (let i?, let j?): Self.text(self[i, j])
        case (nil, nil): "⋱"
        case (nil, _): "⋮"
        case (_, nil): "⋯"
        }
      }
    }
    let widths = columnIndices.indices.map { c in cells.map { $0[c].count }.max() ?? 0 }
    let lines = cells.map { row in
      "  "
        + zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
    }
    return (["\(rows)×\(columns) Matrix<\(Scalar.self)>"] + lines).joined(separator: "\n")
  }

  /// The same as ``description``.
  public var debugDescription: String { description }

  private static func shownIndices(_ count: Int, limit: Int) -> [Int?] {
    guard count > limit else { return Array(0..<count) }
    return Array(0..<limit / 2) + [nil] + Array(count - limit / 2 + 1..<count)
  }

  /// Six significant digits, in positional notation where that stays short.
  private static func text(_ value: Scalar) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    let number = Double(value)
    let exponent = Int(Double.log10(number.magnitude).rounded(.down))
    guard exponent < 6, exponent >= -4 else {
      let mantissa = (number / Double.exp10(Double(exponent)) * 1e5).rounded() / 1e5
      return mantissa.magnitude < 10 ? "\(mantissa)e\(exponent)" : "\(mantissa / 10)e\(exponent + 1)"
    }
    let scale = Double.exp10(Double(5 - exponent))
    return "\((number * scale).rounded() / scale)"
  }
}
