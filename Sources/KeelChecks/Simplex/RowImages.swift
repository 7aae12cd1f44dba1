import KeelSimplex

/// Rows of scores and what a map made of them.
struct RowImages<Scalar: SimplexScalar>: Sendable {
  /// The number of entries of a row.
  let columns: Int
  /// The scores, row after row.
  let scores: [Scalar]
  /// The images, row after row.
  let outputs: [Scalar]
  /// The threshold of each row.
  let thresholds: [RowThreshold]

  /// Maps rows of scores.
  init(_ map: some SimplexMap<Scalar>, _ scores: [Scalar], columns: Int) {
    let rows = columns == 0 ? 0 : scores.count / columns
    var outputs = [Scalar](repeating: 0, count: scores.count)
    var thresholds = [RowThreshold](
      repeating: RowThreshold(maximum: 0, offset: 0, supportCount: 0), count: rows)
    scores.withUnsafeBufferPointer { scores in
      outputs.withUnsafeMutableBufferPointer { outputs in
        thresholds.withUnsafeMutableBufferPointer { thresholds in
          guard let input = scores.baseAddress, let output = outputs.baseAddress else { return }
          map.project(
            RowBatch(
              rows: rows, columns: columns, input: input, inputStride: columns, output: output,
              outputStride: columns, thresholds: thresholds.baseAddress))
        }
      }
    }
    self.columns = columns
    self.scores = scores
    self.outputs = outputs
    self.thresholds = thresholds
  }

  /// The number of rows.
  var rows: Int { thresholds.count }

  /// The scores of a row.
  func scores(_ row: Int) -> ArraySlice<Scalar> { scores[row * columns..<(row + 1) * columns] }

  /// The image of a row.
  func output(_ row: Int) -> ArraySlice<Scalar> { outputs[row * columns..<(row + 1) * columns] }
}

/// Maps one row.
func image<Scalar: SimplexScalar>(of row: [Scalar], under map: some SimplexMap<Scalar>) -> [Scalar] {
  RowImages(map, row, columns: row.count).outputs
}

/// The product of the Jacobian at an output with a vector: from the left, or from the right.
func jacobianProduct<Scalar: SimplexScalar>(
  of map: some SimplexMap<Scalar>, at output: [Scalar], with vector: [Scalar], forward: Bool = false
) -> [Scalar] {
  var result = vector
  output.withUnsafeBufferPointer { output in
    result.withUnsafeMutableBufferPointer { result in
      guard let p = output.baseAddress, let g = result.baseAddress else { return }
      let n = output.count
      let batch = PullbackBatch(
        rows: 1, columns: n, output: p, outputStride: n, cotangent: UnsafePointer(g), cotangentStride: n,
        gradient: g, gradientStride: n)
      if forward { map.pushforward(batch) } else { map.pullback(batch) }
    }
  }
  return result
}
