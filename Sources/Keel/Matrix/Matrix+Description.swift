extension Matrix: CustomStringConvertible, CustomDebugStringConvertible {
  /// The shape, and the elements with six significant digits, aligned at their decimal points.
  ///
  /// Of more than eight rows or columns, the first four and the last three are shown.
  public var description: String {
    let rowIndices = Self.shownIndices(rows)
    let columnIndices = Self.shownIndices(columns)
    let textColumns = columnIndices.map { j in
      Self.aligned(
        rowIndices.map { i in
          switch (i, j) {
          case (let i?, let j?): Self.text(self[i, j])
          case (nil, nil): "⋱"
          case (nil, _): "⋮"
          case (_, nil): "⋯"
          }
        })
    }
    let lines = rowIndices.indices.map { line in
      Self.trimmed("  " + textColumns.map { $0[line] }.joined(separator: "  "))
    }
    return (["\(rows)×\(columns) Matrix<\(Scalar.self)>"] + lines).joined(separator: "\n")
  }

  /// The same as ``description``.
  public var debugDescription: String { description }

  private static func shownIndices(_ count: Int) -> [Int?] {
    count <= 8 ? Array(0..<count) : [0, 1, 2, 3, nil, count - 3, count - 2, count - 1]
  }

  /// Pads texts to one width so that their decimal points stand below each other; a text without a point
  /// ends where the points are.
  private static func aligned(_ texts: [String]) -> [String] {
    let parts = texts.map { text in
      let point = text.firstIndex(of: ".") ?? text.endIndex
      return (text[..<point], text[point...])
    }
    let before = parts.map(\.0.count).max() ?? 0
    let after = parts.map(\.1.count).max() ?? 0
    return parts.map { head, tail in
      String(repeating: " ", count: before - head.count) + head + tail
        + String(repeating: " ", count: after - tail.count)
    }
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  /// Six significant digits, in positional notation where that stays short.
  private static func text(_ value: Scalar) -> String {
    guard value.isNormal else { return "\(value)" }
    let number = Double(value)
    var exponent = Int(Double.log10(number.magnitude).rounded(.down))
    if exponent < 6, exponent >= -4 {
      // Powers up to 10^9 are exact, so the quotient is the closest number to the decimal.
      let scale = Double.exp10(Double(5 - exponent)).rounded()
      return "\((number * scale).rounded() / scale)"
    }
    // Two steps, since 10^-exponent may overflow.
    let half = exponent / 2
    let mantissa = number / Double.exp10(Double(half)) / Double.exp10(Double(exponent - half))
    var digits = (mantissa * 1e5).rounded() / 1e5
    if digits.magnitude >= 10 {
      digits /= 10
      exponent += 1
    }
    return "\(digits)e\(exponent)"
  }
}

extension MatrixView: CustomStringConvertible {
  /// The shape and the elements, as ``Matrix/description`` shows them.
  public var description: String { Matrix(self).description }
}
