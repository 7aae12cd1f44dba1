import RealModule

/// A polytope of one dimension, [0, 1] or the simplex of two vertices, as the path of a number t from 0 to 1.
struct Segment<Law: MixedDistribution>: Sendable {
  let law: Law
  private let isSimplex: Bool

  /// The segment that the outcomes of a law lie in, or nil if they lie in something else.
  init?(_ law: Law) {
    self.law = law
    isSimplex = Law.Face.self == SimplexFace.self
    let coordinates = isSimplex ? 2 : Law.Face.self == CubeFace.self ? 1 : 0
    guard law.coordinateCount == coordinates else { return nil }
  }

  /// What to throw where there must be a segment.
  static func required(of law: Law, for quantity: String) throws(MixedError) -> Segment {
    guard let segment = Segment(law) else {
      throw .notComputable(
        quantity: quantity, reason: "quadrature is for outcomes on a segment; estimate it from samples")
    }
    return segment
  }

  /// Calls `body` with the point at t, or at an end.
  ///
  /// - Parameters:
  ///   - t: how far the point is from the first end, in 0...1.
  ///   - rest: 1 - t, which may have more digits.
  func withPoint<R>(_ t: Double, rest: Double, _ body: (UnsafeBufferPointer<Double>) -> R) -> R {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { point in
      point.initialize(repeating: 0)
      if isSimplex {
        point[0] = t
        point[1] = rest
        return body(UnsafeBufferPointer(point))
      }
      // Inside, a coordinate must not round to the end.
      point[0] = rest > 0 ? min(t, 1.0.nextDown) : 1
      return body(UnsafeBufferPointer(rebasing: point[..<1]))
    }
  }

  /// ln p⊕ at the ends: the logarithms of the probabilities of the vertices.
  var logEnds: (Double, Double) {
    (
      withPoint(0, rest: 1) { law.logDensity(unchecked: $0) },
      withPoint(1, rest: 0) { law.logDensity(unchecked: $0) }
    )
  }

  /// ∫ f(t) p⊕(t) dt over the inside of the segment, for the mass as f = 1 and one more f.
  ///
  /// In the variable u of t = 1 / (1 + exp(-π sinh u)) a singularity at an end is no longer one, and panels that are
  /// not accurate enough are halved. A narrow peak may fall between the nodes, so the first panels are made smaller
  /// until the density has the mass that it should.
  ///
  /// - Parameters:
  ///   - checksMass: whether the mass must come out as 1 less the ends.
  ///   - term: f p⊕, of a point and ln p⊕ at it.
  /// - Returns: the mass, and the integral of `term`, to about 1e-12 of the larger of the integral and 1.
  func integrate(
    checkingMass checksMass: Bool = true,
    _ term: (UnsafeBufferPointer<Double>, Double) -> Double
  ) throws(MixedError) -> (mass: Double, value: Double) {
    let ends = logEnds
    let expected = 1 - Double.exp(ends.0) - Double.exp(ends.1)
    var result = SIMD2<Double>.zero
    for panels in checksMass ? [8, 64, 512, 4096] : [512] {
      result = refine(-Self.end...Self.end, panels: panels, term)
      if !checksMass || (result[0] - expected).magnitude <= 1e-10 { return (result[0], result[1]) }
    }
    throw unexpectedMass(result[0], expected)
  }

  /// The range of u that t resolves: e^-700 from each end.
  private static var end: Double { 6.1 }

  /// The mass of each of some equal cells of the inside.
  ///
  /// - Parameter cells: how many, at least 1.
  func masses(cells: Int) throws(MixedError) -> [Double] {
    let ends = logEnds
    let expected = 1 - Double.exp(ends.0) - Double.exp(ends.1)
    // u = asinh(ln(t / (1 - t)) / π), in the range that t resolves.
    let bounds = (0...cells).map { index in
      let odds = Double.log(Double(index)) - Double.log(Double(cells - index))
      return max(-Self.end, min(Self.end, Double.asinh(odds / Double.pi)))
    }
    var total = 0.0
    for panels in [1, 8, 64] {
      let masses = (0..<cells).map { cell in
        refine(bounds[cell]...bounds[cell + 1], panels: panels) { _, _ in 0 }[0]
      }
      total = masses.reduce(0, +)
      if (total - expected).magnitude <= 1e-10 { return masses }
    }
    throw unexpectedMass(total, expected)
  }

  private func unexpectedMass(_ mass: Double, _ expected: Double) -> MixedError {
    .notComputable(
      quantity: "the integral over the segment",
      reason: "the density has the mass \(mass) between the ends, where \(expected) is missing from 1")
  }

  /// The integrals of the density and of a term over a range of u.
  private func refine(
    _ range: ClosedRange<Double>, panels: Int, _ term: (UnsafeBufferPointer<Double>, Double) -> Double
  ) -> SIMD2<Double> {
    func integrands(_ u: Double) -> SIMD2<Double> {
      let growth = Double.pi * Double.sinh(u)
      let (t, rest) = (1 / (1 + Double.exp(-growth)), 1 / (1 + Double.exp(growth)))
      let speed = Double.pi * Double.cosh(u) * t * rest
      return withPoint(t, rest: rest) { point in
        let logDensity = law.logDensity(unchecked: point)
        guard logDensity > -.infinity else { return .zero }
        return SIMD2(Double.exp(logDensity), term(point, logDensity)) * speed
      }
    }
    let width = (range.upperBound - range.lowerBound) / Double(panels)
    let parts = (0..<panels).map { panel in
      let start = range.lowerBound + Double(panel) * width
      return start...(start + width)
    }
    return GaussKronrod.adaptive(over: parts, tolerance: 1e-14, integrands)
  }
}
