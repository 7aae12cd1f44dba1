/// Sparse outputs of a projection, cotangents, and where the gradients go: dense rows.
///
/// The low-level form, over memory of the caller. Row r of the output has the entries
/// `offsets[r]..<offsets[r + 1]`. The gradients must not overlap the cotangents.
public struct SparsePullbackBatch<Scalar: SimplexScalar> {
  /// The number of rows.
  public var rows: Int
  /// The number of entries of a row.
  public var columns: Int
  /// Where the entries of each row begin, and last where they end.
  public var offsets: UnsafePointer<Int>
  /// The columns of the entries, in increasing order within a row.
  public var indices: UnsafePointer<Int32>
  /// The entries.
  public var values: UnsafePointer<Scalar>
  /// The cotangents g: derivatives of some loss with respect to the outputs.
  public var cotangent: UnsafePointer<Scalar>
  /// The distance between rows of cotangents.
  public var cotangentStride: Int
  /// Where the gradients Jᵀg go.
  public var gradient: UnsafeMutablePointer<Scalar>
  /// The distance between rows of gradients.
  public var gradientStride: Int

  /// Sparse outputs, cotangents and room for gradients.
  public init(
    rows: Int, columns: Int, offsets: UnsafePointer<Int>, indices: UnsafePointer<Int32>,
    values: UnsafePointer<Scalar>, cotangent: UnsafePointer<Scalar>, cotangentStride: Int,
    gradient: UnsafeMutablePointer<Scalar>, gradientStride: Int
  ) {
    self.rows = rows
    self.columns = columns
    self.offsets = offsets
    self.indices = indices
    self.values = values
    self.cotangent = cotangent
    self.cotangentStride = cotangentStride
    self.gradient = gradient
    self.gradientStride = gradientStride
  }
}
