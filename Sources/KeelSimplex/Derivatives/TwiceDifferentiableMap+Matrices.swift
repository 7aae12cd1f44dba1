public import Keel

extension TwiceDifferentiableMap {
  /// The product of the Hessian of x ↦ <g, p(x)> with a direction v.
  ///
  /// - Parameters:
  ///   - cotangent: g.
  ///   - direction: v, a direction of the scores.
  ///   - output: p, an image under this map.
  ///   - valid: the entries that took part. The product is zero elsewhere.
  public func secondDerivative(
    of cotangent: [Scalar], along direction: [Scalar], at output: [Scalar], valid: ValidEntries = .all
  ) -> [Scalar] {
    secondDerivative(
      of: Matrix(row: cotangent), along: Matrix(row: direction), at: Matrix(row: output), valid: valid
    ).elements
  }

  /// Products of the Hessians of x ↦ <g, p(x)> with directions v, row by row.
  ///
  /// - Parameters:
  ///   - cotangents: g, a row for each output.
  ///   - directions: v, directions of the scores.
  ///   - outputs: p, images of rows under this map.
  ///   - valid: the entries that took part. The products are zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the products, of the shape of the outputs.
  public func secondDerivative(
    of cotangents: some StridedMatrix<Scalar>, along directions: some StridedMatrix<Scalar>,
    at outputs: some StridedMatrix<Scalar>, valid: ValidEntries = .all, threads: Int? = nil
  ) -> Matrix<Scalar> {
    let (rows, columns) = (outputs.rows, outputs.columns)
    precondition(
      cotangents.rows == rows && cotangents.columns == columns && directions.rows == rows
        && directions.columns == columns,
      "Cotangents and directions must have the shape of the outputs.")
    return Matrix(rows: rows, columns: columns) { product in
      valid.withPointers(rows: rows, columns: columns) { lengths, mask in
        withRows(of: cotangents) { cotangent, cotangentStride in
          withRows(of: directions) { direction, directionStride in
            withRows(of: outputs) { output, outputStride in
              var batch = SecondDerivativeBatch(
                rows: rows, columns: columns, stride: columns, output: output, cotangent: cotangent,
                direction: direction, product: product, lengths: lengths)
              batch.cotangentStride = cotangentStride
              batch.directionStride = directionStride
              batch.outputStride = outputStride
              secondDerivative(batch, mask: mask, threads: threads)
            }
          }
        }
      }
    }
  }

  private func secondDerivative(
    _ batch: SecondDerivativeBatch<Scalar>, mask: UnsafePointer<Bool>?, threads: Int?
  ) {
    nonisolated(unsafe) let (batch, mask) = (batch, mask)
    RowChunks(rows: batch.rows, columns: batch.columns).forEach(threads: threads) { rows in
      let part = batch[rows]
      secondDerivative(part)
      guard let mask else { return }
      clearMasked(
        part.product, stride: part.productStride, mask: mask + rows.lowerBound * batch.columns,
        rows: rows.count, columns: batch.columns)
    }
  }
}
