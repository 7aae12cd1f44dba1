import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  private static let entmaxPaper =
    "Peters, Niculae and Martins (2019), Sparse sequence-to-sequence models"

  /// Where bisection starts, as it is printed.
  static let thresholdBracketPublished = Check(
    id: "simplex.threshold-bracket-published",
    statement: "τ = (α-1)λ - 1 has (α-1)max x - 1 ≤ τ ≤ (α-1)max x - n^(1-α), for every α ≠ 1.",
    source: entmaxPaper + ", stated for α > 1 and used by programs for α < 1 too",
    expectation: .violated(repairedBy: "simplex.threshold-bracket"),
    trials: [.quick: 40, .standard: 400, .full: 4000], problemStream: "simplex.threshold-bracket"
  ) { context -> [Comparison] in
    let row = try ThresholdRow(context)
    guard row.alpha != 1 else { return [.assumptionFailed("α ≠ 1", parameters: row.parameters)] }
    let a = row.alpha - 1
    // Both less (α-1)max x, so that no digits are lost to it.
    let threshold = a * row.offset - 1
    let tolerance = row.tolerance * (1 + a.magnitude)
    return [
      .atLeast(threshold, -1, tolerance: tolerance, part: "lower end", parameters: row.parameters),
      .atMost(
        threshold, -Double.pow(row.count, -a), tolerance: tolerance, part: "upper end",
        parameters: row.parameters),
    ]
  }

  /// Where the threshold lies, for every α.
  static let thresholdBracket = Check(
    id: "simplex.threshold-bracket",
    statement: "max x ≤ λ ≤ max x + (1 - n^(1-α))/(α-1) for every α > 0, with ln n for α = 1.",
    source: "Derived for this library from 1/n ≤ max p ≤ 1",
    assumptions: ["n is the number of finite scores, at least 1."],
    trials: [.quick: 40, .standard: 400, .full: 4000],
    cases: [
      Check.NamedCase("equal-scores", expected: .holds) { _ in
        // Where the upper end is reached.
        try [0.5, 1, 1.5, 2, 3].map { alpha in
          let row = try ThresholdRow(
            alpha: alpha, scores: [Double](repeating: 3, count: 7), parameters: ["α": .number(alpha)])
          return .equal(
            row.offset, row.upperEnd, tolerance: row.tolerance, part: "upper end", parameters: row.parameters)
        }
      }
    ]
  ) { context -> [Comparison] in
    let row = try ThresholdRow(context)
    return [
      .atMost(
        row.offset, row.upperEnd, tolerance: row.tolerance, part: "λ - max x, upper end",
        parameters: row.parameters),
      .atLeast(
        row.offset, 0, tolerance: row.tolerance, part: "λ - max x, lower end", parameters: row.parameters),
    ]
  }

  /// Bounds on the threshold from some of the scores.
  static let thresholdSubset = Check(
    id: "simplex.threshold-subset",
    statement: "max x - τ ≤ (z - Σ_S (x - max x))/|S| for every set S; an equality if S is the support.",
    source:
      "Follows from Σ(x - τ)₊ = z; Condat (2016), Fast projection onto the simplex, uses sets that grow",
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    let problem = try RowProblem(context, of: [.sparsemax, .radius], longest: 300)
    let images = RowImages(problem.subject.map, problem.scores, columns: problem.scores.count)
    let threshold = images.thresholds[0]
    guard threshold.maximum.isFinite else {
      return [.assumptionFailed("a score is finite", parameters: problem.parameters)]
    }
    var stream = context.stream.stream("sets")
    let radius = problem.subject.polytope.sum
    let finite = problem.scores.indices.filter { problem.scores[$0] > -.infinity }
    let best = finite.sorted { problem.scores[$0] > problem.scores[$1] }
    func bound(_ set: some Collection<Int>) -> Double {
      let sum = set.reduce(0) { $0 + (problem.scores[$1] - threshold.maximum) }
      return (radius - sum) / Double(set.count)
    }
    let sets: [(String, [Int])] = [
      (
        "some scores",
        stream.sample(1 + stream.integer(below: finite.count), of: finite.count).map { finite[$0] }
      ),
      ("the largest scores", Array(best.prefix(1 + stream.integer(below: best.count)))),
    ]
    let support = problem.scores.indices.filter { images.outputs[$0] > 0 }
    func rounding(_ bound: Double, _ count: Int) -> Double {
      4 * Double.ulpOfOne * (bound + radius) * Double(count)
    }
    var comparisons = sets.map { part, set -> Comparison in
      let bound = bound(set)
      return .atMost(
        -threshold.offset, bound, tolerance: rounding(bound, set.count), part: part,
        parameters: problem.parameters)
    }
    comparisons.append(
      .equal(
        -threshold.offset, bound(support), tolerance: rounding(radius, support.count), part: "the support",
        parameters: problem.parameters))
    return comparisons
  }

  /// When everything goes to one entry.
  static let margin = Check(
    id: "simplex.margin",
    statement: "p = e_k if and only if x_k ≥ max_{j≠k} x_j + 1/(α-1); for a projection + z.",
    source: "Blondel, Martins and Niculae (2020), Learning with Fenchel-Young losses, proposition 7",
    assumptions: ["α > 1."], trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let families = MapFamily.all.filter { $0.hasMargin }
    let columns = 2 + stream.integer(below: 40)
    let subject = try families[context.index % families.count].make(columns, &stream)
    guard subject.margin < 20 else { return [.assumptionFailed("α is not within 0.05 of 1")] }
    // Below the margin far enough for (1 + (α-1)(x-λ))^(1/(α-1)) not to underflow.
    let excess = Double.exp10(stream.uniform(in: -3.0 ..< -0.4))
    return [(1 + excess, 1), (1, 1), (1 - excess, 2)].map { factor, support in
      // The runner-up is at 0, so that the margin is exact.
      var row = (1..<columns).map { _ in -subject.margin * stream.uniform(in: 0.0..<3) }
      row[0] = 0
      row.append(subject.margin * factor)
      row.swapAt(0, stream.integer(below: columns))
      let output = image(of: row, under: subject.map)
      var parameters = subject.parameters
      parameters["gap/margin"] = .number(factor)
      parameters["x"] = .numbers(row)
      // Exactly at the margin the runner-up is within rounding of the threshold.
      let negligible = factor == 1 ? RowProblem.rounding(of: row, under: subject) : 0
      let found = Double(output.count { $0 > negligible })
      return support == 1
        ? .equal(found, 1, tolerance: 0, part: "support above the margin", parameters: parameters)
        : .atLeast(found, 2, tolerance: 0, part: "support below the margin", parameters: parameters)
    }
  }
}

