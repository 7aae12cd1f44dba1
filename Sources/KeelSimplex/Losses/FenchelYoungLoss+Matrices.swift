public import Keel

extension FenchelYoungLoss {
  /// The loss of rows of scores.
  ///
  /// ```swift
  /// let loss = try FenchelYoungLoss(Entmax<Float>(alpha: 1.5), ignoring: -100)
  /// let (value, gradient) = try loss.valueAndGradient(scores, .classes([2, 0, -100]))
  /// ```
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each example: a matrix, a block of one, or a transpose.
  ///   - targets: what the rows should be mapped to.
  ///   - weights: a factor for the loss of each row, finite and not negative; nil for 1.
  ///   - valid: the entries that take part.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the mean or the sum of the losses of the rows; 0 for a mean of no rows.
  /// - Throws: ``SimplexError`` if the map does not fit the scores, or for the first row whose target or
  ///   weight cannot be.
  public func value(
    _ scores: some StridedMatrix<Scalar>, _ targets: LossTargets<Scalar>, weights: [Scalar]? = nil,
    valid: ValidEntries = .all, threads: Int? = nil
  ) throws(SimplexError) -> Double {
    try withBatch(scores, targets, weights, valid) { batch throws(SimplexError) in
      try evaluate(batch, threads: threads)
    }
  }

  /// The losses of rows of scores, one by one: each times its weight, 0 for rows that are ignored.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each example.
  ///   - targets: what the rows should be mapped to.
  ///   - weights: a factor for the loss of each row, finite and not negative; nil for 1.
  ///   - valid: the entries that take part.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Throws: what ``value(_:_:weights:valid:threads:)`` throws.
  public func losses(
    _ scores: some StridedMatrix<Scalar>, _ targets: LossTargets<Scalar>, weights: [Scalar]? = nil,
    valid: ValidEntries = .all, threads: Int? = nil
  ) throws(SimplexError) -> [Double] {
    var losses = [Double](repeating: 0, count: scores.rows)
    try losses.withUnsafeMutableBufferPointer { losses throws(SimplexError) in
      try withBatch(scores, targets, weights, valid) { batch throws(SimplexError) in
        batch.losses = losses.baseAddress
        try evaluate(batch, threads: threads)
      }
    }
    return losses
  }

  /// The loss of rows of scores and its gradient, in one pass.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each example.
  ///   - targets: what the rows should be mapped to.
  ///   - weights: a factor for the loss of each row, finite and not negative; nil for 1.
  ///   - valid: the entries that take part. The gradient is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the loss, and its gradient with respect to the scores, of their shape.
  /// - Throws: what ``value(_:_:weights:valid:threads:)`` throws.
  public func valueAndGradient(
    _ scores: some StridedMatrix<Scalar>, _ targets: LossTargets<Scalar>, weights: [Scalar]? = nil,
    valid: ValidEntries = .all, threads: Int? = nil
  ) throws(SimplexError) -> (value: Double, gradient: Matrix<Scalar>) {
    var gradient = Matrix<Scalar>(zeros: scores.rows, scores.columns)
    let value = try valueAndGradient(
      scores, targets, weights: weights, valid: valid, threads: threads, into: &gradient)
    return (value, gradient)
  }

