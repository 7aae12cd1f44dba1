import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  /// The proximal map of total variation, by its dual solution.
  static let totalVariation = Check(
    id: "simplex.total-variation",
    statement:
      "p is the prox of λ Σ|p_{i+1} - p_i|: partial sums of x - p are within ±λ, ±λ at the steps of p, and end at 0.",
    source: "The optimality conditions; Condat (2013), A direct algorithm for 1-D total variation denoising",
    trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    let row = SequenceRow(context)
    let p = image(of: row.scores, under: try TotalVariation<Double>(strength: .all(row.strength)))
    return row.certify(p, of: p)
  }

  /// Fusedmax is what its problem asks for, although it is computed in two steps.
  static let fusedmax = Check(
    id: "simplex.fusedmax",
    statement:
      "Sparsemax of the total-variation prox of x has the least ½‖p - x‖² + λ Σ|p_{i+1} - p_i| on the simplex.",
    source:
      "Niculae and Blondel (2017), A regularized framework for sparse and structured neural attention, proposition 2",
    trials: [.quick: 30, .standard: 300, .full: 3000],
    cases: [
      Check.NamedCase("six-scores", expected: .holds) { _ in
        let p = image(of: [0.7, -0.3, 1.1, 0.05, -1.4, 0.95], under: try Fusedmax<Double>(strength: 0.5))
        let known = [0.22083333333333333, 0.22083333333333333, 0.22083333333333333, 0, 0, 0.3375]
        return zip(p, known).map { Comparison.equal($0, $1, tolerance: 1e-14) }
      }
    ]
  ) { context -> [Comparison] in
    let row = SequenceRow(context)
    let p = image(of: row.scores, under: try Fusedmax<Double>(strength: .all(row.strength)))
    let t = image(of: row.scores, under: try TotalVariation<Double>(strength: .all(row.strength)))
    // The dual solution of the prox serves for p too, because its steps go where those of t do; then p is
    // optimal if t - p is the same wherever p > 0, and no larger elsewhere.
    let place = p.indices.max { p[$0] < p[$1] } ?? 0
    var residual = 0.0
    for i in p.indices {
      let excess = (t[i] - p[i]) - (t[place] - p[place])
      residual = max(residual, p[i] > 0 ? excess.magnitude : excess)
    }
    var sum = LongSum()
    for p in p { sum.add(p) }
    return row.certify(t, of: p) + [
      .atMost(
        residual, 0, tolerance: row.rounding + 2 * Double.ulpOfOne, part: "residual of the conditions",
        parameters: row.parameters),
      .equal(
        sum.value, 1, tolerance: row.summation, part: "Σp",
        parameters: row.parameters),
    ]
  }

  /// What holds for sparse maps of symmetric problems does not for fused ones.
  static let fusedmaxScaleSupport = Check(
    id: "simplex.fusedmax-scale-support",
    statement: "For s > 1 the support of fusedmax of sx is within that of fusedmax of x.",
    source: "A natural guess from sparsemax; λ does not scale along, so that groups come apart",
    expectation: .violated(repairedBy: "simplex.scale-support"),
    trials: [.quick: 30, .standard: 300, .full: 3000],
    cases: [
      Check.NamedCase("five-scores", expected: .violated) { _ in
        try compareSupports([1.5, 2, 0, 2, 0.5], strength: 0.5, scale: 1.5, parameters: [:])
      }
    ]
  ) { context -> [Comparison] in
    let row = SequenceRow(context)
    var stream = context.stream.stream("scale")
    return try compareSupports(
      row.scores, strength: row.strength, scale: stream.uniform(in: 1.0..<3), parameters: row.parameters)
  }

  private static func compareSupports(
    _ scores: [Double], strength: Double, scale: Double, parameters: Parameters
  ) throws -> [Comparison] {
    let map = try Fusedmax<Double>(strength: .all(strength))
    let outputs = [1, scale].map { scale in image(of: scores.map { $0 * scale }, under: map) }
    let entered = zip(outputs[0], outputs[1]).reduce(0.0) { $1.0 == 0 ? max($0, $1.1) : $0 }
    let size = scores.reduce(1) { max($0, $1.magnitude) } * scale
    var parameters = parameters
    parameters["s"] = .number(scale)
    return [
      .atMost(
        entered, 0, tolerance: 64 * Double.ulpOfOne * size * Double(scores.count),
        part: "largest p_k(sx) with p_k(x) = 0", parameters: parameters)
    ]
  }

  /// The nearest increasing sequence, by its dual solution.
  static let isotonic = Check(
    id: "simplex.isotonic",
    statement: "p increases; partial sums of x - p are ≥ 0, and 0 at the steps of p and at the end.",
    source: "Barlow, Bartholomew, Bremner and Brunk (1972), Statistical inference under order restrictions",
    trials: [.quick: 30, .standard: 300, .full: 3000],
    cases: [
      Check.NamedCase("seven-scores", expected: .holds) { _ in
        let p = image(of: [4, 3, 2, 1, 5, 5, 4], under: IsotonicRegression<Double>())
        let high = 14.0 / 3
        let known: [Double] = [2.5, 2.5, 2.5, 2.5, high, high, high]
        return zip(p, known).map { Comparison.equal($0, $1, tolerance: 1e-14) }
      }
    ]
  ) { context -> [Comparison] in
    let row = SequenceRow(context)
    let p = image(of: row.scores, under: IsotonicRegression<Double>())
    let descent = zip(p, p.dropFirst()).reduce(0) { max($0, $1.0 - $1.1) }
    var (sum, lowest, atSteps) = (LongSum(), 0.0, 0.0)
    for i in p.indices {
      sum.add(row.scores[i])
      sum.add(-p[i])
      lowest = min(lowest, sum.value)
      if i + 1 == p.count || p[i + 1] != p[i] { atSteps = max(atSteps, sum.value.magnitude) }
    }
    return [
      .atMost(descent, 0, tolerance: 0, part: "descent of p", parameters: row.parameters),
      .atLeast(lowest, 0, tolerance: row.pooling, part: "lowest partial sum", parameters: row.parameters),
      .atMost(atSteps, 0, tolerance: row.pooling, part: "partial sums at steps", parameters: row.parameters),
    ]
  }
}

