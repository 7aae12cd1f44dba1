import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Theorem 2.
  static let secondSymmetry = Check(
    id: "frames.second-symmetry",
    statement:
      "For sums over points inside the average, ⟨φ⟩(P gX) = ⟨φ⟩(X) and ⟨Φ⟩(P gX) = P g⟨Φ⟩(X): symmetric under Sₙ × E(d).",
    source: paper + ", theorem 2",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 12, .standard: 200, .full: 4000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 2 + context.index % 3
    let count = dimension + 1 + stream.integer(below: 12)
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    let network = SetNetwork(dimension, using: &stream)
    let element = FrameElement<Double>.random(
      of: group, dimension: dimension, translationDeviation: 3, using: &stream)
    let order = stream.permutation(count)
    let moved = element.transformed(points).selectingRows(order)
    let frames = try [points, moved].map { try Frame(principalAxesOf: $0, group: group) }
    let scalars = zip(frames, [points, moved]).map { $0.average(of: $1) { network.scalars($0) } }
    let expected = element.transformed(
      frames[0].average(of: [Field(.point, points)]) { [network.points($0[0])] }[0]
    ).values.selectingRows(order)
    let found = frames[1].average(of: [Field(.point, moved)]) { [network.points($0[0])] }[0].values
    let allowance = FrameAllowance(frames, of: [points, moved])
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension),
    ]
    return [
      .atMost(
        scalars[0].largestDifference(from: scalars[1]), 0,
        tolerance: allowance.tolerance(outputs: scalars[0].largestMagnitude), part: "invariance",
        parameters: parameters),
      .atMost(
        found.maximumDifference(from: expected), 0,
        tolerance: allowance.tolerance(outputs: max(expected.maxNorm, frames[1].scale)), part: "equivariance",
        parameters: parameters),
    ]
  }

  /// Functions of sets: sums over points, inside and outside of networks.
  private struct SetNetwork {
    let inner: MultilayerPerceptron<Double>
    let outer: MultilayerPerceptron<Double>
    let pointwise: MultilayerPerceptron<Double>

    init(_ dimension: Int, using stream: inout RandomStream) {
      inner = MultilayerPerceptron(randomWidths: [dimension, 16, 8], activation: .tanh, using: &stream)
      outer = MultilayerPerceptron(randomWidths: [8, 16, 3], activation: .tanh, using: &stream)
      pointwise = MultilayerPerceptron(
        randomWidths: [dimension + 8, 16, dimension], activation: .tanh, using: &stream)
    }

    private func pooled(_ points: Matrix<Double>) -> [Double] { inner(points).columnMeans }

    func scalars(_ points: Matrix<Double>) -> [Double] { outer(pooled(points)) }

    func points(_ field: Field<Double>) -> Field<Double> {
      let sum = pooled(field.values)
      let pooled = Matrix(rows: field.values.rows, columns: sum.count) { sum[$1] }
      return Field(.point, pointwise(Matrix(concatenating: [field.values, pooled])))
    }
  }

  /// Theorem 4.
  static let expressivePower = Check(
    id: "frames.expressive-power",
    statement:
      "max over K of ‖Ψ - ⟨Φ⟩‖ ≤ c max over K_F of ‖Ψ - Φ‖ for equivariant Ψ: averages approximate no worse.",
    source: paper + ", theorem 4; K is a finite set of clouds here, so that both maxima are exact",
    assumptions: ["c bounds ‖ρ(g)‖ over the frames of K: their largest scale."],
    trials: [.quick: 16, .standard: 150, .full: 1500]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 2 + context.index % 3
    let count = 2 + stream.integer(below: 8)
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let clouds = (0..<4).map { _ -> Matrix<Double> in
      let size = Double.exp(stream.normal())
      return Matrix.randomNormal(rows: count, columns: dimension, using: &stream).map { size * $0 }
    }
    let network = MultilayerPerceptron<Double>(
      randomWidths: [count * dimension, 24, count * dimension], activation: .tanh, using: &stream)
    // Errors that are equivariant themselves are not averaged away: there the two sides are equal.
    let sharp: Double = [0, 1, 0.5][context.index / 6 % 3]
    let size = Double.exp10(stream.uniform(in: -3.0..<0))
    func error(_ points: Matrix<Double>) -> Matrix<Double> {
      let noise = Matrix(rows: count, columns: dimension, elements: network(points.elements))
      return size * (noise * (1 - sharp) + equivariantExample(points) * sharp)
    }
    var (left, right, bound) = (0.0, 0.0, 0.0)
    var (scalarLeft, scalarRight) = (0.0, 0.0)
    for points in clouds {
      let frame = try Frame(principalAxesOf: points, group: group)
      bound = max(bound, frame.scale)
      let average = frame.average(of: [Field(.point, points)]) { fields in
        let values = fields[0].values
        let deviation = error(values)
        right = max(right, deviation.frobeniusNorm)
        return [Field(.vector, equivariantExample(values) + deviation)]
      }
      left = max(left, (average[0].values - equivariantExample(points)).frobeniusNorm)
      let scalar = frame.average(of: points) { values in
        let deviation = error(values)[0, dimension - 1]
        scalarRight = max(scalarRight, deviation.magnitude)
        return [invariantExample(values) + deviation]
      }
      scalarLeft = max(scalarLeft, (scalar[0] - invariantExample(points)).magnitude)
    }
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension), "c": .number(bound),
      "size": .number(size),
    ]
    // Ψ does not see which axes were taken, only how far their matrix is from orthogonal.
    let tolerance = 1e-14 * Double(count * dimension) * max(bound, 1)
    return [
      .atMost(left, bound * right, tolerance: tolerance, part: "a vector a point", parameters: parameters),
      .atMost(scalarLeft, scalarRight, tolerance: tolerance, part: "a scalar", parameters: parameters),
    ]
  }

  /// Vectors from the centroid, of a length that depends on ratios of distances only.
  private static func equivariantExample(_ points: Matrix<Double>) -> Matrix<Double> {
    let centered = points.addingToRows(points.columnMeans.map { -$0 })
    let squares = centered.hadamard(centered).rowSums
    let mean = squares.reduce(0, +) / Double(points.rows)
    return centered.scalingRows(by: squares.map { mean / (mean + $0) })
  }

  /// The mean share of the points in the sum of squares, weighed by its own square.
  private static func invariantExample(_ points: Matrix<Double>) -> Double {
    let centered = points.addingToRows(points.columnMeans.map { -$0 })
    let squares = centered.hadamard(centered).rowSums
    let sum = squares.reduce(0, +)
    return squares.reduce(0) { $0 + $1 * $1 / (sum * sum) }
  }
}