  /// The loss of rows of scores, and its gradient into a matrix of the caller.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each example.
  ///   - targets: what the rows should be mapped to.
  ///   - weights: a factor for the loss of each row, finite and not negative; nil for 1.
  ///   - valid: the entries that take part. The gradient is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  ///   - gradient: where the gradient goes, of the shape of the scores.
  /// - Returns: the loss.
  /// - Throws: what ``value(_:_:weights:valid:threads:)`` throws; the gradient is not defined then.
  @discardableResult
  public func valueAndGradient<Scores: StridedMatrix, Gradient: MutableStridedMatrix & ~Copyable>(
    _ scores: Scores, _ targets: LossTargets<Scalar>, weights: [Scalar]? = nil,
    valid: ValidEntries = .all, threads: Int? = nil, into gradient: inout Gradient
  ) throws(SimplexError) -> Double where Scores.Scalar == Scalar, Gradient.Scalar == Scalar {
    precondition(
      gradient.rows == scores.rows && gradient.columns == scores.columns,
      "The gradient must have the shape of the scores.")
    let stride = gradient.rowStride
    return try gradient.withUnsafeMutableElements { target throws(SimplexError) in
      try withBatch(scores, targets, weights, valid) { batch throws(SimplexError) in
        batch.gradient = target
        batch.gradientStride = stride
        return try evaluate(batch, threads: threads)
      }
    }
  }

  /// The loss of rows of scores, which its gradient replaces.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each example; the gradient afterwards.
  ///   - targets: what the rows should be mapped to.
  ///   - weights: a factor for the loss of each row, finite and not negative; nil for 1.
  ///   - valid: the entries that take part. The gradient is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the loss.
  /// - Throws: what ``value(_:_:weights:valid:threads:)`` throws; what the scores are then is not defined.
  @discardableResult
  public func valueAndGradient<Scores: MutableStridedMatrix & ~Copyable>(
    inPlace scores: inout Scores, _ targets: LossTargets<Scalar>, weights: [Scalar]? = nil,
    valid: ValidEntries = .all, threads: Int? = nil
  ) throws(SimplexError) -> Double where Scores.Scalar == Scalar {
    let (rows, columns, stride) = (scores.rows, scores.columns, scores.rowStride)
    return try scores.withUnsafeMutableElements { target throws(SimplexError) in
      try withBatch(
        rows, columns, target.map { UnsafePointer($0) }, stride, targets, weights, valid
      ) { batch throws(SimplexError) in
        batch.gradient = target
        batch.gradientStride = stride
        return try evaluate(batch, threads: threads)
      }
    }
  }

  /// Products of the Hessian of the loss with directions, row by row; see
  /// ``hessianVectorProduct(_:direction:stride:threads:)``.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each example.
  ///   - direction: v, of the shape of the scores.
  ///   - targets: what the rows should be mapped to: they matter only for which rows are ignored.
  ///   - weights: a factor for the loss of each row, finite and not negative; nil for 1.
  ///   - valid: the entries that take part. The products are zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Returns: the products, of the shape of the scores.
  /// - Throws: ``SimplexError`` if the map does not fit the scores, or for a weight that cannot be.
  public func hessianVectorProduct(
    _ scores: some StridedMatrix<Scalar>, direction: some StridedMatrix<Scalar>,
    _ targets: LossTargets<Scalar>, weights: [Scalar]? = nil, valid: ValidEntries = .all,
    threads: Int? = nil
  ) throws(SimplexError) -> Matrix<Scalar> {
    precondition(
      direction.rows == scores.rows && direction.columns == scores.columns,
      "The direction must have the shape of the scores.")
    // Products are formed in place of the directions.
    var products = Matrix(direction)
    try products.withUnsafeMutableElements { target throws(SimplexError) in
      try withBatch(scores, targets, weights, valid) { batch throws(SimplexError) in
        guard let target else { return }
        batch.gradient = target
        try hessianVectorProduct(
          batch, direction: UnsafePointer(target), stride: batch.columns, threads: threads)
      }
    }
    return products
  }
}

