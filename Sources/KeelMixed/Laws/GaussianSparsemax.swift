public import Keel
import KeelSimplex

/// The law of sparsemax(z) for scores z_k ~ N(μ_k, σ_k²) that are independent.
///
/// Sparsemax projects scores onto the simplex, and puts positive probability on every face. On the face f of
/// an outcome y, with n vertices, z is y_i + t there and at most t elsewhere:
///
/// p⊕(y) = n ∫ Π_{i in f} N(y_i + t; μ_i, σ_i²) Π_{j not in f} Φ((t - μ_j) / σ_j) dt.
///
/// The integral is computed to 1e-12 by equally spaced nodes, or by panels where deviations differ by orders
/// of magnitude; it is a closed form for a face of K or K - 1 vertices. Log-densities far in the tails are
/// accurate, too: the density is 0 nowhere.
///
/// The parameters, as one vector, are the means and then the deviations.
///
/// Source: Farinhas, Aziz, Niculae and Martins (2022), *Sparse Communication via Mixed Distributions*, section
/// 3. Their quadrature on a grid of quantiles is ``PublishedGaussianSparsemax``.
public struct GaussianSparsemax: Sendable, Equatable {
  /// The means μ of the scores.
  public let means: [Double]
  /// The standard deviations σ of the scores.
  public let deviations: [Double]

  /// The law of the projection of independent normal scores.
  ///
  /// - Parameters:
  ///   - means: μ, at least one, finite.
  ///   - deviations: σ, as many, finite and positive.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` or
  ///   ``MixedError/wrongShape(argument:expected:found:)``.
  public init(means: [Double], deviations: [Double]) throws(MixedError) {
    try requireNormalScores(means: means)
    guard deviations.count == means.count else {
      throw .wrongShape(
        argument: "deviations", expected: "as many as means, \(means.count)", found: "\(deviations.count)")
    }
    if let k = deviations.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw .outOfRange(
        argument: "deviations[\(k)]", expected: "positive and finite", found: "\(deviations[k])")
    }
    self.means = means
    self.deviations = deviations
  }
}

/// Throws unless there are means, all finite.
func requireNormalScores(means: [Double]) throws(MixedError) {
  guard !means.isEmpty else {
    throw .wrongShape(argument: "means", expected: "at least one number", found: "empty")
  }
  if let k = means.firstIndex(where: { !$0.isFinite }) {
    throw .outOfRange(argument: "means[\(k)]", expected: "finite", found: "\(means[k])")
  }
}

extension GaussianSparsemax: PathwiseMixedDistribution {
  /// The faces of the simplex.
  public typealias Face = SimplexFace
  /// The standard normals ε of the scores z = μ + σ ε.
  public typealias Noise = [Double]

  /// The number K of scores.
  public var coordinateCount: Int { means.count }

  /// The means, then the deviations.
  public var parameters: [Double] { means + deviations }

  /// The law with other means and deviations.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> GaussianSparsemax {
    let count = coordinateCount
    guard parameters.count == 2 * count else {
      throw .wrongShape(
        argument: "parameters", expected: "\(2 * count) numbers", found: "\(parameters.count)")
    }
    return try GaussianSparsemax(
      means: Array(parameters[..<count]), deviations: Array(parameters[count...]))
  }

  /// Draws outcomes: K normals a row, in the scalar type, and their projection.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    fillGaussianSparsemax(outcomes, means: means, deviations: deviations, using: &stream)
  }

  /// K standard normals.
  public func noise(using stream: inout RandomStream) -> [Double] {
    stream.normals(count: coordinateCount)
  }

  /// sparsemax(μ + σ ε).
  public func apply(_ noise: [Double], to outcome: UnsafeMutableBufferPointer<Double>) {
    precondition(noise.count == coordinateCount, "There must be a normal for each score.")
    for k in noise.indices { outcome[k] = means[k] + deviations[k] * noise[k] }
    projectOntoSimplex(outcome, columns: noise.count)
  }

  /// Adds Jᵀg to the gradient by the means, and (Jᵀg)_k ε_k to that by the deviations; Jᵀg is g less its mean
  /// over the support, on the support.
  public func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: [Double],
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let count = coordinateCount
    let mean = meanOverSupport(of: cotangent, at: outcome)
    for k in 0..<count where outcome[k] != 0 {
      gradient[k] += cotangent[k] - mean
      gradient[count + k] += (cotangent[k] - mean) * noise[k]
    }
  }
}

/// The mean of a cotangent over the entries of an outcome that are not 0: what sparsemax takes from it.
func meanOverSupport(
  of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>
) -> Double {
  var (sum, size) = (0.0, 0.0)
  for k in outcome.indices where outcome[k] != 0 {
    sum += cotangent[k]
    size += 1
  }
  return sum / size
}

/// Projects rows of scores onto the simplex, in place.
func projectOntoSimplex<Scalar: MixedScalar>(_ rows: UnsafeMutableBufferPointer<Scalar>, columns: Int) {
  guard let first = rows.baseAddress, !rows.isEmpty else { return }
  Sparsemax<Scalar>().project(
    RowBatch(
      rows: rows.count / columns, columns: columns, input: first, inputStride: columns, output: first,
      outputStride: columns))
}
