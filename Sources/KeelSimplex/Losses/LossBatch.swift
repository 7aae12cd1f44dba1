/// How the losses of the rows become one number.
public enum LossReduction: String, Sendable, CaseIterable {
  /// Their sum, over the sum of the weights of the rows that are not ignored; 0 if there are none.
  case mean
  /// Their sum.
  case sum
}

/// Rows of scores and their targets, and where gradients go: what a ``FenchelYoungLoss`` works on.
///
/// The low-level form, over memory of the caller. Row r of the scores begins at `scores + r * scoreStride`,
/// likewise the targets and the gradient. The gradient may be written over the scores (same address and
/// stride) and must not overlap them otherwise.
public struct LossBatch<Scalar: SimplexScalar> {
  /// What the rows should be.
  public enum Targets {
    /// A class each, in 0..<columns, or the class that the loss ignores.
    case classes(UnsafePointer<Int>)
    /// A row of the polytope each.
    case rows(UnsafePointer<Scalar>, stride: Int)
  }

  /// The number of rows.
  public var rows: Int
  /// The number of entries of a row.
  public var columns: Int
  /// What the first row is called by parameters that differ from row to row.
  public var firstRow = 0
  /// The scores.
  public var scores: UnsafePointer<Scalar>
  /// The distance between rows of scores.
  public var scoreStride: Int
  /// The targets.
  public var targets: Targets
  /// A factor for the loss of each row, finite and not negative, or nil for 1. A row of weight 0 is ignored.
  public var weights: UnsafePointer<Scalar>?
  /// How many entries each row has, each in 0...columns, or nil if all have `columns`. Entries beyond are
  /// not read, and their gradient is zero.
  public var lengths: UnsafePointer<Int>?
  /// Which entries take part, rows × columns of them, or nil for all. The gradient of the others is zero.
  public var mask: UnsafePointer<Bool>?
  /// Where the gradient goes, or nil.
  public var gradient: UnsafeMutablePointer<Scalar>?
  /// The distance between rows of the gradient.
  public var gradientStride: Int
  /// Where the loss of each row goes, times its weight, or nil.
  public var losses: UnsafeMutablePointer<Double>?

  /// Rows and their targets, without weights, masks and gradients.
  public init(
    rows: Int, columns: Int, scores: UnsafePointer<Scalar>, scoreStride: Int, targets: Targets
  ) {
    self.rows = rows
    self.columns = columns
    self.scores = scores
    self.scoreStride = scoreStride
    self.targets = targets
    gradientStride = columns
  }

  /// The number of entries of row `r`.
  func length(_ r: Int) -> Int { lengths?[r] ?? columns }

  /// Whether the gradient is written over the scores.
  var isInPlace: Bool { gradient.map { UnsafePointer($0) == scores } ?? false }
}
