/// A map from rows of scores to rows of a polytope such as the simplex, with its derivatives.
///
/// A map is a regularised argmax, p(x) = argmax over the polytope of <p, x> - Ω(p): sparsemax, entmax, the
/// projections. It is a value that holds its parameters; rows are mapped independently of each other.
///
/// This protocol is the low level, over memory of the caller. Its extensions map arrays and matrices.
///
/// Every row is defined, for every map:
/// - A score of -∞ gets 0 and takes no part: that is how entries are masked.
/// - A row without finite scores, or without entries, is all zero; its gradient is zero.
/// - A row with NaN is all NaN, and so is its gradient.
/// - A row with +∞ shares the whole mass equally among these entries, as far as their bounds allow; its
///   gradient is that of its output.
///
/// Entries exactly on the threshold are zero. There the map has one-sided derivatives, and the one that
/// leaves these entries out is returned.
public protocol SimplexMap<Scalar>: Sendable {
  /// The type of scores and outputs.
  associatedtype Scalar: SimplexScalar
  /// What ``validate(rows:columns:)`` throws: `Never` for a map that fits every batch.
  associatedtype Failure: Error = Never

  /// The name of the map, as on the command line: `sparsemax`.
  var name: String { get }

  /// Throws if the parameters leave nothing to choose from in rows of so many entries.
  ///
  /// - Precondition: parameters that differ from row to row fit the number of rows.
  func validate(rows: Int, columns: Int) throws(Failure)

  /// Maps the rows of a batch. Call ``validate(rows:columns:)`` first.
  func project(_ batch: RowBatch<Scalar>)

  /// Maps few rows that are long enough to be cut for threads. The result does not depend on their number.
  /// The same as ``project(_:)`` by default.
  ///
  /// - Parameters:
  ///   - batch: the rows.
  ///   - threads: the largest number of threads, at least 1.
  func projectLongRows(_ batch: RowBatch<Scalar>, threads: Int)

  /// Maps rows, and writes the entries that are not zero alone, row after row.
  ///
  /// The output of the batch is room for one row: every row may use it, and its stride means nothing. By
  /// default each row is mapped there, and compressed.
  ///
  /// - Parameters:
  ///   - batch: the rows.
  ///   - indices: where the columns of the entries go, in increasing order within a row.
  ///   - values: where the entries go.
  ///   - capacity: the number of entries that there is room for.
  ///   - ends: where the number of entries up to the end of each row goes, counted from the first row.
  /// - Returns: the number of rows done. It is less than that of the batch if what is left of the capacity
  ///   may not hold the next row; a capacity of as many entries as a row has holds one.
  func projectSparse(
    _ batch: RowBatch<Scalar>, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Scalar>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int

  /// Vector-Jacobian products Jᵀg at outputs p of this map.
  func pullback(_ batch: PullbackBatch<Scalar>)

  /// Jacobian-vector products Jg at outputs p of this map. The same as ``pullback(_:)`` by default: the
  /// Jacobian of a regularised argmax is symmetric.
  func pushforward(_ batch: PullbackBatch<Scalar>)

  /// Whether the Jacobian at p depends on the entries of p alone that are not zero, in whatever columns they
  /// stand, and is zero elsewhere. Then sparse rows have sparse gradients. False by default.
  var hasLocalDerivatives: Bool { get }

  /// Whether adding a number to all scores of a row leaves the output as it is.
  var isShiftInvariant: Bool { get }

  /// Ω(p), for p in the polytope.
  ///
  /// - Parameters:
  ///   - p: a row of the polytope.
  ///   - row: the number of the row, for parameters that differ from row to row.
  func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double

  /// Whether p(x) is the gradient of Ω*, which is what a ``FenchelYoungLoss`` needs. True by default; false for
  /// a projection in a norm other than the Euclidean one.
  var isGradient: Bool { get }

  /// Ω of a unit vector, if it is the same for all of them and they are all in the polytope, in every row.
  /// Nil by default: then ``regularizer(_:row:)`` and ``violation(_:row:)`` are asked about each.
  var unitRegularizer: Double? { get }

  /// The conjugates Ω*(x) = max over the polytope of <p, x> - Ω(p), at outputs p of x that have been computed
  /// with their thresholds; those of x - m for a map that is shift invariant, with m the maximum of the
  /// threshold. Rows whose maximum is not finite are left out.
  ///
  /// By default they are computed from the definition, which is right to second order in the error of p.
  ///
  /// - Precondition: the batch has thresholds, and was not mapped in place.
  /// - Parameters:
  ///   - batch: the scores, outputs and thresholds.
  ///   - values: where the conjugates go, one for each row.
  func conjugates(_ batch: RowBatch<Scalar>, into values: UnsafeMutablePointer<Double>)

  /// By how much p violates the constraints of the polytope, at worst: 0 inside.
  ///
  /// - Parameters:
  ///   - p: a row.
  ///   - row: the number of the row, for parameters that differ from row to row.
  func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double

  /// The KKT residual of an output: by how much the optimality conditions fail, at worst. It certifies the
  /// output by itself, whatever computed it.
  ///
  /// - Parameters:
  ///   - scores: the scores x of the row.
  ///   - p: the output of the row.
  ///   - threshold: the threshold of the row.
  ///   - row: the number of the row, for parameters that differ from row to row.
  func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double
}

extension SimplexMap {
  /// Maps the rows on this thread.
  public func projectLongRows(_ batch: RowBatch<Scalar>, threads: Int) { project(batch) }

