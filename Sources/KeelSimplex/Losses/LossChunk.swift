/// Some rows of a ``LossBatch`` with scratch memory: projects them, and turns outputs into losses and
/// gradients. Rows are counted from 0 within the chunk.
struct LossChunk<Map: SimplexMap> {
  typealias Scalar = Map.Scalar

  let loss: FenchelYoungLoss<Map>
  let batch: LossBatch<Scalar>
  let rows: Range<Int>
  /// The lengths of the rows, 0 for ignored ones; nil if all rows are full.
  private let lengths: UnsafeMutablePointer<Int>?
  /// The scores where entries are masked, or where the gradient is written over them.
  private let copiedScores: UnsafeMutablePointer<Scalar>?
  /// Where the outputs go, and the distance between rows of them.
  private let outputs: UnsafeMutablePointer<Scalar>
  private let outputStride: Int
  private let ownsOutputs: Bool
  private let thresholds: UnsafeMutablePointer<RowThreshold>
  /// Ω* of each row, where the maximum of its threshold is finite.
  private let conjugates: UnsafeMutablePointer<Double>
  /// Room for a target that is not given as a row.
  let target: UnsafeMutablePointer<Scalar>

  /// Takes scratch memory for some rows, to be given back by ``deallocate()``.
  ///
  /// - Parameters:
  ///   - loss: the loss.
  ///   - batch: the whole batch.
  ///   - rows: the rows of the chunk.
  ///   - separateOutputs: whether outputs must not be written where the gradient goes.
  init(
    _ loss: FenchelYoungLoss<Map>, _ batch: LossBatch<Scalar>, _ rows: Range<Int>,
    separateOutputs: Bool = false
  ) {
    self.loss = loss
    self.batch = batch
    self.rows = rows
    let size = rows.count * batch.columns
    thresholds = .allocate(capacity: rows.count)
    thresholds.initialize(
      repeating: RowThreshold(maximum: -.infinity, offset: 0, supportCount: 0), count: rows.count)
    conjugates = .allocate(capacity: rows.count)
    conjugates.initialize(repeating: 0, count: rows.count)
    target = .allocate(capacity: batch.columns)
    if let gradient = batch.gradient, !separateOutputs {
      outputs = gradient + rows.lowerBound * batch.gradientStride
      outputStride = batch.gradientStride
      ownsOutputs = false
    } else {
      outputs = .allocate(capacity: size)
      outputStride = batch.columns
      ownsOutputs = true
    }
    copiedScores = batch.mask != nil || batch.isInPlace ? .allocate(capacity: size) : nil
    if batch.lengths != nil || batch.weights != nil || loss.ignoredClass != nil {
      let lengths = UnsafeMutablePointer<Int>.allocate(capacity: rows.count)
      for (k, r) in rows.enumerated() { lengths[k] = loss.isIgnored(r, of: batch) ? 0 : batch.length(r) }
      self.lengths = lengths
    } else {
      lengths = nil
    }
    copyScores()
  }

  /// Gives back the scratch memory.
  func deallocate() {
    thresholds.deallocate()
    conjugates.deallocate()
    target.deallocate()
    if ownsOutputs { outputs.deallocate() }
    copiedScores?.deallocate()
    lengths?.deallocate()
  }

  /// Copies the scores, with -∞ for masked entries.
  private func copyScores() {
    guard let copiedScores else { return }
    for (k, r) in rows.enumerated() {
      let (from, to) = (batch.scores + r * batch.scoreStride, copiedScores + k * batch.columns)
      if let mask = batch.mask {
        copyMasked(
          from, stride: 0, mask: mask + r * batch.columns, rows: 1, columns: length(k), to: to, stride: 0)
      } else {
        to.update(from: from, count: length(k))
      }
    }
  }

  /// The number of entries of a row: 0 if it is ignored.
  func length(_ k: Int) -> Int { lengths?[k] ?? batch.columns }

  /// The scores of a row.
  func scores(_ k: Int) -> UnsafeBufferPointer<Scalar> {
    let start =
      copiedScores.map { UnsafePointer($0 + k * batch.columns) }
      ?? batch.scores + (rows.lowerBound + k) * batch.scoreStride
    return UnsafeBufferPointer(start: start, count: length(k))
  }

  /// The output of a row, which the gradient replaces.
  func output(_ k: Int) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(start: outputs + k * outputStride, count: length(k))
  }

  /// Ω* of a row.
  func conjugate(_ k: Int) -> Double { conjugates[k] }

  /// The threshold of a row.
  func threshold(_ k: Int) -> RowThreshold { thresholds[k] }

  /// Writes the outputs of the rows, their thresholds, and their conjugates.
  func project() {
    let batch = RowBatch(
      rows: rows.count, columns: batch.columns, firstRow: batch.firstRow + rows.lowerBound,
      input: copiedScores.map { UnsafePointer($0) } ?? batch.scores + rows.lowerBound * batch.scoreStride,
      inputStride: copiedScores == nil ? batch.scoreStride : batch.columns, output: outputs,
      outputStride: outputStride, lengths: lengths.map { UnsafePointer($0) }, thresholds: thresholds)
    loss.map.project(batch)
    loss.map.conjugates(batch, into: conjugates)
  }

  /// The rows as plain memory, if targets are classes whose regularizer is known and not smoothed.
  func classLosses(scale: Double) -> ClassLosses<Scalar>? {
    guard case .classes(let classes) = batch.targets, loss.smoothing == 0,
      let unit = loss.map.unitRegularizer
    else { return nil }
    let first = rows.lowerBound
    return ClassLosses(
      firstRow: first, rows: rows.count, columns: batch.columns,
      scores: copiedScores.map { UnsafePointer($0) } ?? batch.scores + first * batch.scoreStride,
      scoreStride: copiedScores == nil ? batch.scoreStride : batch.columns, outputs: outputs,
      outputStride: outputStride, writesGradient: batch.gradient != nil, thresholds: thresholds,
      conjugates: conjugates, lengths: lengths, classes: classes + first, ignoredClass: loss.ignoredClass,
      weights: batch.weights.map { $0 + first }, mask: batch.mask.map { $0 + first * batch.columns },
      losses: batch.losses.map { $0 + first }, unit: unit, isShiftInvariant: loss.map.isShiftInvariant,
      scale: scale)
  }

  /// Jacobian-vector products at the outputs, into the gradient of the batch.
  ///
  /// - Precondition: outputs are kept apart from the gradient, for which the batch has room.
  func pushforward(
    _ direction: UnsafePointer<Scalar>, stride: Int, into gradient: UnsafeMutablePointer<Scalar>
  ) {
    loss.map.pushforward(
      PullbackBatch(
        rows: rows.count, columns: batch.columns, firstRow: batch.firstRow + rows.lowerBound,
        output: outputs, outputStride: outputStride,
        cotangent: direction + rows.lowerBound * stride, cotangentStride: stride,
        gradient: gradient + rows.lowerBound * batch.gradientStride, gradientStride: batch.gradientStride,
        lengths: lengths.map { UnsafePointer($0) }))
  }
}
