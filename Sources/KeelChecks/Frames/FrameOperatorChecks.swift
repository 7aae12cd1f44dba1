import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Averages of averages.
  static let projection = Check(
    id: "frames.projection",
    statement: "⟨⟨φ⟩⟩ = ⟨φ⟩, ⟨aφ + bχ⟩ = a⟨φ⟩ + b⟨χ⟩, and ⟨ψ⟩ = ψ for every invariant ψ.",
    source:
      "Theorem 1: averages are invariant, and invariant functions take one value on all canonical clouds",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 12, .standard: 120, .full: 2000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 2 + context.index % 3
    let count = dimension + 1 + stream.integer(below: 5)
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    let networks = (0..<2).map { _ in CloudNetwork<Double>(count, dimension, using: &stream) }
    let factors: [Double] = stream.normals(count: 2)
    let frame = try Frame(principalAxesOf: points, group: group)
    let allowance = FrameAllowance([frame], of: [points])
    let averages = networks.map { network in frame.average(of: points) { network($0) } }
    let again = try frame.average(of: points) { cloud in
      try Frame(principalAxesOf: cloud, group: group).average(of: cloud) { networks[0]($0) }
    }
    func mixed(_ values: [[Double]]) -> [Double] {
      zip(values[0], values[1]).map { factors[0] * $0 + factors[1] * $1 }
    }
    let together = frame.average(of: points) { cloud in mixed(networks.map { $0(cloud) }) }
    // Distances are invariant under all groups but the similarities; ratios of distances under all.
    let (ratios, distances) = (distanceRatios(points), frame.average(of: points, distanceRatios))
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension),
    ]
    let size = averages.map(\.largestMagnitude)
    let sum = 1 + zip(size, factors).reduce(0) { $0 + $1.0 * $1.1.magnitude }
    return [
      .atMost(
        again.largestDifference(from: averages[0]), 0, tolerance: allowance.tolerance(outputs: size[0]),
        part: "projection", parameters: parameters),
      .atMost(
        together.largestDifference(from: mixed(averages)), 0,
        // Means of 2ᵈ numbers in another order.
        tolerance: 1e-15 * Double(frame.count) * sum, part: "linearity", parameters: parameters),
      .atMost(
        distances.largestDifference(from: ratios), 0,
        // Of the shortest distance, rounding of coordinates is the larger share the larger the ratios to it are.
        tolerance: 1e-14 * allowance.reach * (1 + ratios.largestMagnitude) * (1 + ratios.largestMagnitude),
        part: "identity on invariants", parameters: parameters),
    ]
  }

  /// The distances of neighbours in the list over that of the first two points.
  private static func distanceRatios(_ points: Matrix<Double>) -> [Double] {
    func distance(_ i: Int, _ j: Int) -> Double {
      (0..<points.columns).reduce(0) { sum, k in
        sum + (points[i, k] - points[j, k]) * (points[i, k] - points[j, k])
      }.squareRoot()
    }
    let unit = distance(0, 1)
    return (1..<points.rows).map { distance($0, ($0 + 1) % points.rows) / unit }
  }

  /// A frame inside another.
  static let nested = Check(
    id: "frames.nested",
    statement: "The average over E(d) is the mean of those over SE(d) of a cloud and of its mirror image.",
    source: "The frame of E(d) is that of SE(d) and its mirror image, of equal size",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 16, .standard: 200, .full: 4000], problemStream: "frames.nested"
  ) { context -> Comparison in
    let problem = try NestedProblem(context)
    let mean = zip(problem.proper, problem.mirrored).map { ($0 + $1) / 2 }
    return .atMost(
      problem.full.largestDifference(from: mean), 0, tolerance: problem.tolerance, part: "⟨φ⟩",
      parameters: problem.parameters)
  }

  /// What frames leave open.
  static let oneAverage = Check(
    id: "frames.one-average",
    statement: "All frames that are equivariant under a group give the same average.",
    source:
      "What one may take theorem 1 to say; an average is invariant for each frame, but it is another one",
    expectation: .violated(repairedBy: "frames.nested"),
    trials: [.quick: 16, .standard: 200, .full: 4000], problemStream: "frames.nested"
  ) { context -> Comparison in
    let problem = try NestedProblem(context)
    return .atMost(
      problem.full.largestDifference(from: problem.proper), 0, tolerance: problem.tolerance,
      part: "E(d) and SE(d)", parameters: problem.parameters)
  }

  /// Averages over the frames of E(d) and SE(d), of one cloud.
  private struct NestedProblem {
    let full: [Double]
    let proper: [Double]
    let mirrored: [Double]
    let tolerance: Double
    let parameters: Parameters

    init(_ context: TrialContext) throws {
      var stream = context.stream
      let dimension = 2 + context.index % 4
      let count = dimension + 1 + stream.integer(below: 6)
      let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
      let network = CloudNetwork<Double>(count, dimension, using: &stream)
      var mirror = Matrix<Double>.randomRotation(dimension, using: &stream)
      for j in 0..<dimension { mirror[0, j] = -mirror[0, j] }
      let image = points * mirror.transposed
      let frames = try [
        (points, FrameGroup.euclidean), (points, .specialEuclidean), (image, .specialEuclidean),
      ]
      .map { try Frame(principalAxesOf: $0, group: $1) }
      let averages = zip(frames, [points, points, image]).map { $0.average(of: $1) { network($0) } }
      (full, proper, mirrored) = (averages[0], averages[1], averages[2])
      let allowance = FrameAllowance(frames, of: [points, points, image])
      tolerance = allowance.tolerance(outputs: full.largestMagnitude)
      parameters = [
        "n": .integer(count), "d": .integer(dimension), "relgap": .number(allowance.relativeGap),
      ]
    }
  }
}
