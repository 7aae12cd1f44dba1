import Keel
import KeelSimplex

/// Rows of scores on their way through a map, some at a time, so that neither scores nor results need to fit
/// the memory. The results do not depend on how many rows are taken at a time.
struct SimplexProjection<Scalar: SimplexScalar & NumericElement> {
  /// The map.
  let map: any SimplexMap<Scalar>
  /// What the scores are divided by, if not by 1.
  let temperature: Scalar?
  /// The number of rows at a time.
  let rowsPerChunk: Int
  /// The largest residual of a row whose entries sum to 1, if residuals are wanted.
  let tolerance: Double?

  /// What comes in.
  struct Input {
    var scores: SimplexRowReader
    var mask: SimplexCompanion?
    var lengths: SimplexCompanion?
    var cotangents: SimplexCompanion?
  }

  /// Where results go.
  struct Output {
    var rows: SimplexRowWriter<Scalar>?
    var sparseRows: SimplexSparseWriter<Scalar>?
    var gradients: SimplexRowWriter<Scalar>?
    var alphaGradients: SimplexRowWriter<Double>?
    var thresholds: SimplexRowWriter<Double>?
  }

  /// Rows that are in memory.
  private struct Chunk {
    let first: Int
    let rows: Int
    let columns: Int
    let mask: [Bool]?
    let lengths: [Int]?

    /// The number of entries of a row that count.
    func length(_ row: Int) -> Int { lengths?[row] ?? columns }
  }

  /// Maps all rows.
  ///
  /// - Parameters:
  ///   - input: the files to read.
  ///   - output: the files to write, which are closed at the end.
  ///   - progress: called with the number of rows done.
  /// - Returns: what was seen of the rows.
  /// - Throws: ``InputError``.
  func run(_ input: Input, _ output: Output, progress: (Int) -> Void) throws -> SimplexTally {
    var (input, tally) = (input, SimplexTally())
    let columns = input.scores.columns
    while true {
      let rowsLeft = input.scores.rowCount.map { $0 - tally.rows }
      let wanted = min(rowsPerChunk, rowsLeft ?? (columns == 0 ? 0 : .max))
      guard wanted > 0 else { break }
      var scores: [Scalar] = try input.scores.read(rows: wanted)
      let rows = columns == 0 ? wanted : scores.count / columns
      guard rows > 0 else { break }
      let chunk = Chunk(
        first: tally.rows, rows: rows, columns: columns,
        mask: try input.mask?.readMask(rows: rows, columns: columns),
        lengths: try input.lengths?.readLengths(rows: rows, columns: columns))
      prepare(&scores, mask: chunk.mask, temperature: temperature)
      let (image, thresholds) = project(&scores, chunk)
      tally.count(thresholds)
      if let tolerance { certify(scores, image, thresholds, chunk, tolerance: tolerance, in: &tally) }
      try output.rows?.append(image, rows: rows)
      output.sparseRows?.append(image, rows: rows)
      try output.thresholds?.append(thresholds.map(\.value), rows: rows)
      if var cotangents: [Scalar] = try input.cotangents?.read(rows: rows) {
        if let writer = output.alphaGradients {
          try writer.append(alphaPullback(of: cotangents, at: image, chunk), rows: rows)
        }
        if let writer = output.gradients {
          pullback(&cotangents, at: image, chunk)
          try writer.append(cotangents, rows: rows)
        }
      }
      progress(tally.rows)
    }
    try input.mask?.expectEnd()
    try input.lengths?.expectEnd()
    try input.cotangents?.expectEnd()
    try output.rows?.finish()
    try output.sparseRows?.finish()
    try output.gradients?.finish()
    try output.alphaGradients?.finish()
    try output.thresholds?.finish()
    return tally
  }

  /// The images of rows and their thresholds. The scores are lost, unless they are needed for residuals.
  private func project(_ scores: inout [Scalar], _ chunk: Chunk) -> ([Scalar], [RowThreshold]) {
    var thresholds = [RowThreshold](
      repeating: RowThreshold(maximum: -.infinity, offset: 0, supportCount: 0), count: chunk.rows)
    var image = scores
    // Without the second reference the image takes the memory of the scores.
    if tolerance == nil { scores = [] }
    image.withUnsafeMutableBufferPointer { image in
      thresholds.withUnsafeMutableBufferPointer { thresholds in
        withOptionalPointer(chunk.lengths) { lengths in
          guard let start = image.baseAddress, !image.isEmpty else { return }
          map.project(
            RowBatch(
              rows: chunk.rows, columns: chunk.columns, firstRow: chunk.first, input: UnsafePointer(start),
              inputStride: chunk.columns, output: start, outputStride: chunk.columns, lengths: lengths,
              thresholds: thresholds.baseAddress), mask: nil, threads: nil)
        }
      }
    }
    return (image, thresholds)
  }