/// A row of scores with the threshold of its entmax.
private struct ThresholdRow {
  let alpha: Double
  /// The number of finite scores.
  let count: Double
  /// λ - max x.
  let offset: Double
  let parameters: Parameters

  init(_ context: TrialContext) throws {
    var stream = context.stream
    // Above 1, below 1, and 1 itself.
    let alpha = [stream.uniform(in: 1.0..<4), stream.uniform(in: 0.4..<1), 1][
      [0, 0, 0, 1, 1, 2][context.index % 6]]
    let columns = 1 + stream.integer(below: 200)
    let kind = ScoreKind.drawn(using: &stream)
    let scores = kind.row(count: columns, width: 1, using: &stream)
    try self.init(
      alpha: alpha, scores: scores,
      parameters: ["α": .number(alpha), "columns": .integer(columns), "kind": .text(kind.rawValue)])
  }

  init(alpha: Double, scores: [Double], parameters: Parameters) throws {
    let subject = try MapFamily.entmax(alpha)
    let threshold = RowImages(subject.map, scores, columns: scores.count).thresholds[0]
    guard threshold.maximum.isFinite else { throw AssumptionFailure("a score is finite") }
    self.alpha = alpha
    self.parameters = parameters
    count = Double(scores.count { $0 > -.infinity })
    offset = threshold.offset
  }

  /// (1 - n^(1-α))/(α-1), or ln n.
  var upperEnd: Double {
    alpha == 1 ? Double.log(count) : -Double.expMinusOne((1 - alpha) * Double.log(count)) / (alpha - 1)
  }

  /// λ and the bound are each good to a few roundings of their size.
  var tolerance: Double { 16 * Double.ulpOfOne * (1 + upperEnd) }
}
