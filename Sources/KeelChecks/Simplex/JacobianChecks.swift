import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  /// What kind of matrix a Jacobian is.
  static let jacobian = Check(
    id: "simplex.jacobian",
    statement: "J is symmetric, J1 = 0 where Σp is fixed, positive semidefinite, of rank #{0 < p < u} - 1.",
    source: "Peters, Niculae and Martins (2019), and duality: J is the Hessian of Ω*",
    assumptions: ["Entries are not within rounding of their bounds, where p has one-sided derivatives."],
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    let row = try JacobianRow(context)
    guard row.isConditioned else {
      return [.assumptionFailed("entries are well inside or at bounds", parameters: row.parameters)]
    }
    let (n, j) = (row.output.count, row.columns)
    // One entry alone does not move, up to four roundings of numbers of size 1: g - w <w, g>/<w, w>.
    let size = j.flatMap { $0 }.reduce(1.0 / 16) { max($0, $1.magnitude) }
    let tolerance = 64 * Double.ulpOfOne * size
    var (asymmetry, forwardError) = (0.0, 0.0)
    for i in 0..<n {
      var unit = [Double](repeating: 0, count: n)
      unit[i] = 1
      let forward = jacobianProduct(of: row.subject.map, at: row.output, with: unit, forward: true)
      for k in 0..<n {
        asymmetry = max(asymmetry, (j[i][k] - j[k][i]).magnitude)
        forwardError = max(forwardError, (forward[k] - j[k][i]).magnitude)
      }
    }
    let ones = jacobianProduct(
      of: row.subject.map, at: row.output, with: [Double](repeating: 1, count: n))
    let matrix = Matrix(rows: n, columns: n) { 0.5 * (j[$0][$1] + j[$1][$0]) }
    let eigenvalues = try SymmetricEigen(matrix, vectors: false).values
    let rank = eigenvalues.count { $0 > 1e-10 * size }
    var comparisons: [Comparison] = [
      .atMost(asymmetry, 0, tolerance: tolerance, part: "‖J - Jᵀ‖", parameters: row.parameters),
      .atMost(
        forwardError, 0, tolerance: tolerance, part: "columns by products from the right",
        parameters: row.parameters),
      .atLeast(
        eigenvalues.min() ?? 0, 0, tolerance: Double(n) * tolerance, part: "smallest eigenvalue",
        parameters: row.parameters),
      .equal(Double(rank), Double(row.expectedRank), tolerance: 0, part: "rank", parameters: row.parameters),
    ]
    if row.subject.map.isShiftInvariant {
      let excess = ones.reduce(0) { max($0, $1.magnitude) }
      comparisons.append(
        .atMost(excess, 0, tolerance: Double(n) * tolerance, part: "‖J1‖∞", parameters: row.parameters))
    }
    return comparisons
  }

  /// Products with the Jacobian are what the map does nearby.
  static let jacobianDifferences = Check(
    id: "simplex.jacobian-differences",
    statement: "J is what central differences of the map give.", source: "The definition of a derivative",
    assumptions: ["The support does not change nearby."],
    trials: [.quick: 40, .standard: 400, .full: 4000], problemStream: "simplex.jacobian",
    cases: [
      Check.NamedCase("on-the-threshold", expected: .assumptionFailed) { _ in
        // Entries 2 and 3 of (1, 0, 0) are exactly on the threshold of sparsemax.
        try compareDifferences(
          JacobianRow(
            MapSubject(map: Sparsemax()), scores: [1, 0, 0], parameters: ["x": .numbers([1, 0, 0])]))
      }
    ]
  ) { context in
    try compareDifferences(JacobianRow(context))
  }

  private static func compareDifferences(_ row: JacobianRow) throws -> [Comparison] {
    guard row.isConditioned else {
      return [.assumptionFailed("entries are well inside or at bounds", parameters: row.parameters)]
    }
    let n = row.output.count
    var (worst, allowance) = (0.0, 0.0)
    var slack = -Double.infinity
    let support = row.pattern(row.output)
    for k in 0..<n {
      // Two steps: their difference says how far the limit is.
      let steps = [1e-5, 5e-6].map { $0 * row.subject.width }
      var differences: [[Double]] = []
      for step in steps {
        let sides = [step, -step].map { change -> [Double] in
          var scores = row.scores
          scores[k] += change
          return image(of: scores, under: row.subject.map)
        }
        guard sides.allSatisfy({ row.pattern($0) == support }) else {
          return [.assumptionFailed("the support does not change nearby", parameters: row.parameters)]
        }
        differences.append(zip(sides[0], sides[1]).map { ($0 - $1) / (2 * step) })
      }
      for i in 0..<n {
        // The error of the smaller step is a third of the difference; rounding of p, divided by the step.
        let error = (differences[1][i] - row.columns[i][k]).magnitude
        let size = 1 + row.columns[i][k].magnitude
        let allowed =
          (differences[1][i] - differences[0][i]).magnitude + 1e-9 * size
          + 8 * Double.ulpOfOne * row.reach / steps[1]
        if error - allowed > slack { (slack, worst, allowance) = (error - allowed, error, allowed) }
      }
    }
    return [
      .atMost(worst, 0, tolerance: allowance, part: "J_ik against differences", parameters: row.parameters)
    ]
  }
}

