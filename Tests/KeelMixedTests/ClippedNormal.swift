import Keel
import RealModule

@testable import KeelMixed

/// The law of clip(m + v ε, 0, 1) with standard normal ε, as plainly as can be written: an oracle of the tests.
struct ClippedNormal: PathwiseMixedDistribution, DivergentMixedDistribution {
  typealias Face = CubeFace

  var mean: Double
  var deviation: Double

  init(_ mean: Double, _ deviation: Double) {
    (self.mean, self.deviation) = (mean, deviation)
  }

  var coordinateCount: Int { 1 }

  private func tail(_ x: Double) -> Double { 0.5 * Double.erfc(x / 2.0.squareRoot()) }
  private func bell(_ x: Double) -> Double { Double.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot() }
  private var ends: (a: Double, b: Double) { (-mean / deviation, (1 - mean) / deviation) }

  func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    for index in outcomes.indices {
      outcomes[index] = Scalar(max(0, min(1, stream.normal(mean: mean, deviation: deviation))))
    }
  }

  func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    let y = outcome[0]
    if y == 0 { return Double.log(tail(-ends.a)) }
    if y == 1 { return Double.log(tail(ends.b)) }
    let r = (y - mean) / deviation
    return -0.5 * r * r - Double.log(deviation * (2 * Double.pi).squareRoot())
  }

  func logProbability(of face: CubeFace) -> Double {
    switch face[0] {
    case .zero: Double.log(tail(-ends.a))
    case .one: Double.log(tail(ends.b))
    case .free: Double.log(tail(ends.a) - tail(ends.b))
    }
  }

  func dimensionLaw() -> [Double] {
    let inside = tail(ends.a) - tail(ends.b)
    return [1 - inside, inside]
  }

  func entropy() -> MixedEntropy {
    let (a, b) = ends
    let (p, q) = (tail(-a), tail(b))
    let inside = 1 - p - q
    let face = [p, q, inside].reduce(0) { $1 > 0 ? $0 - $1 * Double.log($1) : $0 }
    let total =
      inside * Double.log(deviation * (2 * Double.pi).squareRoot()) + 0.5
      * (inside - (b * bell(b) - a * bell(a)))
    return MixedEntropy(
      face: face, conditional: total + inside * Double.log(inside), meanDimension: inside)
  }

  func divergence(from other: ClippedNormal) throws(MixedError) -> MixedDivergence {
    try integratedDivergence(from: other)
  }

  var parameters: [Double] { [mean, deviation] }

  func withParameters(_ parameters: [Double]) throws(MixedError) -> ClippedNormal {
    ClippedNormal(parameters[0], parameters[1])
  }

  func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let y = outcome[0]
    let (a, b) = ends
    if y == 0 {
      gradient[0] -= weight * bell(a) / tail(-a) / deviation
      gradient[1] -= weight * bell(a) / tail(-a) * a / deviation
    } else if y == 1 {
      gradient[0] += weight * bell(b) / tail(b) / deviation
      gradient[1] += weight * bell(b) / tail(b) * b / deviation
    } else {
      let r = (y - mean) / deviation
      gradient[0] += weight * r / deviation
      gradient[1] += weight * (r * r - 1) / deviation
    }
  }

  func noise(using stream: inout RandomStream) -> Double { stream.normal() }

  func apply(_ noise: Double, to outcome: UnsafeMutableBufferPointer<Double>) {
    outcome[0] = max(0, min(1, mean + deviation * noise))
  }

  func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    guard outcome[0] > 0, outcome[0] < 1 else { return }
    gradient[0] += cotangent[0]
    gradient[1] += cotangent[0] * noise
  }
}
