import Keel
import KeelFrames
import RealModule

/// A cloud of moving points.
struct MovingCloud<Scalar: FrameScalar> {
  let points: Matrix<Scalar>
  let velocities: Matrix<Scalar>

  /// Normal positions and velocities.
  init(count: Int, dimension: Int, using stream: inout RandomStream) {
    points = .randomNormal(rows: count, columns: dimension, using: &stream)
    velocities = .randomNormal(rows: count, columns: dimension, using: &stream)
  }

  /// What a function of the cloud is given.
  var fields: [Field<Scalar>] { [Field(.point, points), Field(.vector, velocities)] }
}

/// A random network on clouds, which knows nothing of symmetry.
struct CloudNetwork<Scalar: FrameScalar> {
  let network: MultilayerPerceptron<Scalar>

  /// Tanh layers on the nd coordinates.
  init(_ count: Int, _ dimension: Int, outputs: Int = 4, using stream: inout RandomStream) {
    network = MultilayerPerceptron(
      randomWidths: [count * dimension, 32, 32, outputs], activation: .tanh, using: &stream)
  }

  func callAsFunction(_ points: Matrix<Scalar>) -> [Scalar] { network(points.elements) }

  /// A Lipschitz constant in the Euclidean norm: tanh has slope 1 at most, a layer the largest singular value.
  func lipschitz() throws -> Scalar {
    try network.layers.reduce(1) { try $0 * $1.weights.spectralNorm() }
  }
}

/// A random network from fields to fields of every kind.
struct FieldNetwork<Scalar: FrameScalar> {
  let network: MultilayerPerceptron<Scalar>
  private let shapes: [(kind: FieldKind, rows: Int)]
  private let dimension: Int

  /// - Parameters:
  ///   - count: n; there are a point and a vector for each point, and one of every other kind.
  ///   - dimension: d.
  ///   - inputs: the number of fields with a vector or point for each point that go in.
  ///   - outputs: the kinds of the fields that come out.
  ///   - stream: where the weights come from.
  init(
    _ count: Int, _ dimension: Int, inputs: Int = 2, outputs: [FieldKind] = FieldKind.allCases,
    using stream: inout RandomStream
  ) {
    shapes = outputs.map { ($0, $0 == .point || $0 == .vector ? count : 1) }
    self.dimension = dimension
    let width = shapes.reduce(0) { $0 + $1.rows * $1.kind.width(dimension: dimension) }
    network = MultilayerPerceptron(
      randomWidths: [inputs * count * dimension, 32, 32, width], activation: .tanh, using: &stream)
  }

  func callAsFunction(_ inputs: [Field<Scalar>]) -> [Field<Scalar>] {
    let outputs = network(inputs.flatMap { $0.values.elements })
    var start = 0
    return shapes.map { shape in
      let width = shape.kind.width(dimension: dimension)
      let end = start + shape.rows * width
      defer { start = end }
      return Field(
        shape.kind, Matrix(rows: shape.rows, columns: width, elements: Array(outputs[start..<end])))
    }
  }
}

/// How far averages over frames of one cloud that was moved may be from each other.
struct FrameAllowance<Scalar: FrameScalar> {
  /// The smallest relative gap of the frames, 1 at most.
  let relativeGap: Scalar
  /// The largest coordinate in units of its canonical cloud, 1 at least.
  let reach: Scalar

  /// - Parameters:
  ///   - frames: the frames that were averaged over.
  ///   - clouds: their clouds.
  init(_ frames: [Frame<Scalar>], of clouds: [Matrix<Scalar>]) {
    relativeGap = frames.reduce(1) { min($0, $1.certificate.relativeGap) }
    reach = zip(frames, clouds).reduce(1) { max($0, $1.1.maxNorm / $1.0.scale) }
  }

  /// 50 ε max(1, 1/relgap) times a scale.
  ///
  /// Coordinates have errors of ε times the largest of them, in units of the canonical cloud: its reach. They turn
  /// axes by that over the relative gap, and move canonical coordinates by as much. The scale is the reach, or the
  /// size of what is averaged; the factor covers the Lipschitz constant of a network and the √n of sums.
  func tolerance(outputs: Scalar) -> Scalar {
    50 * Scalar.ulpOfOne * max(1, 1 / relativeGap) * reach * max(outputs, 1)
  }
}

extension FrameGroup {
  /// The group as it is written.
  var symbol: String {
    switch self {
    case .orthogonal: "O(d)"
    case .specialOrthogonal: "SO(d)"
    case .euclidean: "E(d)"
    case .specialEuclidean: "SE(d)"
    case .similarity: "E(d)×ℝ₊"
    case .specialSimilarity: "SE(d)×ℝ₊"
    }
  }
}

extension Array where Element: FrameScalar {
  /// The largest magnitude; 0 if there is none.
  var largestMagnitude: Element { reduce(0) { Swift.max($0, $1.magnitude) } }

  /// The largest magnitude of a difference.
  func largestDifference(from other: [Element]) -> Element {
    zip(self, other).reduce(0) { Swift.max($0, ($1.0 - $1.1).magnitude) }
  }
}

extension Array {
  /// The largest magnitude of all values of fields.
  func maxNorm<Scalar: FrameScalar>() -> Scalar where Element == Field<Scalar> {
    reduce(0) { Swift.max($0, $1.values.maxNorm) }
  }
}
