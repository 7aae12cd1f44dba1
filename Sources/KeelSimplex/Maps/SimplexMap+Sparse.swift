public import Keel

extension SimplexMap {
  /// The images of rows of scores as sparse rows, without a dense matrix in between.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each problem.
  ///   - valid: the entries that take part.
  ///   - starts: guesses of the thresholds, one for each row. They change the time only.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the entries that are not zero.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func sparse(
    _ scores: some StridedMatrix<Scalar>, valid: ValidEntries = .all, starts: [Scalar]? = nil,
    threads: Int? = nil
  ) throws(Failure) -> SparseRows<Scalar> {
    let (rows, columns) = (scores.rows, scores.columns)
    try validate(rows: rows, columns: columns)
    let chunks = RowChunks(rows: rows, columns: columns)
    var parts = [SparseRows<Scalar>?](repeating: nil, count: chunks.count)
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts
      forEachSparseChunk(of: scores, valid, starts, chunks, threads) { chunk, part in
        parts[chunk.lowerBound / chunks.rowsPerChunk] = SparseRows(
          unchecked: chunk.count, columns: columns,
          rowOffsets: Array(UnsafeBufferPointer(start: part.offsets, count: chunk.count + 1)),
          columnIndices: Array(UnsafeBufferPointer(start: part.indices, count: part.count)),
          values: Array(UnsafeBufferPointer(start: part.values, count: part.count)))
      }
    }
    return SparseRows(concatenating: parts.compactMap { $0 }, rows: rows, columns: columns)
  }

  /// The products P V of the images P of rows of scores with a dense matrix, as in attention, without P in
  /// memory.
  ///
  /// Each row of the result is the mean of the rows of V with the weights p, for maps onto the simplex. Rows
  /// of V without weight are not read: the time is that of the map, and O(support × columns of V) a row. For
  /// maps without zeros, such as softmax, a dense product is faster.
  ///
  /// For the gradients keep P: `let p = map.sparse(scores)`, `p * values`, and
  /// ``attentionPullback(of:at:values:valid:threads:)``.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each query and a column for each key.
  ///   - values: V, a row for each key.
  ///   - valid: the keys that take part in each query.
  ///   - starts: guesses of the thresholds, one for each row. They change the time only.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: a row for each query.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func attention(
    _ scores: some StridedMatrix<Scalar>, values: some StridedMatrix<Scalar>, valid: ValidEntries = .all,
    starts: [Scalar]? = nil, threads: Int? = nil
  ) throws(Failure) -> Matrix<Scalar> {
    let (rows, columns, width) = (scores.rows, scores.columns, values.columns)
    precondition(values.rows == columns, "There must be as many rows of values as columns of scores")
    try validate(rows: rows, columns: columns)
    guard rows > 0, columns > 0, width > 0 else {
      valid.withPointers(rows: rows, columns: columns) { _, _ in }
      return Matrix(zeros: rows, width)
    }
    return Matrix(rows: rows, columns: width) { target in
      withRows(of: values) { values, stride in
        nonisolated(unsafe) let (target, values) = (target, values)
        // A row of V costs about as much as an entry of scores.
        let chunks = RowChunks(rows: rows, columns: columns + width)
        forEachSparseChunk(of: scores, valid, starts, chunks, threads) { chunk, part in
          part.multiply(values, stride: stride, columns: width, into: target + chunk.lowerBound * width)
        }
      }
    }
  }

  /// The gradients of a loss of P V with respect to the scores and to V.
  ///
  /// For G the gradient of the loss with respect to P V, that with respect to V is Pᵀ G, and that with respect
  /// to the scores is Jᵀ(G Vᵀ), row by row. If ``hasLocalDerivatives``, only the entries of G Vᵀ on the
  /// support are formed; otherwise all of them.
  ///
  /// - Parameters:
  ///   - cotangents: G, a row for each query.
  ///   - weights: P, the image of the scores under this map.
  ///   - values: V, a row for each key.
  ///   - valid: the entries that took part.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the gradients with respect to the scores and to the values.
  public func attentionPullback(
    of cotangents: some StridedMatrix<Scalar>, at weights: SparseRows<Scalar>,
    values: some StridedMatrix<Scalar>, valid: ValidEntries = .all, threads: Int? = nil
  ) -> (scores: SparseRows<Scalar>, values: Matrix<Scalar>) {
    precondition(
      cotangents.rows == weights.rows && cotangents.columns == values.columns,
      "Cotangents must have the shape of the products")
    precondition(values.rows == weights.columns, "There must be as many rows of values as columns of weights")
    let valueGradients = weights.transposedProduct(with: cotangents, threads: threads)
    guard hasLocalDerivatives else {
      let dense = pullback(
        of: Matrix(cotangents) * Matrix(values).transposed, at: weights.dense(), valid: valid,
        threads: threads)
      return (SparseRows(dense), valueGradients)
    }
    var entries = weights.innerProducts(of: cotangents, and: values, threads: threads)
    entries.withUnsafeMutableBufferPointer { entries in
      weights.values.withUnsafeBufferPointer { p in
        guard let first = entries.baseAddress, let p = p.baseAddress else { return }
        nonisolated(unsafe) let (gradient, output) = (first, p)
        weights.forEachChunk(workPerEntry: 8, threads: threads) { _, rows in
          for r in rows {
            let places = weights.entries(ofRow: r)
            pullback(
              PullbackBatch(
                rows: 1, columns: places.count, firstRow: r, output: output + places.lowerBound,
                outputStride: places.count, cotangent: gradient + places.lowerBound,
                cotangentStride: places.count, gradient: gradient + places.lowerBound,
                gradientStride: places.count))
          }
        }
      }
    }
    let scoreGradients = SparseRows(
      unchecked: weights.rows, columns: weights.columns, rowOffsets: weights.rowOffsets,
      columnIndices: weights.columnIndices, values: entries)
    return (scoreGradients, valueGradients)
  }
}

