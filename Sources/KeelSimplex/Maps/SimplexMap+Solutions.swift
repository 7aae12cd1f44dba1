public import Keel

extension SimplexMap {
  /// The image of one row of scores with its threshold, its support and the KKT residual as a certificate.
  ///
  /// - Parameters:
  ///   - scores: the scores x.
  ///   - valid: the entries that take part.
  ///   - start: a guess of the threshold. It changes the time only.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func solve(
    _ scores: [Scalar], valid: ValidEntries = .all, start: Scalar? = nil
  ) throws(Failure) -> SimplexSolution<Scalar> {
    let row = Matrix(row: scores)
    let solutions = try solve(row, valid: valid, starts: start.map { [$0] })
    return SimplexSolution(
      output: solutions.outputs.elements, threshold: solutions.thresholds[0],
      residual: residuals(of: solutions, for: row, valid: valid)[0])
  }

  /// The images of rows of scores with their thresholds and the sizes of their supports.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each problem.
  ///   - valid: the entries that take part.
  ///   - starts: guesses of the thresholds, one for each row. They change the time only.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func solve(
    _ scores: some StridedMatrix<Scalar>, valid: ValidEntries = .all, starts: [Scalar]? = nil,
    threads: Int? = nil
  ) throws(Failure) -> SimplexSolutions<Scalar> {
    let rows = scores.rows
    try validate(rows: rows, columns: scores.columns)
    var thresholds = [RowThreshold](repeating: .ofEmptyRow, count: rows)
    let outputs = thresholds.withUnsafeMutableBufferPointer {
      image(of: scores, valid: valid, starts: starts, threads: threads, thresholds: $0.baseAddress)
    }
    return SimplexSolutions(outputs: outputs, thresholds: thresholds)
  }

  /// The KKT residual of each row: by how much the optimality conditions fail there, at worst.
  ///
  /// A few units of rounding certify a row by itself, whatever computed it.
  ///
  /// - Parameters:
  ///   - solutions: images and thresholds of rows.
  ///   - scores: the scores that they belong to.
  ///   - valid: the entries that took part.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Complexity: one pass over scores and outputs.
  public func residuals(
    of solutions: SimplexSolutions<Scalar>, for scores: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all, threads: Int? = nil
  ) -> [Double] {
    let (rows, columns) = (scores.rows, scores.columns)
    let outputs = solutions.outputs
    precondition(
      outputs.rows == rows && outputs.columns == columns, "The outputs must have the shape of the scores")
    var result = [Double](repeating: 0, count: rows)
    valid.withPointers(rows: rows, columns: columns) { lengths, mask in
      guard !scores.isEmpty else { return }
      withRows(of: scores) { input, stride in
        outputs.withUnsafeElements { output in
          result.withUnsafeMutableBufferPointer { result in
            nonisolated(unsafe) let (result, lengths, mask, input) = (result, lengths, mask, input)
            nonisolated(unsafe) let output = output.unsafelyUnwrapped
            RowChunks(rows: rows, columns: columns).forEach(threads: threads) { chunk in
              var scratch = [Scalar](repeating: 0, count: mask == nil ? 0 : columns)
              for r in chunk {
                let count = lengths?[r] ?? columns
                let p = UnsafeBufferPointer(start: output + r * columns, count: count)
                if let mask {
                  scratch.withUnsafeMutableBufferPointer {
                    copyMasked(
                      input + r * stride, stride: stride, mask: mask + r * columns, rows: 1,
                      columns: columns, to: $0.baseAddress.unsafelyUnwrapped, stride: columns)
                  }
                  result[r] = scratch.withUnsafeBufferPointer {
                    residual($0, p, threshold: solutions.thresholds[r], row: r)
                  }
                } else {
                  let x = UnsafeBufferPointer(start: input + r * stride, count: count)
                  result[r] = residual(x, p, threshold: solutions.thresholds[r], row: r)
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}
