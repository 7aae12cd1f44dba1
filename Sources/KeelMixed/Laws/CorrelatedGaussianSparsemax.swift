public import Keel
import KeelSimplex
import RealModule

/// The law of sparsemax(z) for normal scores z ~ N(μ, Σ) with any covariance.
///
/// With a vertex p of the face of an outcome as pivot, the face is f exactly if z_i - z_p = y_i - y_p on it and
/// z_j - z_p ≤ -y_p off it. So the density is n times the normal density of the differences on the face, times the
/// probability of an orthant for the others. That probability is computed to 1e-11 for at most three entries off
/// the face, and by ``pointCount`` randomly shifted lattice points beyond, with a standard error that
/// ``logDensityWithError(unchecked:)`` gives: typically 1e-4 for ten entries. Where scores are independent,
/// ``GaussianSparsemax`` is faster and exact.
///
/// The parameters, as one vector, are the means and then the rows of the lower triangle of the factor L of Σ = LLᵀ.
///
/// Source: Farinhas, Aziz, Niculae and Martins (2022), *Sparse Communication via Mixed Distributions*; Genz (1992),
/// *Numerical computation of multivariate normal probabilities*.
public struct CorrelatedGaussianSparsemax: Sendable {
  /// The means μ of the scores.
  public let means: [Double]
  /// The lower triangular factor L of the covariance Σ = LLᵀ.
  public let factor: Matrix<Double>
  /// How many lattice points are taken for an orthant of more than three dimensions.
  public let pointCount: Int

  /// The law of the projection of normal scores.
  ///
  /// - Parameters:
  ///   - means: μ, at least one, finite.
  ///   - covariance: Σ, K × K, symmetric and positive definite; the upper triangle is read.
  ///   - pointCount: how many lattice points to take for an orthant of more than three dimensions, at least 8.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``, also if Σ is singular, or
  ///   ``MixedError/wrongShape(argument:expected:found:)``.
  public init(means: [Double], covariance: Matrix<Double>, pointCount: Int = 4096) throws(MixedError) {
    guard covariance.rows == means.count, covariance.columns == means.count else {
      throw .wrongShape(
        argument: "covariance", expected: "\(means.count) × \(means.count)",
        found: "\(covariance.rows) × \(covariance.columns)")
    }
    let lower: Matrix<Double>
    do {
      lower = Matrix(try Cholesky(covariance).lower)
    } catch {
      throw .outOfRange(argument: "covariance", expected: "finite and positive definite", found: "\(error)")
    }
    try self.init(means: means, factor: lower, pointCount: pointCount)
  }

  /// The law of the projection of scores μ + Lε with standard normal ε.
  ///
  /// - Parameters:
  ///   - means: μ, at least one, finite.
  ///   - factor: L, K × K, finite, with a positive diagonal; only the lower triangle is read.
  ///   - pointCount: how many lattice points to take for an orthant of more than three dimensions, at least 8.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` or
  ///   ``MixedError/wrongShape(argument:expected:found:)``.
  public init(means: [Double], factor: Matrix<Double>, pointCount: Int = 4096) throws(MixedError) {
    try requireNormalScores(means: means)
    let count = means.count
    guard factor.rows == count, factor.columns == count else {
      throw .wrongShape(
        argument: "factor", expected: "\(count) × \(count)", found: "\(factor.rows) × \(factor.columns)")
    }
    guard pointCount >= 8 else {
      throw .outOfRange(argument: "pointCount", expected: "at least 8", found: "\(pointCount)")
    }
    var lower = Matrix<Double>(zeros: count, count)
    for i in 0..<count {
      for j in 0...i {
        let value = factor[i, j]
        guard value.isFinite, i != j || value > 0 else {
          throw .outOfRange(
            argument: "factor[\(i), \(j)]", expected: i == j ? "positive and finite" : "finite",
            found: "\(value)")
        }
        lower[i, j] = value
      }
    }
    self.means = means
    self.factor = lower
    self.pointCount = pointCount
  }

  /// The covariance Σ = LLᵀ.
  public var covariance: Matrix<Double> { factor * factor.transposed }
}