/// A short row at which a Jacobian is looked at.
private struct JacobianRow {
  let subject: MapSubject
  let scores: [Double]
  let output: [Double]
  /// `columns[i]` is Jᵀe_i: how entry i of the output depends on the scores.
  let columns: [[Double]]
  let parameters: Parameters

  init(_ context: TrialContext) throws {
    var stream = context.stream
    let family = MapFamily.all[context.index % MapFamily.all.count]
    let count = 1 + stream.integer(below: 9)
    let subject = try family.make(count, &stream)
    let deviation = subject.width * stream.uniform(in: 0.1..<1)
    let scores: [Double] = stream.normals(count: count).map { $0 * deviation }
    var parameters = subject.parameters
    parameters["map"] = .text(family.id)
    parameters["x"] = .numbers(scores)
    self.init(subject, scores: scores, parameters: parameters)
  }

  init(_ subject: MapSubject, scores: [Double], parameters: Parameters) {
    let output = image(of: scores, under: subject.map)
    self.subject = subject
    self.scores = scores
    self.output = output
    self.parameters = parameters
    columns = scores.indices.map { i in
      var unit = [Double](repeating: 0, count: scores.count)
      unit[i] = 1
      return jacobianProduct(of: subject.map, at: output, with: unit)
    }
  }

  /// Whether an entry is zero, free, or at its bound.
  func pattern(_ p: [Double]) -> [Int] {
    p.enumerated().map { i, p in p == 0 ? 0 : p == subject.polytope.upper?[i] ? 2 : p > 0 ? 1 : -1 }
  }

  /// Whether free entries are large enough for J to be of moderate size, so that differences and ranks can be
  /// told from rounding.
  var isConditioned: Bool {
    zip(output, pattern(output)).allSatisfy { p, state in
      state == 0 || state == 2 || p.magnitude > 2e-3 * subject.polytope.sum
    } && !output.allSatisfy { $0 == 0 } && !isOnThreshold && spread < 1e6
  }

  /// How much the eigenvalues of J may differ: those of diag(p^(2-α)).
  private var spread: Double {
    let free = output.filter { $0 > 0 }
    guard let least = free.min(), let most = free.max() else { return 1 }
    return switch subject.regularizer {
    case .quadratic: 1
    case .tsallis(let alpha), .norm(let alpha): Double.pow(most / least, (2 - alpha).magnitude)
    }
  }

  /// Whether an entry that is zero would not be so if its score were a little larger.
  private var isOnThreshold: Bool {
    guard output.contains(0) else { return false }
    let support = pattern(output)
    return scores.indices.contains { k in
      guard support[k] == 0 else { return false }
      var raised = scores
      raised[k] += 1e-9 * subject.width
      return pattern(image(of: raised, under: subject.map)) != support
    }
  }

  /// The number of free entries less one; inside the L1 ball every entry is free for itself.
  var expectedRank: Int {
    let free = pattern(output).count { $0 == 1 || $0 == -1 }
    if subject.polytope.isL1Ball, output == scores { return output.count }
    return max(free - 1, 0)
  }

  /// The size of the numbers whose rounding differences see.
  var reach: Double {
    scores.reduce(subject.polytope.sum) { max($0, $1.magnitude) } * (1 + (columns.joined().max() ?? 0))
  }
}
