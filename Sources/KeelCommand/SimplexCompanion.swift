import Keel

/// A file that is read along with the scores, row by row.
struct SimplexCompanion {
  private var reader: SimplexRowReader
  private var rowsRead = 0

  /// Opens a file whose rows are those of the scores.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - flag: the flag that names it.
  ///   - scores: the scores.
  ///   - isList: whether the file has one number a row, instead of the shape of the scores.
  /// - Throws: ``InputError`` if the file cannot be read, or its shape is known to be another.
  init(_ path: String, flag: String, alongWith scores: SimplexRowReader, isList: Bool = false) throws {
    reader = try SimplexRowReader(path, flag: flag, isList: isList)
    if isList {
      if let found = reader.rowCount, let expected = scores.rowCount { try check(found, expected) }
    } else if let found = reader.shape, let expected = scores.shape, found != expected {
      throw InputError(
        "\(reader.place): the shape is \(text(ofShape: found)), that of the scores \(text(ofShape: expected))."
      )
    } else if reader.columns != scores.columns {
      throw InputError(
        "\(reader.place): the rows have \(reader.columns) entries, those of the scores \(scores.columns).")
    }
  }

  /// The elements that belong to the next rows of the scores.
  ///
  /// - Throws: ``InputError`` if there are fewer rows.
  mutating func read<Scalar: RealScalar>(rows: Int, as type: Scalar.Type = Scalar.self) throws -> [Scalar] {
    let elements: [Scalar] = try reader.read(rows: rows)
    guard elements.count == rows * reader.columns else {
      throw InputError(
        "\(reader.place): there are \(rowsRead + elements.count / max(reader.columns, 1)) rows, fewer than "
          + "of scores.")
    }
    rowsRead += rows
    return elements
  }

  /// Throws if there are rows beyond those of the scores.
  mutating func expectEnd() throws {
    if let found = reader.rowCount { return try check(found, rowsRead) }
    guard try reader.read(rows: 1, as: Double.self).isEmpty else {
      throw InputError("\(reader.place): there are more rows than the \(rowsRead) of scores.")
    }
  }

  /// An element is wrong.
  func failure(row: Int, column: Int?, expected: String, found: Double) -> InputError {
    let place = "row \(row)" + (column.map { ", column \($0)" } ?? "")
    return InputError("\(reader.place): \(place): expected \(expected), found \(numberText(found)).")
  }

  private func check(_ found: Int, _ expected: Int) throws {
    guard found != expected else { return }
    throw InputError("\(reader.place): there are \(found) rows, but \(expected) of scores.")
  }

  private func text(ofShape shape: [Int]) -> String {
    "(" + shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? ",)" : ")")
  }
}

extension SimplexCompanion {
  /// The mask of the next rows: true where an entry takes part.
  ///
  /// - Throws: ``InputError`` for an element that is neither 0 nor 1.
  mutating func readMask(rows: Int, columns: Int) throws -> [Bool] {
    let first = rowsRead
    // Single precision tells 0 and 1 from everything else.
    let elements: [Float] = try read(rows: rows)
    if let wrong = elements.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw failure(
        row: first + wrong / columns, column: wrong % columns, expected: "0 or 1",
        found: Double(elements[wrong]))
    }
    return elements.map { $0 == 1 }
  }

  /// The lengths of the next rows.
  ///
  /// - Throws: ``InputError`` for an element that is no length of a row.
  mutating func readLengths(rows: Int, columns: Int) throws -> [Int] {
    let first = rowsRead
    let elements: [Double] = try read(rows: rows)
    return try elements.enumerated().map { row, value in
      guard let length = Int(exactly: value), (0...columns).contains(length) else {
        throw failure(
          row: first + row, column: nil, expected: "a whole number from 0 to \(columns)", found: value)
      }
      return length
    }
  }
}