extension CorrelatedGaussianSparsemax: PathwiseMixedDistribution {
  /// The faces of the simplex.
  public typealias Face = SimplexFace
  /// The standard normals ε of the scores z = μ + Lε.
  public typealias Noise = [Double]

  /// The number K of scores.
  public var coordinateCount: Int { means.count }

  /// The means, then the rows of the lower triangle of L: K + K (K + 1) / 2 numbers.
  public var parameters: [Double] {
    means + (0..<coordinateCount).flatMap { i in (0...i).map { factor[i, $0] } }
  }

  /// The law with other means and another factor.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> CorrelatedGaussianSparsemax {
    let count = coordinateCount
    let expected = count + count * (count + 1) / 2
    guard parameters.count == expected else {
      throw .wrongShape(argument: "parameters", expected: "\(expected) numbers", found: "\(parameters.count)")
    }
    var lower = Matrix<Double>(zeros: count, count)
    var next = count
    for i in 0..<count {
      for j in 0...i {
        lower[i, j] = parameters[next]
        next += 1
      }
    }
    return try CorrelatedGaussianSparsemax(
      means: Array(parameters[..<count]), factor: lower, pointCount: pointCount)
  }

  /// Draws outcomes: K normals a row, in the scalar type, and the projection of their scores.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    Scalar._fillNormal(outcomes, &stream)
    let count = coordinateCount
    for start in stride(from: 0, to: outcomes.count, by: count) {
      correlate(UnsafeMutableBufferPointer(rebasing: outcomes[start..<start + count]))
    }
    projectOntoSimplex(outcomes, columns: count)
  }

  /// Replaces standard normals by scores. Sums are kept in double.
  private func correlate<Scalar: MixedScalar>(_ row: UnsafeMutableBufferPointer<Scalar>) {
    // From the last to the first: an entry is replaced when no other needs it any more.
    for i in (0..<row.count).reversed() {
      var sum = means[i]
      for j in 0...i { sum += factor[i, j] * Double(row[j]) }
      row[i] = Scalar(sum)
    }
  }

  /// K standard normals.
  public func noise(using stream: inout RandomStream) -> [Double] {
    stream.normals(count: coordinateCount)
  }

  /// sparsemax(μ + Lε).
  public func apply(_ noise: [Double], to outcome: UnsafeMutableBufferPointer<Double>) {
    precondition(noise.count == coordinateCount, "There must be a normal for each score.")
    for k in noise.indices { outcome[k] = noise[k] }
    correlate(outcome)
    projectOntoSimplex(outcome, columns: noise.count)
  }

  /// Adds Jᵀg to the gradient by the means, and (Jᵀg)_i ε_j to that by L_ij.
  public func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: [Double],
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let count = coordinateCount
    let mean = meanOverSupport(of: cotangent, at: outcome)
    for i in 0..<count where outcome[i] != 0 {
      gradient[i] += cotangent[i] - mean
      for j in 0...i { gradient[count + i * (i + 1) / 2 + j] += (cotangent[i] - mean) * noise[j] }
    }
  }

  /// ln P(F = f), for a vertex: its density.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for a face that is not a vertex.
  public func logProbability(of face: SimplexFace) throws(MixedError) -> Double {
    precondition(face.coordinateCount == coordinateCount, "The face must belong to the simplex of the law.")
    guard face.dimension == 0 else {
      throw notComputable("the probability of the face \(face)")
    }
    let vertex = (0..<coordinateCount).map { face.contains($0) ? 1.0 : 0.0 }
    return vertex.withUnsafeBufferPointer { logDensity(unchecked: $0) }
  }

  /// Throws: the probabilities of faces of correlated scores have no quadrature here.
  public func dimensionLaw() throws(MixedError) -> [Double] {
    throw notComputable("the law of the dimension")
  }

  /// Throws: estimate the entropy from samples.
  public func entropy() throws(MixedError) -> MixedEntropy { throw notComputable("the entropy") }

  private func notComputable(_ quantity: String) -> MixedError {
    .notComputable(quantity: quantity, reason: "the scores are correlated; estimate it from samples")
  }
}
