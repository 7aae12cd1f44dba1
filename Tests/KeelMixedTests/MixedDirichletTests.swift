import Keel
import TestSupport
import Testing

@testable import KeelMixed

@Suite("The mixed Dirichlet law")
struct MixedDirichletTests {
  private let w = [0.5, -1, 0.25, -0.3]
  private let v = [-0.2, 0.4, 0, 1]
  private let alpha = [0.7, 1.5, 2, 0.4]

  private func logDensity(_ law: MixedDirichlet, _ y: [Double]) -> Double {
    y.withUnsafeBufferPointer { law.logDensity(unchecked: $0) }
  }

  @Test("four coordinates to the digits that were computed with forty")
  func vector() throws {
    let law = try MixedDirichlet(weights: w, concentrations: alpha)
    let other = try MixedDirichlet(weights: v, concentrations: [1, 1, 1, 1])
    #expect(abs(law.entropy().total - 1.506563778752127) < 1e-14)
    #expect(abs(try law.divergence(from: other).total - 2.262955826473471) < 1e-14)
    #expect(abs(logDensity(law, [0.2, 0, 0.5, 0.3]) + 1.650379611537472) < 6e-15)
    // The quadrature adds a hundred terms of the order of the number of coordinates.
    let equal = try MixedDirichlet(weights: w, concentrations: [0.7, 0.7, 0.7, 0.7])
    #expect(abs(equal.entropy().total - 1.9344520191775072) < 1e-14)
    for (count, expected) in [(2, 1.0986122886681098), (3, 1.8468891232610354), (4, 2.403760321671021)] {
      let flat = try MixedDirichlet(
        weights: Array(repeating: 0, count: count), concentrations: Array(repeating: 1, count: count))
      #expect(abs(flat.entropy().total - expected) < 1e-14)
    }
  }

  /// The entropy of a Dirichlet law as it is usually written.
  private func dirichletEntropy(_ alpha: [Double]) -> Double {
    guard alpha.count > 1 else { return 0 }
    let sum = alpha.reduce(0, +)
    return alpha.reduce(0) { $0 + Double.logGamma($1) } - Double.logGamma(sum)
      + (sum - Double(alpha.count)) * LogGammaExpansion(sum).digamma
      - alpha.reduce(0) { $0 + ($1 - 1) * LogGammaExpansion($1).digamma }
  }

  /// The divergence of Dirichlet laws as it is usually written.
  private func dirichletDivergence(_ alpha: [Double], _ beta: [Double]) -> Double {
    guard alpha.count > 1 else { return 0 }
    let (a, b) = (alpha.reduce(0, +), beta.reduce(0, +))
    return Double.logGamma(a) - alpha.reduce(0) { $0 + Double.logGamma($1) } - Double.logGamma(b)
      + beta.reduce(0) { $0 + Double.logGamma($1) }
      + zip(alpha, beta).reduce(0) {
        $0 + ($1.0 - $1.1) * (LogGammaExpansion($1.0).digamma - LogGammaExpansion(a).digamma)
      }
  }

  @Test("entropy and divergence are sums over faces", arguments: 1...9, [false, true])
  func enumeration(count: Int, isEqual: Bool) throws {
    var random = SplitMix(seed: UInt64(count))
    let weights: [Double] = random.array(count).map { 2 * $0 - 0.3 }
    let otherWeights: [Double] = random.array(count)
    func concentrations() -> [Double] {
      let drawn = random.array(count, Double.self).map { Double.exp(2 * $0) }
      return isEqual ? Array(repeating: drawn[0], count: count) : drawn
    }
    let (alpha, beta) = (concentrations(), concentrations())
    let law = try MixedDirichlet(weights: weights, concentrations: alpha)
    let other = try MixedDirichlet(weights: otherWeights, concentrations: beta)
    var (entropy, divergence) = (0.0, 0.0)
    for face in try GibbsFacesTests.allFaces(count) {
      let probability = Double.exp(law.logProbability(of: face))
      let (a, b) = (face.vertices.map { alpha[$0] }, face.vertices.map { beta[$0] })
      entropy += probability * dirichletEntropy(a)
      divergence += probability * dirichletDivergence(a, b)
    }
    // Terms below 100 with a few roundings each.
    #expect(abs(law.entropy().conditional - entropy) < 1e-12)
    #expect(abs(try law.divergence(from: other).conditional - divergence) < 1e-12)
    #expect(abs(try law.divergence(from: law).total) < 1e-13)
  }

