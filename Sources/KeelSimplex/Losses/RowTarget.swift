/// What a row should be.
struct RowTarget<Scalar: SimplexScalar> {
  /// The target as a row, or nil for the unit vector of a class.
  var row: UnsafeBufferPointer<Scalar>?
  /// The class; 0 if the target was given as a row.
  var index = 0
  /// Ω of the target.
  var regularizer: Double
  /// Whether the target asks for a class that is masked or beyond the length of the row.
  var isOutOfReach = false
}

extension LossChunk {
  /// The target of a row that is not ignored, checked; written as a row if so asked.
  func target(_ k: Int, asRow: Bool) throws(SimplexError) -> RowTarget<Scalar> {
    let r = rows.lowerBound + k
    switch batch.targets {
    case .classes(let classes): return try target(k, ofClass: classes[r], asRow: asRow)
    case .rows(let start, let stride):
      let row = UnsafeBufferPointer(start: start + r * stride, count: length(k))
      // Where nothing takes part no target is as good as any other.
      guard threshold(k).maximum > -.infinity || threshold(k).maximum.isNaN, !row.isEmpty else {
        return RowTarget(row: row, regularizer: 0)
      }
      let marked = marked(row, k)
      try check(marked, k)
      return RowTarget(row: marked, regularizer: loss.map.regularizer(marked, row: number(k)))
    }
  }

  /// The unit vector of a class, smoothed.
  private func target(_ k: Int, ofClass index: Int, asRow: Bool) throws(SimplexError) -> RowTarget<Scalar> {
    let r = rows.lowerBound + k
    // In rows of no entries every class is as good.
    guard (index >= 0 && index < batch.columns) || batch.columns == 0 else {
      throw .wrongClass(index, row: r, columns: batch.columns)
    }
    let length = length(k)
    if length == 0 { return RowTarget(regularizer: 0) }
    let isMasked = batch.mask.map { !$0[r * batch.columns + index] } ?? false
    let isOutOfReach = (index >= length || isMasked) && loss.smoothing < 1
    let known = loss.map.unitRegularizer
    if loss.smoothing == 0, !asRow, let known {
      return RowTarget(index: index, regularizer: known, isOutOfReach: isOutOfReach)
    }
    let x = scores(k)
    let row = UnsafeMutableBufferPointer(start: target, count: length)
    spread(loss.smoothing, over: row, scores: x)
    if index < length, !isMasked, loss.smoothing < 1 { row[index] += Scalar(1 - loss.smoothing) }
    let written = UnsafeBufferPointer(row)
    if known == nil, !isOutOfReach, threshold(k).maximum > -.infinity { try check(written, k) }
    return RowTarget(
      row: written, index: index, regularizer: loss.map.regularizer(written, row: number(k)),
      isOutOfReach: isOutOfReach)
  }

  /// A target with -0 where nothing is asked of an entry that takes no part, as maps mark these in their
  /// outputs: the regularizer of neighbours skips them. Maps that know Ω of a class beforehand treat all
  /// entries alike, and need no marks.
  private func marked(_ row: UnsafeBufferPointer<Scalar>, _ k: Int) -> UnsafeBufferPointer<Scalar> {
    if loss.map.unitRegularizer != nil { return row }
    let copy = UnsafeMutableBufferPointer(start: target, count: row.count)
    mark(row, scores: scores(k), into: copy)
    return UnsafeBufferPointer(copy)
  }

  /// Throws if a target is not in the polytope.
  private func check(_ row: UnsafeBufferPointer<Scalar>, _ k: Int) throws(SimplexError) {
    let violation = loss.map.violation(row, row: number(k))
    guard Scalar.sumOfSquares(row).isFinite, violation <= loss.targetTolerance else {
      throw .outOfRange(
        argument: "targets",
        expected: "in the polytope of \(loss.map.name) to within \(loss.targetTolerance)",
        found: "off by \(violation) in row \(rows.lowerBound + k)")
    }
  }
}

/// Spreads a mass evenly over the entries of a row whose score is not -∞; the others get -0.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func spread<Scalar: SimplexScalar>(
  _ mass: Double, over row: UnsafeMutableBufferPointer<Scalar>, scores: UnsafeBufferPointer<Scalar>
) {
  var count = 0
  for score in scores where score > -.infinity { count += 1 }
  let share = Scalar(mass / Double(max(1, count)))
  for i in row.indices { row[i] = scores[i] > -.infinity ? share : -0.0 }
}

/// Copies a target, with -0 for entries of 0 whose score is -∞.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func mark<Scalar: SimplexScalar>(
  _ target: UnsafeBufferPointer<Scalar>, scores: UnsafeBufferPointer<Scalar>,
  into row: UnsafeMutableBufferPointer<Scalar>
) {
  for i in row.indices { row[i] = target[i] == 0 && scores[i] == -.infinity ? -0.0 : target[i] }
}
