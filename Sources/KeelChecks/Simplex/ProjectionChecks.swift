import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  /// The maps with Ω(p) = ½‖p‖²: nearest points.
  static var projections: [MapFamily] {
    MapFamily.all.filter {
      ["sparsemax", "radius", "budget", "capped", "l1-ball", "weighted"].contains($0.id)
    }
  }

  /// No point of the polytope is nearer.
  static let projectionVariational = Check(
    id: "simplex.projection-variational",
    statement: "⟨x - p, q - p⟩ ≤ 0 for every q of the polytope.",
    source: "The characterisation of nearest points of convex sets",
    trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    let problem = try RowProblem(context, of: projections, longest: 200)
    guard problem.scores.allSatisfy(\.isFinite) else {
      return [.assumptionFailed("scores are finite", parameters: problem.parameters)]
    }
    var stream = context.stream.stream("points")
    let (x, p) = (problem.scores, problem.output)
    var (worst, size) = (-Double.infinity, 0.0)
    for _ in 0..<16 {
      let q = problem.subject.polytope.point(count: x.count, using: &stream)
      var inner = 0.0
      for i in x.indices { inner += (x[i] - p[i]) * (q[i] - p[i]) }
      worst = max(worst, inner)
      size = max(size, zip(p, q).reduce(0) { $0 + $1.0.magnitude + $1.1.magnitude })
    }
    // τ is good to a few roundings of the scores, and Σp and Σq to as much of τ.
    let reach = x.reduce(problem.subject.polytope.sum) { max($0, $1.magnitude) }
    // With p + e for p, the inner product is less by ⟨x - p, e⟩, but for what is of the order of e times p.
    // e is zero where p is 0 or u. Elsewhere x - p = wτ, which may be far from zero, so that it counts by how
    // much the sum Σwe is off, however small p is: by four roundings an entry of the numbers that it is a
    // difference of - its score less the maximum, the threshold less the maximum, what the mean that the
    // threshold is has of the former, and the difference.
    let polytope = problem.subject.polytope
    let pull = p.indices.reduce(0.0) { sum, i in
      let free = p[i] != 0 && p[i].magnitude < polytope.upper?[i] ?? .infinity
      return free ? sum + (x[i] - p[i]).magnitude : sum
    }
    let tolerance = Double.ulpOfOne * (64 * reach * size + 4 * pull * polytope.lost(by: x))
    return [
      .atMost(
        worst, 0, tolerance: tolerance, part: "largest ⟨x - p, q - p⟩ of 16 points",
        parameters: problem.parameters)
    ]
  }

  /// Projections bring points no further apart.
  static let projectionNonexpansive = Check(
    id: "simplex.projection-nonexpansive",
    statement: "‖p - q‖² ≤ ⟨p - q, x - y⟩ for the projections p of x and q of y; so ‖p - q‖ ≤ ‖x - y‖.",
    source: "Moreau (1965), Proximité et dualité dans un espace hilbertien",
    trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    let pair = try RowPair(context, of: projections)
    return [
      .atMost(
        pair.squaredOutputDistance, pair.inner, tolerance: pair.rounding, part: "firmly",
        parameters: pair.parameters),
      .atMost(
        pair.squaredOutputDistance.squareRoot(), pair.squaredDistance.squareRoot(),
        tolerance: pair.rounding.squareRoot(), part: "distances", parameters: pair.parameters),
    ]
  }

  /// Points of the polytope stay where they are.
  static let projectionIdempotent = Check(
    id: "simplex.projection-idempotent",
    statement: "p is its own projection, and so is every point of the polytope.",
    source: "The definition of a nearest point", trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    let problem = try RowProblem(context, of: projections, longest: 200)
    var stream = context.stream.stream("points")
    let (map, polytope) = (problem.subject.map, problem.subject.polytope)
    guard problem.scores.allSatisfy(\.isFinite) else {
      return [.assumptionFailed("scores are finite", parameters: problem.parameters)]
    }
    let point = polytope.point(count: problem.scores.count, using: &stream)
    let size = Double(problem.scores.count).squareRoot() * polytope.largestEntry
    // A projection corrects what rounding left of Σwp - s, by w (Σwp - s) / Σw² an entry: of a point, a
    // rounding of each entry; of an output, also what the differences that it is made of lost.
    let lost = polytope.lost(by: problem.scores)
    return [("an output", problem.output, lost), ("a point", point, 0)].map { part, p, lost in
      .atMost(
        problem.distance(image(of: p, under: map), p), 0,
        tolerance: 16 * Double.ulpOfOne * (size + lost + polytope.lost(by: p)), part: part,
        parameters: problem.parameters)
    }
  }

  /// The L1 ball and the largest magnitude.
  static let moreau = Check(
    id: "simplex.moreau",
    statement:
      "x = P(x) + prox(x), with P onto the L1 ball of radius z and the prox of z‖·‖∞, which clips x at a level.",
    source: "Moreau (1965), Proximité et dualité dans un espace hilbertien",
    trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    let problem = try RowProblem(context, of: [.l1Ball], longest: 200)
    guard problem.scores.allSatisfy(\.isFinite) else {
      return [.assumptionFailed("scores are finite", parameters: problem.parameters)]
    }
    let (x, p) = (problem.scores, problem.output)
    let radius = problem.subject.polytope.sum
    let largest = x.reduce(0) { max($0, $1.magnitude) }
    let tolerance = 16 * Double.ulpOfOne * (largest + radius)
    // x - p is x clipped at some level: the level that takes z away in all, or 0 if there is less than z.
    let level = zip(x, p).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    let difference = zip(x, p).reduce(0) { worst, pair in
      max(worst, (pair.0 - pair.1 - min(max(pair.0, -level), level)).magnitude)
    }
    let taken = x.reduce(0) { $0 + max($1.magnitude - level, 0) }
    let expected = min(radius, x.reduce(0) { $0 + $1.magnitude })
    return [
      .atMost(
        difference, 0, tolerance: tolerance, part: "x - p against x clipped", parameters: problem.parameters),
      .equal(
        taken, expected, tolerance: tolerance * Double(x.count), part: "what is above the level",
        parameters: problem.parameters),
    ]
  }

  /// Entmax of every α is as smooth as projections are, one may think.
  static let entmaxNonexpansiveAssumed = Check(
    id: "simplex.entmax-nonexpansive-every-alpha",
    statement: "‖entmax_α(x) - entmax_α(y)‖₂ ≤ ‖x - y‖₂ for every α.",
    source: "A natural guess: it is so for softmax (with ½) and for sparsemax",
    expectation: .violated(repairedBy: "simplex.entmax-nonexpansive"),
    trials: [.quick: 30, .standard: 300, .full: 3000],
    cases: [
      Check.NamedCase("two-scores", expected: .violated) { _ -> Comparison in
        let map = try Entmax<Double>(alpha: 3)
        // At the margin ½ the second entry begins with an infinite slope.
        let outputs = [[0.5, 0], [0.5, 0.01]].map { image(of: $0, under: map) }
        let distance = zip(outputs[0], outputs[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return .atMost(distance.squareRoot(), 0.01, tolerance: 1e-12, part: "distances", parameters: ["α": 3])
      }
    ]
  ) { context -> [Comparison] in
    try entmaxDistances(context, alpha: { $0.uniform(in: 2.0..<6.0) })
  }

  /// Entmax brings points no further apart up to α = 2.
  static let entmaxNonexpansive = Check(
    id: "simplex.entmax-nonexpansive",
    statement: "‖entmax_α(x) - entmax_α(y)‖₂ ≤ ‖x - y‖₂ for 0 < α ≤ 2, and half of it for softmax.",
    source:
      "Derived for this library: Ω has curvature p^(α-2) ≥ 1; for softmax Gao and Pavel (2017), with ½ as diag(p) - ppᵀ ≤ ½",
    assumptions: ["α ≤ 2."], trials: [.quick: 30, .standard: 300, .full: 3000]
  ) { context -> [Comparison] in
    try entmaxDistances(context) { $0.uniform() < 0.3 ? 1 : $0.uniform(in: 0.4..<2.0) }
  }

  private static func entmaxDistances(
    _ context: TrialContext, alpha: @Sendable @escaping (inout RandomStream) -> Double
  ) throws -> [Comparison] {
    let family = MapFamily("entmax", "α-entmax") { _, stream in try MapFamily.entmax(alpha(&stream)) }
    let pair = try RowPair(context, of: [family])
    let isSoftmax = pair.subject.regularizer == .tsallis(alpha: 1)
    return [
      .atMost(
        pair.squaredOutputDistance.squareRoot(), (isSoftmax ? 0.5 : 1) * pair.squaredDistance.squareRoot(),
        tolerance: 1e-13 * (1 + pair.reach), part: isSoftmax ? "softmax" : "distances",
        parameters: pair.parameters)
    ]
  }
}

/// Two rows and what a map makes of them.
private struct RowPair {
  let subject: MapSubject
  let squaredDistance: Double
  let squaredOutputDistance: Double
  let inner: Double
  let reach: Double
  let parameters: Parameters

  init(_ context: TrialContext, of families: [MapFamily]) throws {
    let problem = try RowProblem(context, of: families, longest: 60)
    guard problem.scores.allSatisfy(\.isFinite) else {
      throw AssumptionFailure("scores are finite", parameters: problem.parameters)
    }
    var stream = context.stream.stream("second")
    let distance = problem.subject.width * Double.exp10(stream.uniform(in: -4.0..<1))
    // Near in few entries or in all of them.
    let share: Double = stream.uniform()
    let second = problem.scores.map { x -> Double in
      let step: Double = stream.normal()
      return stream.uniform() < share ? x + distance * step : x
    }
    let outputs = [problem.scores, second].map { image(of: $0, under: problem.subject.map) }
    var (inputs, images, inner) = (0.0, 0.0, 0.0)
    for i in second.indices {
      let (dx, dp) = (problem.scores[i] - second[i], outputs[0][i] - outputs[1][i])
      inputs += dx * dx
      images += dp * dp
      inner += dx * dp
    }
    subject = problem.subject
    squaredDistance = inputs
    squaredOutputDistance = images
    self.inner = inner
    reach = (problem.scores + second).reduce(subject.polytope.sum) { max($0, $1.magnitude) }
    var parameters = problem.parameters
    parameters["‖x - y‖"] = .number(inputs.squareRoot())
    self.parameters = parameters
  }

  /// What roundings of the threshold, which move every entry, may change the squares by.
  var rounding: Double {
    let entry = 16 * Double.ulpOfOne * reach
    return 1e-300 + entry * (squaredDistance.squareRoot() + squaredOutputDistance.squareRoot() + entry) * 8
  }
}

extension MapSubject.Polytope {
  /// The largest value of an entry of any point.
  var largestEntry: Double { sum / (weights?.min() ?? 1) }

  /// What a rounding of each difference of a score and the threshold may add up to in an entry, in units of
  /// one rounding.
  ///
  /// With weights p = w (x/w - τ), where the quotient and τ are rounded: each wp is off by w² |x/w|, so that
  /// (Σwp - s) / Σw² is a mean of roundings of |x/w|, and moves an entry by w times as much. With bounds,
  /// entries between them may be far from the largest score, which they are subtracted from. Otherwise
  /// entries that are not zero lie within s of it, and the difference is exact or as small as s.
  fileprivate func lost(by scores: [Double]) -> Double {
    if let weights {
      return (weights.max() ?? 1) * zip(scores, weights).reduce(0) { max($0, ($1.0 / $1.1).magnitude) }
    }
    guard upper != nil, let low = scores.min(), let high = scores.max() else { return 0 }
    return high - low
  }

  /// A random point: a vertex, a point with few positive entries, or one inside.
  func point(count n: Int, using stream: inout RandomStream) -> [Double] {
    let first = vertex(count: n, using: &stream)
    if stream.uniform() < 0.3 { return first }
    let corners = [first] + (0..<1 + stream.integer(below: 6)).map { _ in vertex(count: n, using: &stream) }
    let shares = stream.dirichlet([Double](repeating: 1, count: corners.count))
    let scale = isL1Ball && stream.uniform() < 0.5 ? stream.uniform() : 1.0
    return (0..<n).map { i in scale * zip(corners, shares).reduce(0) { $0 + $1.0[i] * $1.1 } }
  }

  private func vertex(count n: Int, using stream: inout RandomStream) -> [Double] {
    var p = [Double](repeating: 0, count: n)
    var left = sum
    for i in stream.permutation(n) where left > 0 {
      let value = min(left / (weights?[i] ?? 1), upper?[i] ?? .infinity)
      p[i] = isL1Ball && stream.uniform() < 0.5 ? -value : value
      left -= value * (weights?[i] ?? 1)
    }
    return p
  }
}
