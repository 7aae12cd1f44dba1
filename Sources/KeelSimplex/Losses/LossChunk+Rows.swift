extension LossChunk {
  /// Turns outputs into gradients if the batch has room for them, writes what it has room for, and returns
  /// the sum of the losses.
  ///
  /// - Parameters:
  ///   - scale: a factor for gradients.
  ///   - parameterGradient: where w (∂Ω(y) - ∂Ω(p)) goes for every row of the batch, or nil.
  ///   - derivative: ∂Ω for a row of the polytope and its number.
  func finish(
    scale: Double, parameterGradient: UnsafeMutablePointer<Double>?,
    _ derivative: @escaping (UnsafeBufferPointer<Scalar>, Int) -> Double
  ) throws(SimplexError) -> Double {
    if parameterGradient == nil, let work = classLosses(scale: scale) {
      return try work.finish { k throws(SimplexError) in
        try finish(k, scale: scale, parameterGradient: nil, derivative)
      }
    }
    var sum = 0.0
    for k in 0..<rows.count {
      sum += try finish(k, scale: scale, parameterGradient: parameterGradient, derivative)
    }
    return sum
  }

  /// The loss of a row, times its weight.
  private func finish(
    _ k: Int, scale: Double, parameterGradient: UnsafeMutablePointer<Double>?,
    _ derivative: @escaping (UnsafeBufferPointer<Scalar>, Int) -> Double
  ) throws(SimplexError) -> Double {
    let r = rows.lowerBound + k
    var (value, slope) = (0.0, 0.0)
    if !loss.isIgnored(r, of: batch) {
      let weight = batch.weights.map { Double($0[r]) } ?? 1
      let wanted = try target(k, asRow: parameterGradient != nil)
      (value, slope) = finish(
        k, wanted, scale: Scalar(weight * scale), parameterGradient == nil ? nil : derivative)
      value *= weight
      slope *= weight * scale
    }
    batch.losses?[r] = value
    parameterGradient?[r] = slope
    return value
  }

  /// The loss of a row and its derivative with respect to a parameter; its gradient replaces the output.
  private func finish(
    _ k: Int, _ wanted: RowTarget<Scalar>, scale: Scalar,
    _ derivative: ((UnsafeBufferPointer<Scalar>, Int) -> Double)?
  ) -> (value: Double, slope: Double) {
    let (x, p, threshold, row) = (scores(k), output(k), threshold(k), number(k))
    // Nothing takes part: the output is zero already.
    if threshold.maximum == -.infinity || x.isEmpty { return (0, 0) }
    if threshold.maximum.isNaN { return (.nan, .nan) }
    let output = UnsafeBufferPointer(p)
    let slope = derivative.map { $0(wanted.row ?? output, row) - $0(output, row) } ?? 0
    let value = threshold.maximum == .infinity ? limit(x, output, wanted, row) : value(k, wanted)
    if batch.gradient != nil { subtract(wanted, from: p, k, scale: scale) }
    // What rounding takes below 0 is 0; a comparison keeps NaN.
    return (value < 0 ? 0 : value, slope)
  }

  /// Ω*(x) + Ω(y) - <y, x>, for scores with a finite maximum.
  private func value(_ k: Int, _ wanted: RowTarget<Scalar>) -> Double {
    if wanted.isOutOfReach { return .infinity }
    let (x, threshold) = (scores(k), threshold(k))
    let shift = loss.map.isShiftInvariant ? threshold.maximum : 0
    let product: Double
    if let row = wanted.row {
      product = Scalar.shiftedDot(row, x, shift: shift)
    } else {
      product = Double(x[wanted.index]) - shift
    }
    // The target asks for an entry of score -∞.
    guard product.isFinite else { return .infinity }
    return conjugate(k) + wanted.regularizer - product
  }

  /// The limit of the loss as the entries of score +∞ grow together: it is finite if the target gives them
  /// as much as the output does.
  private func limit(
    _ x: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, _ wanted: RowTarget<Scalar>,
    _ row: Int
  ) -> Double {
    var (excess, product) = (0.0, 0.0)
    for i in x.indices {
      let wantedEntry = wanted.row.map { Double($0[i]) } ?? (i == wanted.index ? 1 : 0)
      let difference = Double(p[i]) - wantedEntry
      if x[i] == .infinity {
        excess += difference
      } else if difference != 0 {
        product += difference * Double(x[i])
      }
    }
    if wanted.isOutOfReach || excess > loss.targetTolerance || !product.isFinite { return .infinity }
    return product + wanted.regularizer - loss.map.regularizer(p, row: row)
  }

  /// scale (p - y), where entries take part; and where a score is -∞ although the target asks for it.
  private func subtract(
    _ wanted: RowTarget<Scalar>, from p: UnsafeMutableBufferPointer<Scalar>, _ k: Int, scale: Scalar
  ) {
    guard let row = wanted.row else {
      let entry = wanted.isOutOfReach ? 0 : (p[wanted.index] - 1) * scale
      if scale != 1 { Scalar.scale(p, by: scale) }
      if !wanted.isOutOfReach { p[wanted.index] = entry }
      return
    }
    Scalar.subtract(row, from: p, scale: scale)
    guard let mask = batch.mask, let start = p.baseAddress else { return }
    clearMasked(
      start, stride: 0, mask: mask + (rows.lowerBound + k) * batch.columns, rows: 1, columns: p.count)
  }

  /// What parameters that differ from row to row call a row.
  func number(_ k: Int) -> Int { batch.firstRow + rows.lowerBound + k }
}
