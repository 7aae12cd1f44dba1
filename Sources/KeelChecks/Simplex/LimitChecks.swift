import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  /// Formulas for two scores, and maps that are another map for some parameter.
  static let specialCases = Check(
    id: "simplex.special-cases",
    statement:
      "Softmax is 1-entmax, sparsemax 2-entmax; P_z(x) = z P_1(x/z); p₁(t, 0) is the sigmoid of each map.",
    source: "The definitions; Peters, Niculae and Martins (2019), Sparse sequence-to-sequence models",
    trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let columns = 1 + stream.integer(below: 100)
    let kind = ScoreKind.drawn(using: &stream)
    let scores = kind.row(count: columns, width: 1, using: &stream)
    guard let top = scores.filter(\.isFinite).max() else { return [.assumptionFailed("a score is finite")] }
    let parameters: Parameters = ["columns": .integer(columns), "kind": .text(kind.rawValue)]
    func compare(
      _ part: String, _ first: [Double], _ second: [Double], _ tolerance: Double = 1e-14
    ) -> Comparison {
      let error = zip(first, second).map { ($0 - $1).magnitude }.max() ?? 0
      return .atMost(error, 0, tolerance: tolerance, part: part, parameters: parameters)
    }
    let sparsemax = image(of: scores, under: Sparsemax<Double>())
    let weights = scores.map { Double.exp($0 - top) }
    let total = weights.reduce(0, +)
    let radius = Double.exp2(Double(stream.integer(in: -8..<9)))
    let t = stream.uniform(in: -3.0..<3)
    let root = (t / 4) * max(2 - t * t / 4, 0).squareRoot()
    func sigmoid(_ alpha: Double) throws -> [Double] {
      [image(of: [t, 0], under: try Entmax<Double>(alpha: .all(alpha)))[0]]
    }
    return try [
      compare("2-entmax", image(of: scores, under: Entmax<Double>(alpha: 2)), sparsemax),
      compare("1-entmax", image(of: scores, under: Entmax<Double>(alpha: 1)), weights.map { $0 / total }),
      compare(
        "1.5-entmax, by sorting", image(of: scores, under: Entmax<Double>(alpha: 1.5)),
        sortedEntmax15(scores.map { $0 - top }), 1e-13),
      compare(
        "radius z",
        image(of: scores.map { $0 * radius }, under: Sparsemax(radius: .all(radius))).map { $0 / radius },
        sparsemax),
      compare(
        "bounds of 1", image(of: scores, under: CappedSimplexProjection<Double>.subsets(size: 1)), sparsemax),
      compare("the n largest", image(of: scores, under: TopKSparsemax<Double>(k: columns)), sparsemax),
      compare(
        "weights of 1",
        image(
          of: scores,
          under: WeightedSimplexProjection(weights: [Double](repeating: 1, count: columns))), sparsemax),
      compare("no fusion", image(of: scores, under: Fusedmax<Double>(strength: 0)), sparsemax),
      compare("sigmoid, α = 1", sigmoid(1), [1 / (1 + Double.exp(-t))]),
      compare("sigmoid, α = 1.5", sigmoid(1.5), [t.magnitude >= 2 ? (t > 0 ? 1 : 0) : 0.5 + root], 1e-13),
      compare("sigmoid, α = 2", sigmoid(2), [min(max((1 + t) / 2, 0), 1)]),
    ]
  }

  /// The 1.5-entmax of scores with the largest 0, from a quadratic equation for each support.
  private static func sortedEntmax15(_ scores: [Double]) -> [Double] {
    let sorted = scores.map { $0 / 2 }.sorted(by: >)
    var (threshold, sum, squares) = (-1.0, 0.0, 0.0)
    for (k, x) in sorted.enumerated() where x > -.infinity {
      sum += x
      squares += x * x
      let count = Double(k + 1)
      let mean = sum / count
      let discriminant = (1 - (squares - sum * mean)) / count
      guard discriminant >= 0, mean - discriminant.squareRoot() <= x else { break }
      threshold = mean - discriminant.squareRoot()
    }
    return scores.map { Double.pow(max($0 / 2 - threshold, 0), 2) }
  }

  /// How entmax becomes softmax.
  static let limitSoftmax = Check(
    id: "simplex.limit-softmax",
    statement: "entmax_α(x) = p - ½(α-1) p(ln²p - Σp ln²p) + O((α-1)²) with p = softmax(x).",
    source: "Derived for this library: the derivative with respect to α at α = 1",
    assumptions: ["|α-1| ln²p is small: below 0.01."],
    trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let columns = 2 + stream.integer(below: 30)
    let deviation = stream.uniform(in: 0.1..<3)
    let scores: [Double] = stream.normals(count: columns).map { $0 * deviation }
    let p = image(of: scores, under: try Entmax<Double>(alpha: 1))
    let squares = p.map { Double.log($0) * Double.log($0) }
    let mean = zip(p, squares).reduce(0) { $0 + $1.0 * $1.1 }
    let largest = squares.max() ?? 0
    let distance = 0.01 * Double.exp10(stream.uniform(in: -6.0..<0)) / (1 + largest)
    return try [distance, -distance].map { a in
      let q = image(of: scores, under: try Entmax<Double>(alpha: .all(1 + a)))
      var (error, change) = (0.0, 0.0)
      for i in p.indices {
        let first = -a / 2 * p[i] * (squares[i] - mean)
        error = max(error, (q[i] - p[i] - first).magnitude)
        change = max(change, first.magnitude)
      }
      // The next term has p u⁴/8 + p u³/3 and averages of these, with u = ln p.
      let next = a * a * (1 + largest) * (1 + largest)
      return .atMost(
        error, next, tolerance: 64 * Double.ulpOfOne, part: a > 0 ? "from above" : "from below",
        parameters: [
          "α": .number(1 + a), "columns": .integer(columns), "deviation": .number(deviation),
          "first order": .number(change),
        ])
    }
  }

  /// Low temperatures choose one entry, high ones none.
  static let limitTemperature = Check(
    id: "simplex.limit-temperature",
    statement:
      "1 - max p(x/T) ≤ Σ_{j≠k} [1 + (α-1)(x_j - x_k)/T]₊^(1/(α-1)); ‖p(x/T) - 1/n‖₂ ≤ ‖x - x̄‖₂/T for α ≤ 2.",
    source: "Derived for this library from λ ≥ max x, and from the strong convexity of Ω",
    trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let columns = 2 + stream.integer(below: 30)
    let alpha = [1, 1.5, 2, stream.uniform(in: 0.4..<4)][context.index % 4]
    let temperature = Double.exp10(stream.uniform(in: -2.0..<2))
    let scores: [Double] = stream.normals(count: columns)
    let map = try Entmax<Double>(alpha: .all(alpha))
    let scaled = scores.map { $0 / temperature }
    let p = image(of: scaled, under: map)
    let sorted = scaled.sorted(by: >)
    let a = alpha - 1
    let bound = sorted.dropFirst().reduce(0) { sum, x in
      let u = x - sorted[0]
      return sum + (a == 0 ? Double.exp(u) : 1 + a * u <= 0 ? 0 : Double.exp(Double.log(onePlus: a * u) / a))
    }
    let mean = scaled.reduce(0, +) / Double(columns)
    let spread = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
    let distance = p.reduce(0) { $0 + ($1 - 1 / Double(columns)) * ($1 - 1 / Double(columns)) }.squareRoot()
    let parameters: Parameters = [
      "α": .number(alpha), "T": .number(temperature), "columns": .integer(columns),
    ]
    let sum = p.reduce(0, +)
    var comparisons: [Comparison] = [
      .atMost(
        sum - (p.max() ?? 0), bound, tolerance: 1e-14 * (1 + sorted[0].magnitude), part: "low temperatures",
        isVacuous: bound >= 1, parameters: parameters)
    ]
    if alpha <= 2 {
      comparisons.append(
        .atMost(
          distance, spread, tolerance: 1e-14 * (1 + spread), part: "high temperatures", parameters: parameters
        ))
    }
    return comparisons
  }
}
