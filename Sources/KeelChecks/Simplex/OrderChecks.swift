import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  /// The maps whose problem is the same in every entry.
  private static let symmetric = MapFamily.all.filter { !["weighted", "capped"].contains($0.id) }
  /// The maps onto simplices, whose output does not change when all scores do by the same number.
  private static let onSimplices = MapFamily.all.filter { !["weighted", "l1-ball"].contains($0.id) }
  /// The maps of which a finite distance below the maximum decides who gets something.
  private static let sparse = MapFamily.all.filter { !["softmax", "entmax-below-one"].contains($0.id) }

  /// Larger scores get more.
  static let order = Check(
    id: "simplex.order", statement: "x_i ≥ x_j implies p_i ≥ p_j; the largest score gets the most.",
    source: "Follows from symmetry; Blondel, Martins and Niculae (2020), Learning with Fenchel-Young losses",
    assumptions: ["The polytope and Ω are symmetric."],
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    let problem = try RowProblem(context, of: symmetric, longest: 300)
    let p = problem.output
    // Among equal scores of a top-k map only the sum is determined.
    let order = problem.scores.indices.filter { problem.scores[$0] > -.infinity }.sorted {
      problem.scores[$0] != problem.scores[$1]
        ? problem.scores[$0] > problem.scores[$1] : p[$0] > p[$1]
    }
    let inversion = zip(order, order.dropFirst()).reduce(0.0) { max($0, p[$1.1] - p[$1.0]) }
    let total = p.reduce(0) { $0 + $1.magnitude }
    // A power of two different numbers may be rounded in different directions.
    return [
      .atMost(
        inversion, 0, tolerance: 4 * Double.ulpOfOne * total, part: "p_j - p_i where x_i ≥ x_j",
        parameters: problem.parameters)
    ]
  }

  /// Only differences of scores count.
  static let shiftInvariance = Check(
    id: "simplex.shift-invariance", statement: "p(x + c) = p(x).",
    source: "Σp is the same everywhere on the polytope",
    assumptions: ["Σp is fixed: not for the L1 ball, nor for weights."],
    trials: [.quick: 40, .standard: 400, .full: 4000],
    cases: [
      Check.NamedCase("maps-that-say-so") { context in
        var stream = context.stream
        return try MapFamily.all.map { family -> Comparison in
          let subject = try family.make(4, &stream)
          let fixed = !subject.polytope.isL1Ball && subject.polytope.weights == nil
          return .equal(
            subject.map.isShiftInvariant ? 1 : 0, fixed ? 1 : 0, tolerance: 0, part: family.id)
        }
      }
    ]
  ) { context -> [Comparison] in
    var problem = try RowProblem(context, of: onSimplices, longest: 300)
    // On a grid on which x + c is exact, so that the outputs differ by no rounding of the scores.
    let grid = Double.exp2(Double.log2(problem.subject.width).rounded() - 20)
    problem.scores = problem.scores.map {
      $0.magnitude < grid * 0x1p32 || $0 == -.infinity ? ($0 / grid).rounded() * grid : 0
    }
    var stream = context.stream.stream("shift")
    let shift = grid * Double(stream.integer(in: -(1 << 40)..<(1 << 40)))
    let shifted = image(of: problem.scores.map { $0 + shift }, under: problem.subject.map)
    var parameters = problem.parameters
    parameters["c"] = .number(shift)
    return [
      .atMost(
        problem.distance(problem.output, shifted), 0,
        tolerance: 4 * Double.ulpOfOne * problem.subject.polytope.sum,
        part: "‖p(x + c) - p(x)‖∞", parameters: parameters)
    ]
  }

  /// The order of the entries does not matter.
  static let permutation = Check(
    id: "simplex.permutation", statement: "p(Πx) = Πp(x) for every permutation Π.",
    source: "Follows from symmetry", assumptions: ["The polytope and Ω are symmetric."],
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    let problem = try RowProblem(context, of: symmetric, longest: 2000)
    guard problem.subject.polytope.count == nil || Set(problem.scores).count == problem.scores.count else {
      return [.assumptionFailed("the largest scores are different", parameters: problem.parameters)]
    }
    var stream = context.stream.stream("permutation")
    let permutation = stream.permutation(problem.scores.count)
    let permuted = image(of: permutation.map { problem.scores[$0] }, under: problem.subject.map)
    let expected = permutation.map { problem.output[$0] }
    // Sums are taken in another order: the threshold moves by their rounding, and so do the entries.
    return [
      .atMost(
        problem.distance(permuted, expected), 0, tolerance: problem.rounding(of: problem.scores),
        part: "‖p(Πx) - Πp(x)‖∞", parameters: problem.parameters)
    ]
  }

  /// Who gets nothing gets nothing at a lower temperature.
  static let scaleSupport = Check(
    id: "simplex.scale-support",
    statement: "For s > 1 the support of p(sx) is within that of p(x).",
    source: "Derived for this library: k is in the support iff Σ_j [(α-1)(x_j - x_k)]₊^(1/(α-1)) < 1",
    assumptions: [
      "The polytope is symmetric or has fixed bounds.",
      "Entries within rounding of the threshold count as outside, because either side is right.",
    ], trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    let problem = try RowProblem(context, of: sparse, longest: 300)
    var stream = context.stream.stream("scale")
    let scale = 1 + Double.exp10(stream.uniform(in: -6.0..<1))
    let scaled = problem.scores.map { $0 * scale }
    let sharper = image(of: scaled, under: problem.subject.map)
    let entered = zip(problem.output, sharper).reduce(0.0) { $1.0 == 0 ? max($0, $1.1.magnitude) : $0 }
    var parameters = problem.parameters
    parameters["s"] = .number(scale)
    parameters["support"] = .integer(problem.output.count { $0 != 0 })
    parameters["support of sx"] = .integer(sharper.count { $0 != 0 })
    return [
      .atMost(
        entered, 0, tolerance: problem.rounding(of: scaled), part: "largest p_k(sx) with p_k(x) = 0",
        parameters: parameters)
    ]
  }

  /// Larger α, and larger scale, make the output more unequal.
  static let majorization = Check(
    id: "simplex.majorization",
    statement:
      "The entries of entmax, in decreasing order, have larger partial sums for larger α and for larger sx.",
    source: "Derived for this library: dp/dα = r(f - f̄) with f increasing in x, and dp/ds = r(x - x̄)",
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let alphas = [stream.uniform(in: 0.4..<4.0), stream.uniform(in: 0.4..<4.0)].sorted()
    let columns = 2 + stream.integer(below: 60)
    let kind = ScoreKind.drawn(using: &stream)
    let scores = kind.row(count: columns, width: 1, using: &stream)
    guard scores.contains(where: \.isFinite) else {
      return [.assumptionFailed("a score is finite")]
    }
    let scale = 1 + Double.exp10(stream.uniform(in: -3.0..<1))
    let subjects = try alphas.map(MapFamily.entmax)
    let outputs = subjects.map { image(of: scores, under: $0.map) }
    let sharper = image(of: scores.map { $0 * scale }, under: subjects[0].map)
    let parameters: Parameters = [
      "α": .numbers(alphas), "s": .number(scale), "columns": .integer(columns), "kind": .text(kind.rawValue),
    ]
    /// By how much the partial sums of the first exceed those of the second.
    func excess(_ first: [Double], _ second: [Double]) -> Double {
      var (difference, worst) = (0.0, 0.0)
      for (p, q) in zip(first.sorted(by: >), second.sorted(by: >)) {
        difference += p - q
        worst = max(worst, difference)
      }
      return worst
    }
    let tolerance = zip(subjects, [1, 1]).map { subject, _ in
      RowProblem.rounding(of: scores.map { $0 * scale }, under: subject) * Double(columns)
    }.reduce(0, max)
    return [
      .atMost(excess(outputs[0], outputs[1]), 0, tolerance: tolerance, part: "in α", parameters: parameters),
      .atMost(excess(outputs[0], sharper), 0, tolerance: tolerance, part: "in s", parameters: parameters),
    ]
  }
}
