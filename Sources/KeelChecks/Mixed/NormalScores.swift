import Keel
import KeelMixed
import RealModule

/// Independent normal scores, whose projection onto the simplex is a Gaussian-Sparsemax law.
struct NormalScores {
  let law: GaussianSparsemax
  let parameters: Parameters

  /// Random scores: a few that differ by about their deviations, deviations that differ by orders of magnitude, or
  /// at the edges of what is used.
  ///
  /// - Parameters:
  ///   - counts: the numbers of scores.
  ///   - isModerate: whether deviations stay between 0.1 and 2, so that every face has some probability.
  init(_ context: TrialContext, counts: ClosedRange<Int>, isModerate: Bool = false) throws {
    var stream = context.stream
    let count = counts.lowerBound + stream.integer(below: counts.count)
    let kind = isModerate ? 0 : context.index % 4
    let spread = kind == 3 ? 200 : Double.exp10(stream.uniform(in: -1.0..<0.7))
    let common = Double.exp10(stream.uniform(in: -3.0..<3))
    let means = (0..<count).map { _ in spread * stream.normal() * (isModerate ? 0.3 : 1) }
    let deviations = (0..<count).map { _ in
      switch kind {
      case 0: Double.exp10(stream.uniform(in: -1.0..<0.3))
      case 1: Double.exp10(stream.uniform(in: -3.0..<3))
      case 2: common
      default: [1e-3, 1, 1e3][stream.integer(below: 3)]
      }
    }
    try self.init(means: means, deviations: deviations)
  }

  init(means: [Double], deviations: [Double]) throws {
    law = try GaussianSparsemax(means: means, deviations: deviations)
    parameters = ["μ": .numbers(means), "σ": .numbers(deviations)]
  }

  /// A point in the inside of a random face: anywhere, or where the law is likely to put it.
  func outcome(using stream: inout RandomStream) -> [Double] {
    let count = law.coordinateCount
    guard stream.integer(below: 2) == 0 else {
      return law.outcome(of: law.noise(using: &stream))
    }
    let face = stream.sample(1 + stream.integer(below: count), of: count)
    var outcome = [Double](repeating: 0, count: count)
    let shares: [Double] = stream.dirichlet(face.map { _ in 1.0 })
    for (k, share) in zip(face, shares) { outcome[k] = share }
    return outcome
  }

  /// ln p⊕ by the integral that defines it: n ∫ Π_{i in f} N(y_i + t; μ_i, σ_i²) Π_{j not in f} Φ((t - μ_j)/σ_j) dt.
  func logDensity(at outcome: [Double]) -> Double {
    let integrand = ThresholdIntegrand(law, outcome)
    let top = integrand.others.reduce(integrand.place) { max($0, law.means[$1] + 40 * law.deviations[$1]) }
    let integral = PanelQuadrature.logConcaveIntegral(
      in: (integrand.place - integrand.width)...(top + integrand.width), around: integrand.peaks,
      rounding: integrand.rounding
    ) { integrand.logValue($0) }
    return Double.log(Double(integrand.face.count)) + integral
  }

  /// What rounding does to ``logDensity(at:)``, about.
  func rounding(at outcome: [Double]) -> Double { ThresholdIntegrand(law, outcome).rounding }

  /// The same by a number of equal steps over 8.5 widths on either side, of the product with what is off the face.
  func logDensity(at outcome: [Double], equalSteps count: Int) -> Double {
    let integrand = ThresholdIntegrand(law, outcome)
    let half = 8.5 * integrand.width
    let step = 2 * half / Double(count - 1)
    let logTerms = (0..<count).map { integrand.logValue(integrand.place - half + Double($0) * step) }
    return Double.log(Double(integrand.face.count) * step) + LogSpace.logSumExp(logTerms)
  }
}

/// What is integrated over the threshold t.
private struct ThresholdIntegrand {
  private let law: GaussianSparsemax
  private let outcome: [Double]
  let face: [Int]
  let others: [Int]
  /// Where the normal factor has its largest value, and its deviation.
  let place: Double
  let width: Double

  init(_ law: GaussianSparsemax, _ outcome: [Double]) {
    (self.law, self.outcome) = (law, outcome)
    let precisions = law.deviations.map { 1 / ($0 * $0) }
    face = outcome.indices.filter { outcome[$0] != 0 }
    others = outcome.indices.filter { outcome[$0] == 0 }
    let precision = face.reduce(0) { $0 + precisions[$1] }
    place = face.reduce(0) { $0 + (law.means[$1] - outcome[$1]) * precisions[$1] } / precision
    width = (1 / precision).squareRoot()
  }

  /// Where factors rise or fall, and how fast.
  var peaks: [(place: Double, width: Double)] {
    others.map { (place: law.means[$0], width: law.deviations[$0]) } + [(place: place, width: width)]
  }

  /// The error of the logarithm where it is largest, about: numbers of the size of the means are subtracted from each
  /// other and divided by deviations.
  var rounding: Double {
    let size = law.means.reduce(1 + place.magnitude) { max($0, $1.magnitude) }
    let slopes = face.reduce(0.0) { sum, i in
      sum + (1 + (outcome[i] + place - law.means[i]).magnitude / law.deviations[i]) / law.deviations[i]
    }
    let others = others.reduce(0.0) { sum, j in
      let u = (place - law.means[j]) / law.deviations[j]
      return u > 9 ? sum : sum + (1 + max(-u, 0)) / law.deviations[j]
    }
    return 2 * Double.ulpOfOne * (size * (slopes + others) + logValue(place).magnitude)
  }

  func logValue(_ t: Double) -> Double {
    var sum = 0.0
    for i in face {
      let r = (outcome[i] + t - law.means[i]) / law.deviations[i]
      sum += StandardNormal.logDensity(r) - Double.log(law.deviations[i])
    }
    for j in others { sum += StandardNormal.logCumulative((t - law.means[j]) / law.deviations[j]) }
    return sum
  }
}
