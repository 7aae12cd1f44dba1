import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// The partition function, in three other ways.
  static let laguerre = Check(
    id: "mixed.laguerre",
    statement: "Z(K, N) = Σ C(K,n) b^(n-1)/(n-1)! is the Laguerre polynomial L¹_{K-1}(-b), with b = 2^N.",
    source: paper + ", section 2; the recurrence and the generating function of the polynomials",
    trials: [.quick: 60, .standard: 600, .full: 6000],
    cases: [
      Check.NamedCase("known-digits", expected: .holds) { _ -> [Comparison] in
        try [
          (2, 0.0, 1.58496250072116), (3, 2, 4.52356195605701), (10, 0, 7.34363740938614),
          (10, 8, 54.0211878089016),
        ].map { count, resolution, bits in
          Comparison.equal(
            try MaximumEntropySimplex(coordinateCount: count, resolution: resolution).bits, bits,
            tolerance: 1e-13 * (1 + bits), part: "log₂ Z",
            parameters: ["K": .integer(count), "N": .number(resolution)])
        }
      }
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 1 + stream.integer(below: 40)
    let resolution = context.index % 2 == 0 ? Double(stream.integer(below: 9)) : stream.uniform(in: 0..<8)
    let b = Double.exp2(resolution)
    let logPartition = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution).logPartition
    // Each way adds and multiplies some 4 K times.
    let tolerance = 1e-13 * (1 + logPartition)
    return [
      ("the sum", partitionSum(count, b)), ("the recurrence", laguerreRecurrence(count - 1, b)),
      ("the generating function", laguerreCoefficient(count - 1, b)),
    ].map { part, value in
      .equal(
        logPartition, Double.log(value), tolerance: tolerance, part: part,
        parameters: ["K": .integer(count), "N": .number(resolution)])
    }
  }

  private static func partitionSum(_ count: Int, _ b: Double) -> Double {
    var (term, sum) = (Double(count), 0.0)
    for n in 1...count {
      sum += term
      term *= Double(count - n) / Double(n + 1) * b / Double(n)
    }
    return sum
  }

  /// (n + 1) L_{n+1} = (2n + 2 + b) L_n - (n + 1) L_{n-1}, at -b.
  private static func laguerreRecurrence(_ degree: Int, _ b: Double) -> Double {
    var (previous, value) = (0.0, 1.0)
    for n in 0..<degree {
      (previous, value) = (
        value, ((2 * Double(n) + 2 + b) * value - Double(n + 1) * previous) / Double(n + 1)
      )
    }
    return value
  }

  /// The coefficient of tⁿ in (1 - t)⁻² exp(bt/(1 - t)).
  private static func laguerreCoefficient(_ degree: Int, _ b: Double) -> Double {
    // G = exp(bt/(1 - t)) has G' = b G Σ (k + 1) t^k.
    var series = [1.0]
    for n in 1..<max(degree + 1, 2) {
      series.append(b / Double(n) * (1...n).reduce(0) { $0 + Double($1) * series[n - $1] })
    }
    return (0...degree).reduce(0) { $0 + Double(degree - $1 + 1) * series[$1] }
  }

  /// The entropy of the law that has the largest.
  static let maximumEntropy = Check(
    id: "mixed.maximum-entropy",
    statement: "The law P(f) ∝ 2^(N dim f) vol f, uniform on every face, has the entropy H_N = log₂ Z.",
    source: paper + ", section 2", trials: [.quick: 20, .standard: 150, .full: 600]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 1 + stream.integer(below: context.effort == .quick ? 10 : 16)
    let resolution = stream.uniform(in: 0.0..<8)
    let faces = FaceEntropy(count: count, resolution: resolution)
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    let logs = faces.largest
    let parameters: Parameters = ["K": .integer(count), "N": .number(resolution)]
    let tolerance = 1e-12 * (1 + law.bits)
    var sizes = [Double](repeating: 0, count: count)
    for (mask, term) in logs.enumerated() { sizes[(mask + 1).nonzeroBitCount - 1] += Double.exp(term) }
    let sizeError = zip(law.dimensionLaw(), sizes).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    return [
      .equal(
        faces.bits(of: logs), law.bits, tolerance: tolerance, part: "by enumeration", parameters: parameters),
      .equal(
        law.entropy().bits(resolution: resolution), law.bits, tolerance: tolerance, part: "by its parts",
        parameters: parameters),
      .atMost(sizeError, 0, tolerance: 1e-12, part: "the law of |F|", parameters: parameters),
    ]
  }

  /// No law has more.
  static let maximumEntropyBound = Check(
    id: "mixed.maximum-entropy-bound", statement: "H_N(Y) ≤ log₂ Z(K, N) for every law on the simplex.",
    source: paper + ", section 2", trials: [.quick: 20, .standard: 200, .full: 1000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 1 + stream.integer(below: 6)
    let resolution = Double(stream.integer(below: 5))
    let faces = FaceEntropy(count: count, resolution: resolution)
    let bound = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution).bits
    let parameters: Parameters = ["K": .integer(count), "N": .number(resolution)]
    // Laws of every kind: near the best one, and far from it.
    var best = -Double.infinity
    for _ in 0..<100 {
      let (tilt, noise) = (stream.uniform(in: 0.0..<2), Double.exp10(stream.uniform(in: -3.0..<1)))
      best = max(best, faces.bits(of: faces.largest.map { tilt * $0 + noise * stream.normal() }))
    }
    let dirichlet = try MixedDirichlet(
      weights: (0..<count).map { _ in 0.5 + stream.normal() },
      concentrations: (0..<count).map { _ in Double.exp10(stream.uniform(in: -1.0..<1)) })
    return [
      .atMost(best, bound, tolerance: 1e-12 * (1 + bound), part: "uniform on faces", parameters: parameters),
      .atMost(
        dirichlet.entropy().bits(resolution: resolution), bound, tolerance: 1e-12 * (1 + bound),
        part: "mixed Dirichlet", parameters: parameters),
    ]
  }

  /// Every outcome says as much.
  static let flatDensity = Check(
    id: "mixed.flat-density",
    statement: "Under the law of largest entropy, -log₂ p⊕(y) + N dim f = log₂ Z for every y.",
    source: "Derived for this library from the form of the law",
    trials: [.quick: 10, .standard: 60, .full: 200]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 1 + Int(Double.exp(stream.uniform(in: 0.0..<7)))
    let resolution = stream.uniform(in: 0.0..<10)
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    var (least, most) = (Double.infinity, -Double.infinity)
    law.forEachSample(max(context.effort.sampleCount / (100 * count), 20), as: Double.self, using: stream) {
      y in
      let dimension = Double(y.count { $0 != 0 } - 1)
      let bits = -law.logDensity(unchecked: y) / Double.log(2) + resolution * dimension
      (least, most) = (min(least, bits), max(most, bits))
    }
    let parameters: Parameters = ["K": .integer(count), "N": .number(resolution)]
    let tolerance = 1e-12 * (1 + law.bits / 100)
    return [
      .equal(least, law.bits, tolerance: tolerance, part: "the least", parameters: parameters),
      .equal(most, law.bits, tolerance: tolerance, part: "the most", parameters: parameters),
    ]
  }

  /// What is drawn from it.
  static let maximumEntropySamples = Check(
    id: "mixed.maximum-entropy-samples",
    statement:
      "Faces are drawn with P(f) ∝ 2^(N dim f) vol f; E y₁² = Σ P(n) 2/(K(n+1)) and P(y₁ = 0) = Σ P(n)(1-n/K).",
    source: paper + ", section 2; the moments of uniform points of a face",
    trials: [.quick: 6, .standard: 12, .full: 12]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 1 + stream.integer(below: 5)
    let resolution = Double(stream.integer(below: 5))
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    let faces = FaceEntropy(count: count, resolution: resolution).largest
    let parameters: Parameters = ["K": .integer(count), "N": .number(resolution)]
    let samples = context.effort.sampleCount
    let drawn = law.drawnFaces(samples, single: context.index % 2 == 1, using: stream) {
      Double.exp(faces[Int($0) - 1])
    }
    let sizes = (1...count).map { n in
      faces.enumerated().reduce(0.0) {
        ($1.offset + 1).nonzeroBitCount == n ? $0 + Double.exp($1.element) : $0
      }
    }
    let square = sizes.enumerated().reduce(0.0) { $0 + $1.element * 2 / Double(count * ($1.offset + 2)) }
    let mean = law.sampleMean(samples / 4, using: stream.stream("moments")) { $0[0] * $0[0] }
    return drawn.comparisons(parameters: parameters) + [
      .equal(
        law.secondMoment, square, tolerance: 1e-12, part: "E y₁², by its formula", parameters: parameters),
      .equal(
        mean.mean, square, tolerance: 1e-12 + SampleTolerance.standardErrors * mean.standardError,
        part: "E y₁², by samples", parameters: parameters),
    ]
  }

  /// The law that published code takes for it.
  static let maximumEntropyPublished = Check(
    id: "mixed.maximum-entropy-published",
    statement: "P(|F| = n) ∝ 2^(N(n-1))/(n-1)! has the largest entropy, H_N = log₂ Z.",
    source:
      "The software of Farinhas et al. (2022), where the number C(K,n) of faces of n vertices is missing",
    expectation: .violated(repairedBy: "mixed.maximum-entropy"),
    trials: [.quick: 20, .standard: 200, .full: 1000],
    cases: [
      Check.NamedCase("three-vertices", expected: .violated) { _ -> [Comparison] in
        let sizes = try PublishedMaximumEntropyFaces(coordinateCount: 3).dimensionLaw()
        let right = [6.0 / 13, 6.0 / 13, 1.0 / 13]
        return zip(1...3, zip(sizes, zip([0.4, 0.4, 0.2], right))).flatMap { n, found in
          [
            Comparison.equal(found.0, found.1.0, tolerance: 1e-14, part: "P(|F| = \(n)) as published"),
            .equal(found.0, found.1.1, tolerance: 1e-12, part: "P(|F| = \(n)) of the largest entropy"),
          ]
        }
      },
      Check.NamedCase("ten-vertices", expected: .violated) { _ -> [Comparison] in
        let bits = try PublishedMaximumEntropyFaces(coordinateCount: 10).entropy().bits()
        return [
          .equal(bits, 6.5784, tolerance: 5e-5, part: "as published"),
          .atLeast(bits, 7.34363740938614, tolerance: 1e-12, part: "against log₂ Z"),
        ]
      },
    ]
  ) { context -> Comparison in
    var stream = context.stream
    let count = 2 + stream.integer(below: 40)
    let resolution = Double(stream.integer(below: 9))
    let law = try MaximumEntropySimplex(coordinateCount: count, resolution: resolution)
    return .atLeast(
      try PublishedMaximumEntropyFaces(coordinateCount: count, resolution: resolution).entropy().bits(
        resolution: resolution), law.bits, tolerance: 1e-12 * (1 + law.bits),
      parameters: ["K": .integer(count), "N": .number(resolution)])
  }
}

