import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  /// What single precision loses.
  static let floatAccuracy = Check(
    id: "simplex.float-accuracy",
    statement:
      "In Float |Σp - 1| ≤ 2e-6 and p is within 1e-6 of its value in Double, for up to 10⁶ scores near 0, 10³ or 10⁶.",
    source: "Derived for this library: entries are formed as (x - max x) - t, sums in Double",
    assumptions: ["Both precisions see the scores as they are after rounding to Float.", "α ≤ 2."],
    trials: [.quick: 20, .standard: 90, .full: 600]
  ) { context -> [Comparison] in
    let row = FloatRow(context)
    return try FloatRow.maps.map { name, single, double in
      row.compare(RowImages(try single(), row.scores, columns: row.scores.count).outputs, try double(), name)
    }.flatMap { $0 }
  }

  /// The output formed from a threshold that has been shifted back.
  static let floatShiftedOutput = Check(
    id: "simplex.float-shifted-output",
    statement:
      "In Float the output may be formed as x - τ with the threshold τ of x rounded to Float: |Σp - 1| ≤ 2e-6.",
    source: "What is usually programmed after shifting scores by their maximum",
    expectation: .violated(repairedBy: "simplex.float-accuracy"),
    trials: [.quick: 20, .standard: 90, .full: 600], problemStream: "simplex.float-accuracy"
  ) { context -> [Comparison] in
    let row = FloatRow(context)
    let exact = RowImages(Sparsemax<Double>(), row.scores.map(Double.init), columns: row.scores.count)
    let threshold = Float(exact.thresholds[0].value)
    return row.compare(row.scores.map { max($0 - threshold, 0) }, Sparsemax<Double>(), "sparsemax")
  }

  /// The threshold updated entry by entry.
  static let floatRunningThreshold = Check(
    id: "simplex.float-running-threshold",
    statement: "In Float the threshold may be updated entry by entry, ρ ← ρ + (x - ρ)/k: |Σp - 1| ≤ 2e-6.",
    source: "Condat (2016), Fast projection onto the simplex and the l1 ball, figure 2, run in Float",
    expectation: .violated(repairedBy: "simplex.float-accuracy"),
    trials: [.quick: 20, .standard: 90, .full: 600],
    cases: [
      Check.NamedCase("uniform-131072", expected: .violated) { context in
        var stream = context.stream
        let row = FloatRow(stream.uniforms(count: 131_072), parameters: ["columns": 131_072])
        return row.compare(row.runningProjection, Sparsemax<Double>(), "sparsemax")
      }
    ]
  ) { context -> [Comparison] in
    let row = FloatRow(context)
    return row.compare(row.runningProjection, Sparsemax<Double>(), "sparsemax")
  }
}

/// A row of scores in single precision.
private struct FloatRow {
  let scores: [Float]
  let parameters: Parameters

  /// The maps, in both precisions.
  static let maps:
    [(
      name: String, single: @Sendable () throws -> any SimplexMap<Float>,
      double: @Sendable () throws -> any SimplexMap<Double>
    )] = [
      ("sparsemax", { Sparsemax() }, { Sparsemax() }),
      ("1-entmax", { try Entmax(alpha: 1) }, { try Entmax(alpha: 1) }),
      ("1.25-entmax", { try Entmax(alpha: 1.25) }, { try Entmax(alpha: 1.25) }),
      ("1.5-entmax", { try Entmax(alpha: 1.5) }, { try Entmax(alpha: 1.5) }),
    ]

  init(_ scores: [Float], parameters: Parameters) {
    (self.scores, self.parameters) = (scores, parameters)
  }

  init(_ context: TrialContext) {
    var stream = context.stream
    let isLong = context.effort != .quick && context.index % 30 == 29
    let columns =
      isLong ? Int(Double.exp10(stream.uniform(in: 5.0..<6.0))) : Int(Double.pow(8192, stream.uniform()))
    let offset = [0, 1e3, 1e6, -1e3][context.index % 4]
    let isUniform = stream.uniform() < 0.5
    let deviation = isUniform ? 1 : Double.exp10(stream.uniform(in: -1.5..<0.5))
    scores = (0..<columns).map { _ in
      let x: Double = isUniform ? stream.uniform() : stream.normal()
      return Float(x * deviation + offset)
    }
    parameters = [
      "columns": .integer(columns), "offset": .number(offset), "deviation": .number(deviation),
      "law": isUniform ? "uniform" : "normal",
    ]
  }

  /// An output in single precision against that of a map in double precision.
  func compare(_ output: [Float], _ map: any SimplexMap<Double>, _ name: String) -> [Comparison] {
    let exact = image(of: scores.map(Double.init), under: map)
    var (sum, error) = (0.0, 0.0)
    for (p, q) in zip(output, exact) {
      sum += Double(p)
      error = max(error, (Double(p) - q).magnitude)
    }
    return [
      .atMost((sum - 1).magnitude, 2e-6, tolerance: 0, part: "\(name), |Σp - 1|", parameters: parameters),
      .atMost(error, 1e-6, tolerance: 0, part: "\(name), largest error", parameters: parameters),
    ]
  }

  /// The projection by a threshold that is updated entry by entry.
  var runningProjection: [Float] {
    guard let first = scores.first else { return [] }
    var (active, waiting) = ([first], [Float]())
    var threshold = first - 1
    for x in scores.dropFirst() where x > threshold {
      threshold += (x - threshold) / Float(active.count + 1)
      if threshold > x - 1 {
        active.append(x)
      } else {
        waiting += active
        active = [x]
        threshold = x - 1
      }
    }
    for x in waiting where x > threshold {
      active.append(x)
      threshold += (x - threshold) / Float(active.count)
    }
    var changed = true
    while changed {
      changed = false
      var kept: [Float] = []
      var count = active.count
      for x in active {
        if x > threshold || count == 1 {
          kept.append(x)
        } else {
          count -= 1
          threshold += (threshold - x) / Float(count)
          changed = true
        }
      }
      active = kept
    }
    return scores.map { max($0 - threshold, 0) }
  }
}
