import Keel
import KeelMixed
import RealModule

/// A law on [0, 1] with what a check needs to integrate its density.
struct IntervalLaw {
  let law: AnyMixedDistribution<CubeFace>
  let parameters: Parameters
  /// Where the density has peaks, kinks or steps, and how wide they are.
  let peaks: [(place: Double, width: Double)]

  init<Law: DifferentiableMixedDistribution>(
    _ name: String, _ law: Law, peaks: [(place: Double, width: Double)]
  ) where Law.Face == CubeFace {
    self.law = AnyMixedDistribution(law)
    self.peaks = peaks
    parameters = ["law": .text(name), "θ": .numbers(law.parameters)]
  }

  /// ln p⊕.
  func logDensity(_ y: Double) -> Double { law.logDensity(at: [y]) }

  /// E g(Y, ln p⊕(Y)) by quadrature: the values at the ends, and the integral between them.
  ///
  /// - Parameter other: a law whose peaks matter, too.
  func mean(
    peaksOf other: IntervalLaw? = nil, of value: (_ y: Double, _ logDensity: Double) -> Double
  ) -> (ends: Double, inside: Double) {
    func term(_ y: Double) -> Double {
      let logDensity = logDensity(y)
      return logDensity < -745 ? 0 : Double.exp(logDensity) * value(y, logDensity)
    }
    let ends = PanelQuadrature.ends(from: 0, to: 1, around: peaks + (other?.peaks ?? []))
    // The densities of the ends of the inside are those of its interior.
    return (term(0) + term(1), PanelQuadrature.integral(ends + [0.25, 0.5, 0.75], tolerance: 1e-14, term))
  }

  /// The probabilities of 0, of 2^N cells and of 1, by quadrature.
  func symbols(resolution: Int) -> [Double] {
    let ends = PanelQuadrature.ends(from: 0, to: 1, around: peaks)
    let cells = 1 << resolution
    let masses = (0..<cells).map { cell in
      let (a, b) = (Double(cell) / Double(cells), Double(cell + 1) / Double(cells))
      return PanelQuadrature.integral([a, b] + ends.filter { a < $0 && $0 < b }) {
        Double.exp(logDensity(min(max($0, .leastNormalMagnitude), 1.0.nextDown)))
      }
    }
    return [Double.exp(logDensity(0))] + masses + [Double.exp(logDensity(1))]
  }

  /// H⊕ by quadrature, in nats.
  var entropy: Double {
    let (ends, inside) = mean { -$1 }
    return ends + inside
  }
}

/// Two laws on [0, 1] of one kind.
struct IntervalPair {
  let first: IntervalLaw
  let second: IntervalLaw
  /// KL⊕(first ‖ second), as the library computes it.
  let divergence: () throws -> MixedDivergence
  var parameters: Parameters {
    var parameters = first.parameters
    for entry in second.parameters.entries where entry.name == "θ" { parameters["θ'"] = entry.value }
    return parameters
  }

  private init<Law: DifferentiableMixedDistribution & DivergentMixedDistribution>(
    _ name: String, _ first: Law, _ second: Law, peaks: (Law) -> [(place: Double, width: Double)]
  ) where Law.Face == CubeFace {
    self.first = IntervalLaw(name, first, peaks: peaks(first))
    self.second = IntervalLaw(name, second, peaks: peaks(second))
    divergence = { try first.divergence(from: second) }
  }

  /// Rectified normal, logistic and Laplace numbers and Hard Concrete ones, in turn.
  ///
  /// - Parameter scales: the powers of ten that scales are drawn from.
  static func drawn(_ index: Int, scales: Range<Double>, using stream: inout RandomStream) throws
    -> IntervalPair
  {
    let places = (stream.uniform(in: -0.5..<1.5), stream.uniform(in: -0.5..<1.5))
    let widths = (Double.exp10(stream.uniform(in: scales)), Double.exp10(stream.uniform(in: scales)))
    func rectified<Noise: SymmetricLaw>(_ type: RectifiedDistribution<Noise>.Type) throws -> IntervalPair {
      IntervalPair(
        "rectified " + Noise.name, try type.init(location: places.0, scale: widths.0),
        try type.init(location: places.1, scale: widths.1)
      ) { [(place: $0.location, width: $0.scale)] }
    }
    switch index % 4 {
    case 0: return try rectified(RectifiedGaussian.self)
    case 1: return try rectified(RectifiedLogistic.self)
    case 2: return try rectified(RectifiedLaplace.self)
    default:
      // Temperatures for which the density has no peak narrower than a twentieth.
      let temperatures = (stream.uniform(in: 0.1..<3), stream.uniform(in: 0.1..<3))
      return IntervalPair(
        "Hard Concrete", try HardConcrete(logAlpha: 8 * places.0 - 4, temperature: temperatures.0),
        try HardConcrete(logAlpha: 8 * places.1 - 4, temperature: temperatures.1)
      ) { law in
        let s = 1 / (1 + Double.exp(-law.logAlpha / law.temperature))
        return [(place: 1.2 * s - 0.1, width: 0.3 / (1 + law.temperature))]
      }
    }
  }
}