extension SimplexMap {
  /// Calls `body` with the sparse images of each chunk of rows, on several threads.
  private func forEachSparseChunk(
    of scores: some StridedMatrix<Scalar>, _ valid: ValidEntries, _ starts: [Scalar]?, _ chunks: RowChunks,
    _ threads: Int?, _ body: @Sendable (Range<Int>, SparseChunk<Scalar>) -> Void
  ) {
    let (rows, columns) = (scores.rows, scores.columns)
    precondition(starts.map { $0.count == rows } ?? true, "There must be one start for each row")
    precondition(columns <= Int32.max, "The columns of sparse rows are numbers of 32 bits")
    valid.withPointers(rows: rows, columns: columns) { lengths, mask in
      guard !scores.isEmpty else { return }
      withRows(of: scores) { input, stride in
        func run(_ starts: UnsafePointer<Scalar>?) {
          nonisolated(unsafe) let (input, lengths, mask, starts) = (input, lengths, mask, starts)
          chunks.forEach(threads: threads) { chunk in
            SparseChunk<Scalar>.withRoom(rows: chunk.count, columns: columns) { part, scratch in
              let batch = RowBatch(
                rows: chunk.count, columns: columns, firstRow: chunk.lowerBound,
                input: input + chunk.lowerBound * stride, inputStride: stride, output: scratch,
                outputStride: columns, lengths: lengths.map { $0 + chunk.lowerBound },
                starts: starts.map { $0 + chunk.lowerBound })
              fill(&part, batch, mask: mask.map { $0 + chunk.lowerBound * columns })
              body(chunk, part)
            }
          }
        }
        if let starts { starts.withUnsafeBufferPointer { run($0.baseAddress) } } else { run(nil) }
      }
    }
  }

  /// Maps the rows of a batch whose output is room for one row. Masked rows are copied there one by one.
  private func fill(_ part: inout SparseChunk<Scalar>, _ batch: RowBatch<Scalar>, mask: UnsafePointer<Bool>?)
  {
    guard let mask else {
      part.append(batch.rows) { projectSparse(batch, indices: $0, values: $1, capacity: $2, ends: $3) }
      return
    }
    for r in 0..<batch.rows {
      var row = batch[batch.firstRow + r..<batch.firstRow + r + 1]
      row.output = batch.output
      row = masked(row, mask + r * batch.columns)
      part.append(1) { projectSparse(row, indices: $0, values: $1, capacity: $2, ends: $3) }
    }
  }
}
