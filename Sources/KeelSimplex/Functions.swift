public import Keel

// The maps by their names in the literature, for one call. A value of a map, such as `Entmax(alpha: 1.5)`, has
// the rest: thresholds, gradients, sparse rows, memory of the caller.

/// Sparsemax of a row of scores: the Euclidean projection onto the probability simplex. See ``Sparsemax``.
///
/// - Parameters:
///   - scores: the scores.
///   - valid: the entries that take part.
public func sparsemax<Scalar: SimplexScalar>(_ scores: [Scalar], valid: ValidEntries = .all) -> [Scalar] {
  Sparsemax()(scores, valid: valid)
}

/// Sparsemax of rows of scores: the Euclidean projections onto the probability simplex. See ``Sparsemax``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
public func sparsemax<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, valid: ValidEntries = .all, threads: Int? = nil
) -> Matrix<Scalar> {
  Sparsemax()(scores, valid: valid, threads: threads)
}

/// Softmax of a row of scores: exp(x) over its sum, without overflow. See ``Entmax``.
///
/// - Parameters:
///   - scores: the scores.
///   - valid: the entries that take part.
public func softmax<Scalar: SimplexScalar>(_ scores: [Scalar], valid: ValidEntries = .all) -> [Scalar] {
  Entmax.softmax(scores, valid: valid)
}

/// Softmax of rows of scores: exp(x) over its sum, without overflow. See ``Entmax``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
public func softmax<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, valid: ValidEntries = .all, threads: Int? = nil
) -> Matrix<Scalar> {
  Entmax.softmax(scores, valid: valid, threads: threads)
}

/// Entmax of a row of scores with α = 1.5, between softmax and sparsemax. See ``Entmax``.
///
/// - Parameters:
///   - scores: the scores.
///   - valid: the entries that take part.
public func entmax15<Scalar: SimplexScalar>(_ scores: [Scalar], valid: ValidEntries = .all) -> [Scalar] {
  Entmax.entmax15(scores, valid: valid)
}

/// Entmax of rows of scores with α = 1.5, between softmax and sparsemax. See ``Entmax``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
public func entmax15<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, valid: ValidEntries = .all, threads: Int? = nil
) -> Matrix<Scalar> {
  Entmax.entmax15(scores, valid: valid, threads: threads)
}

/// α-entmax of a row of scores: softmax for α = 1, sparsemax for α = 2. See ``Entmax``.
///
/// - Parameters:
///   - scores: the scores.
///   - alpha: α, finite and positive.
///   - valid: the entries that take part.
/// - Throws: ``SimplexError/outOfRange(argument:expected:found:)`` for another α.
public func entmax<Scalar: SimplexScalar>(
  _ scores: [Scalar], alpha: Scalar, valid: ValidEntries = .all
) throws(SimplexError) -> [Scalar] {
  try Entmax(alpha: .all(alpha))(scores, valid: valid)
}

/// α-entmax of rows of scores: softmax for α = 1, sparsemax for α = 2. See ``Entmax``.
///
/// - Parameters:
///   - scores: the scores, a row for each problem.
///   - alpha: α of all rows, of each row or of each head, finite and positive.
///   - valid: the entries that take part.
///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
/// - Throws: ``SimplexError/outOfRange(argument:expected:found:)`` for another α.
public func entmax<Scalar: SimplexScalar>(
  _ scores: some StridedMatrix<Scalar>, alpha: RowParameter<Scalar>, valid: ValidEntries = .all,
  threads: Int? = nil
) throws(SimplexError) -> Matrix<Scalar> {
  try Entmax(alpha: alpha)(scores, valid: valid, threads: threads)
}

extension Entmax {
  /// Softmax: α = 1.
  public static var softmax: Entmax { Entmax(sound: 1) }

  /// α = 1.5.
  public static var entmax15: Entmax { Entmax(sound: 1.5) }

  /// An α that is known to be in range.
  private init(sound alpha: Scalar) { self.alpha = .all(alpha) }
}
