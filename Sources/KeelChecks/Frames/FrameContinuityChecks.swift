import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// What order costs.
  static let continuityPublished = Check(
    id: "frames.continuity-published",
    statement:
      "An average is as continuous as φ: |⟨φ⟩(X) - ⟨φ⟩(X′)| ≤ 3L‖X - X′‖ for a Lipschitz constant L of φ.",
    source:
      "What universality with continuous functions suggests (\(paper), corollary 1); axes that change places jump",
    expectation: .violated(repairedBy: nil),
    trials: [.quick: 8, .standard: 60, .full: 1000], problemStream: "frames.continuity"
  ) { context -> [Comparison] in
    let problem = try CrossingProblem(context)
    return try problem.comparisons { try Frame(principalAxesOf: $0, group: .euclidean) }
  }
}

/// A cloud of the plane whose principal axes change places: X(τ) = W diag(1 + τ, 1 - τ), of white W.
struct CrossingProblem {
  let white: Matrix<Double>
  let network: CloudNetwork<Double>
  let steps = [1e-2, 1e-4, 1e-6, 1e-8]

  init(_ context: TrialContext) throws {
    var stream = context.stream
    let count = 4 + context.index % 6
    let cloud = Matrix<Double>.randomNormal(rows: count, columns: 2, using: &stream)
    white = try QR(cloud.addingToRows(cloud.columnMeans.map { -$0 })).thinQ() * Double(count).squareRoot()
    network = CloudNetwork<Double>(count, 2, outputs: 1, using: &stream)
  }

  /// X(τ).
  func points(_ step: Double) -> Matrix<Double> { white.scalingColumns(by: [1 + step, 1 - step]) }

  /// ⟨φ⟩(X(τ)).
  func average(_ step: Double, _ frame: (Matrix<Double>) throws -> Frame<Double>) rethrows -> Double {
    let points = points(step)
    return try frame(points).average(of: points) { network($0) }[0]
  }

  /// The jumps from X(-τ) to X(τ) against what a continuous average may do.
  func comparisons(_ frame: (Matrix<Double>) throws -> Frame<Double>) throws -> [Comparison] {
    let lipschitz = try network.lipschitz()
    return try steps.map { step in
      let jump = (try average(step, frame) - (try average(-step, frame))).magnitude
      let distance = (points(step) - points(-step)).frobeniusNorm
      return .atMost(
        jump, 3 * lipschitz * distance,
        // Rounding of canonical clouds, seen through φ.
        tolerance: 1e-14 * lipschitz, part: "τ = \(step)",
        parameters: ["n": .integer(white.rows), "τ": .number(step), "L": .number(lipschitz)])
    }
  }
}
