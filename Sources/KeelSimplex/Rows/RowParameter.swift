/// A parameter of a map: one number for all rows, one for each row, or one for each head.
///
/// Row r has the value `values[(r / rowsPerValue) % values.count]`. For scores of shape (batch, heads,
/// queries, keys), whose rows are counted in that order, one value for each head has `rowsPerValue` equal
/// to the number of queries.
public struct RowParameter<Scalar: SimplexScalar>: Sendable, Equatable {
  /// The values.
  public let values: [Scalar]
  /// How many consecutive rows share a value.
  public let rowsPerValue: Int

  /// One number for all rows.
  public static func all(_ value: Scalar) -> RowParameter { RowParameter([value], rowsPerValue: 1) }

  /// One number for each row. It fits batches of as many rows.
  public static func perRow(_ values: [Scalar]) -> RowParameter { RowParameter(values, rowsPerValue: 1) }

  /// One number for each head.
  ///
  /// - Parameters:
  ///   - values: as many as there are heads.
  ///   - rows: the number of rows of one head in one example: that of queries.
  public static func perHead(_ values: [Scalar], rows: Int) -> RowParameter {
    RowParameter(values, rowsPerValue: rows)
  }

  private init(_ values: [Scalar], rowsPerValue: Int) {
    precondition(rowsPerValue >= 1, "A value of a parameter must be that of one row at least.")
    self.values = values
    self.rowsPerValue = rowsPerValue
  }

  /// Whether all rows share one number.
  @inlinable
  public var isShared: Bool { values.count == 1 }

  /// Which of the values is that of row `r`.
  @inlinable
  public func index(of r: Int) -> Int { isShared ? 0 : (r / rowsPerValue) % values.count }

  /// The value of row `r`.
  @inlinable
  public subscript(r: Int) -> Scalar { values[index(of: r)] }

  /// Whether a batch of `rows` rows uses every value equally often.
  @inlinable
  public func fits(rows: Int) -> Bool { isShared || rows % (values.count * rowsPerValue) == 0 }

  /// Calls `body` with the runs of consecutive rows that share a value.
  ///
  /// - Parameters:
  ///   - rows: the rows, as the parameter counts them.
  ///   - body: called with a range of rows and their value, in order.
  @inlinable
  public func forEachRun(in rows: Range<Int>, _ body: (Range<Int>, Scalar) -> Void) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = isShared ? rows.upperBound : min(rows.upperBound, (start / rowsPerValue + 1) * rowsPerValue)
      body(start..<end, self[start])
      start = end
    }
  }
}

extension RowParameter: ExpressibleByFloatLiteral {
  /// One number for all rows.
  public init(floatLiteral value: Double) { self = .all(Scalar(value)) }
}

extension RowParameter: ExpressibleByIntegerLiteral {
  /// One number for all rows.
  public init(integerLiteral value: Int) { self = .all(Scalar(value)) }
}
