public import Keel

// Derivatives with respect to what maps are made from: radius, budget, bounds, weights and strength. Each is
// formed from the outputs and the cotangents; numbers are one a row. Where rows share a parameter, its
// derivative is their sum.

extension Sparsemax {
  /// Derivatives with respect to the radius, ∂p/∂z = 1 / |S| on the support S: the mean of g over it.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the gradients are not written.
  ///   - derivatives: where they go, one for each row.
  public func radiusPullback(
    _ batch: PullbackBatch<Scalar>, into derivatives: UnsafeMutablePointer<Scalar>
  ) {
    Scalar.polytopeKernels.knapsackPullback(batch, KnapsackSet(), .total, derivatives)
  }

  /// Derivatives of a loss with respect to the radius of each row.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func radiusPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> [Scalar] {
    rowNumbers(cotangents, outputs, valid) { radiusPullback($0, into: $1) }
  }
}

extension CappedSimplexProjection {
  /// Derivatives with respect to the budget, ∂p/∂s = 1 / |A| on the entries A strictly between their bounds:
  /// the mean of g over them.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the gradients are not written.
  ///   - derivatives: where they go, one for each row.
  public func budgetPullback(
    _ batch: PullbackBatch<Scalar>, into derivatives: UnsafeMutablePointer<Scalar>
  ) { derivative(.total, batch, derivatives) }

  /// Derivatives of a loss with respect to the budget of each row.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func budgetPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> [Scalar] {
    rowNumbers(cotangents, outputs, valid) { budgetPullback($0, into: $1) }
  }

  /// Derivatives with respect to the bound of each entry. For an entry at its bound it is g less the mean of
  /// g over the entries A strictly between their bounds; otherwise 0. At a vertex, where A is empty, 0.
  ///
  /// - Parameter batch: outputs and cotangents; the derivatives take the place of gradients.
  public func boundsPullback(_ batch: PullbackBatch<Scalar>) { derivative(.bounds, batch, nil) }

  /// Derivatives of a loss with respect to the bound of each entry. For bounds of columns, sum over rows.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func boundsPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> Matrix<Scalar> {
    rowGradients(cotangents, outputs, valid) { boundsPullback($0) }
  }

  /// Derivatives with respect to a bound that all entries of a row share.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the gradients are not written.
  ///   - derivatives: where they go, one for each row.
  public func boundPullback(
    _ batch: PullbackBatch<Scalar>, into derivatives: UnsafeMutablePointer<Scalar>
  ) { derivative(.sharedBound, batch, derivatives) }

  /// Derivatives of a loss with respect to the bound that all entries of a row share.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func boundPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> [Scalar] {
    rowNumbers(cotangents, outputs, valid) { boundPullback($0, into: $1) }
  }
}

extension L1BallProjection {
  /// Derivatives with respect to the radius, ∂p/∂z = sign(p) / |S| on the support S outside of the ball, and
  /// 0 inside.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the gradients are not written.
  ///   - derivatives: where they go, one for each row.
  public func radiusPullback(
    _ batch: PullbackBatch<Scalar>, into derivatives: UnsafeMutablePointer<Scalar>
  ) {
    radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, radius in
      Scalar.polytopeKernels.l1Pullback(
        batch[rows], radius, derivatives + (rows.lowerBound - batch.firstRow))
    }
  }

  /// Derivatives of a loss with respect to the radius of each row.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func radiusPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> [Scalar] {
    rowNumbers(cotangents, outputs, valid) { radiusPullback($0, into: $1) }
  }
}

extension WeightedSimplexProjection {
  /// Derivatives with respect to the radius, ∂p/∂z = w / Σw² on the support, sum over the support.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the gradients are not written.
  ///   - derivatives: where they go, one for each row.
  public func radiusPullback(
    _ batch: PullbackBatch<Scalar>, into derivatives: UnsafeMutablePointer<Scalar>
  ) { derivative(.total, batch, derivatives) }

