import Keel
import RealModule

/// The log-density of Gaussian-Sparsemax as the reference implementation of the paper computes it: for reproducing
/// its numbers, not for use.
///
/// The expectation of Π Φ((T - μ_j) / σ_j), T ~ N(m, s²), is replaced by the trapezoid rule on the quantiles of T
/// at 1/(n+1), ..., n/(n+1). That drops both tails: the rule gives (n - 1) / (n + 1) for the expectation of 1, so
/// that with the default of 100 nodes the log-density is off by -0.0200 even where no entry is 0, and by up to
/// -0.16 elsewhere; 10000 nodes still leave errors of 2e-4 to 5e-3. ``GaussianSparsemax`` takes 30 nodes to be
/// right to 1e-12.
///
/// Source: the code published with Farinhas, Aziz, Niculae and Martins (2022).
public struct PublishedGaussianSparsemax: Sendable, Equatable {
  /// The law whose density is approximated.
  public let law: GaussianSparsemax
  /// The number n of quantiles.
  public let nodeCount: Int

  /// The published density of a law.
  ///
  /// - Parameters:
  ///   - law: the law.
  ///   - nodeCount: n, at least 2.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(_ law: GaussianSparsemax, nodeCount: Int = 100) throws(MixedError) {
    guard nodeCount >= 2 else {
      throw .outOfRange(argument: "nodeCount", expected: "at least 2", found: "\(nodeCount)")
    }
    self.law = law
    self.nodeCount = nodeCount
  }

  /// The published approximation of ln p⊕(y).
  ///
  /// - Parameter outcome: y, a point of the simplex.
  /// - Complexity: O(n K).
  /// - Throws: ``MixedError`` if the point is not in the simplex of the law.
  public func logDensity(of outcome: [Double]) throws(MixedError) -> Double {
    guard outcome.count == law.coordinateCount else {
      throw .wrongShape(
        argument: "outcome", expected: "\(law.coordinateCount) coordinates", found: "\(outcome.count)")
    }
    let face = try outcome.withUnsafeBufferPointer { point throws(MixedError) in try law.face(of: point) }
    let (means, deviations, vertices) = (law.means, law.deviations, face.vertices)
    let precision = vertices.reduce(0) { $0 + 1 / (deviations[$1] * deviations[$1]) }
    let moment = vertices.reduce(0) {
      $0 + (means[$1] - outcome[$1]) / (deviations[$1] * deviations[$1])
    }
    let (center, spread) = (moment / precision, 1 / precision.squareRoot())
    let logFace = vertices.reduce(Double.log(Double(vertices.count)) + Double.log(spread)) { sum, i in
      sum + StandardNormal.logDensity((means[i] - outcome[i] - center) / deviations[i])
        - Double.log(deviations[i])
    }
    let others = outcome.indices.filter { outcome[$0] == 0 }
    let count = Double(nodeCount)
    let logTerms = (1...nodeCount).map { k in
      let t = center + spread * StandardNormal.quantile(Double(k) / (count + 1))
      return others.reduce(k == 1 || k == nodeCount ? -Double.log(2) : 0) {
        $0 + StandardNormal.logCumulative((t - means[$1]) / deviations[$1])
      }
    }
    return logFace + StandardNormal.logNormalizer + LogSpace.logSumExp(logTerms) - Double.log(count + 1)
  }
}
