import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// The kernel against the definition.
  static let fusedNetwork = Check(
    id: "frames.fused-network",
    statement: "The fused average of a network of points is the mean of its values at all canonical points.",
    source: "The definition of the average; the first layer is linear in the signs",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 12, .standard: 120, .full: 2000]
  ) { context -> [Comparison] in
    [try fused(context, Double.self, "Double"), try fused(context, Float.self, "Float")]
  }

  private static func fused<Scalar: FrameScalar>(
    _ context: TrialContext, _ type: Scalar.Type, _ name: String
  ) throws -> Comparison {
    var stream = context.stream.stream(name)
    let dimension = 1 + context.index % 5
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let activations = NetworkActivation.allCases
    let activation = activations[context.index / 5 % activations.count]
    let network = MultilayerPerceptron<Scalar>(
      randomWidths: [dimension, 8 + stream.integer(below: 40), 1 + stream.integer(below: 40), 5],
      activation: activation, activatesOutput: context.index % 2 == 0, using: &stream)
    let clouds = (0..<3).map { _ -> Matrix<Scalar> in
      .randomNormal(rows: 1 + stream.integer(below: 80), columns: dimension, using: &stream)
    }
    let found = try FrameAveragedNetwork(network, group: group)(PointClouds(clouds))
    let frames = try clouds.map { try Frame(principalAxesOf: $0, group: group) }
    var worst: Scalar = 0
    for (b, (frame, points)) in zip(frames, clouds).enumerated() {
      let expected = frame.average(of: points) { network($0).columnMeans }
      for j in 0..<found.columns { worst = max(worst, (found[b, j] - expected[j]).magnitude) }
    }
    let allowance = FrameAllowance(frames, of: clouds)
    return .atMost(
      Double(worst), 0, tolerance: Double(allowance.tolerance(outputs: 1)), part: name,
      parameters: [
        "group": .text(group.symbol), "d": .integer(dimension), "activation": .text("\(activation)"),
      ])
  }
}
