/// Rows of coordinates as text, a point a line: what the formats of point clouds share.
enum PointRows {
  /// Reads points off lines of words; further words of a line are skipped.
  ///
  /// - Parameters:
  ///   - count: how many; memory is only taken for those that come.
  ///   - dimension: the number of coordinates, which are the first words after `offset` others.
  ///   - offset: the number of words before them.
  ///   - records: the lines.
  ///   - what: what a message calls a point.
  ///   - line: called at each line.
  /// - Precondition: the dimension is positive.
  static func read<Scalar: RealScalar>(
    _ count: Int, dimension: Int, offset: Int = 0, from records: TextRecords, what: String,
    line: () throws(InterchangeError) -> Void = {}
  ) throws(InterchangeError) -> Matrix<Scalar> {
    var elements: [Scalar] = []
    for index in 0..<count {
      guard try records.advanceWords() else {
        throw records.failure(
          column: 1, expected: "\(what) \(index + 1) of \(count)", found: "the end of the file")
      }
      for j in 0..<dimension { elements.append(try records.number(offset + j)) }
      try line()
    }
    return Matrix(rows: count, columns: dimension, elements: elements)
  }

  /// Writes points as lines of words.
  static func write<Scalar: RealScalar>(
    _ points: Matrix<Scalar>, to sink: any ByteSink
  ) throws(InterchangeError) {
    guard points.columns > 0 else { return }
    try CSVWriter<Scalar>(sink, columnCount: points.columns, header: nil, options: .init(delimiter: " "))
      .append(points)
  }
}
