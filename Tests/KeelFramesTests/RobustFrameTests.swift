import Keel
import KeelFrames
import Testing

@Suite("Weighted frames")
struct RobustFrameTests {
  static let four = Matrix<Double>(rows: [[0, 0], [2, 0], [3, 1], [1, 3]])
  static let five = Matrix<Double>(rows: [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]])

  @Test("empty dimensions without number are too many elements, not a trap", arguments: [24, 47, 64, 200])
  func manyEmptyDimensions(dimension: Int) {
    let points = Matrix<Double>(rows: 2, columns: dimension) { i, j in Double(i * (j + 1)) }
    for stabilization in [0, 0.5] {
      #expect(throws: FrameError.self) {
        try Frame(robustAxesOf: points, group: .euclidean, stabilization: stabilization)
      }
    }
  }

  @Test("four points in the plane and five in space: weights and averages")
  func vectors() throws {
    let plane = try Frame(robustAxesOf: Self.four, group: .specialEuclidean)
    let weights = [0.295454545454545, 0.113636363636364, 0.204545454545455, 0.386363636363636]
    #expect(plane.count == 4)
    for (k, weight) in weights.enumerated() { #expect(abs(plane.weight(k) - weight) <= 1e-14) }
    #expect(abs(plane.average(of: Self.four, sineSum)[0] - -0.282050560449710) <= 1e-12)
    let mirrored = try Frame(robustAxesOf: Self.four, group: .euclidean)
    #expect(mirrored.count == 8)
    #expect(abs(mirrored.average(of: Self.four, sineSum)[0] - -0.010752716566805) <= 1e-12)

    let space = try Frame(robustAxesOf: Self.five, group: .specialEuclidean)
    #expect(space.count == 20)
    let first = [0.011356516290727, 0.036340852130326, 0.053148496240602, 0.002725563909774]
    for (k, weight) in first.enumerated() { #expect(abs(space.weight(k) - weight) <= 1e-14) }
    #expect(abs(space.average(of: Self.five, sineSum)[0] - 0.759800475985816) <= 1e-12)
    let all = try Frame(robustAxesOf: Self.five, group: .euclidean)
    #expect(all.count == 40)
    #expect(abs(all.average(of: Self.five, sineSum)[0] - 0.703151340309288) <= 1e-12)
    for frame in [plane, mirrored, space, all] {
      #expect(abs((0..<frame.count).reduce(0) { $0 + frame.weight($1) } - 1) <= 1e-15 * Double(frame.count))
      #expect(!frame.certificate.isDegenerate && frame.certificate.axisErrorBound < 1e-13)
    }
  }

  @Test(
    "averages are invariant and equivariant, for degenerate clouds too",
    arguments: [
      DegenerateCloud("four points", four.rowArrays, counts: (8, 4), symmetries: nil),
      DegenerateCloud("five points", five.rowArrays, counts: (40, 20), symmetries: nil),
    ] + DegenerateCloud.tied.filter { $0.points.columns < 4 && $0.points.rows <= 8 } + DegenerateCloud.flat)
  func symmetry(shape: DegenerateCloud) throws {
    guard shape.points.columns <= 3 else { return }
    var stream = RandomStream(seed: 91).stream(shape.name)
    let (n, d) = (shape.points.rows, shape.points.columns)
    let network = CloudNetwork(points: n, dimension: d, using: &stream)
    for group in [FrameGroup.euclidean, .specialSimilarity, .specialOrthogonal] {
      let element = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
      let moved = element.transformed(shape.points)
      for kind in RobustKind.allCases {
        let frame = try kind.frame(shape.points, group)
        let other = try kind.frame(moved, group)
        let errors = symmetryErrors(frame, of: shape.points, other, by: element, network)
        #expect(errors.invariant <= 1e-12 && errors.equivariant <= 1e-12, "\(group) \(kind)")
        #expect(frame.certificate.axisErrorBound < 1e-10)
      }
    }
  }

  enum RobustKind: CaseIterable {
    case plain, stabilized, blended

    func frame(_ points: Matrix<Double>, _ group: FrameGroup) throws -> Frame<Double> {
      switch self {
      case .plain: try Frame(robustAxesOf: points, group: group)
      case .stabilized: try Frame(robustAxesOf: points, group: group, stabilization: 0.9)
      case .blended: try Frame(blendedAxesOf: points, group: group, threshold: 0.4, stabilization: 0.1)
      }
    }
  }

  @Test("second-order tensors of lines and points")
  func tensors() throws {
    var stream = RandomStream(seed: 92)
    for shape in DegenerateCloud.flat where shape.points.columns == 3 {
      let network = MultilayerPerceptron<Double>(
        randomWidths: [shape.points.rows * 3, 8, 9], activation: .tanh, using: &stream)
      func tensor(_ fields: [Field<Double>]) -> [Field<Double>] {
        [Field(.tensor, Matrix(row: network(fields[0].values.elements)))]
      }
      for group in [FrameGroup.euclidean, .specialEuclidean, .specialOrthogonal] {
        let element = FrameElement<Double>.random(of: group, dimension: 3, using: &stream)
        let moved = element.transformed(shape.points)
        let (frame, other) = try (
          Frame(robustAxesOf: shape.points, group: group), Frame(robustAxesOf: moved, group: group)
        )
        let value = frame.average(of: [Field(.point, shape.points)], tensor)[0]
        let turned = other.average(of: [Field(.point, moved)], tensor)[0]
        #expect(
          largestDifference(element.transformed(value).values, turned.values) <= 1e-12, "\(shape) \(group)")
      }
    }
  }

  /// A cloud whose scatter is diagonal with the squares of given numbers.
  static func cloud(_ n: Int, _ extents: [Double], using stream: inout RandomStream) throws -> Matrix<Double>
  {
    let d = extents.count
    let raw = Matrix<Double>.randomNormal(rows: n, columns: d, using: &stream)
    let means = (0..<d).map { j in raw.rowArrays.reduce(0) { $0 + $1[j] } / Double(n) }
    let centered = Matrix(rows: n, columns: d) { raw[$0, $1] - means[$1] }
    let eigen = try SmallSymmetricEigen(
      MatrixBatch(count: 1, rows: d, columns: d, elements: centered.gram().elements))
    let white = (centered * Matrix(eigen.vectors[0]))
      .scalingColumns(by: eigen.values.elements.map { 1 / $0.squareRoot() })
    return white.scalingColumns(by: extents)
  }

  @Test("through an isotropic cloud of the plane: principal axes jump, weights do not")
  func isotropic() throws {
    var stream = RandomStream(seed: 93)
    let network = CloudNetwork(points: 6, dimension: 2, using: &stream)
    let white = try Self.cloud(6, [1, 1], using: &stream)
    func jump(_ frame: (Matrix<Double>) throws -> Frame<Double>, _ step: Double) throws -> Double {
      let values = try [step, -step].map { step in
        let points = white.scalingColumns(by: [1 + step, 1 - step])
        return try frame(points).average(of: points, network.scalar)[0]
      }
      return abs(values[0] - values[1])
    }
    let steps = [1e-4, 1e-6, 1e-8]
    let principal = try steps.map { try jump({ try Frame(principalAxesOf: $0, group: .euclidean) }, $0) }
    let robust = try steps.map { try jump({ try Frame(robustAxesOf: $0, group: .euclidean) }, $0) }
    let blended = try steps.map { try jump({ try Frame(blendedAxesOf: $0, group: .euclidean) }, $0) }
    // The jump of principal axes tends to a constant, that of the others to zero as the step.
    #expect(principal.allSatisfy { abs($0 - principal[0]) <= 1e-3 * principal[0] } && principal[0] > 1e-4)
    for jumps in [robust, blended] {
      for (step, jump) in zip(steps, jumps) { #expect(jump <= 4 * step) }
      #expect(jumps[2] <= 1e-3 * jumps[0])
    }
  }

  @Test("towards a line: values and, with stabilization, vectors are continuous")
  func line() throws {
    var stream = RandomStream(seed: 94)
    let network = CloudNetwork(points: 5, dimension: 3, using: &stream)
    let noise = Matrix<Double>.randomNormal(rows: 5, columns: 3, using: &stream)
    func cloud(_ width: Double) -> Matrix<Double> {
      Matrix(rows: 5, columns: 3) { i, j in
        Double(j + 1) * Double(i * i) / 8 + width * noise[i, j]
      }
    }
    func values(_ width: Double, _ stabilization: Double) throws -> [Field<Double>] {
      let points = cloud(width)
      return try Frame(robustAxesOf: points, group: .specialEuclidean, stabilization: stabilization)
        .average(of: [Field(.point, points)]) { network($0) }
    }
    for stabilization in [0, 0.01] {
      let limit = try values(0, stabilization)
      var last = 1.0
      for width in [1e-2, 1e-4, 1e-6, 1e-8] {
        let near = try values(width, stabilization)
        let scalar = largestDifference(near[0].values, limit[0].values)
        let vector = largestDifference(near[1].values, limit[1].values)
        #expect(scalar <= 10 * width)
        if stabilization > 0 { #expect(vector <= 10 * width) } else { last = vector }
      }
      if stabilization == 0 { #expect(last > 1e-3) }
    }
  }

  @Test("blended frames: principal beyond the threshold, weighted below half of it, smooth between")
  func blending() throws {
    var stream = RandomStream(seed: 95)
    let network = CloudNetwork(points: 5, dimension: 3, using: &stream)
    let white = try Self.cloud(5, [1, 1, 1], using: &stream)
    // Eigenvalues 1 - gap, ..., relative to the largest, which is 1; the other gap is 0.5.
    func points(_ gap: Double) -> Matrix<Double> {
      white.scalingColumns(by: [(0.5 - gap).squareRoot(), (1 - gap).squareRoot(), 1])
    }
    func value(_ gap: Double) throws -> Double {
      let cloud = points(gap)
      return try Frame(blendedAxesOf: cloud, group: .euclidean, threshold: 0.1).average(
        of: cloud, network.scalar)[0]
    }
    #expect(try Frame(blendedAxesOf: points(0.11), group: .euclidean).signedAxes != nil)
    #expect(try Frame(blendedAxesOf: points(0.075), group: .euclidean).count == 8 + 40)
    #expect(try Frame(blendedAxesOf: points(0.04), group: .euclidean).count == 40)
    // In the middle, S(1/2) = 1/2 of the weight is with the 8 principal axes.
    let middle = try Frame(blendedAxesOf: points(0.075), group: .euclidean)
    #expect(abs((0..<8).reduce(0) { $0 + middle.weight($1) } - 0.5) <= 1e-12)
    // Continuous everywhere, and with one derivative at both ends of the passage.
    let grid = try (0...120).map { try value(Double($0) / 1000) }
    for (left, right) in zip(grid, grid.dropFirst()) { #expect(abs(left - right) <= 0.02) }
    for end in [0.05, 0.1] {
      let h = 1e-6
      let (before, at, after) = try (value(end - h), value(end), value(end + h))
      // S'' = 6 (2/τ)² = 2400 within the passage: slopes at distance h differ by 2400 h times the difference of the
      // two averages, at most 2, and rounding adds 1e-15/h.
      #expect(abs((after - at) / h - (at - before) / h) <= 4800 * h + 1e-8)
    }
  }

  @Test("any dimension, and limits")
  func limits() throws {
    for d in 1...4 {
      var stream = RandomStream(seed: 96).stream(d)
      let points = Matrix<Double>.randomNormal(rows: 5, columns: d, using: &stream)
      let frame = try Frame(robustAxesOf: points, group: .specialEuclidean)
      // 5!/(6 - d)! chains of d - 1 different points.
      #expect(frame.count == (0..<max(d - 1, 0)).reduce(1) { $0 * (5 - $1) })
      for k in 0..<frame.count {
        let rotation = frame[k].rotation
        #expect(largestDifference(rotation.transposed * rotation, Matrix(identity: d)) <= 1e-14)
        #expect(frame[k].orientation == 1)
      }
      #expect(try Frame(blendedAxesOf: points, group: .similarity, threshold: 0.01).count > 0)
    }
    #expect(throws: FrameError.tooManyElements(argument: "points", count: "more than 19", limit: "19")) {
      try Frame(robustAxesOf: Self.five, group: .specialEuclidean, limit: 19)
    }
    #expect(throws: FrameError.self) {
      try Frame(robustAxesOf: Matrix<Double>(zeros: 0, 2), group: .euclidean)
    }
    #expect(throws: FrameError.self) {
      try Frame(blendedAxesOf: Matrix<Double>(rows: [[1, .nan]]), group: .euclidean)
    }
    let small = Matrix<Float>(converting: Self.five)
    let value = try Frame(robustAxesOf: small, group: .specialEuclidean).average(of: small) { cloud in
      sineSum(Matrix<Double>(converting: cloud)).map { Float($0) }
    }
    #expect(abs(value[0] - 0.7598005) <= 1e-5)
  }
}
