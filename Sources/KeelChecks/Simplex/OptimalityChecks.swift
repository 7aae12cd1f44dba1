import Keel
import KeelSimplex

extension SimplexChecks {
  /// Outputs satisfy the optimality conditions, for every family of maps.
  static let optimality = MapFamily.all.map(optimality(of:))

  /// How many random problems of a family each effort runs, and how many rows they have in all: at full
  /// effort more than 10⁵.
  static let optimalityTrials: [Effort: Int] = [.quick: 12, .standard: 100, .full: 1800]

  private static func optimality(of family: MapFamily) -> Check {
    Check(
      id: "simplex.optimality-\(family.id)",
      statement: "The output is optimal: x - ∇Ω(p) = τ where 0 < p < u, ≤ τ where p = 0, ≥ τ where p = u.",
      source: "The optimality conditions of a concave problem, for \(family.name)",
      assumptions: ["Scores are finite or -∞."], trials: optimalityTrials, supportsData: true
    ) { context -> [Comparison] in
      var stream = context.stream
      if let data = context.data { return try optimality(of: family, on: data, using: &stream) }
      let columns = columns(of: context, using: &stream)
      // Enough rows to fill every lane of a kernel, and a rest.
      let rows = max(1, min(129, 4096 / columns))
      let subject = try family.make(columns, &stream)
      let (scores, kinds) = subject.rows(rows, columns: columns, using: &stream)
      return certify(subject, scores, columns: columns) { kinds[$0].rawValue }
    }
  }

  /// The length of the rows of a problem: mostly short, and at times as long as rows get.
  private static func columns(of context: TrialContext, using stream: inout RandomStream) -> Int {
    if context.effort != .quick, context.index % 100 == 99 {
      return Int(Double.exp10(stream.uniform(in: 3.6..<6.0)))
    }
    return Int(Double.pow(4096, stream.uniform()))
  }

  /// Rows of real numbers as scores, in units in which some entries get something and others do not.
  private static func optimality(
    of family: MapFamily, on data: CheckData, using stream: inout RandomStream
  ) throws -> [Comparison] {
    let columns = data.features.columns
    guard columns >= 2 else {
      return [.inconclusive("examples of one number leave nothing to choose")]
    }
    let subject = try family.make(columns, &stream)
    let factor = subject.width * Double.exp10(stream.uniform(in: -2.0..<1))
    var scores: [Double] = []
    for _ in 0..<min(8, data.features.rows) {
      let example = stream.integer(below: data.features.rows)
      scores += (0..<columns).map { factor * data.features[example, $0] }
    }
    return certify(subject, scores, columns: columns) { _ in data.name }
  }

  /// Maps rows and compares the worst of their certificates with what rounding explains.
  private static func certify(
    _ subject: MapSubject, _ scores: [Double], columns: Int, kind: (Int) -> String
  ) -> [Comparison] {
    let images = RowImages(subject.map, scores, columns: columns)
    let certificates = (0..<images.rows).map {
      OptimalityCertificate(subject, scores: images.scores($0), output: images.output($0))
    }
    func parameters(_ row: Int) -> Parameters {
      var parameters = subject.parameters
      parameters["columns"] = .integer(columns)
      parameters["rows"] = .integer(images.rows)
      parameters["row"] = .integer(row)
      parameters["kind"] = .text(kind(row))
      return parameters
    }
    /// The row in which a measure is largest; the last undefined one, which decides nothing.
    func worst(_ measure: (OptimalityCertificate) -> Double) -> (row: Int, value: Double) {
      var worst = (0, -Double.infinity)
      for (row, certificate) in certificates.enumerated() {
        let value = measure(certificate)
        if !(value <= worst.1) { worst = (row, value) }
      }
      return worst
    }
    let conditions = worst(\.roundings)
    let constraints = worst { $0.infeasibility - $0.allowance }
    return [
      .atMost(
        conditions.value, OptimalityCertificate.allowedRoundings, tolerance: 0,
        part: "residual of the conditions, in roundings", parameters: parameters(conditions.row)),
      .atMost(
        certificates[constraints.row].infeasibility, certificates[constraints.row].allowance, tolerance: 0,
        part: "distance from the polytope", parameters: parameters(constraints.row)),
      .equal(
        Double(
          (0..<images.rows).count { row in
            images.output(row).count { $0 != 0 }
              != images.thresholds[row].supportCount
          }), 0, tolerance: 0,
        part: "rows whose reported support is not that of the output", parameters: parameters(0)),
    ]
  }
}