extension FenchelYoungLoss where Map: RegularizerFamily {
  /// The loss of rows of scores, its gradient with respect to the scores, and its derivative with respect to
  /// the parameter of the regularizer, such as α.
  ///
  /// - Parameters:
  ///   - scores: the scores, a row for each example.
  ///   - targets: what the rows should be mapped to.
  ///   - weights: a factor for the loss of each row, finite and not negative; nil for 1.
  ///   - valid: the entries that take part. The gradient is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  /// - Throws: what ``value(_:_:weights:valid:threads:)`` throws.
  public func valueAndGradients(
    _ scores: some StridedMatrix<Scalar>, _ targets: LossTargets<Scalar>, weights: [Scalar]? = nil,
    valid: ValidEntries = .all, threads: Int? = nil
  ) throws(SimplexError) -> LossGradients<Scalar> {
    var gradient = Matrix<Scalar>(zeros: scores.rows, scores.columns)
    var slopes = [Double](repeating: 0, count: map.regularizerParameter.values.count)
    let value = try gradient.withUnsafeMutableElements { target throws(SimplexError) in
      try slopes.withUnsafeMutableBufferPointer { slopes throws(SimplexError) in
        try withBatch(scores, targets, weights, valid) { batch throws(SimplexError) in
          batch.gradient = target
          return try evaluate(batch, parameterGradient: slopes, threads: threads)
        }
      }
    }
    return LossGradients(value: value, gradient: gradient, parameterGradient: slopes)
  }
}

extension FenchelYoungLoss {
  private func withBatch<Scores: StridedMatrix, Result>(
    _ scores: Scores, _ targets: LossTargets<Scalar>, _ weights: [Scalar]?, _ valid: ValidEntries,
    _ body: (inout LossBatch<Scalar>) throws(SimplexError) -> Result
  ) throws(SimplexError) -> Result where Scores.Scalar == Scalar {
    if scores.isStoredTransposed {
      return try withBatch(Matrix(scores), targets, weights, valid, body)
    }
    let (rows, columns, stride) = (scores.rows, scores.columns, scores.rowStride)
    return try scores.withUnsafeElements { start throws(SimplexError) in
      try withBatch(rows, columns, start, stride, targets, weights, valid, body)
    }
  }

  /// Calls `body` with a batch over arrays and matrices, whose shapes are checked.
  private func withBatch<Result>(
    _ rows: Int, _ columns: Int, _ scores: UnsafePointer<Scalar>?, _ stride: Int,
    _ targets: LossTargets<Scalar>, _ weights: [Scalar]?, _ valid: ValidEntries,
    _ body: (inout LossBatch<Scalar>) throws(SimplexError) -> Result
  ) throws(SimplexError) -> Result {
    precondition(weights.map { $0.count == rows } ?? true, "There must be one weight for each row.")
    // Something to point to where there are no entries.
    var (noScore, noClass) = (Scalar.zero, 0)
    func run(
      _ targets: LossBatch<Scalar>.Targets, _ none: UnsafePointer<Scalar>
    ) throws(SimplexError) -> Result {
      var batch = LossBatch(
        rows: rows, columns: columns, scores: scores ?? none, scoreStride: stride, targets: targets)
      let outcome: Swift.Result<Result, SimplexError> = valid.withPointers(rows: rows, columns: columns) {
        batch.lengths = $0
        batch.mask = $1
        do throws(SimplexError) {
          guard let weights else { return .success(try body(&batch)) }
          return .success(
            try weights.withUnsafeBufferPointer { weights throws(SimplexError) in
              batch.weights = weights.baseAddress
              return try body(&batch)
            })
        } catch {
          return .failure(error)
        }
      }
      return try outcome.get()
    }
    return try withUnsafePointer(to: &noScore) { none throws(SimplexError) in
      switch targets {
      case .classes(let classes):
        precondition(classes.count == rows, "There must be one class for each row.")
        return try withUnsafePointer(to: &noClass) { noClass throws(SimplexError) in
          try classes.withUnsafeBufferPointer { classes throws(SimplexError) in
            try run(.classes(classes.baseAddress ?? noClass), none)
          }
        }
      case .rows(let target):
        precondition(
          target.rows == rows && target.columns == columns, "The targets must have the shape of the scores.")
        return try target.withUnsafeElements { start throws(SimplexError) in
          try run(.rows(start ?? none, stride: columns), none)
        }
      }
    }
  }
}