  /// Derivatives of a loss with respect to the radius of each row.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func radiusPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> [Scalar] {
    rowNumbers(cotangents, outputs, valid) { radiusPullback($0, into: $1) }
  }

  /// Derivatives with respect to the weight of each entry.
  ///
  /// p = x - wτ on the support gives ∂τ/∂wⱼ = (pⱼ - wⱼτ) / Σw² there, and the derivative
  /// -τ gⱼ - (pⱼ - wⱼτ) <w, g> / Σw², with sums over the support; 0 elsewhere. Rows whose threshold is not finite
  /// get 0.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the derivatives take the place of gradients, which must not be the
  ///     cotangents' memory.
  ///   - thresholds: those of the rows, which p alone does not tell.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func weightsPullback(_ batch: PullbackBatch<Scalar>, thresholds: UnsafePointer<RowThreshold>) {
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: max(batch.rows, 1)) { slopes in
      guard let slopes = slopes.baseAddress else { return }
      derivative(.total, batch, slopes)
      for r in 0..<batch.rows {
        let (p, g, d) = (batch.outputRow(r), batch.cotangentRow(r), batch.gradientRow(r))
        let (tau, slope) = (thresholds[r].value, Double(slopes[r]))
        for i in p.indices {
          let value = -tau * Double(g[i]) - (Double(p[i]) - Double(weights[i]) * tau) * slope
          d[i] = p[i].isNaN ? .nan : p[i] > 0 && tau.isFinite ? Scalar(value) : 0
        }
        batch.clearTail(r)
      }
    }
  }

  /// Derivatives of a loss with respect to the weight of each entry. For the weights of columns, sum over rows.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - thresholds: the thresholds of the rows.
  ///   - valid: the entries that took part.
  public func weightsPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    thresholds: [RowThreshold], valid: ValidEntries = .all
  ) -> Matrix<Scalar> {
    precondition(thresholds.count == outputs.rows, "There must be a threshold for each row")
    return thresholds.withUnsafeBufferPointer { thresholds in
      rowGradients(cotangents, outputs, valid) { batch in
        if let start = thresholds.baseAddress { weightsPullback(batch, thresholds: start) }
      }
    }
  }
}

extension TotalVariation {
  /// Derivatives with respect to the strength: a group moves by (s₊ - s₋) / |G|, with s₊ the sign of the step
  /// behind it and s₋ of the one before.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the gradients are not written.
  ///   - derivatives: where they go, one for each row.
  public func strengthPullback(
    _ batch: PullbackBatch<Scalar>, into derivatives: UnsafeMutablePointer<Scalar>
  ) { Scalar.polytopeKernels.strengthPullback(batch, .mean, derivatives) }

  /// Derivatives of a loss with respect to the strength of each row.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func strengthPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> [Scalar] {
    rowNumbers(cotangents, outputs, valid) { strengthPullback($0, into: $1) }
  }
}

extension Fusedmax {
  /// Derivatives with respect to the strength: a group of the support moves by (s₊ - s₋) / |G|, less the mean
  /// of that over the support.
  ///
  /// - Parameters:
  ///   - batch: outputs and cotangents; the gradients are not written.
  ///   - derivatives: where they go, one for each row.
  public func strengthPullback(
    _ batch: PullbackBatch<Scalar>, into derivatives: UnsafeMutablePointer<Scalar>
  ) { Scalar.polytopeKernels.strengthPullback(batch, .simplex, derivatives) }

  /// Derivatives of a loss with respect to the strength of each row.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part.
  public func strengthPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all
  ) -> [Scalar] {
    rowNumbers(cotangents, outputs, valid) { strengthPullback($0, into: $1) }
  }
}

/// One number for each row, from outputs and cotangents.
private func rowNumbers<Scalar: SimplexScalar>(
  _ cotangents: some StridedMatrix<Scalar>, _ outputs: some StridedMatrix<Scalar>, _ valid: ValidEntries,
  _ body: (PullbackBatch<Scalar>, UnsafeMutablePointer<Scalar>) -> Void
) -> [Scalar] {
  guard !outputs.isEmpty else { return Array(repeating: 0, count: outputs.rows) }
  return [Scalar](unsafeUninitializedCapacity: outputs.rows) { buffer, count in
    count = outputs.rows
    guard let numbers = buffer.baseAddress else { return }
    // Numbers have no gradient to write; the address is never used.
    withPullbackBatch(cotangents, outputs, valid, to: numbers) { body($0, numbers) }
  }
}

/// One number for each entry, from outputs and cotangents.
private func rowGradients<Scalar: SimplexScalar>(
  _ cotangents: some StridedMatrix<Scalar>, _ outputs: some StridedMatrix<Scalar>, _ valid: ValidEntries,
  _ body: (PullbackBatch<Scalar>) -> Void
) -> Matrix<Scalar> {
  Matrix(rows: outputs.rows, columns: outputs.columns) { target in
    withPullbackBatch(cotangents, outputs, valid, to: target, body)
  }
}

private func withPullbackBatch<Scalar: SimplexScalar>(
  _ cotangents: some StridedMatrix<Scalar>, _ outputs: some StridedMatrix<Scalar>, _ valid: ValidEntries,
  to gradient: UnsafeMutablePointer<Scalar>, _ body: (PullbackBatch<Scalar>) -> Void
) {
  let (rows, columns) = (outputs.rows, outputs.columns)
  precondition(
    cotangents.rows == rows && cotangents.columns == columns,
    "Cotangents must have the shape of the outputs")
  valid.withPointers(rows: rows, columns: columns) { lengths, _ in
    // A masked entry is 0 in the output, so no derivative reads what it has as its cotangent.
    withRows(of: outputs) { output, outputStride in
      withRows(of: cotangents) { cotangent, cotangentStride in
        body(
          PullbackBatch(
            rows: rows, columns: columns, output: output, outputStride: outputStride, cotangent: cotangent,
            cotangentStride: cotangentStride, gradient: gradient, gradientStride: columns, lengths: lengths))
      }
    }
  }
}
