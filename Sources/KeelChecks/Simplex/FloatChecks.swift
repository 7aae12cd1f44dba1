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
    return row.compare(row.shiftedProjection, Sparsemax<Double>(), "sparsemax")
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
