public import Keel

// The projections by their names, for one call; see `Functions.swift`. What a map rejects is thrown.

/// The Euclidean projection of a row onto the simplex {p ≥ 0, Σp = z}. See ``Sparsemax``.
///
/// - Parameters:
///   - scores: the scores.
///   - radius: z, finite and not negative.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the row does not fit.
public func simplexProjection<Scalar: SimplexScalar>(
  _ scores: [Scalar], radius: Scalar, valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try Sparsemax(radius: .all(radius))(scores, valid: valid)
}

/// The Euclidean projections of rows onto the simplex {p ≥ 0, Σp = z}. See ``Sparsemax``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - radius: z, finite and not negative, of all rows, of each row or of each head.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the rows do not fit.
public func simplexProjection<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, radius: RowParameter<Scalar>, valid: ValidEntries = .all,
  threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try Sparsemax(radius: radius)(scores, valid: valid, threads: threads)
}

/// The Euclidean projection of a row onto {0 ≤ p ≤ u, Σp = s}. See ``CappedSimplexProjection``.
///
/// - Parameters:
///   - scores: the scores.
///   - budget: s, finite and not negative.
///   - bound: u, not negative; may be infinite.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the row does not fit.
public func cappedSimplexProjection<Scalar: SimplexScalar>(
  _ scores: [Scalar], budget: Scalar, bound: Scalar = 1, valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try CappedSimplexProjection(budget: .all(budget), bound: .all(bound))(scores, valid: valid)
}

/// The Euclidean projections of rows onto {0 ≤ p ≤ u, Σp = s}. See ``CappedSimplexProjection``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - budget: s, finite and not negative.
///   - bound: u, not negative; may be infinite.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the rows do not fit.
public func cappedSimplexProjection<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, budget: RowParameter<Scalar>, bound: RowParameter<Scalar> = .all(1),
  valid: ValidEntries = .all, threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try CappedSimplexProjection(budget: budget, bound: bound)(scores, valid: valid, threads: threads)
}

/// Sparsemax of a row with an upper bound for each entry. See ``CappedSimplexProjection``.
///
/// - Parameters:
///   - scores: the scores.
///   - bounds: the bounds, not negative, as many as columns.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the row does not fit.
public func constrainedSparsemax<Scalar: SimplexScalar>(
  _ scores: [Scalar], bounds: [Scalar], valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try CappedSimplexProjection.constrainedSparsemax(bounds: bounds)(scores, valid: valid)
}

/// Sparsemax of rows with an upper bound for each column. See ``CappedSimplexProjection``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - bounds: the bounds, not negative, as many as columns.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the rows do not fit.
public func constrainedSparsemax<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, bounds: [Scalar], valid: ValidEntries = .all, threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try CappedSimplexProjection.constrainedSparsemax(bounds: bounds)(scores, valid: valid, threads: threads)
}

/// Sparsemax of the k largest entries of a row. See ``TopKSparsemax``.
///
/// - Parameters:
///   - scores: the scores.
///   - k: how many entries may be other than zero, at least 1.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the row does not fit.
public func topKSparsemax<Scalar: SimplexScalar>(
  _ scores: [Scalar], k: Int, valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try TopKSparsemax(k: k)(scores, valid: valid)
}

/// Sparsemax of the k largest entries of each row. See ``TopKSparsemax``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - k: how many entries may be other than zero, at least 1.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the rows do not fit.
public func topKSparsemax<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, k: Int, valid: ValidEntries = .all, threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try TopKSparsemax(k: k)(scores, valid: valid, threads: threads)
}

/// The Euclidean projection of a row onto the ball Σ|p| ≤ z. See ``L1BallProjection``.
///
/// - Parameters:
///   - scores: the scores.
///   - radius: z, finite and not negative.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the row does not fit.
public func l1BallProjection<Scalar: SimplexScalar>(
  _ scores: [Scalar], radius: Scalar, valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try L1BallProjection(radius: .all(radius))(scores, valid: valid)
}

/// The Euclidean projections of rows onto the ball Σ|p| ≤ z. See ``L1BallProjection``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - radius: z, finite and not negative, of all rows, of each row or of each head.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the rows do not fit.
public func l1BallProjection<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, radius: RowParameter<Scalar>, valid: ValidEntries = .all,
  threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try L1BallProjection(radius: radius)(scores, valid: valid, threads: threads)
}

/// The Euclidean projection of a row onto {p ≥ 0, Σwp = z}. See ``WeightedSimplexProjection``.
///
/// - Parameters:
///   - scores: the scores.
///   - weights: w, finite and positive, as many as columns.
///   - radius: z, finite and not negative.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the row does not fit.
public func weightedSimplexProjection<Scalar: SimplexScalar>(
  _ scores: [Scalar], weights: [Scalar], radius: Scalar = 1, valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try WeightedSimplexProjection(weights: weights, radius: .all(radius))(scores, valid: valid)
}

/// The Euclidean projections of rows onto {p ≥ 0, Σwp = z}. See ``WeightedSimplexProjection``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - weights: w, finite and positive, as many as columns.
///   - radius: z, finite and not negative.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the rows do not fit.
public func weightedSimplexProjection<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, weights: [Scalar], radius: RowParameter<Scalar> = .all(1),
  valid: ValidEntries = .all, threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try WeightedSimplexProjection(weights: weights, radius: radius)(scores, valid: valid, threads: threads)
}

/// Sparsemax of a row that makes neighbours equal. See ``Fusedmax``.
///
/// - Parameters:
///   - scores: the scores.
///   - strength: λ, finite and not negative.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the row does not fit.
public func fusedmax<Scalar: SimplexScalar>(
  _ scores: [Scalar], strength: Scalar, valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try Fusedmax(strength: .all(strength))(scores, valid: valid)
}

/// Sparsemax of rows that makes neighbours equal. See ``Fusedmax``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - strength: λ, finite and not negative, of all rows, of each row or of each head.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError`` for parameters that are out of range, or that the rows do not fit.
public func fusedmax<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, strength: RowParameter<Scalar>, valid: ValidEntries = .all,
  threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try Fusedmax(strength: strength)(scores, valid: valid, threads: threads)
}