  /// Replaces cotangents by gradients with respect to the scores.
  private func pullback(_ cotangents: inout [Scalar], at image: [Scalar], _ chunk: Chunk) {
    cotangents.withUnsafeMutableBufferPointer { gradients in
      guard let target = gradients.baseAddress else { return }
      forEachTask(UnsafePointer(target), target, at: image, chunk) { batch in map.pullback(batch) }
    }
    finish(&cotangents, mask: chunk.mask, temperature: temperature)
  }

  /// The derivatives of the products of cotangents and images by α, one a row; zero for a map without α.
  private func alphaPullback(of cotangents: [Scalar], at image: [Scalar], _ chunk: Chunk) -> [Double] {
    var products = [Double](repeating: 0, count: chunk.rows)
    guard let map = map as? Entmax<Scalar> else { return products }
    cotangents.withUnsafeBufferPointer { cotangents in
      products.withUnsafeMutableBufferPointer { products in
        guard let source = cotangents.baseAddress, let target = products.baseAddress else { return }
        nonisolated(unsafe) let result = target
        // The gradients are not written.
        forEachTask(source, UnsafeMutablePointer(mutating: source), at: image, chunk) { batch in
          map.alphaPullback(batch, products: result + (batch.firstRow - chunk.first))
        }
      }
    }
    return products
  }

  /// Calls `body` with parts of the rows, on several threads, for some ten microseconds each.
  private func forEachTask(
    _ cotangents: UnsafePointer<Scalar>, _ gradients: UnsafeMutablePointer<Scalar>, at image: [Scalar],
    _ chunk: Chunk, _ body: @Sendable (PullbackBatch<Scalar>) -> Void
  ) {
    let columns = chunk.columns
    image.withUnsafeBufferPointer { image in
      withOptionalPointer(chunk.lengths) { lengths in
        guard let output = image.baseAddress, !image.isEmpty else { return }
        nonisolated(unsafe) let batch = PullbackBatch(
          rows: chunk.rows, columns: columns, firstRow: chunk.first, output: output, outputStride: columns,
          cotangent: cotangents, cotangentStride: columns, gradient: gradients, gradientStride: columns,
          lengths: lengths)
        Parallel.forEach(chunk.rows, chunk: max(1, 16384 / columns)) { rows in
          body(batch[chunk.first + rows.lowerBound..<chunk.first + rows.upperBound])
        }
      }
    }
  }

  /// Counts the residuals of rows.
  private func certify(
    _ scores: [Scalar], _ image: [Scalar], _ thresholds: [RowThreshold], _ chunk: Chunk, tolerance: Double,
    in tally: inout SimplexTally
  ) {
    let columns = chunk.columns
    let residuals: [(residual: Double, scale: Double)] = scores.withUnsafeBufferPointer { scores in
      image.withUnsafeBufferPointer { image in
        nonisolated(unsafe) let (scores, image) = (scores, image)
        return Parallel.map(chunk.rows) { row in
          let entries = row * columns..<row * columns + chunk.length(row)
          let p = UnsafeBufferPointer(rebasing: image[entries])
          let residual = map.residual(
            UnsafeBufferPointer(rebasing: scores[entries]), p, threshold: thresholds[row],
            row: chunk.first + row)
          return (residual, magnitude(of: p))
        }
      }
    }
    for (row, (residual, scale)) in residuals.enumerated() where !scale.isNaN {
      tally.certify(residual: residual, limit: tolerance * max(1, scale), row: chunk.first + row)
    }
  }
}

/// Puts -infinity in the place of scores that take no part, and divides by the temperature.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func prepare<Scalar: SimplexScalar>(_ scores: inout [Scalar], mask: [Bool]?, temperature: Scalar?) {
  if let temperature { for i in scores.indices { scores[i] /= temperature } }
  if let mask { for i in scores.indices where !mask[i] { scores[i] = -.infinity } }
}

/// The gradient of scores that were divided by a temperature, and of those that took no part.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func finish<Scalar: SimplexScalar>(_ gradients: inout [Scalar], mask: [Bool]?, temperature: Scalar?) {
  if let temperature { for i in gradients.indices { gradients[i] /= temperature } }
  if let mask { for i in gradients.indices where !mask[i] { gradients[i] = 0 } }
}

/// The sum of the magnitudes of a row: the scale on which its residual is to be seen.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func magnitude<Scalar: SimplexScalar>(of row: UnsafeBufferPointer<Scalar>) -> Double {
  var sum = 0.0
  for value in row { sum += Double(abs(value)) }
  return sum
}

/// Calls `body` with the address of an array, if there is one.
private func withOptionalPointer<Element, Result>(
  _ array: [Element]?, _ body: (UnsafePointer<Element>?) -> Result
) -> Result {
  guard let array else { return body(nil) }
  return array.withUnsafeBufferPointer { body($0.baseAddress) }
}
