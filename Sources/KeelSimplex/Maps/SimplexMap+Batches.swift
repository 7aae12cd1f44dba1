import Keel

extension SimplexMap {
  /// Maps the rows of a batch, masked and on several threads.
  ///
  /// With a mask, the scores are copied into the output with -∞ in the place of those left out, and mapped
  /// there in place: the caller's scores stay as they are, and nothing is allocated.
  package func project(_ batch: RowBatch<Scalar>, mask: UnsafePointer<Bool>?, threads: Int?) {
    nonisolated(unsafe) let (batch, mask) = (batch, mask)
    if RowBatch<Scalar>.isLong(rows: batch.rows, columns: batch.columns) {
      projectLongRows(masked(batch, mask), threads: threads ?? Runtime.threads)
      return
    }
    let first = batch.firstRow
    RowChunks(rows: batch.rows, columns: batch.columns).forEach(threads: threads) { rows in
      let part = batch[first + rows.lowerBound..<first + rows.upperBound]
      project(masked(part, mask.map { $0 + rows.lowerBound * batch.columns }))
    }
  }

  /// The batch with its scores masked, in its output.
  func masked(_ batch: RowBatch<Scalar>, _ mask: UnsafePointer<Bool>?) -> RowBatch<Scalar> {
    guard let mask else { return batch }
    copyMasked(
      batch.input, stride: batch.inputStride, mask: mask, rows: batch.rows, columns: batch.columns,
      to: batch.output, stride: batch.outputStride)
    var result = batch
    result.input = UnsafePointer(batch.output)
    result.inputStride = batch.outputStride
    return result
  }

  /// Maps rows of a shape that is known to be sound, thresholds included, also if there are no columns.
  func project(
    rows: Int, columns: Int, valid: ValidEntries, starts: [Scalar]?, threads: Int?,
    input: (UnsafePointer<Scalar>, Int)?, output: (UnsafeMutablePointer<Scalar>, Int)?,
    thresholds: UnsafeMutablePointer<RowThreshold>? = nil
  ) {
    precondition(starts.map { $0.count == rows } ?? true, "There must be one start for each row")
    valid.withPointers(rows: rows, columns: columns) { lengths, mask in
      guard let input, let output, rows > 0, columns > 0 else {
        thresholds?.update(repeating: .ofEmptyRow, count: rows)
        return
      }
      func run(_ starts: UnsafePointer<Scalar>?) {
        let batch = RowBatch(
          rows: rows, columns: columns, input: input.0, inputStride: input.1, output: output.0,
          outputStride: output.1, lengths: lengths, starts: starts, thresholds: thresholds)
        project(batch, mask: mask, threads: threads)
      }
      if let starts {
        starts.withUnsafeBufferPointer { run($0.baseAddress) }
      } else {
        run(nil)
      }
    }
  }
}

extension RowThreshold {
  /// What there is to say about a row without entries.
  static var ofEmptyRow: RowThreshold { RowThreshold(maximum: -.infinity, offset: 0, supportCount: 0) }
}

extension RowBatch {
  /// Whether there are too few rows for threads to share, and enough entries in each to cut rows.
  static func isLong(rows: Int, columns: Int) -> Bool { rows < 8 && columns >= 1 << 18 }
}
