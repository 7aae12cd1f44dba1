public import Keel

extension SimplexMap {
  /// The images of rows of scores.
  ///
  /// ```swift
  /// let p = Sparsemax<Double>()(scores, valid: .lengths([3, 5, 2]))
  /// ```
  ///
  /// The result is the same for every number of threads.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each problem: a matrix, a block of one, or a transpose.
  ///   - valid: the entries that take part.
  ///   - starts: guesses of the thresholds, one for each row, such as those of the previous step of an
  ///     iteration (``SimplexSolutions/starts``). They change the time only.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the images, of the shape of the scores.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func callAsFunction(
    _ scores: some StridedMatrix<Scalar>, valid: ValidEntries = .all, starts: [Scalar]? = nil,
    threads: Int? = nil
  ) throws(Failure) -> Matrix<Scalar> {
    let (rows, columns) = (scores.rows, scores.columns)
    try validate(rows: rows, columns: columns)
    return image(of: scores, valid: valid, starts: starts, threads: threads, thresholds: nil)
  }

  /// Writes the images of rows of scores into a matrix of the caller. Nothing that grows with the number of
  /// rows is allocated, except for a copy of scores that are a transposed view.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each problem.
  ///   - valid: the entries that take part.
  ///   - starts: guesses of the thresholds, one for each row. They change the time only.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  ///   - output: where the images go, of the shape of the scores.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func project<Input: StridedMatrix, Output: MutableStridedMatrix & ~Copyable>(
    _ scores: Input, valid: ValidEntries = .all, starts: [Scalar]? = nil, threads: Int? = nil,
    into output: inout Output
  ) throws(Failure) where Input.Scalar == Scalar, Output.Scalar == Scalar {
    let (rows, columns) = (scores.rows, scores.columns)
    precondition(
      output.rows == rows && output.columns == columns, "The output must have the shape of the scores")
    try validate(rows: rows, columns: columns)
    let stride = output.rowStride
    output.withUnsafeMutableElements { target in
      project(scores, valid: valid, starts: starts, threads: threads, to: target, stride: stride)
    }
  }

  /// Replaces rows of scores by their images. Nothing that grows with the number of rows is allocated.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each problem; their images afterwards.
  ///   - valid: the entries that take part.
  ///   - starts: guesses of the thresholds, one for each row. They change the time only.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Throws: what ``validate(rows:columns:)`` throws; nothing for most maps.
  public func project<Rows: MutableStridedMatrix & ~Copyable>(
    inPlace scores: inout Rows, valid: ValidEntries = .all, starts: [Scalar]? = nil, threads: Int? = nil
  ) throws(Failure) where Rows.Scalar == Scalar {
    let (rows, columns, stride) = (scores.rows, scores.columns, scores.rowStride)
    try validate(rows: rows, columns: columns)
    scores.withUnsafeMutableElements { target in
      project(
        rows: rows, columns: columns, valid: valid, starts: starts, threads: threads,
        input: target.map { (UnsafePointer($0), stride) }, output: target.map { ($0, stride) })
    }
  }

  /// The images of rows that have been validated, and their thresholds if there is room for them.
  func image(
    of scores: some StridedMatrix<Scalar>, valid: ValidEntries, starts: [Scalar]?, threads: Int?,
    thresholds: UnsafeMutablePointer<RowThreshold>?
  ) -> Matrix<Scalar> {
    guard !scores.isEmpty else {
      project(
        scores, valid: valid, starts: starts, threads: threads, to: nil, stride: 0, thresholds: thresholds)
      return Matrix(rows: scores.rows, columns: scores.columns, elements: [])
    }
    return Matrix(rows: scores.rows, columns: scores.columns) { target in
      project(
        scores, valid: valid, starts: starts, threads: threads, to: target, stride: scores.columns,
        thresholds: thresholds)
    }
  }

  private func project(
    _ scores: some StridedMatrix<Scalar>, valid: ValidEntries, starts: [Scalar]?, threads: Int?,
    to target: UnsafeMutablePointer<Scalar>?, stride: Int,
    thresholds: UnsafeMutablePointer<RowThreshold>? = nil
  ) {
    func run(_ input: (UnsafePointer<Scalar>, Int)?) {
      project(
        rows: scores.rows, columns: scores.columns, valid: valid, starts: starts, threads: threads,
        input: input, output: target.map { ($0, stride) }, thresholds: thresholds)
    }
    if scores.isEmpty { run(nil) } else { withRows(of: scores) { run(($0, $1)) } }
  }
}
