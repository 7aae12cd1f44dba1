import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Derivatives through the frame.
  static let gradient = Check(
    id: "frames.gradient",
    statement: "The gradient of ⟨φ⟩ through the frame is what differences of ⟨φ⟩ give.",
    source: "The definition of a derivative",
    assumptions: ["The relative gap is 0.02 at least, so that differences can be taken."],
    trials: gradientTrials, problemStream: "frames.force",
    cases: [
      Check.NamedCase("corner", expected: .holds) { _ -> [Comparison] in
        let digits: Matrix<Double> = [
          [0.207447496160118, -0.133586195421100, 0.071781045714755],
          [-0.233122828379083, 0.256086013262160, 0.451045160214945],
          [0.923893148906131, -0.157531379620332, 0.033696363257028],
          [0.688366136263326, 0.029915230179662, -0.583991864811269],
          [-1.586583952950492, 0.005116331599611, 0.027469295624542],
        ]
        let points: Matrix<Double> = [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]]
        let result = try Frame(principalAxesOf: points, group: .euclidean).averageAndGradient(of: points) {
          (sineSum($0)[0], sineSumGradient($0))
        }
        return [
          .atMost(
            result.gradient.maximumDifference(from: digits), 0, tolerance: 1e-12, part: "known digits"),
          .equal(result.value, 0.174331784357524, tolerance: 1e-12, part: "⟨φ⟩, known digits"),
        ]
      }
    ]
  ) { context -> Comparison in
    let problem = try ForceProblem(context)
    return try problem.differences(problem.gradient(problem.points))
  }

  /// Forces that conserve energy and angular momentum.
  static let force = Check(
    id: "frames.force",
    statement: "-∇⟨φ⟩ has no net force, no torque, and does no work round a closed loop.",
    source: "⟨φ⟩ is a function that translations and rotations do not change",
    assumptions: ["The relative gap is 0.02 at least at the cloud, and 0.1 along a loop."],
    trials: gradientTrials, problemStream: "frames.force"
  ) { context -> [Comparison] in
    let problem = try ForceProblem(context)
    return try problem.conservation(problem.gradient)
  }

  /// Frames that are held constant.
  static let detachedGradientPublished = Check(
    id: "frames.detached-gradient-published",
    statement:
      "The derivative of φ with the frame held constant is the gradient of ⟨φ⟩, and its forces conserve energy.",
    source: "The software of \(paper), and FAENet (Duval et al. 2023): frames are made in preprocessing",
    expectation: .violated(repairedBy: "frames.gradient"),
    trials: gradientTrials, problemStream: "frames.force"
  ) { context -> [Comparison] in
    let problem = try ForceProblem(context)
    return [try problem.differences(problem.detachedGradient(problem.points))]
      + (try problem.conservation(problem.detachedGradient))
  }

  private static let gradientTrials: [Effort: Int] = [.quick: 6, .standard: 24, .full: 150]

  /// The derivative of the sum of sines of ``sineSum``.
  private static func sineSumGradient(_ points: Matrix<Double>) -> Matrix<Double> {
    Matrix(rows: points.rows, columns: points.columns) { i, k in
      let phase = (0..<points.columns).reduce(0.3 * Double(i + 1)) { phase, j in
        phase + Double(i + 1) / Double(j + 2) * points[i, j]
      }
      return Double(i + 1) / Double(k + 2) * Double.cos(phase)
    }
  }
}

/// The average of a random network as the energy of a cloud.
private struct ForceProblem {
  let group: FrameGroup
  let points: Matrix<Double>
  private let network: CloudNetwork<Double>
  private let directions: [Matrix<Double>]
  private let relativeGap: Double

  init(_ context: TrialContext) throws {
    var stream = context.stream
    group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let dimension = 2 + context.index / 6 % 2
    // With d points the cloud is flat, with d + 1 it is not.
    let count = dimension + stream.integer(below: 5)
    points = .randomNormal(rows: count, columns: dimension, using: &stream)
    network = CloudNetwork(count, dimension, outputs: 1, using: &stream)
    directions = (0..<2).map { _ in .randomNormal(rows: count, columns: dimension, using: &stream) }
    relativeGap = try Frame(principalAxesOf: points, group: group).certificate.relativeGap
    guard relativeGap >= 0.02 else { throw AssumptionFailure("the relative gap is large enough") }
  }

