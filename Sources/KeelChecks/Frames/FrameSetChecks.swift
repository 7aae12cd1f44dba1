import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// The definition of an equivariant frame.
  static let setEquivariance = Check(
    id: "frames.set-equivariance",
    statement: "F(gX) = gF(X) as sets of transformations.",
    source: paper + ", definition 1 and section 3.1",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 16, .standard: 300, .full: 6000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 2 + context.index % 4
    // Of n points the rank is n - 1: with fewer than d + 1 the frame is arbitrary in the null space.
    let count = dimension + 1 + stream.integer(below: 12)
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    let element = FrameElement<Double>.random(
      of: group, dimension: dimension, translationDeviation: 3, using: &stream)
    let moved = element.transformed(points)
    let frames = try [points, moved].map { try Frame(principalAxesOf: $0, group: group) }
    let allowance = FrameAllowance(frames, of: [points, moved])
    let expected = (0..<frames[0].count).map { element * frames[0][$0] }
    let found = (0..<frames[1].count).map { frames[1][$0] }
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension),
      "relgap": .number(allowance.relativeGap),
    ]
    let size = moved.maxNorm + element.scale * points.maxNorm
    return [
      .atMost(
        hausdorff(found.map(\.rotation), expected.map(\.rotation)), 0,
        tolerance: allowance.tolerance(outputs: 1), part: "rotations", parameters: parameters),
      .atMost(
        found[0].translation.largestDifference(from: expected[0].translation), 0,
        // A mean of n numbers, rotated.
        tolerance: Double.ulpOfOne * Double(count + dimension) * size, part: "translations",
        parameters: parameters),
      .atMost(
        (found[0].scale / expected[0].scale - 1).magnitude, 0,
        tolerance: allowance.tolerance(outputs: 1) * min(1, allowance.relativeGap), part: "scales",
        parameters: parameters),
    ]
  }

  /// How far a matrix of either set is from the nearest one of the other.
  private static func hausdorff(_ a: [Matrix<Double>], _ b: [Matrix<Double>]) -> Double {
    func oneSided(_ a: [Matrix<Double>], _ b: [Matrix<Double>]) -> Double {
      a.reduce(0) { worst, matrix in
        max(worst, b.reduce(.infinity) { min($0, matrix.maximumDifference(from: $1)) })
      }
    }
    return max(oneSided(a, b), oneSided(b, a))
  }

  /// What theorem 4 needs of a frame.
  static let bounded = Check(
    id: "frames.bounded",
    statement: "‖R‖ = 1 and ‖t‖ ≤ max ‖xᵢ‖ for every element; weights are not negative and sum to 1.",
    source: paper + ", section 3.1",
    trials: [.quick: 16, .standard: 300, .full: 6000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 1 + context.index % 5
    let count = 1 + stream.integer(below: 12)
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let size = Double.exp10(stream.uniform(in: -8.0..<8))
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream).map {
      size * $0
    }
    let frame = try Frame(principalAxesOf: points, group: group)
    let largest = (0..<count).map { i in
      Matrix(row: (0..<dimension).map { points[i, $0] }).frobeniusNorm
    }.largestMagnitude
    var (norm, orthogonality, determinants, sum) = (0.0, 0.0, 0.0, 0.0)
    for k in 0..<frame.count {
      let element = frame[k]
      norm = max(norm, try element.rotation.spectralNorm())
      let gram = Matrix(element.rotation.transposed * element.rotation)
      orthogonality = max(orthogonality, gram.maximumDifference(from: Matrix(identity: dimension)))
      determinants += element.orientation
      sum += frame.weight(k)
    }
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension), "size": .number(size),
    ]
    // Products of a few rotations, each orthogonal to some roundings.
    let rounding = 8 * Double(dimension + 1) * Double.ulpOfOne
    return [
      .atMost(norm, 1, tolerance: rounding, part: "‖R‖", parameters: parameters),
      .atMost(orthogonality, 0, tolerance: rounding, part: "RᵀR = 1", parameters: parameters),
      .atMost(
        Matrix(row: frame.center).frobeniusNorm, largest, tolerance: rounding * largest * Double(count),
        part: "‖t‖", parameters: parameters),
      .equal(
        determinants, group.isProper ? Double(frame.count) : 0, tolerance: 0, part: "Σ det R",
        parameters: parameters),
      .equal(sum, 1, tolerance: rounding * Double(frame.count), part: "Σ w", parameters: parameters),
    ]
  }
}
