public import Keel

/// The gradient of an average as the published programs compute it: with the axes held constant.
///
/// Their axes are made outside of what is differentiated, in preprocessing or detached from the graph; only the
/// centroid moves with the points. The result turns with the cloud as a gradient would, but it is not one: it has a
/// torque though the average is invariant, and its work round a closed loop is not zero. It is here for comparison;
/// ``Frame/averageAndGradient(of:rule:_:)`` is the gradient.
public enum PublishedDetachedGradient {
  /// `Σ_k w_k ∇φ(g_k⁻¹X) R_kᵀ / c`, less its mean for groups with translations: without the motion of the axes and of
  /// the scale.
  ///
  /// - Parameters:
  ///   - points: X, n × d.
  ///   - frame: the frame of the points.
  ///   - gradient: ∇φ at a canonical cloud, n × d.
  /// - Complexity: `frame.count` evaluations of ∇φ.
  /// - Precondition: the gradients have the shape of the points.
  public static func gradient<Scalar: FrameScalar>(
    at points: Matrix<Scalar>, over frame: Frame<Scalar>, _ gradient: (Matrix<Scalar>) -> Matrix<Scalar>
  ) -> Matrix<Scalar> {
    var result = Matrix<Scalar>(zeros: points.rows, points.columns)
    for k in 0..<frame.count {
      let element = frame[k]
      let term = gradient(element.inverseTransformed(points)) * element.rotation.transposed
      let weight = frame.weight(k) / element.scale
      result.combine(with: term) { $0 + weight * $1 }
    }
    return frame.group.translates ? result.addingToRows(result.columnMeans.map(-)) : result
  }
}
