import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Orders of points.
  static let pointSets = Check(
    id: "frames.point-sets",
    statement:
      "Averages over sorting frames and over weighted frames of Sₙ do not depend on the order of points, to the last bit.",
    source: paper + ", section 3.2; weights: Dym, Lawrence and Siegel (2024)",
    trials: [.quick: 16, .standard: 300, .full: 6000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let (count, dimension) = (1 + stream.integer(below: 12), 1 + context.index % 4)
    var points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    // Small integers, so that coordinates are equal, and some points.
    if context.index % 3 == 0 { points.apply { ($0 * 1.5).rounded() } }
    let network = CloudNetwork<Double>(count, dimension, using: &stream)
    let moved = Permutation.random(count, using: &stream).transformed(points)
    let directions = RandomStream(seed: 7).stream(dimension)
    let frames: [(String, (Matrix<Double>) throws -> PointSetFrame<Double>)] = [
      ("sorted", { try PointSetFrame(sortingRowsOf: $0) }),
      ("weighted", { try PointSetFrame(randomDirections: 40, of: $0, using: directions) }),
    ]
    return try frames.map { name, frame in
      let averages = try [points, moved].map { cloud in
        try frame(cloud).average(of: cloud) { network($0) }
      }
      return .atMost(
        averages[0].largestDifference(from: averages[1]), 0, tolerance: 0, part: name,
        parameters: ["n": .integer(count), "d": .integer(dimension)])
    }
  }

  /// Points that exchange places.
  static let sortingPublished = Check(
    id: "frames.sorting-published",
    statement:
      "Averages over sorted points are as continuous as φ: |⟨φ⟩(X) - ⟨φ⟩(X′)| ≤ K L‖X - X′‖, K as of weighted orders.",
    source: "\(paper), section 3.2, with corollary 1; an order that changes is a jump",
    assumptions: ["L is a Lipschitz constant of φ."],
    expectation: .violated(repairedBy: "frames.weighted-orders"), trials: orderTrials,
    problemStream: "frames.orders"
  ) { context -> [Comparison] in
    try ExchangeProblem(context).comparisons { try PointSetFrame(sortingRowsOf: $0) }
  }

  /// Weighted orders.
  static let weightedOrders = Check(
    id: "frames.weighted-orders",
    statement:
      "Averages over orders along directions aₖ, weighed by their smallest gap, are: K = 1 + 2√2 ‖Y‖ Σ|aₖ| / Σ gapₖ.",
    source: "Derived for this library, for the frame of Dym, Lawrence and Siegel (2024), section 3",
    assumptions: ["L is a Lipschitz constant of φ."], trials: orderTrials, problemStream: "frames.orders"
  ) { context -> [Comparison] in
    let problem = ExchangeProblem(context)
    return try problem.comparisons { try PointSetFrame(directions: problem.directions, of: $0) }
  }

  private static let orderTrials: [Effort: Int] = [.quick: 6, .standard: 80, .full: 1000]
}

/// Points of the plane of which the first two change places along the first coordinate.
private struct ExchangeProblem {
  let directions: Matrix<Double>
  private let start: Matrix<Double>
  private let network: CloudNetwork<Double>

  init(_ context: TrialContext) {
    var stream = context.stream
    let count = 3 + context.index % 4
    var points = Matrix<Double>.randomNormal(rows: count, columns: 2, using: &stream)
    points[1, 0] = points[0, 0]
    start = points
    network = CloudNetwork(count, 2, outputs: 1, using: &stream)
    // Of 15 pairs of points each is orthogonal to one direction at most.
    directions = .randomNormal(rows: 40, columns: 2, using: &stream)
  }

  private func points(_ step: Double) -> Matrix<Double> {
    var points = start
    points[0, 0] += step
    points[1, 0] -= step
    return points
  }

  /// The jumps as the points exchange places.
  ///
  /// A gap is a difference of two points along a direction and changes by √2|a|‖dX‖ at most, so that weights change by
  /// 2√2 Σ|a|‖dX‖/Σgap in all. Values that belong to orders of one cloud differ by 2L‖Y‖ at most, of which half counts
  /// since the sum of the weights stays; the points themselves move by ‖dX‖.
  func comparisons(_ frame: (Matrix<Double>) throws -> PointSetFrame<Double>) throws -> [Comparison] {
    let lipschitz = try network.lipschitz()
    let lengths = directions.hadamard(directions).rowSums.reduce(0) { $0 + $1.squareRoot() }
    return try [1e-3, 1e-4, 1e-6, 1e-8].map { step in
      let clouds = [points(-step), points(step)]
      let averages = try clouds.map { cloud in try frame(cloud).average(of: cloud) { network($0) }[0] }
      let distance = (clouds[0] - clouds[1]).frobeniusNorm
      let spread = clouds.reduce(0) { size, cloud in
        max(size, cloud.addingToRows(cloud.columnMeans.map { -$0 }).frobeniusNorm)
      }
      // The least that the sum of gaps can be between the two clouds.
      let gaps = clouds.reduce(.infinity) { min($0, sumOfGaps($1)) } - 2.0.squareRoot() * lengths * distance
      guard gaps > 0 else { return .assumptionFailed("steps are small against the gaps") }
      let factor = 1 + 2 * 2.0.squareRoot() * spread * lengths / gaps
      return .atMost(
        (averages[0] - averages[1]).magnitude, factor * lipschitz * distance,
        tolerance: 1e-14 * lipschitz * factor, part: "step \(step)",
        parameters: ["n": .integer(start.rows), "K": .number(factor), "L": .number(lipschitz)])
    }
  }

  private func sumOfGaps(_ points: Matrix<Double>) -> Double {
    let places = points * directions.transposed
    return (0..<directions.rows).reduce(0) { sum, k in
      let sorted = places.column(k).sorted()
      return sum + (zip(sorted, sorted.dropFirst()).map { $1 - $0 }.min() ?? 0)
    }
  }
}
