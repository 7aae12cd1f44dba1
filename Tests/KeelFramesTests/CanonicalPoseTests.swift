import Keel
import KeelFrames
import Testing

@Suite("canonical poses")
struct CanonicalPoseTests {
  /// A cloud that is skewed along its axes, whose lengths grow by a ratio.
  private func cloud(
    _ count: Int, _ dimension: Int, ratio: Double = 1.2, _ stream: inout RandomStream
  ) -> Matrix<Double> {
    let points = Matrix<Double>(rows: count, columns: dimension) { _, j in
      Double.exp(0.7 * stream.normal()) * Double.pow(ratio, Double(j))
    }
    let turn: Matrix<Double> = .randomOrthogonal(dimension, using: &stream)
    return points * turn
  }

  /// The image of a cloud under a random element of a group, with its points in another order: row i is the image of
  /// point `order[i]`.
  private func moved(
    _ points: Matrix<Double>, by group: FrameGroup, _ stream: inout RandomStream
  ) -> (points: Matrix<Double>, order: [Int]) {
    let element = FrameElement<Double>.random(
      of: group, dimension: points.columns, translationDeviation: 3, using: &stream)
    let order = stream.permutation(points.rows)
    let image = element.transformed(points)
    return (Matrix(rows: points.rows, columns: points.columns) { image[order[$0], $1] }, order)
  }

  private func largestDifference(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    zip(a.elements, b.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("the pose does not change under motions and relabellings", arguments: FrameGroup.allCases, 1...6)
  func invariance(group: FrameGroup, dimension: Int) throws {
    for seed in 0..<10 as Range<UInt64> {
      var stream = RandomStream(seed: 77 + seed)
      let points = cloud(40, dimension, &stream)
      let frame = try Frame(principalAxesOf: points, group: group)
      let pose = CanonicalPose(of: points, in: frame)
      let (image, order) = moved(points, by: group, &stream)
      let other = CanonicalPose(of: image, in: try Frame(principalAxesOf: image, group: group))
      #expect(pose.candidates == 1 && other.candidates == 1, "seed \(seed)")
      let expected = Matrix(rows: 40, columns: dimension) { pose.points[order[$0], $1] }
      // Axes turn by about ε over the gap, which random clouds have above 1e-4, and coordinates are below 100.
      #expect(largestDifference(other.points, expected) <= 1e-10, "seed \(seed)")
      #expect(largestDifference(pose.element.transformed(pose.points), points) <= 1e-12 * 100, "seed \(seed)")
      if group.isProper { #expect(pose.element.orientation == 1) }
      #expect(pose.margin > 0 && abs(pose.margin - other.margin) <= 1e-9)
    }
  }

  @Test("the choice is the one with the largest moments of all elements of the frame", arguments: 1...4)
  func bruteForce(dimension: Int) throws {
    for (seed, group) in FrameGroup.allCases.enumerated() {
      var stream = RandomStream(seed: UInt64(seed))
      // Symmetric under the reflection of the first axis, so that products have to decide, and some cannot.
      let half = cloud(8, dimension, &stream)
      let points = Matrix(rows: 16, columns: dimension) { i, j in
        (i < 8 ? 1 : -1) * half[i % 8, j] + (j == 0 ? 0 : half[i % 8, 0] * half[i % 8, 0] * 0.01)
      }
      let frame = try Frame(principalAxesOf: points, group: group)
      let pose = CanonicalPose(of: points, in: frame)
      var best: [(key: [Double], index: Int)] = []
      for index in 0..<frame.count {
        let key = moments(of: frame[index].inverseTransformed(points), from: group.translates ? [] : [1])
        guard let first = best.first else {
          best = [(key, index)]
          continue
        }
        let difference = zip(key, first.key).map(-).first { abs($0) > 1e-6 } ?? 0
        if difference > 0 { best = [(key, index)] } else if difference == 0 { best.append((key, index)) }
      }
      #expect(pose.candidates == best.count, "\(group)")
      #expect(
        best.contains { largestDifference(frame[$0.index].inverseTransformed(points), pose.points) <= 1e-12 },
        "\(group)")
    }
  }

  /// All moments up to degree 6, in the documented order, straight from the definition.
  private func moments(of points: Matrix<Double>, from first: [Int]) -> [Double] {
    let dimension = points.columns
    var result: [Double] = []
    for degree in first + [3, 4, 5, 6] {
      var lists: [[Int]] = [[]]
      for _ in 0..<degree {
        lists = lists.flatMap { list in
          (0...(list.last ?? dimension - 1)).reversed().map { list + [$0] }
        }
      }
      let pure = lists.filter { Set($0).count == 1 }
      for list in pure + lists.filter({ Set($0).count > 1 }) {
        let products = (0..<points.rows).map { i in list.reduce(1) { $0 * points[i, $1] } }
        let extents = list.reduce(1.0) { extents, j in
          extents
            * ((0..<points.rows).reduce(0) { $0 + points[$1, j] * points[$1, j] } / Double(points.rows))
            .squareRoot()
        }
        let magnitude = products.reduce(0) { $0 + abs($1) } + Double(points.rows) * extents
        result.append(products.reduce(0, +) / magnitude)
      }
    }
    return result
  }

  @Test("a shape that is its own image has as many candidates as it has symmetries, all with one cloud")
  func symmetric() throws {
    // A box: all eight signs.
    let box = Matrix<Double>(rows: 8, columns: 3) { i, j in
      (i >> j & 1 == 1 ? 1 : -1) * Double(j + 1)
    }
    #expect(CanonicalPose(of: box, in: try Frame(principalAxesOf: box, group: .euclidean)).candidates == 8)
    #expect(
      CanonicalPose(of: box, in: try Frame(principalAxesOf: box, group: .specialEuclidean)).candidates == 4)
    // A parallelogram in the plane: the turn by half.
    let slanted = Matrix<Double>(rows: [[0, 0], [4, 0], [5, 1], [1, 1]])
    #expect(
      CanonicalPose(of: slanted, in: try Frame(principalAxesOf: slanted, group: .euclidean)).candidates == 2)
    // A triangle in space: the reflection at its plane; among rotations, none.
    let triangle = Matrix<Double>(rows: [[0, 0, 0], [4, 0, 0], [1, 1, 0]])
    let flat = CanonicalPose(of: triangle, in: try Frame(principalAxesOf: triangle, group: .euclidean))
    #expect(flat.candidates == 2)
    #expect((0..<3).allSatisfy { abs(flat.points[$0, 0]) <= 1e-15 })
    let turned = CanonicalPose(
      of: triangle, in: try Frame(principalAxesOf: triangle, group: .specialEuclidean))
    #expect(turned.candidates == 1)
    // A point: everything.
    let point = Matrix<Double>(rows: [[1, 2, 3]])
    let single = CanonicalPose(of: point, in: try Frame(principalAxesOf: point, group: .similarity))
    #expect(single.candidates == 8 && single.margin == 2 && single.points.elements.allSatisfy { $0 == 0 })
    // Points that coincide up to the rounding of their centroid.
    let far = Matrix<Double>(rows: 3, columns: 3) { _, j in 1e6 / Double(j + 3) }
    for group in [FrameGroup.euclidean, .similarity] {
      let pose = CanonicalPose(of: far, in: try Frame(resolvingTiesOf: far, group: group))
      #expect(pose.candidates == 8)
    }
  }

