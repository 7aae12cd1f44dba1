public import Keel

/// What rows of scores should be mapped to.
public enum LossTargets<Scalar: SimplexScalar>: Sendable, Equatable {
  /// A class for each row, in 0..<columns, or the class that the loss ignores.
  case classes([Int])
  /// A row of the polytope for each row.
  case rows(Matrix<Scalar>)
}

/// A loss with its gradients, for a map whose regularizer has a parameter.
public struct LossGradients<Scalar: SimplexScalar>: Sendable, Equatable {
  /// The loss.
  public let value: Double
  /// The gradient with respect to the scores, of their shape.
  public let gradient: Matrix<Scalar>
  /// The derivative with respect to each value of the parameter (``RegularizerFamily``).
  public let parameterGradient: [Double]
}
