public import Keel
import RealModule

extension MixedDirichlet: PathwiseMixedDistribution {
  /// The face of an outcome, and the gamma numbers whose shares are its coordinates.
  ///
  /// As the concentrations change, each gamma number keeps its quantile: that is its path.
  public struct Noise: Sendable {
    /// The face.
    public let face: SimplexFace
    /// ln g_k of the vertices of the face, in their order; none for a single vertex.
    let logGammas: [Double]
    /// The concentrations of all vertices for which the gamma numbers were drawn.
    let concentrations: [Double]

    /// ln g_k with the same quantiles for other concentrations.
    ///
    /// Along ∂ ln g/∂ ln α by the classical Runge-Kutta rule, in steps of at most 0.02 in ln α.
    func logGammas(at others: [Double]) -> [Double] {
      guard others != concentrations else { return logGammas }
      return zip(face.vertices, logGammas).map { k, start in
        let (from, to) = (Double.log(concentrations[k]), Double.log(others[k]))
        guard from != to else { return start }
        let steps = (abs(to - from) / 0.02).rounded(.up)
        let h = (to - from) / steps
        func slope(_ logAlpha: Double, _ logGamma: Double) -> Double {
          let alpha = Double.exp(logAlpha)
          return alpha * StandardGamma.logSampleDerivative(logSample: logGamma, shape: alpha)
        }
        var value = start
        for i in 0..<Int(steps) {
          let u = from + h * Double(i)
          let a = slope(u, value)
          let b = slope(u + h / 2, value + h / 2 * a)
          let c = slope(u + h / 2, value + h / 2 * b)
          let d = slope(u + h, value + h * c)
          value += h / 6 * (a + 2 * (b + c) + d)
        }
        return value
      }
    }
  }

  /// Draws a face, and gamma numbers by their logarithms.
  public func noise(using stream: inout RandomStream) -> Noise {
    let face = faces.sample(using: &stream)
    return Noise(face: face, logGammas: logGammas(on: face, using: &stream), concentrations: concentrations)
  }

  /// The outcome of some noise: the shares of the gamma numbers.
  ///
  /// - Parameters:
  ///   - noise: what ``noise(using:)`` drew. If the law it was drawn from has other concentrations, the gamma numbers
  ///     are moved along their paths, which is meant for small changes: it takes a step for every 2 % of change.
  ///   - outcome: room for K coordinates.
  public func apply(_ noise: Noise, to outcome: UnsafeMutableBufferPointer<Double>) {
    fillShares(of: noise.logGammas(at: concentrations), on: noise.face, into: outcome)
  }

  /// Adds (∂y/∂α)ᵀc to the part of the gradient that belongs to the concentrations: y_k (c_k - <c, y>) ∂ ln g_k/∂α_k
  /// for the vertices of the face. The weights do not move an outcome within its face.
  ///
  /// - Parameters:
  ///   - cotangent: c, the derivative of an objective with respect to the outcome.
  ///   - outcome: y.
  ///   - noise: the noise of y.
  ///   - gradient: what is added to, 2 K numbers.
  /// - Complexity: O(K).
  public func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: Noise,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let logGammas = noise.logGammas(at: concentrations)
    let vertices = noise.face.vertices
    let mean = vertices.reduce(0) { $0 + cotangent[$1] * outcome[$1] }
    for (k, logGamma) in zip(vertices, logGammas) {
      let slope = StandardGamma.logSampleDerivative(logSample: logGamma, shape: concentrations[k])
      gradient[coordinateCount + k] += outcome[k] * (cotangent[k] - mean) * slope
    }
  }

  /// Adds a multiple of the score of the face, ∂ ln P(F = f)/∂w = 2 (f - μ) with μ_k = P(f_k = 1).
  ///
  /// - Parameters:
  ///   - noise: what was drawn.
  ///   - weight: the factor.
  ///   - gradient: what is added to, 2 K numbers.
  public func addDiscreteScore(
    of noise: Noise, weight: Double, into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    guard let gradient = gradient.baseAddress else { return }
    faces.addScore(weight: weight, into: gradient) { noise.face.contains($0) }
  }
}
