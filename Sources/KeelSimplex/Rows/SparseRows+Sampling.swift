public import Keel

extension SparseRows {
  /// Draws a column with probability proportional to the entries of a row.
  ///
  /// The distribution function of the support is inverted: for sparse distributions such as those of entmax,
  /// adding Gumbel noise to scores does not sample, and this takes a step for each entry.
  ///
  /// - Parameters:
  ///   - r: the row. Entries that are not positive have probability zero.
  ///   - random: where one uniform number is drawn.
  /// - Returns: the column, or nil if the row has no positive entry, or NaN.
  /// - Complexity: O(entries of the row).
  public func sampleColumn(ofRow r: Int, using random: inout RandomStream) -> Int? {
    let entries = entries(ofRow: r)
    let total = entries.reduce(0.0) { values[$1] <= 0 ? $0 : $0 + Double(values[$1]) }
    let goal = random.uniform(Double.self) * total
    guard total > 0 else { return nil }
    var (sum, found): (Double, Int?) = (0, nil)
    for e in entries where values[e] > 0 {
      sum += Double(values[e])
      found = Int(columnIndices[e])
      if sum > goal { break }
    }
    return found
  }

  /// Draws a column of each row; see ``sampleColumn(ofRow:using:)``.
  ///
  /// - Parameter stream: row r draws from its derived stream number r, so that rows do not depend on each
  ///   other.
  public func sampleColumns(from stream: RandomStream) -> [Int?] {
    (0..<rows).map { r in
      var random = stream.stream(r)
      return sampleColumn(ofRow: r, using: &random)
    }
  }
}
