import Keel
import KeelFrames

/// Clouds whose scatter has repeated or zero eigenvalues, and what is known of them.
struct DegenerateCloud: CustomStringConvertible, Sendable {
  let name: String
  let points: Matrix<Double>
  /// The numbers of elements of the tie-break frames with and without reflections.
  let counts: (all: Int, proper: Int)
  /// The number of symmetries of the set of points, on its span; nil if not of interest.
  var symmetries: (all: Int, proper: Int)?

  var description: String { name }

  init(_ name: String, _ rows: [[Double]], counts: (Int, Int), symmetries: (Int, Int)?) {
    self.name = name
    points = Matrix(rows: rows)
    self.counts = counts
    self.symmetries = symmetries
  }

  static let square = DegenerateCloud(
    "square", [[1, 0], [0, 1], [-1, 0], [0, -1]], counts: (8, 4), symmetries: (8, 4))
  static let cube = DegenerateCloud(
    "cube", signs(3), counts: (48, 24), symmetries: (48, 24))
  static let tetrahedron = DegenerateCloud(
    "tetrahedron", [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], counts: (24, 12),
    symmetries: (24, 12))

  /// The shapes with repeated eigenvalues other than zero.
  static let tied: [DegenerateCloud] = [
    square,
    DegenerateCloud("triangle", polygon(3), counts: (6, 3), symmetries: (6, 3)),
    DegenerateCloud("heptagon", polygon(7), counts: (14, 7), symmetries: (14, 7)),
    cube,
    DegenerateCloud("octahedron", axes(3), counts: (48, 24), symmetries: (48, 24)),
    tetrahedron,
    DegenerateCloud(
      "triangular prism", [-0.5, 0.5].flatMap { z in polygon(3).map { $0 + [z] } }, counts: (12, 6),
      symmetries: (12, 6)),
    DegenerateCloud("icosahedron", icosahedron, counts: (120, 60), symmetries: (120, 60)),
    // In space a flat square has the rotations about axes in its plane as well.
    DegenerateCloud(
      "square in space", square.points.rowArrays.map { $0 + [0] }, counts: (16, 8), symmetries: (8, 8)),
    DegenerateCloud("simplex of 4 dimensions", simplex(4), counts: (120, 60), symmetries: (120, 60)),
    // Orthogonal triples of corners go on to a corner and its opposite, which no symmetry exchanges: two classes.
    DegenerateCloud("cube of 4 dimensions", signs(4), counts: (768, 384), symmetries: (384, 192)),
    DegenerateCloud("cross-polytope of 4 dimensions", axes(4), counts: (384, 192), symmetries: (384, 192)),
    // Two squares in orthogonal planes, of different sizes.
    DegenerateCloud("two squares", twoSquares, counts: (64, 32), symmetries: (64, 32)),
  ]

  /// The clouds that leave dimensions empty, and nothing else degenerate.
  static let flat: [DegenerateCloud] = [
    DegenerateCloud(
      "collinear", [[0, 0, 0], [1, 2, 3], [2, 4, 6], [4, 8, 12]], counts: (8, 4), symmetries: nil),
    DegenerateCloud(
      "planar", [[1, 0, 0.5], [0, 1, 0.5], [-2, 0.5, -0.75], [0.25, -1, -0.375]], counts: (8, 4),
      symmetries: nil),
    DegenerateCloud("two points in space", [[0, 1, 2], [1, 1, -1]], counts: (8, 4), symmetries: nil),
    DegenerateCloud("one point", [[1, 2, 3]], counts: (8, 4), symmetries: nil),
    DegenerateCloud(
      "coincident points", Array(repeating: [0, 0, 0], count: 3), counts: (8, 4), symmetries: nil),
    DegenerateCloud(
      "three points in 5 dimensions", [[1, 0, 2, 0, 1], [0, 1, -1, 2, 0], [0.5, 0, 0, 1, -2]],
      counts: (32, 16), symmetries: nil),
  ]

  static var twoSquares: [[Double]] {
    let small: [[Double]] = square.points.rowArrays.map { $0 + [0, 0] }
    let large: [[Double]] = square.points.rowArrays.map { [0, 0] + $0.map { 2 * $0 } }
    return small + large
  }

  static func polygon(_ corners: Int) -> [[Double]] {
    (0..<corners).map { k in
      let angle = 2 * Double.pi * Double(k) / Double(corners)
      return [Double.cos(angle), Double.sin(angle)]
    }
  }

