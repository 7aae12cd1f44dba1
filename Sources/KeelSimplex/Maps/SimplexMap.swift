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

  /// Vector-Jacobian products Jᵀg at outputs p of this map.
  func pullback(_ batch: PullbackBatch<Scalar>)

  /// Jacobian-vector products Jg at outputs p of this map. The same as ``pullback(_:)`` by default: the
  /// Jacobian of a regularised argmax is symmetric.
  func pushforward(_ batch: PullbackBatch<Scalar>)

  /// Whether adding a number to all scores of a row leaves the output as it is.
  var isShiftInvariant: Bool { get }

  /// Ω(p), for p in the polytope.
  ///
  /// - Parameters:
  ///   - p: a row of the polytope.
  ///   - row: the number of the row, for parameters that differ from row to row.
  func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double

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
  /// The vector-Jacobian product: the Jacobian is symmetric.
  public func pushforward(_ batch: PullbackBatch<Scalar>) { pullback(batch) }
}

extension SimplexMap where Failure == Never {
  /// Does nothing: the map fits every batch.
  public func validate(rows: Int, columns: Int) {}
}
