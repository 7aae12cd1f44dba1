extension Subspace {
  /// A random subspace, uniform over all of its dimension (Haar measure); its basis is uniform over all
  /// orthonormal `k`-frames.
  ///
  /// - Parameters:
  ///   - dimension: `k`, from 0 to `ambientDimension`.
  ///   - ambientDimension: `d`.
  ///   - stream: the source of `k · d` normals.
  /// - Complexity: O(d · k²).
  public static func random(
    dimension: Int, in ambientDimension: Int, using stream: inout RandomStream
  ) -> Subspace {
    Subspace(trusting: .randomOrthonormalRows(dimension, ambientDimension, using: &stream))
  }
}