  static func signs(_ dimension: Int) -> [[Double]] {
    (0..<(1 << dimension)).map { mask in (0..<dimension).map { mask >> $0 & 1 == 1 ? -1 : 1 } }
  }

  static func axes(_ dimension: Int) -> [[Double]] {
    (0..<dimension).flatMap { k in
      [1.0, -1].map { sign in (0..<dimension).map { $0 == k ? sign : 0 } }
    }
  }

  /// d + 1 points of equal mutual distances: e_k, and a multiple of (1, ..., 1), about their centroid.
  static func simplex(_ dimension: Int) -> [[Double]] {
    let d = Double(dimension)
    let last = (1 - (d + 1).squareRoot()) / d
    let mean = (1 + last) / (d + 1)
    return (0..<dimension).map { k in (0..<dimension).map { ($0 == k ? 1 : 0) - mean } }
      + [Array(repeating: last - mean, count: dimension)]
  }

  static var icosahedron: [[Double]] {
    let golden = (1 + 5.0.squareRoot()) / 2
    return (0..<3).flatMap { shift in
      [(1.0, golden), (1, -golden), (-1, golden), (-1, -golden)].map { pair in
        let corner = [0, pair.0, pair.1]
        return (0..<3).map { corner[($0 + shift) % 3] }
      }
    }
  }
}

extension Matrix {
  /// The rows as arrays.
  var rowArrays: [[Scalar]] { (0..<rows).map { i in (0..<columns).map { self[i, $0] } } }
}

/// A random network of a cloud with a scalar and a point for each of its points as outputs.
struct CloudNetwork: Sendable {
  let network: MultilayerPerceptron<Double>

  init(points: Int, dimension: Int, using stream: inout RandomStream) {
    network = MultilayerPerceptron(
      randomWidths: [points * dimension, 12, 12, 1 + points * dimension], activation: .tanh, using: &stream)
  }

  /// The scalar and the points.
  func callAsFunction(_ fields: [Field<Double>]) -> [Field<Double>] {
    let cloud = fields[0].values
    let output = network(cloud.elements)
    return [
      Field(.scalar, Matrix(row: [output[0]])),
      Field(.point, Matrix(rows: cloud.rows, columns: cloud.columns, elements: Array(output.dropFirst()))),
    ]
  }

  func scalar(_ cloud: Matrix<Double>) -> [Double] { [network(cloud.elements)[0]] }
}

/// The largest violations of invariance and equivariance of averages over frames, for one transformation.
func symmetryErrors(
  _ frame: Frame<Double>, of points: Matrix<Double>, _ moved: Frame<Double>, by element: FrameElement<Double>,
  _ network: CloudNetwork
) -> (invariant: Double, equivariant: Double) {
  let value = frame.average(of: [Field(.point, points)]) { network($0) }
  let other = moved.average(of: [Field(.point, element.transformed(points))]) { network($0) }
  return (
    largestDifference(value[0].values, other[0].values),
    largestDifference(element.transformed(value[1]).values, other[1].values) / element.scale
  )
}

func largestDifference(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Double {
  zip(left.elements, right.elements).reduce(left.elements.count == right.elements.count ? 0 : .infinity) {
    max($0, abs($1.0 - $1.1))
  }
}

/// The Hausdorff distance of the sets of rotations of two frames.
func setDistance(_ left: [Matrix<Double>], _ right: [Matrix<Double>]) -> Double {
  func oneSided(_ a: [Matrix<Double>], _ b: [Matrix<Double>]) -> Double {
    a.reduce(0) { worst, x in max(worst, b.reduce(.infinity) { min($0, largestDifference(x, $1)) }) }
  }
  return max(oneSided(left, right), oneSided(right, left))
}

/// The function of test vectors: `Σ_i sin(0.3(i + 1) + Σ_j (i + 1)/(j + 2) y_ij)`.
func sineSum(_ cloud: Matrix<Double>) -> [Double] {
  var sum = 0.0
  for i in 0..<cloud.rows {
    var argument = 0.3 * Double(i + 1)
    for j in 0..<cloud.columns { argument += Double(i + 1) / Double(j + 2) * cloud[i, j] }
    sum += Double.sin(argument)
  }
  return [sum]
}