  /// Maps each row where there is room for one, and compresses it.
  public func projectSparse(
    _ batch: RowBatch<Scalar>, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Scalar>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int {
    // Short rows are mapped in groups, which some kernels do side by side.
    let entries = 1 << 12
    let group = max(min(batch.rows, entries / max(batch.columns, 1)), 1)
    guard group > 1 else {
      return projectSparse(
        batch, group: 1, scratch: batch.output, indices: indices, values: values, capacity: capacity,
        ends: ends)
    }
    return withWorkspace(of: Scalar.self, count: group * batch.columns) {
      projectSparse(
        batch, group: group, scratch: $0, indices: indices, values: values, capacity: capacity, ends: ends)
    }
  }

  private func projectSparse(
    _ batch: RowBatch<Scalar>, group: Int, scratch: UnsafeMutablePointer<Scalar>,
    indices: UnsafeMutablePointer<Int32>, values: UnsafeMutablePointer<Scalar>, capacity: Int,
    ends: UnsafeMutablePointer<Int>
  ) -> Int {
    var end = 0
    for start in stride(from: 0, to: batch.rows, by: group) {
      let rows = start..<min(start + group, batch.rows)
      var part = batch[batch.firstRow + rows.lowerBound..<batch.firstRow + rows.upperBound]
      part.output = scratch
      part.outputStride = batch.columns
      project(part)
      for r in rows {
        let length = batch.length(r)
        guard capacity - end >= length else { return r }
        end += compress(
          part.outputRow(r - start).baseAddress ?? scratch, count: length, indices: indices + end,
          values: values + end)
        ends[r] = end
      }
    }
    return batch.rows
  }

  /// False: nothing is assumed.
  public var hasLocalDerivatives: Bool { false }

  /// The vector-Jacobian product: the Jacobian is symmetric.
  public func pushforward(_ batch: PullbackBatch<Scalar>) { pullback(batch) }

  /// True.
  public var isGradient: Bool { true }

  /// Nil: ask about each.
  public var unitRegularizer: Double? { nil }

  /// <p, x> - Ω(p), with x - m for x if the map is shift invariant.
  public func conjugates(_ batch: RowBatch<Scalar>, into values: UnsafeMutablePointer<Double>) {
    guard let thresholds = batch.thresholds else { return }
    let isShiftInvariant = isShiftInvariant
    for r in 0..<batch.rows where thresholds[r].maximum.isFinite {
      let p = UnsafeBufferPointer(batch.outputRow(r))
      let shift = isShiftInvariant ? thresholds[r].maximum : 0
      values[r] =
        Scalar.shiftedDot(p, batch.inputRow(r), shift: shift) - regularizer(p, row: batch.firstRow + r)
    }
  }
}

extension SimplexMap where Failure == Never {
  /// Does nothing: the map fits every batch.
  public func validate(rows: Int, columns: Int) {}
}
