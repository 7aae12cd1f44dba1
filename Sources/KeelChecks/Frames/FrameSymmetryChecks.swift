import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Theorem 1 for scalars: at full effort ten thousand networks, clouds and transformations of every group.
  static let invariance = Check(
    id: "frames.invariance",
    statement:
      "⟨φ⟩(gX) = ⟨φ⟩(X) to 50 ε max(1, 1/relgap), for every φ, every g and the groups of the plane to ℝ⁵.",
    source: paper + ", theorem 1",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 12, .standard: 80, .full: 10_000], problemStream: "frames.symmetry"
  ) { context -> [Comparison] in
    try FrameGroup.allCases.map { try invariance($0, Double.self, context) }
  }

  /// Theorem 1 for fields.
  static let equivariance = Check(
    id: "frames.equivariance",
    statement:
      "⟨Φ⟩(gX) = g⟨Φ⟩(X) to 50 ε max(1, 1/relgap), for scalars, vectors, points, tensors and their chiral kinds.",
    source: paper + ", theorem 1",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 12, .standard: 80, .full: 10_000], problemStream: "frames.symmetry"
  ) { context -> [Comparison] in
    try FrameGroup.allCases.map { try equivariance($0, Double.self, context) }
  }

  /// Theorem 1 in single precision.
  static let singlePrecision = Check(
    id: "frames.single-precision",
    statement: "The same holds in Float, with the ε of Float.", source: paper + ", theorem 1",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 4, .standard: 32, .full: 300], problemStream: "frames.symmetry"
  ) { context -> [Comparison] in
    try FrameGroup.allCases.flatMap { group -> [Comparison] in
      [try invariance(group, Float.self, context), try equivariance(group, Float.self, context)]
    }
  }

  /// The dimension of a problem, and its number of points: of n points the rank is n - 1.
  private static func shape(_ context: TrialContext) -> (count: Int, dimension: Int) {
    let dimension = 2 + context.index % 4
    return (dimension + 1 + context.index / 4 % 8, dimension)
  }

  private static func invariance<Scalar: FrameScalar>(
    _ group: FrameGroup, _ type: Scalar.Type, _ context: TrialContext
  ) throws -> Comparison {
    var stream = context.stream.stream(group.rawValue)
    let (count, dimension) = shape(context)
    let points = Matrix<Scalar>.randomNormal(rows: count, columns: dimension, using: &stream)
    let network = CloudNetwork<Scalar>(count, dimension, using: &stream)
    let element = FrameElement<Scalar>.random(
      of: group, dimension: dimension, translationDeviation: 3, using: &stream)
    let moved = element.transformed(points)
    let frames = try [points, moved].map { try Frame(principalAxesOf: $0, group: group) }
    let averages = zip(frames, [points, moved]).map { $0.average(of: $1) { network($0) } }
    let allowance = FrameAllowance(frames, of: [points, moved])
    return .atMost(
      Double(averages[0].largestDifference(from: averages[1])),
      Double(allowance.tolerance(outputs: averages[0].largestMagnitude)), tolerance: 0, part: group.symbol,
      parameters: parameters(count, dimension, allowance))
  }

  private static func equivariance<Scalar: FrameScalar>(
    _ group: FrameGroup, _ type: Scalar.Type, _ context: TrialContext
  ) throws -> Comparison {
    var stream = context.stream.stream(group.rawValue)
    let (count, dimension) = shape(context)
    let cloud = MovingCloud<Scalar>(count: count, dimension: dimension, using: &stream)
    let network = FieldNetwork<Scalar>(count, dimension, using: &stream)
    let element = FrameElement<Scalar>.random(
      of: group, dimension: dimension, translationDeviation: 3, using: &stream)
    let moved = cloud.fields.map { element.transformed($0) }
    let frames = try [cloud.points, moved[0].values].map { try Frame(principalAxesOf: $0, group: group) }
    let expected = frames[0].average(of: cloud.fields) { network($0) }.map { element.transformed($0) }
    let found = frames[1].average(of: moved) { network($0) }
    let allowance = FrameAllowance(frames, of: [cloud.points, moved[0].values])
    // Outputs are scaled back by c, which their errors are too.
    let size = max(expected.maxNorm(), frames[1].scale)
    let error = zip(found, expected).reduce(0) { max($0, $1.0.values.maximumDifference(from: $1.1.values)) }
    return .atMost(
      Double(error), Double(allowance.tolerance(outputs: size)), tolerance: 0,
      part: group.symbol, parameters: parameters(count, dimension, allowance))
  }

  private static func parameters<Scalar: FrameScalar>(
    _ count: Int, _ dimension: Int, _ allowance: FrameAllowance<Scalar>
  ) -> Parameters {
    [
      "n": .integer(count), "d": .integer(dimension), "relgap": .number(Double(allowance.relativeGap)),
    ]
  }
}
