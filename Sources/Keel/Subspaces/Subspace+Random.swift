extension Subspace {
  /// A random subspace, uniform over all of its dimension (Haar measure); its basis is uniform over all
  /// orthonormal `k`-frames.
  ///
  /// The rows of a Gaussian matrix are orthonormalized with a positive diagonal in the triangular factor:
  /// without that choice of signs the frame would not be uniform.
  ///
  /// - Parameters:
  ///   - dimension: `k`, from 0 to `ambientDimension`.
  ///   - ambientDimension: `d`.
  ///   - stream: the source of `k · d` normals.
  /// - Complexity: O(d · k²).
  ///
  /// Source: Stewart (1980), *The efficient generation of random orthogonal matrices*; Mezzadri (2007),
  /// *How to generate random matrices from the classical compact groups*.
  public static func random(
    dimension: Int, in ambientDimension: Int, using stream: inout RandomStream
  ) -> Subspace {
    precondition(
      dimension >= 0 && dimension <= ambientDimension,
      "The dimension of a subspace must be between 0 and that of the space")
    var basis = Matrix<Scalar>(
      rows: dimension, columns: ambientDimension,
      elements: stream.normals(count: dimension * ambientDimension))
    basis.orthonormalizeRows()
    return Subspace(trusting: basis)
  }
}
