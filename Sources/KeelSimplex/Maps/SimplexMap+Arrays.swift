extension SimplexMap {
  /// The image p of one row of scores.
  ///
  /// ```swift
  /// let p = Sparsemax<Double>()([-2, 0, 0.5])  // [0, 0.25, 0.75]
  /// ```
  ///
  /// - Parameters:
  ///   - scores: the scores x. Any values; see ``SimplexMap`` for -∞, +∞ and NaN.
  ///   - valid: the entries that take part.
  /// - Returns: p, as many entries as there are scores.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func callAsFunction(_ scores: [Scalar], valid: ValidEntries = .all) throws(Failure) -> [Scalar] {
    try validate(rows: 1, columns: scores.count)
    guard !scores.isEmpty else { return [] }
    return [Scalar](unsafeUninitializedCapacity: scores.count) { buffer, count in
      project(scores.span, valid: valid, start: nil, to: buffer.baseAddress)
      count = scores.count
    }
  }

  /// Writes the image p of one row of scores to memory of the caller. Nothing is allocated.
  ///
  /// - Parameters:
  ///   - scores: the scores x.
  ///   - valid: the entries that take part.
  ///   - start: a guess of the threshold (``RowThreshold/value``). It changes the time only.
  ///   - output: where p goes, as long as the scores.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func project(
    _ scores: Span<Scalar>, valid: ValidEntries = .all, start: Scalar? = nil,
    into output: inout MutableSpan<Scalar>
  ) throws(Failure) {
    precondition(scores.count == output.count, "The output must be as long as the scores")
    try validate(rows: 1, columns: scores.count)
    output.withUnsafeMutableBufferPointer {
      project(scores, valid: valid, start: start, to: $0.baseAddress)
    }
  }

  private func project(
    _ scores: Span<Scalar>, valid: ValidEntries, start: Scalar?, to output: UnsafeMutablePointer<Scalar>?
  ) {
    let count = scores.count
    scores.withUnsafeBufferPointer { input in
      withUnsafePointer(to: start ?? 0) { guess in
        valid.withPointers(rows: 1, columns: count) { lengths, mask in
          guard let first = input.baseAddress, let output, count > 0 else { return }
          let batch = RowBatch(
            rows: 1, columns: count, input: first, inputStride: count, output: output, outputStride: count,
            lengths: lengths, starts: start == nil ? nil : guess)
          project(batch, mask: mask, threads: nil)
        }
      }
    }
  }
}
