import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Frames that keep an axis.
  static let axial = Check(
    id: "frames.axial",
    statement:
      "Averages over frames about an axis are symmetric under what keeps the axis, and see which way it points.",
    source: "Theorem 1 for the group of the plane; the 2-D frames of Duval et al. (2023)",
    assumptions: ["Eigenvalues in the plane other than 0 are different."],
    trials: [.quick: 12, .standard: 200, .full: 4000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 2 + context.index % 3
    let count = dimension + 1 + stream.integer(below: 6)
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let shifts = context.index / 6 % 2 == 0
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    let network = CloudNetwork<Double>(count, dimension, using: &stream)
    let plane = FrameElement<Double>.random(of: group, dimension: dimension - 1, using: &stream)
    let height: Double = shifts ? stream.normal() : 0
    let element = FrameElement<Double>(
      rotation: Matrix(rows: dimension, columns: dimension) { i, j in
        i < dimension - 1 && j < dimension - 1 ? plane.rotation[i, j] : i == j ? 1 : 0
      }, translation: plane.translation + [height], scale: plane.scale)
    let moved = element.transformed(points)
    func average(_ points: Matrix<Double>) throws -> (frame: AxialFrame<Double>, values: [Double]) {
      let frame = try AxialFrame(principalAxesOf: points, group: group, translatesHeights: shifts)
      return (frame, frame.average(of: points) { network($0) })
    }
    let averages = try [points, moved].map(average)
    let gap = averages.reduce(1) { min($0, $1.frame.plane.certificate.relativeGap) }
    let reach = zip(averages, [points, moved]).reduce(1) { max($0, $1.1.maxNorm / $1.0.frame.plane.scale) }
    let upsideDown = Matrix(rows: count, columns: dimension) { i, j in
      j == dimension - 1 ? -points[i, j] : points[i, j]
    }
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension), "relgap": .number(gap),
    ]
    return [
      .atMost(
        averages[0].values.largestDifference(from: averages[1].values),
        50 * Double.ulpOfOne / gap * reach * max(1, averages[0].values.largestMagnitude), tolerance: 0,
        part: "invariance", parameters: parameters),
      .atLeast(
        try average(upsideDown).values.largestDifference(from: averages[0].values), 1e-6, tolerance: 0,
        part: "upside down", parameters: parameters),
    ]
  }

  /// Two evaluations an axis.
  static let signInvariant = Check(
    id: "frames.sign-invariant",
    statement:
      "Functions of single axes and both their signs are symmetric at 2d evaluations, in many dimensions too.",
    source: "Lim et al. (2023), Sign and basis invariant networks for spectral graph representation learning",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 8, .standard: 100, .full: 2000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = [2, 3, 5, 9, 16][context.index % 5]
    let count = dimension + 1 + stream.integer(below: 8)
    let group = [FrameGroup.orthogonal, .euclidean, .similarity][context.index % 3]
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    let inner = MultilayerPerceptron<Double>(
      randomWidths: [count + 1, 24, 6], activation: .tanh, using: &stream)
    let outer = MultilayerPerceptron<Double>(
      randomWidths: [6 * dimension, 24, 3], activation: .tanh, using: &stream)
    let vectors = MultilayerPerceptron<Double>(
      randomWidths: [count + 1, 24, count], activation: .tanh, using: &stream)
    let element = FrameElement<Double>.random(
      of: group, dimension: dimension, translationDeviation: 3, using: &stream)
    let moved = element.transformed(points)
    let frames = try [points, moved].map { try Frame(principalAxesOf: $0, group: group) }
    let scalars = try zip(frames, [points, moved]).map { frame, points in
      try frame.signInvariant(of: points) {
        inner([Double($0)] + $1)
      } combinedBy: {
        outer($0.elements)
      }
    }
    let fields = try zip(frames, [points, moved]).map { frame, points in
      try frame.signEquivariant(of: points) { vectors([Double($0)] + $1) }
    }
    let expected = element.transformed(fields[0]).values
    let allowance = FrameAllowance(frames, of: [points, moved])
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension),
      "relgap": .number(allowance.relativeGap),
    ]
    return [
      .atMost(
        scalars[0].largestDifference(from: scalars[1]),
        allowance.tolerance(outputs: scalars[0].largestMagnitude), tolerance: 0, part: "invariance",
        parameters: parameters),
      .atMost(
        fields[1].values.maximumDifference(from: expected),
        allowance.tolerance(outputs: max(expected.maxNorm, frames[1].scale)), tolerance: 0,
        part: "equivariance", parameters: parameters),
    ]
  }
}