/// Entropies of laws that are uniform on every face, by enumeration; face number i has the bits of i + 1.
struct FaceEntropy {
  /// ln of 2^(N dim f) vol f.
  let logSizes: [Double]

  init(count: Int, resolution: Double) {
    // ln (n - 1)!, by addition.
    var logFactorials = [0.0]
    for n in 1..<max(count, 2) { logFactorials.append(logFactorials[n - 1] + Double.log(Double(n))) }
    logSizes = (1..<(1 << count)).map { mask in
      let dimension = mask.nonzeroBitCount - 1
      return resolution * Double(dimension) * Double.log(2) - logFactorials[dimension]
    }
  }

  /// The logarithms of the probabilities of the law in proportion to the sizes.
  var largest: [Double] {
    let top = logSizes.max() ?? 0
    let total = Self.sum(logSizes.map { Double.exp($0 - top) })
    return logSizes.map { $0 - top - Double.log(total) }
  }

  /// H_N in bits of the law of faces in proportion to exp(weights).
  func bits(of weights: [Double]) -> Double {
    let top = weights.max() ?? 0
    let total = Self.sum(weights.map { Double.exp($0 - top) })
    let nats = Self.sum(
      zip(weights, logSizes).map { weight, logSize in
        let logProbability = weight - top - Double.log(total)
        return Double.exp(logProbability) * (logSize - logProbability)
      })
    return nats / Double.log(2)
  }

  /// A sum in parts: one after the other, 2^16 equal terms round in one direction for a long time.
  private static func sum(_ terms: [Double]) -> Double {
    stride(from: 0, to: terms.count, by: 256).reduce(0) { sum, start in
      sum + terms[start..<min(start + 256, terms.count)].reduce(0, +)
    }
  }
}
