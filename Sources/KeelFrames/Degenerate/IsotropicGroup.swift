import Keel

/// Finite groups over which the average of a vector is zero and that of a second-order tensor is `tr T / k` times the
/// identity, as over all rotations.
///
/// They stand for all rotations of a space in which a cloud has no extent: there no choice of axes would move with the
/// cloud.
enum IsotropicGroup {
  /// The number of matrices of ``signedCycles(_:proper:)``; so large a number that no sum with others overflows, where
  /// it does not fit.
  static func signedCycleCount(_ order: Int, proper: Bool) -> Int {
    order < 48 ? order << (proper ? order - 1 : order) : 1 << 60
  }

  /// The cyclic permutations of k axes with signs, k × k: `k 2ᵏ` matrices, or the half with determinant 1.
  ///
  /// A vector: each axis has either sign equally often, except for k = 1 with determinant 1. A tensor: signs remove what
  /// is off the diagonal — for k = 2 with determinant 1 all but the part that rotations of the plane leave as it is —
  /// and cyclic permutations make the diagonal constant.
  ///
  /// - Precondition: the order is positive and less than 63.
  static func signedCycles<Scalar: FrameScalar>(_ order: Int, proper: Bool) -> [Matrix<Scalar>] {
    var result: [Matrix<Scalar>] = []
    for shift in 0..<order {
      // A cycle of k axes is odd if k is even; its s-th power then if s is odd too.
      let odd = order % 2 == 0 && shift % 2 == 1
      for signs in 0..<(1 << order) where !proper || (signs.nonzeroBitCount % 2 == 1) == odd {
        result.append(
          Matrix(rows: order, columns: order) { i, j in
            (i + shift) % order == j ? (signs >> j & 1 == 1 ? -1 : 1) : 0
          })
      }
    }
    return result
  }
}