  @Test("the density integrates to one over all faces")
  func integral() throws {
    let law = try MixedDirichlet(weights: [0.5, -0.5, 0.2], concentrations: [2, 3.5, 3])
    let vertices = (0..<3).reduce(0.0) { sum, i in
      sum + Double.exp(logDensity(law, (0..<3).map { $0 == i ? 1 : 0 }))
    }
    // Gauss-like accuracy is not needed: concentrations of at least 2 make the integrand continuous, with kinks in
    // its derivatives at the ends only, and x = 3 u² - 2 u³ makes it smooth enough for the midpoint rule.
    let nodes = 400
    let points = (0..<nodes).map { i -> (x: Double, weight: Double) in
      let u = (Double(i) + 0.5) / Double(nodes)
      let x = u * u * u * (10 - 15 * u + 6 * u * u)
      return (x, 30 * u * u * (1 - u) * (1 - u) / Double(nodes))
    }
    var edges = 0.0
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
      for point in points {
        var y = [0.0, 0, 0]
        (y[i], y[j]) = (point.x, 1 - point.x)
        edges += point.weight * Double.exp(logDensity(law, y))
      }
    }
    var interior = 0.0
    for a in points {
      for b in points {
        let y = [a.x, (1 - a.x) * b.x, (1 - a.x) * (1 - b.x)]
        interior += a.weight * b.weight * (1 - a.x) * Double.exp(logDensity(law, y))
      }
    }
    #expect(abs(vertices + edges + interior - 1) < 1e-9)
  }

  @Test("scores agree with differences", arguments: 1...7)
  func score(count: Int) throws {
    var random = SplitMix(seed: UInt64(count))
    let law = try MixedDirichlet(
      weights: random.array(count), concentrations: random.array(count, Double.self).map { Double.exp($0) })
    var stream = RandomStream(seed: UInt64(count))
    for _ in 0..<3 {
      var y = [Double](repeating: 0, count: count)
      y.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
      var score = [Double](repeating: 0, count: 2 * count)
      score.withUnsafeMutableBufferPointer { into in
        y.withUnsafeBufferPointer { law.addScore(unchecked: $0, weight: 2, into: into) }
      }
      for p in 0..<2 * count {
        let expected = try {
          var values: [Double: Double] = [:]
          for step in [-2e-3, -1e-3, 1e-3, 2e-3] {
            var moved = law.parameters
            moved[p] += step
            values[step] = logDensity(try law.withParameters(moved), y)
          }
          return finiteDifference { values[$0] ?? .nan }
        }()
        #expect(abs(score[p] - 2 * expected) < 1e-8, "parameter \(p)")
      }
    }
  }

  @Test("samples lie in their faces and have the moments of the law", arguments: [1, 2])
  func samples(seed: UInt64) throws {
    let law = try MixedDirichlet(weights: w, concentrations: alpha)
    let draws = 20_000
    var stream = RandomStream(seed: seed)
    var outcomes = [Double](repeating: 0, count: 4 * draws)
    outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
    var counts: [SimplexFace: Int] = [:]
    var (sum, squares, logs) = (0.0, 0.0, 0.0)
    try outcomes.withUnsafeBufferPointer { outcomes in
      for row in 0..<draws {
        let y = UnsafeBufferPointer(rebasing: outcomes[(4 * row)..<(4 * row + 4)])
        counts[try SimplexFace(of: y), default: 0] += 1
        // A rounding of each share, and a few of the divisor.
        #expect(abs(y.reduce(0, +) - 1) < 4e-15)
        sum += y[0]
        let density = law.logDensity(unchecked: y)
        logs += density
        squares += density * density
      }
    }
    let (statistic, degrees) = try chiSquared(counts, draws: draws, count: 4) { law.logProbability(of: $0) }
    #expect(chiSquaredDeviation(statistic, degrees: degrees) < 4.2)
    // E y_0 = Σ P(f) α_0 / Σ_f α.
    let mean = try GibbsFacesTests.allFaces(4).reduce(0.0) { total, face in
      guard face.contains(0) else { return total }
      return total + Double.exp(law.logProbability(of: face)) * alpha[0]
        / face.vertices.reduce(0) { $0 + alpha[$1] }
    }
    let n = Double(draws)
    // The variance of a coordinate is at most 1/4.
    #expect(abs(sum / n - mean) < 4.5 * 0.5 / n.squareRoot())
    let deviation = ((squares / n - (logs / n) * (logs / n)) / n).squareRoot()
    #expect(abs(logs / n + (law.entropy().total)) < 4.5 * deviation)
  }

  @Test("edges of the parameters", arguments: [1e-100, 1e-10, 1e-3, 1, 1e3, 1e100], [-200.0, -1e-3, 0, 200])
  func edges(concentration: Double, weight: Double) throws {
    for count in [1, 2, 5] {
      let weights = (0..<count).map { $0 % 2 == 0 ? weight : -weight }
      let alpha = (0..<count).map { $0 == 1 ? 1 : concentration }
      let law = try MixedDirichlet(weights: weights, concentrations: alpha)
      let entropy = law.entropy()
      #expect(!entropy.total.isNaN && entropy.face >= 0)
      let divergence = try law.divergence(
        from: MixedDirichlet(
          weights: alpha.map { -$0.squareRoot() }, concentrations: weights.map { abs($0) + 1 }))
      #expect(divergence.total >= 0)
      #expect(law.entropyGradient().allSatisfy { !$0.isNaN })
      var stream = RandomStream(seed: 9)
      var (doubles, floats) = (
        [Double](repeating: 0, count: 20 * count), [Float](repeating: 0, count: 20 * count)
      )
      doubles.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
      floats.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
      #expect(floats.allSatisfy { 0 <= $0 && $0 <= 1 })
      for row in 0..<20 {
        let y = Array(doubles[(row * count)..<((row + 1) * count)])
        #expect(!logDensity(law, y).isNaN)
        #expect(abs(y.reduce(0, +) - 1) < 4e-15)
        var score = [Double](repeating: 0, count: 2 * count)
        score.withUnsafeMutableBufferPointer { into in
          y.withUnsafeBufferPointer { law.addScore(unchecked: $0, weight: 1, into: into) }
        }
        #expect(score.allSatisfy { !$0.isNaN })
      }
    }
  }

  @Test("as many as 2^300 faces, against the law of their size")
  func manyFaces() throws {
    let count = 300
    var random = SplitMix(seed: 4)
    let weights: [Double] = random.array(count).map { 2 * $0 - 1 }
    for (alpha, beta) in [(0.3, 1.0), (1, 0.02), (200, 300)] {
      let law = try MixedDirichlet(weights: weights, concentrations: Array(repeating: alpha, count: count))
      let other = try MixedDirichlet(
        weights: random.array(count), concentrations: Array(repeating: beta, count: count))
      var (entropy, divergence, scale) = (0.0, 0.0, 0.0)
      for (n, probability) in law.dimensionLaw().enumerated() where probability > 1e-30 {
        let (a, b) = (Array(repeating: alpha, count: n + 1), Array(repeating: beta, count: n + 1))
        entropy += probability * dirichletEntropy(a)
        divergence += probability * dirichletDivergence(a, b)
        scale += probability * Double.logGamma(Double(n + 1) * max(alpha, beta)).magnitude
      }
      // The reference itself is a difference of logarithms of Γ of this magnitude.
      #expect(abs(law.entropy().conditional - entropy) < 1e-14 * scale)
      #expect(abs(try law.divergence(from: other).conditional - divergence) < 1e-14 * scale)
    }
  }

  @Test("entropy and divergence of different concentrations, against the faces of twelve coordinates")
  func manyMagnitudes() throws {
    let count = 12
    var random = SplitMix(seed: 8)
    let law = try MixedDirichlet(
      weights: random.array(count),
      concentrations: random.array(count, Double.self).map { Double.exp(7 * $0) })
    let other = try MixedDirichlet(
      weights: random.array(count),
      concentrations: random.array(count, Double.self).map { Double.exp(7 * $0) })
    var (entropy, divergence, scale) = (0.0, 0.0, 0.0)
    for face in try GibbsFacesTests.allFaces(count) {
      let probability = Double.exp(law.logProbability(of: face))
      let (a, b) = (
        face.vertices.map { law.concentrations[$0] }, face.vertices.map { other.concentrations[$0] }
      )
      entropy += probability * dirichletEntropy(a)
      divergence += probability * dirichletDivergence(a, b)
      scale += probability * abs(dirichletEntropy(a))
    }
    #expect(abs(law.entropy().conditional - entropy) < 1e-13 * scale)
    #expect(abs(try law.divergence(from: other).conditional - divergence) < 1e-13 * (divergence + scale))
  }

  @Test("gradients of entropy and divergence agree with differences", arguments: 1...6)
  func entropyGradients(count: Int) throws {
    var random = SplitMix(seed: UInt64(40 + count))
    func law() throws -> MixedDirichlet {
      try MixedDirichlet(
        weights: random.array(count).map { $0 - 0.2 },
        concentrations: random.array(count, Double.self).map { Double.exp($0) })
    }
    let (law, other) = (try law(), try law())
    let entropyGradient = law.entropyGradient(resolution: 1.5)
    let (own, others) = law.divergenceGradients(from: other)
    func derivative(
      _ law: MixedDirichlet, _ p: Int, _ value: (MixedDirichlet) throws -> Double
    ) throws -> Double {
      var values: [Double: Double] = [:]
      for step in [-2e-3, -1e-3, 1e-3, 2e-3] {
        var moved = law.parameters
        moved[p] += step
        values[step] = try value(law.withParameters(moved))
      }
      return finiteDifference { values[$0] ?? .nan }
    }
    for p in 0..<2 * count {
      // Fourth-order differences with a step of 1e-3 err by 1e-12 fifth derivatives, of up to 1e3 here.
      let entropy = try derivative(law, p) { Double.log(2) * $0.entropy().bits(resolution: 1.5) }
      #expect(abs(entropyGradient[p] - entropy) < 1e-8 * max(1, abs(entropy)), "parameter \(p)")
      let divergence = try derivative(law, p) { try $0.divergence(from: other).total }
      #expect(abs(own[p] - divergence) < 1e-8 * max(1, abs(divergence)), "parameter \(p)")
      let byOther = try derivative(other, p) { try law.divergence(from: $0).total }
      #expect(abs(others[p] - byOther) < 1e-8 * max(1, abs(byOther)), "parameter \(p)")
    }
  }

  @Test("means are sums over faces", arguments: 1...8)
  func means(count: Int) throws {
    var random = SplitMix(seed: UInt64(70 + count))
    let law = try MixedDirichlet(
      weights: random.array(count).map { 2 * $0 },
      concentrations: random.array(count, Double.self).map { Double.exp(3 * $0) })
    var expected = [Double](repeating: 0, count: count)
    for face in try GibbsFacesTests.allFaces(count) {
      let probability = Double.exp(law.logProbability(of: face))
      for (k, y) in law.mean(on: face).enumerated() { expected[k] += probability * y }
    }
    // A hundred nodes, with terms below 1.
    expectClose(law.mean(), expected, 1e-13)
    #expect(abs(law.mean().reduce(0, +) - 1) < 1e-13)
    let low = try MixedDirichlet(
      faces: GibbsFaces(weights: Array(repeating: -200, count: count)), concentrations: law.concentrations)
    expectClose(low.mean(), Array(repeating: 1 / Double(count), count: count), 1e-15)
  }

  @Test("no point has no density")
  func noPoint() throws {
    let law = try MixedDirichlet(weights: w, concentrations: alpha)
    #expect(logDensity(law, [0, 0, 0, 0]) == -.infinity)
    #expect(logDensity(law, [.nan, 0, 0, 0]).isNaN)
    #expect(logDensity(law, [.nan, 0.5, 0, 0]).isNaN)
    #expect(logDensity(law, [-0.5, 1.5, 0, 0]).isNaN)
    #expect(throws: MixedError.self) { try MixedDirichlet(weights: w, concentrations: [1, 1]) }
    #expect(throws: MixedError.self) { try MixedDirichlet(weights: w, concentrations: [1, 1, 0, 1]) }
    #expect(throws: MixedError.self) { try MixedDirichlet(weights: w, concentrations: [1, 1, .nan, 1]) }
  }
}

