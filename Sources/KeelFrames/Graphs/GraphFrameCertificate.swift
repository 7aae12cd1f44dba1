/// What is known of the accuracy of a frame of a graph: how far apart the numbers are that were taken for different, and
/// how close those that were taken for equal.
///
/// Rounding moves the eigenvalues of the Laplacian by about `n ε` of the largest, and the entries of the projections
/// onto eigenspaces by about that over the relative gap. A frame is exactly equivariant as long as nothing between these
/// bounds and the gaps occurs.
public struct GraphFrameCertificate: Hashable, Sendable {
  /// The eigenvalues of the Laplacian that are equal up to the tolerance, as ranges of indices that cover all.
  public let clusters: [Range<Int>]
  /// The smallest difference of distinct eigenvalues over the largest magnitude; 1 if there is one only.
  public let eigenvalueGap: Double
  /// The largest difference of eigenvalues that were taken for equal, over the largest magnitude.
  public let eigenvalueSpread: Double
  /// The smallest difference that told two rows of the key apart, over the largest magnitude in its column; infinite if
  /// there is none.
  public let rowGap: Double
  /// The largest difference of entries of rows that were taken for equal, over the largest magnitude in its column.
  public let rowSpread: Double
  /// n.
  public let vertexCount: Int

  /// The difference of two eigenvalues, over the largest magnitude, that rounding explains.
  public var eigenvalueErrorBound: Double { Double(16 * vertexCount) * Double.ulpOfOne }

  /// The difference of two entries of the Laplacian's key that rounding explains; infinite if distinct eigenvalues
  /// cannot be told from equal ones.
  public var rowErrorBound: Double {
    eigenvalueGap > 2 * eigenvalueErrorBound ? 2 * eigenvalueErrorBound / eigenvalueGap : .infinity
  }

  /// Whether everything taken for equal is within the bounds on rounding, and everything taken for different beyond
  /// twice these: then a relabelled graph gets the relabelled frame.
  public var isCertain: Bool {
    eigenvalueSpread <= eigenvalueErrorBound && rowSpread <= rowErrorBound && rowGap > 2 * rowErrorBound
  }
}