  private var parameters: Parameters {
    [
      "group": .text(group.symbol), "n": .integer(points.rows), "d": .integer(points.columns),
      "relgap": .number(relativeGap),
    ]
  }

  private func value(_ points: Matrix<Double>) throws -> Double {
    try Frame(principalAxesOf: points, group: group).average(of: points) { network($0) }[0]
  }

  private func slope(_ canonical: Matrix<Double>) -> Matrix<Double> {
    let slope = network.network.pullback([[1]], at: Matrix(row: canonical.elements))
    return slope.reshaped(rows: canonical.rows, columns: canonical.columns)
  }

  /// ∇⟨φ⟩.
  func gradient(_ points: Matrix<Double>) throws -> Matrix<Double> {
    try Frame(principalAxesOf: points, group: group).averageAndGradient(of: points) {
      (network($0)[0], slope($0))
    }.gradient
  }

  /// The same with the frame held constant.
  func detachedGradient(_ points: Matrix<Double>) throws -> Matrix<Double> {
    PublishedDetachedGradient.gradient(
      at: points, over: try Frame(principalAxesOf: points, group: group), slope)
  }

  /// A gradient against central differences, coordinate by coordinate.
  func differences(_ gradient: Matrix<Double>) throws -> Comparison {
    // ⟨φ⟩ changes over distances of the gap. Steps of h = gap/500, and of half of it, leave an error of (h/gap)⁴/gap in
    // what they give together, 2e-11/gap, and one of ε/h from rounding.
    let step = 2e-3 * relativeGap
    func difference(_ i: Int, _ j: Int, _ step: Double) throws -> Double {
      var (up, down) = (points, points)
      up[i, j] += step
      down[i, j] -= step
      return (try value(up) - value(down)) / (2 * step)
    }
    var worst = 0.0
    for i in 0..<points.rows {
      for j in 0..<points.columns {
        let narrow = try difference(i, j, step / 2)
        let expected = narrow + (narrow - (try difference(i, j, step))) / 3
        worst = max(worst, (gradient[i, j] - expected).magnitude)
      }
    }
    return .atMost(
      worst, 0, tolerance: 1e-8 * (1 + gradient.maxNorm), part: "∂/∂x", parameters: parameters)
  }

  /// Net force, torque, and work round a loop.
  func conservation(_ gradient: (Matrix<Double>) throws -> Matrix<Double>) throws -> [Comparison] {
    let here = try gradient(points)
    // Σ (xᵢ gⱼ - xⱼ gᵢ): the cross product, in any dimension.
    let moment = points.transposed * here
    let torque = moment.maximumDifference(from: moment.transposed)
    let net = group.translates ? here.columnSums.largestMagnitude : 0
    // The share of the gradient that passes through the axes is divided by the gap.
    let rounding = 1e-14 * (1 + points.frobeniusNorm * here.frobeniusNorm / relativeGap)
    return [
      .atMost(net, 0, tolerance: rounding, part: "net force", parameters: parameters),
      .atMost(torque, 0, tolerance: rounding, part: "torque", parameters: parameters),
      try work(gradient),
    ]
  }

  /// The work along X + r(cos s - 1)A + r sin s B, by the rule of equal steps, which is exact up to e^(-steps) for
  /// a function that is analytic near the loop.
  private func work(_ gradient: (Matrix<Double>) throws -> Matrix<Double>) throws -> Comparison {
    let (steps, radius) = (160, 0.02)
    var (work, size) = (0.0, 0.0)
    for k in 0..<steps {
      let angle = 2 * Double.pi * Double(k) / Double(steps)
      let (a, b) = (radius * (Double.cos(angle) - 1), radius * Double.sin(angle))
      let place = points + directions[0] * a + directions[1] * b
      guard try Frame(principalAxesOf: place, group: group).certificate.relativeGap >= 0.1 else {
        return .assumptionFailed(
          "the relative gap along the loop is large enough", part: "work", parameters: parameters)
      }
      let velocity = directions[0] * -b + directions[1] * (a + radius)
      let power = try gradient(place).hadamard(velocity).sum
      work += power * 2 * Double.pi / Double(steps)
      size += power.magnitude * 2 * Double.pi / Double(steps)
    }
    return .atMost(
      work.magnitude, 0, tolerance: 1e-12 * (1 + size), part: "work", parameters: parameters)
  }
}