@Suite("What ln Γ and ψ have beyond Stirling's formula")
struct LogGammaExpansionTests {
  @Test("against numbers computed with thirty digits")
  func table() {
    for (x, remainder, excess) in LogGammaExpansionTests.table {
      let expansion = LogGammaExpansion(x)
      // Below 12 terms of magnitude 30 (or 1/x) are summed.
      #expect(abs(expansion.remainder - remainder) < 1e-16 * max(remainder.magnitude, 60), "\(x)")
      #expect(abs(expansion.digammaExcess - excess) < 4e-16 * max(excess.magnitude, 4), "\(x)")
    }
  }

  /// x, ln Γ(x) - (x - ½) ln x + x - ½ ln 2π, ψ(x) - ln x.
  static let table: [(Double, Double, Double)] = [
    (1e-100, 114.21031611649761, -9.9999999999999998e+99),
    (1e-3, 2.5422704679670945, -993.66781665282814),
    (0.1, 0.51274008133191493, -8.1211698474170306),
    (0.5, 0.15342640972002735, -1.2703628454614782),
    (1, 0.081061466795327258, -0.57721566490153286),
    (1.75, 0.047140610855563344, -0.31214333438856152),
    (2.5, 0.033162873519936287, -0.21313409122891188),
    (7, 0.01189670994589177, -0.073125813956846166),
    (11.5, 0.0072445543013203832, -0.044107905833422768),
    (12, 0.0069428401072095299, -0.042244969812188293),
    (12.5, 0.0066652470327076824, -0.040532993033343392),
    (40, 0.0020832899383024217, -0.012552080079093177),
    (1000, 8.3333330555556349e-5, -0.000500083333325),
    (1e6, 8.3333333333330556e-8, -5.0000008333333333e-7),
    (1e20, 8.3333333333333333e-22, -5.0e-21),
  ]
}
