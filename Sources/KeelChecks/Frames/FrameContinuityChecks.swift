import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// What order costs.
  static let continuityPublished = Check(
    id: "frames.continuity-published",
    statement:
      "An average over principal axes is as continuous as φ: |⟨φ⟩(X) - ⟨φ⟩(X′)| ≤ K L‖X - X′‖, K as of points.",
    source:
      "What universality with continuous functions suggests (\(paper), corollary 1); axes that change places jump",
    assumptions: ["L is a Lipschitz constant of φ."],
    expectation: .violated(repairedBy: "frames.continuity"), trials: continuityTrials,
    problemStream: "frames.continuity"
  ) { context -> [Comparison] in
    let problem = try CrossingProblem(context)
    return try problem.crossing(CrossingProblem.pointsFactor(problem.dimension), "principal axes") {
      try Frame(principalAxesOf: $0, group: .euclidean)
    }
  }

  /// Weighted frames.
  static let continuity = Check(
    id: "frames.continuity",
    statement:
      "Averages over the axes of points are: |⟨φ⟩(X) - ⟨φ⟩(X′)| ≤ K L‖X - X′‖ with K = 6 in the plane and 16 in space.",
    source: "Derived for this library, for frames in the manner of Dym, Lawrence and Siegel (2024)",
    assumptions: ["L is a Lipschitz constant of φ."], trials: continuityTrials,
    problemStream: "frames.continuity"
  ) { context -> [Comparison] in
    let problem = try CrossingProblem(context)
    let factor = CrossingProblem.pointsFactor(problem.dimension)
    let weighted: (Matrix<Double>) throws -> Frame<Double> = {
      try Frame(robustAxesOf: $0, group: .euclidean)
    }
    return try problem.crossing(factor, "axes of points", weighted)
      + problem.flattening(factor, "axes of points", weighted)
      + problem.crossing(CrossingProblem.blendedFactor(problem.dimension, threshold: 0.1), "blended") {
        try Frame(blendedAxesOf: $0, group: .euclidean, threshold: 0.1)
      }
  }

  private static let continuityTrials: [Effort: Int] = [.quick: 4, .standard: 24, .full: 300]
}

/// A cloud whose principal axes change places: X(τ) = W diag(1 + τ, 1 - τ, …) of white W, 1.7 along a third axis.
struct CrossingProblem {
  let white: Matrix<Double>
  let network: CloudNetwork<Double>

  init(_ context: TrialContext) throws {
    var stream = context.stream
    let (dimension, count) = (2 + context.index % 2, 4 + context.index / 2 % 5)
    let cloud = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    white =
      try QR(cloud.addingToRows(cloud.columnMeans.map { -$0 })).thinQ() * Double(count).squareRoot()
    network = CloudNetwork<Double>(count, dimension, outputs: 1, using: &stream)
  }

  var dimension: Int { white.columns }

  /// X(τ).
  func points(_ step: Double) -> Matrix<Double> {
    white.scalingColumns(by: Array([1 + step, 1 - step, 1.7].prefix(dimension)))
  }

  /// ⟨φ⟩.
  func average(_ points: Matrix<Double>, _ frame: (Matrix<Double>) throws -> Frame<Double>) rethrows -> Double
  {
    try frame(points).average(of: points) { network($0) }[0]
  }

  /// The K of frames whose axes are those of the points.
  ///
  /// Along a path of clouds Y, weights change by Σ|dw| ≤ 4‖dY‖/‖Y‖, and values that belong to rotations of one cloud
  /// differ by 2L‖Y‖ at most: 4L‖dY‖. An axis turns by |dyᵢ|/|yᵢ|, which moves its canonical cloud by as much times
  /// ‖Y‖, and Σ wᵢ ‖Y‖ |dyᵢ|/|yᵢ| ≤ ‖dY‖ for wᵢ = |yᵢ|²/‖Y‖², beside the ‖dY‖ of the cloud itself: 2L‖dY‖. In space
  /// the clouds of what is left beside an axis move by 2‖dY‖ on average, and the second axis costs 5 times that.
  static func pointsFactor(_ dimension: Int) -> Double {
    (2..<dimension).reduce(6) { factor, _ in 6 + 2 * (factor - 1) }
  }

  /// The K of frames that pass from principal axes to those of points as relative gaps fall from τ to τ/2.
  ///
  /// A relative gap changes by 6‖dY‖/σ for the largest length σ, the share of either frame by 3/τ times that for each
  /// gap, and their averages differ by 2L‖Y‖ at most, with ‖Y‖ ≤ √d σ. Principal axes with gaps above τ/2 move the
  /// canonical cloud by 4‖dY‖/τ.
  static func blendedFactor(_ dimension: Int, threshold: Double) -> Double {
    let passage = 36 * Double(dimension - 1) * Double(dimension).squareRoot() / threshold
    return max(pointsFactor(dimension), 1 + 4 / threshold) + passage
  }

  /// The jumps from X(-τ) to X(τ) against what a continuous average may do.
  func crossing(
    _ factor: Double, _ name: String, _ frame: (Matrix<Double>) throws -> Frame<Double>
  ) throws -> [Comparison] {
    try [1e-2, 1e-4, 1e-6, 1e-8].map { step in
      try comparison((points(-step), points(step)), factor, "\(name), τ = \(step)", frame)
    }
  }

  /// The differences between clouds that are nearly in a line and one that is.
  func flattening(
    _ factor: Double, _ name: String, _ frame: (Matrix<Double>) throws -> Frame<Double>
  ) throws -> [Comparison] {
    func flat(_ width: Double) -> Matrix<Double> {
      white.scalingColumns(by: [1] + Array(repeating: width, count: dimension - 1))
    }
    return try [1e-2, 1e-4, 1e-6].map { width in
      try comparison((flat(0), flat(width)), factor, "\(name), width \(width) of a line", frame)
    }
  }

  private func comparison(
    _ clouds: (Matrix<Double>, Matrix<Double>), _ factor: Double, _ part: String,
    _ frame: (Matrix<Double>) throws -> Frame<Double>
  ) throws -> Comparison {
    let lipschitz = try network.lipschitz()
    let jump = (try average(clouds.0, frame) - (try average(clouds.1, frame))).magnitude
    return .atMost(
      jump, factor * lipschitz * (clouds.0 - clouds.1).frobeniusNorm,
      // Rounding of canonical clouds, seen through φ.
      tolerance: 1e-14 * lipschitz, part: part,
      parameters: ["n": .integer(white.rows), "d": .integer(dimension), "L": .number(lipschitz)])
  }
}
