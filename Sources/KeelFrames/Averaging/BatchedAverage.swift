import Keel

/// An average over frames of a backbone of rows, as calls of the backbone and sums over what they give.
struct BatchedAverage<Scalar: FrameScalar>: Sendable {
  private let clouds: PointClouds<Scalar>
  private let fields: [Field<Scalar>]
  private let row: BackboneRow
  private let rowsPerCall: Int
  private let threads: Int?
  /// The numbers of a point: its coordinates and those of the fields.
  private let pointWidth: Int

  init(
    _ clouds: PointClouds<Scalar>, fields: [Field<Scalar>], row: BackboneRow, rowsPerCall: Int?, threads: Int?
  ) {
    precondition(
      fields.allSatisfy { $0.values.rows == clouds.points.rows }, "Fields of points have a row a point")
    precondition(rowsPerCall ?? 1 >= 1, "A call has at least one row")
    let sizes = Set((0..<clouds.count).map { clouds.starts[$0 + 1] - clouds.starts[$0] })
    precondition(row == .point || sizes.count <= 1, "Clouds that are rows have equally many points")
    self.clouds = clouds
    self.fields = fields
    self.row = row
    self.threads = threads
    pointWidth = fields.reduce(clouds.dimension) { $0 + $1.values.columns }
    let inputs = row == .cloud ? pointWidth * (sizes.first ?? 0) : pointWidth
    self.rowsPerCall = rowsPerCall ?? FrameCalls.rowsPerCall(inputs: inputs)
  }

  /// The averages: a row a cloud, or, for a kind of field and rows that are points, a row a point.
  func average<F: FiniteFrame<Scalar>, Failure: Error>(
    _ frame: @Sendable (Int) -> F, count: Int, as kind: FieldKind?,
    _ backbone: @Sendable (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Matrix<Scalar> {
    precondition(count == clouds.count, "Every cloud needs a frame")
    let sizes = (0..<count).map { clouds.starts[$0 + 1] - clouds.starts[$0] }
    let elements = (0..<count).map { frame($0).count }
    precondition(
      elements.allSatisfy { $0 <= F.largestAverage }, "A frame is too large to average over all of it")
    let calls = FrameCalls(sizes: sizes, elements: elements, row: row, rowsPerCall: rowsPerCall)
    let parts = try calls.map(threads: threads) { cells throws(Failure) in
      try averages(of: cells, frame, as: kind, backbone)
    }
    let isByPoint = kind != nil && row == .point
    let columns = parts.first?.columns ?? 0
    var result = Matrix<Scalar>(zeros: isByPoint ? clouds.points.rows : count, columns)
    for (cell, part) in zip(calls.cells, parts) {
      let first = isByPoint ? clouds.starts[cell.cloud] + cell.points.lowerBound : cell.cloud
      Self.add(part, to: &result, row: first)
    }
    return result
  }

  /// One call of the backbone, and what each cell adds to the average.
  private func averages<F: FiniteFrame<Scalar>, Failure: Error>(
    of cells: ArraySlice<FrameCell>, _ frame: @Sendable (Int) -> F, as kind: FieldKind?,
    _ backbone: @Sendable (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> [Matrix<Scalar>] {
    let frames = cells.map { frame($0.cloud) }
    let rows = cells.reduce(0) { $0 + $1.rows }
    var input: [Scalar] = []
    for (cell, frame) in zip(cells, frames) { appendRows(of: cell, frame, to: &input) }
    let output = try backbone(
      Matrix(rows: rows, columns: rows == 0 ? 0 : input.count / rows, elements: input))
    precondition(output.rows == rows, "A backbone gives a row for each that it gets")
    var first = 0
    return zip(cells, frames).map { cell, frame in
      defer { first += cell.rows }
      return average(of: cell, frame, output, first, as: kind)
    }
  }

  /// The rows of a cell: element after element, and for each point after point.
  private func appendRows(of cell: FrameCell, _ frame: some FiniteFrame<Scalar>, to input: inout [Scalar]) {
    let points = part(clouds.points, cell)
    if let frame = frame as? Frame<Scalar>, let proper = frame.signedAxes?.isProper, fields.isEmpty {
      // The copies of the cloud are one, with columns turned round.
      let canonical = frame[0].inverseTransformed(points)
      for element in cell.elements {
        Self.append(canonical, turned: element, proper: proper, to: &input)
      }
      return
    }
    let rest = fields.map { Field($0.kind, part($0.values, cell)) }
    for index in cell.elements {
      let element = frame[index]
      let shown = [element.inverseTransformed(points)] + rest.map { element.inverseTransformed($0).values }
      for i in 0..<points.rows {
        for values in shown { input.append(contentsOf: values.rowArray(i)) }
      }
    }
  }

  /// What a cell adds: the weighted sum over its elements, and for invariants over points too.
  private func average(
    of cell: FrameCell, _ frame: some FiniteFrame<Scalar>, _ output: Matrix<Scalar>, _ first: Int,
    as kind: FieldKind?
  ) -> Matrix<Scalar> {
    let rows = cell.rows / cell.elements.count
    var result = Matrix<Scalar>(zeros: kind == nil ? 1 : rows, output.columns)
    for (place, index) in cell.elements.enumerated() {
      let start = first + place * rows
      let weight = frame.weight(index)
      if let kind {
        let values = Matrix(output[start..<(start + rows), 0..<output.columns])
        Self.add(frame[index].transformed(Field(kind, values)).values, to: &result, row: 0, times: weight)
      } else {
        let points = row == .cloud ? 1 : clouds.starts[cell.cloud + 1] - clouds.starts[cell.cloud]
        Self.addRows(output, start..<(start + rows), times: weight / Scalar(points), to: &result)
      }
    }
    return result
  }

  /// The rows of a matrix that belong to the points of a cell.
  private func part(_ matrix: Matrix<Scalar>, _ cell: FrameCell) -> Matrix<Scalar> {
    let start = clouds.starts[cell.cloud]
    let range = (start + cell.points.lowerBound)..<(start + cell.points.upperBound)
    return Matrix(matrix[range, 0..<matrix.columns])
  }

  /// Appends a canonical cloud with the signs of an element of its frame.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func append(
    _ canonical: Matrix<Scalar>, turned element: Int, proper: Bool, to input: inout [Scalar]
  ) {
    let d = canonical.columns
    var signs = (0..<d).map { $0 < Int.bitWidth - 1 && element >> $0 & 1 == 1 ? -1 as Scalar : 1 }
    if proper { signs[d - 1] = signs.dropLast().reduce(1, *) }
    canonical.withSpan { values in
      for i in 0..<canonical.rows {
        for j in 0..<d { input.append(values[i * d + j] * signs[j]) }
      }
    }
  }

  /// Adds the rows of a range, times a factor, to the one row of the result.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func addRows(
    _ matrix: Matrix<Scalar>, _ rows: Range<Int>, times factor: Scalar, to result: inout Matrix<Scalar>
  ) {
    let columns = matrix.columns
    matrix.withSpan { values in
      result.withMutableSpan { sums in
        for i in rows {
          for j in 0..<columns { sums[j] += factor * values[i * columns + j] }
        }
      }
    }
  }

  /// Adds a matrix, times a factor, to the rows of the result from `row` on.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func add(
    _ part: Matrix<Scalar>, to result: inout Matrix<Scalar>, row: Int, times factor: Scalar = 1
  ) {
    let (start, count) = (row * part.columns, part.rows * part.columns)
    part.withSpan { values in
      result.withMutableSpan { sums in
        for i in 0..<count { sums[start + i] += factor * values[i] }
      }
    }
  }
}
