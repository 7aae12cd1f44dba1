import Keel

extension LinearTransferProblem {
  /// The nearest features with orthonormal rows, and the head on them that gives the same weights.
  ///
  /// With the singular value decomposition `B = UDVᵀ` the features are `Q = UVᵀ`, the nearest in every
  /// unitarily invariant norm, and the head is `QBᵀv`, so that `Qᵀ(QBᵀv) = Bᵀv`: the network computes what
  /// it did before.
  ///
  /// - Parameters:
  ///   - features: B, k × d with `1 ≤ k ≤ d`.
  ///   - head: v, k; nil for none.
  ///   - argument: what errors call the features.
  /// - Returns: Q, k × d, and the head on it, empty if there was none.
  /// - Throws: ``TransferError`` if the features have another shape, are not finite, or have rows that
  ///   depend on each other, and if the head has another length.
  public static func orthonormalizing(
    _ features: Matrix<Double>, head: [Double]? = nil, argument: String = "features"
  ) throws(TransferError) -> (features: Matrix<Double>, head: [Double]) {
    let (k, d) = (features.rows, features.columns)
    guard k >= 1, k <= d else {
      throw .wrongShape(argument: argument, expected: "k × d with 1 ≤ k ≤ d", found: shape(features))
    }
    guard features.isFinite else { throw .notFinite(argument: argument) }
    if let head, head.count != k {
      throw .wrongCount(argument: "head on \(argument)", expected: k, found: head.count)
    }
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(features) }
    let (largest, least) = (svd.singularValues[0], svd.singularValues[k - 1])
    guard least > ReducedTransferProblem.rankTolerance * largest else {
      throw .outOfRange(
        argument: argument,
        reason: "cannot be made orthonormal: its rows depend on each other (singular values from "
          + "\(least) to \(largest))")
    }
    let nearest = svd.u * svd.vt
    return (nearest, head.map { nearest * (features.transposed * $0) } ?? [])
  }
}