/// Scores in an order that matters, and how much steps cost.
private struct SequenceRow {
  let scores: [Double]
  let strength: Double
  let parameters: Parameters

  init(_ context: TrialContext) {
    var stream = context.stream
    let columns = 1 + Int(Double.pow(500, stream.uniform()))
    let kind = ScoreKind.drawn(using: &stream)
    scores = kind.row(count: columns, width: 1, using: &stream).map { $0.isFinite ? $0 : 0 }
    strength = stream.uniform() < 0.1 ? 0 : Double.exp10(stream.uniform(in: -2.0..<1))
    parameters = [
      "λ": .number(strength), "columns": .integer(columns), "kind": .text(kind.rawValue),
    ]
  }

  /// What partial sums lose: a rounding of the largest, for each entry.
  var rounding: Double {
    let size = scores.reduce(strength) { max($0, $1.magnitude) }
    return 8 * Double.ulpOfOne * size * Double(scores.count)
  }

  /// What pooling loses: it adds differences to the largest score up, one after the other, and each addition
  /// rounds a partial sum.
  var pooling: Double {
    let top = scores.max() ?? 0
    let size = scores.reduce(0) { $0 + $1.magnitude + (top - $1) }
    return Double.ulpOfOne * size * Double(scores.count + 2)
  }

  /// What Σp loses: up to n numbers in -1...0 are added one after the other, n²/2 at most over all partial sums
  /// with half a rounding for each, and each entry has its own.
  var summation: Double {
    rounding + Double.ulpOfOne / 4 * Double(scores.count * scores.count)
  }

  /// The conditions for t being the prox of the scores, with steps in the direction of those of p.
  func certify(_ t: [Double], of p: [Double]) -> [Comparison] {
    var (sum, largest, atSteps) = (0.0, 0.0, 0.0)
    for i in t.indices.dropLast() {
      sum += scores[i] - t[i]
      largest = max(largest, sum.magnitude)
      // Going up costs what is taken from this entry and given to the next.
      for q in [t, p] where q[i + 1] != q[i] {
        // Steps of rounding size go nowhere.
        guard (q[i + 1] - q[i]).magnitude > rounding else { continue }
        atSteps = max(atSteps, (sum + (q[i + 1] > q[i] ? strength : -strength)).magnitude)
      }
    }
    sum = zip(scores, t).reduce(0) { $0 + ($1.0 - $1.1) }
    return [
      .atMost(largest, strength, tolerance: rounding, part: "largest partial sum", parameters: parameters),
      .atMost(atSteps, 0, tolerance: rounding, part: "partial sums at steps", parameters: parameters),
      .equal(sum, 0, tolerance: rounding, part: "the whole sum", parameters: parameters),
    ]
  }
}
