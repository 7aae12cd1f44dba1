/// One pass over the memory of a matrix of features: the work of a training step, without allocation.
///
/// With the rows `C_i` of the k × m matrix C, and for every row
///
///     along_i = C_i·x
///     p_i = p.origin_i + (p.scale p.base_i + p.along along_i),        likewise q_i and s_i,
///     D_i = C_i + (p_i e + q_i f),
///
/// it gives D, `along`, the combination s, and
///
///     sum = Σ s_i D_i        or        weight∘(target - Σ s_i D_i).
///
/// - Without `e` it only reads C: a gradient half-way a step, or, with the training inputs X as the
///   matrix, `X w` and `Xᵀ(y - Xw)` in one pass.
/// - With `e` it is a step of gradient descent, or a Lorentz boost, together with the next gradient.
/// - With `e` and `f` it is two boosts.
///
/// With ``error`` and the three properties after it, additions to C and to the origin of s are compensated:
/// what rounding takes from a sum is kept, and added to what the next sweep adds. Errors of many small steps
/// then do not grow with their number. Source: Kahan (1965), *Further remarks on reducing truncation errors*.
///
/// A panel of rows is multiplied with x and used again while it is in the nearest cache. The bits of the
/// result do not depend on the instruction set.
///
/// The pointers must stay valid while ``run()`` runs; nothing is checked.
public struct FeatureSweep<Scalar: TransferScalar> {
  /// A number a row: `origin_i + (scale base_i + along along_i)`.
  ///
  /// The origin keeps what a small step adds from being rounded twice.
  public struct RowTerm {
    /// One number a row, or nil for a term without this part.
    public var origin: UnsafePointer<Scalar>?
    /// One number a row, or nil for a term without this part.
    public var base: UnsafePointer<Scalar>?
    /// The factor of the base.
    public var scale: Scalar
    /// The factor of `C_i·x`.
    public var along: Scalar

    /// The term `origin + (scale base + along (Cx))`; by default it is zero.
    public init(
      from origin: UnsafePointer<Scalar>? = nil, _ scale: Scalar = 0, _ base: UnsafePointer<Scalar>? = nil,
      along: Scalar = 0
    ) {
      self.origin = origin
      self.base = base
      self.scale = scale
      self.along = along
    }
  }

  /// The number of rows k.
  public var rows: Int
  /// The number of columns m.
  public var columns: Int
  /// C, row after row.
  public var matrix: UnsafePointer<Scalar>?
  /// Where D goes, which may be C itself; needed with `e`, ignored without.
  public var updated: UnsafeMutablePointer<Scalar>?
  /// The direction x, m; nil means that `along` is zero.
  public var x: UnsafePointer<Scalar>?
  /// The direction of the first outer product, m.
  public var e: UnsafePointer<Scalar>?
  /// The direction of the second outer product, m; needs `e`.
  public var f: UnsafePointer<Scalar>?
  /// The factors of `e`.
  public var p = RowTerm()
  /// The factors of `f`.
  public var q = RowTerm()
  /// The weights of the sum of rows.
  public var s = RowTerm()
  /// What rounding has taken from C so far, k × m; nil means that nothing is compensated. Needs `e`, an
  /// origin of s, and the other three errors.
  public var error: UnsafePointer<Scalar>?
  /// What rounding has taken from the origin of s so far, k.
  public var headError: UnsafePointer<Scalar>?
  /// Where goes what rounding has taken from D, k × m; it may be ``error``.
  public var updatedError: UnsafeMutablePointer<Scalar>?
  /// Where goes what rounding has taken from s, k; it may be ``headError``.
  public var combinationError: UnsafeMutablePointer<Scalar>?
  /// Where `Cx` goes, k.
  public var along: UnsafeMutablePointer<Scalar>?
  /// Where s goes, k; it may be the base of a term.
  public var combination: UnsafeMutablePointer<Scalar>?
  /// Where the sum goes, m; it must not overlap x, `e`, `f`, the target or the weight, since it is written
  /// before the last row is read. A matrix without rows has the sum zero. Without `e` it may be nil, if only
  /// `along` and s are wanted.
  public var sum: UnsafeMutablePointer<Scalar>?
  /// What the sum is subtracted from, m; nil gives the plain sum.
  public var target: UnsafePointer<Scalar>?
  /// The factors of `target - sum`, m; nil means one. Without a target there are none.
  public var weight: UnsafePointer<Scalar>?

  /// A sweep over a matrix; the other properties say what it does.
  public init(rows: Int, columns: Int, matrix: UnsafePointer<Scalar>?) {
    precondition(rows >= 0 && columns >= 0, "A matrix cannot have a negative size")
    self.rows = rows
    self.columns = columns
    self.matrix = matrix
  }

  /// Runs the sweep.
  ///
  /// Complexity: 4km operations, and 2km for each outer product; C is read from memory once.
  public func run() { Scalar.run(self) }
}