  @Test("shapes with equal eigenvalues keep their pose in frames that resolve ties", arguments: 0..<4)
  func ties(shape: Int) throws {
    // A cube; the same inside an octahedron; a square pyramid; a triangular one.
    let cube = Matrix<Double>(rows: 8, columns: 3) { i, j in i >> j & 1 == 1 ? 1 : -1 }
    let points: Matrix<Double> =
      switch shape {
      case 0: cube
      case 1:
        Matrix(rows: 14, columns: 3) { i, j in
          i < 8 ? cube[i, j] : (i - 8) / 2 == j ? (i % 2 == 0 ? 3 : -3) : 0
        }
      case 2: Matrix(rows: [[1, 1, 0], [1, -1, 0], [-1, 1, 0], [-1, -1, 0], [0, 0, 3]])
      default:
        Matrix(rows: [[2, 0, 0], [-1, 3.0.squareRoot(), 0], [-1, -(3.0.squareRoot()), 0], [0, 0, 5]])
      }
    let candidates = [48, 48, 8, 6][shape]
    for seed in 0..<5 as Range<UInt64> {
      var stream = RandomStream(seed: seed)
      let (image, _) = moved(points, by: .euclidean, &stream)
      let pose = CanonicalPose(of: points, in: try Frame(resolvingTiesOf: points, group: .euclidean))
      let other = CanonicalPose(of: image, in: try Frame(resolvingTiesOf: image, group: .euclidean))
      #expect(pose.candidates == candidates && other.candidates == candidates, "seed \(seed)")
      // Equal as sets: each point of one is near one of the other.
      for i in 0..<image.rows {
        let nearest =
          (0..<image.rows).map { k in
            (0..<3).reduce(0) { $0 + abs(pose.points[k, $1] - other.points[i, $1]) }
          }.min() ?? 1
        #expect(nearest <= 1e-12, "seed \(seed)")
      }
    }
  }

  @Test("mirror images have one pose with reflections and two without")
  func chirality() throws {
    var stream = RandomStream(seed: 5)
    let points = cloud(12, 3, &stream)
    let mirrored = Matrix(rows: 12, columns: 3) { i, j in j == 0 ? -points[i, j] : points[i, j] }
    func pose(_ points: Matrix<Double>, _ group: FrameGroup) throws -> Matrix<Double> {
      CanonicalPose(of: points, in: try Frame(principalAxesOf: points, group: group)).points
    }
    #expect(largestDifference(try pose(points, .euclidean), try pose(mirrored, .euclidean)) <= 1e-12)
    #expect(
      largestDifference(try pose(points, .specialEuclidean), try pose(mirrored, .specialEuclidean)) > 0.1)
  }

  @Test("more axes than bits of an integer, and single precision")
  func large() throws {
    var stream = RandomStream(seed: 9)
    let points = cloud(200, 64, ratio: 1.02, &stream)
    let frame = try Frame(principalAxesOf: points, group: .euclidean)
    #expect(frame.count == .max)
    let pose = CanonicalPose(of: points, in: frame)
    #expect(pose.candidates == 1)
    for j in 0..<64 { #expect((0..<200).reduce(0) { $0 + Double.pow(pose.points[$1, j], 3) } > -1e-6) }
    let box = Matrix<Float>(rows: 128, columns: 64) { i, j in
      i / 2 == j ? Float((i % 2 * 2 - 1) * (j + 1)) : 0
    }
    let symmetric = CanonicalPose(of: box, in: try Frame(principalAxesOf: box, group: .orthogonal))
    #expect(symmetric.candidates == .max)
  }
}
