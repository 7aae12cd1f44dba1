public import Keel
import RealModule

extension GibbsFaces {
  /// The covariance of the indicators f_k: μ_i (1 - μ_i) on the diagonal, -q μ_i μ_j elsewhere, with μ_k = P(f_k = 1)
  /// and q = Π (1 - p_k).
  ///
  /// - Returns: K × K numbers.
  /// - Complexity: O(K²).
  public var covariance: Matrix<Double> {
    let (marginals, empty) = (marginals, Double.exp(logEmpty))
    return Matrix(rows: coordinateCount, columns: coordinateCount) { i, j in
      i == j ? marginals[i] * complement(i) : -empty * marginals[i] * marginals[j]
    }
  }

  /// The product of the ``covariance`` with a vector, which is not formed as a matrix.
  ///
  /// - Parameter vector: x, of K numbers.
  /// - Returns: Cov x.
  /// - Complexity: O(K).
  public func covarianceProduct(_ vector: [Double]) -> [Double] {
    precondition(vector.count == coordinateCount, "The vector must have one entry a vertex.")
    let (marginals, empty) = (marginals, Double.exp(logEmpty))
    // (Cov x)_i = μ_i ((1 - p_i) x_i - q Σ μ_j x_j). If the weights are low, 1 - p_i and q Σ μ_j are both nearly 1
    // and a common part c of x cancels, so it is taken out: its coefficient is (1 - q) - p_i - q E dim F.
    let origin = shift < 0 ? vector[indexOfLargestWeight] : 0
    let mean = zip(marginals, vector).reduce(0) { $0 + $1.0 * ($1.1 - origin) }
    let some = mass
    return weights.indices.map { i in
      let common = (some - inside[i]) - empty * meanDimension
      return marginals[i]
        * (Double.exp(logOutside[i]) * (vector[i] - origin) - empty * mean + origin * common)
    }
  }

  private var indexOfLargestWeight: Int {
    weights.indices.reduce(0) { weights[$1] > weights[$0] ? $1 : $0 }
  }

  /// ∂H(F)/∂w = -4 Cov w.
  ///
  /// - Complexity: O(K).
  public var entropyGradient: [Double] { covarianceProduct(weights).map { -4 * $0 } }

  /// ∂E dim F/∂w = 2 Cov 1.
  ///
  /// - Complexity: O(K).
  public var meanDimensionGradient: [Double] {
    covarianceProduct(Array(repeating: 1, count: coordinateCount)).map { 2 * $0 }
  }

  /// The Kullback-Leibler divergence of this law from another of the same simplex, in nats.
  ///
  /// ln Z' - ln Z + Σ (w_k - w'_k) (2 P(f_k = 1) - 1), summed so that large weights do not cancel.
  ///
  /// - Parameter other: the second argument of the divergence.
  /// - Complexity: O(K).
  public func divergence(from other: GibbsFaces) -> Double {
    precondition(other.coordinateCount == coordinateCount, "The laws must be those of one simplex.")
    let terms = weights.indices.reduce(0.0) { sum, k in
      let chosen = (logInside[k] - shift) - (other.logInside[k] - other.shift)
      return sum + marginal(k) * chosen + complement(k) * (logOutside[k] - other.logOutside[k])
    }
    return max(terms + (shift - other.shift) * meanDimension - logScaledMass + other.logScaledMass, 0)
  }

  /// The derivatives of ``divergence(from:)`` by the weights of both laws: 4 Cov (w - w') and 2 (μ' - μ), with
  /// μ_k = P(f_k = 1).
  ///
  /// - Parameter other: the second argument of the divergence.
  /// - Returns: the gradients by the weights of this law, and by those of the other.
  /// - Complexity: O(K).
  public func divergenceGradients(from other: GibbsFaces) -> (weights: [Double], otherWeights: [Double]) {
    precondition(other.coordinateCount == coordinateCount, "The laws must be those of one simplex.")
    let differences = zip(weights, other.weights).map { $0 - $1 }
    return (
      covarianceProduct(differences).map { 4 * $0 },
      weights.indices.map { 2 * (other.marginal($0) - marginal($0)) }
    )
  }

  /// The score ∂ ln P(F = f)/∂w = 2 (f - μ), with μ_k = P(f_k = 1).
  ///
  /// - Parameter face: f, a face of the simplex of ``coordinateCount`` vertices.
  /// - Complexity: O(K).
  public func score(of face: SimplexFace) -> [Double] {
    precondition(face.coordinateCount == coordinateCount, "The face must be one of the same simplex.")
    return weights.indices.map { 2 * (face.contains($0) ? complement($0) : -marginal($0)) }
  }

  /// Adds a multiple of the ``score(of:)`` of the face of the vertices that `isInside` names.
  @inline(__always)
  func addScore(weight: Double, into gradient: UnsafeMutablePointer<Double>, _ isInside: (Int) -> Bool) {
    for k in weights.indices {
      gradient[k] += 2 * weight * (isInside(k) ? complement(k) : -marginal(k))
    }
  }
}
