import Keel
import KeelFrames
import Testing

@Suite("Tie-break frames")
struct TieBreakTests {
  @Test("the square, to 15 digits; principal axes depend on its orientation")
  func square() throws {
    let points = DegenerateCloud.square.points
    for (group, count) in [(FrameGroup.euclidean, 8), (.specialEuclidean, 4)] {
      let frame = try Frame(resolvingTiesOf: points, group: group)
      #expect(frame.count == count)
      #expect(abs(frame.average(of: points, sineSum)[0] - 0.798724696977835) <= 1e-12)
    }
    let turned = FrameElement(
      rotation: Matrix<Double>(rows: [[0.6, -0.8], [0.8, 0.6]]), translation: [0, 0]
    ).transformed(points)
    let values = try [points, turned].map {
      try Frame(principalAxesOf: $0, group: .euclidean).average(of: $0, sineSum)[0]
    }
    #expect(abs(values[0] - values[1]) > 0.01)
    let resolved = try Frame(resolvingTiesOf: turned, group: .euclidean)
    #expect(abs(resolved.average(of: turned, sineSum)[0] - 0.798724696977835) <= 1e-12)
  }

  @Test("sizes and symmetries of regular shapes, in any pose and order", arguments: DegenerateCloud.tied)
  func sizes(shape: DegenerateCloud) throws {
    var stream = RandomStream(seed: 81).stream(shape.name)
    for (group, count, order) in [
      (FrameGroup.euclidean, shape.counts.all, shape.symmetries?.all),
      (.specialEuclidean, shape.counts.proper, shape.symmetries?.proper),
    ] {
      let element = FrameElement<Double>.random(of: group, dimension: shape.points.columns, using: &stream)
      let points = Permutation.random(shape.points.rows, using: &stream)
        .transformed(element.transformed(shape.points))
      let ties = try TieBreak(of: points, group: group)
      #expect(ties.frame.count == count)
      #expect(ties.isCertain && ties.decisionMargin > 100)
      let certificate = ties.frame.certificate
      #expect(!certificate.isDegenerate && certificate.axisErrorBound < 1e-11)
      #expect(group.isProper ? (0..<count).allSatisfy { ties.frame[$0].orientation == 1 } : true)
      // Of the 384 only the order is of interest, and it takes long.
      guard let order, count <= 200 else { continue }
      let symmetries = try ties.frame.symmetries(of: points)
      #expect(symmetries.count == order)
      #expect(symmetries.first?.permutation.isIdentity == true)
      for symmetry in symmetries {
        let moved = symmetry.element.transformed(points)
        let expected = symmetry.permutation.inverseTransformed(points)
        #expect(largestDifference(moved, expected) <= 1e-12 * element.scale * 30)
      }
    }
  }

  @Test(
    "averages over frames of degenerate clouds are invariant and equivariant to rounding",
    arguments: DegenerateCloud.tied.filter { $0.counts.all <= 120 } + DegenerateCloud.flat)
  func symmetry(shape: DegenerateCloud) throws {
    var stream = RandomStream(seed: 82).stream(shape.name)
    let (n, d) = (shape.points.rows, shape.points.columns)
    // Fewer where a frame has many elements: this is a debug build.
    let trials = trialFactor * (shape.counts.all > 64 ? 1 : shape.counts.all > 16 ? 3 : 10)
    var frames: [FrameGroup: Frame<Double>] = [:]
    for group in FrameGroup.allCases {
      let frame = try Frame(resolvingTiesOf: shape.points, group: group)
      #expect(frame.count == (group.isProper ? shape.counts.proper : shape.counts.all))
      frames[group] = frame
    }
    for trial in 0..<trials {
      let network = CloudNetwork(points: n, dimension: d, using: &stream)
      for group in trial < 1 ? FrameGroup.allCases : [.euclidean, .specialEuclidean] {
        let element = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
        let moved = element.transformed(shape.points)
        let frame = try #require(frames[group])
        let errors = try symmetryErrors(
          frame, of: shape.points, Frame(resolvingTiesOf: moved, group: group), by: element, network)
        // Coordinates up to 5 with errors of a few ulps, times the Lipschitz constant of the network, times
        // 1 / relative gap, which is 0.1 at least; 1e-12 is what the tables of such errors promise.
        #expect(errors.invariant <= 1e-12 && errors.equivariant <= 1e-12, "\(group), trial \(trial)")
      }
    }
  }

  @Test(
    "the frame of a moved and relabelled cloud is the moved frame, as a set", arguments: DegenerateCloud.tied)
  func setEquivariance(shape: DegenerateCloud) throws {
    guard shape.counts.all <= 64 else { return }
    var stream = RandomStream(seed: 83).stream(shape.name)
    for group in [FrameGroup.euclidean, .specialEuclidean, .orthogonal, .specialOrthogonal] {
      let element = FrameElement<Double>.random(of: group, dimension: shape.points.columns, using: &stream)
      let moved = Permutation.random(shape.points.rows, using: &stream)
        .transformed(element.transformed(shape.points))
      let before = try Frame(resolvingTiesOf: shape.points, group: group)
      let after = try Frame(resolvingTiesOf: moved, group: group)
      let distance = setDistance(
        (0..<before.count).map { (element * before[$0]).rotation },
        (0..<after.count).map { after[$0].rotation })
      // A flat cloud leaves the sign of its normal open: both signs are in the frame, so it is a set all the same.
      #expect(distance <= 1e-13)
    }
  }

  @Test("a shape with rotations only for symmetries: frames have both orientations, symmetries do not")
  func chiral() throws {
    var stream = RandomStream(seed: 84)
    // The orbit of a point in general position under the 12 rotations of a tetrahedron.
    let tetrahedron = try Frame(
      resolvingTiesOf: DegenerateCloud.tetrahedron.points, group: .specialOrthogonal)
    let rotations = (0..<12).map { tetrahedron[$0] * tetrahedron[0].inverse }
    let point = Matrix<Double>.randomNormal(rows: 1, columns: 3, using: &stream)
    let points = Matrix(rows: rotations.flatMap { $0.transformed(point).rowArrays })
    let all = try TieBreak(of: points, group: .euclidean)
    let proper = try TieBreak(of: points, group: .specialEuclidean)
    #expect(all.isCertain && proper.isCertain)
    #expect(try all.frame.symmetries(of: points).count == 12)
    #expect(try proper.frame.symmetries(of: points).count == 12)
    #expect(all.frame.count % 24 == 0 && proper.frame.count * 2 == all.frame.count)
    // Mirror images are told apart by the group without reflections only.
    let network = CloudNetwork(points: 12, dimension: 3, using: &stream)
    func symmetric(_ cloud: Matrix<Double>) -> [Double] {
      // Symmetric under the order of the points: sums of functions of three.
      [cloud.rowArrays.reduce(0) { $0 + Double.sin($1[0] + 0.5 * $1[1] * $1[2] * $1[2] * $1[2]) }]
    }
    let mirrored = points.scalingColumns(by: [1, 1, -1])
    let (left, right) = try (
      proper.frame.average(of: points, symmetric)[0],
      Frame(resolvingTiesOf: mirrored, group: .specialEuclidean).average(of: mirrored, symmetric)[0]
    )
    #expect(abs(left - right) > 1e-6)
    let element = FrameElement<Double>.random(of: .euclidean, dimension: 3, using: &stream)
    let errors = try symmetryErrors(
      all.frame, of: points,
      Frame(resolvingTiesOf: element.transformed(points), group: .euclidean), by: element, network)
    #expect(errors.invariant <= 1e-12 && errors.equivariant <= 1e-12)
  }

  @Test(
    "nearly regular shapes: exact on both sides of every tolerance",
    arguments: [1e-15, 1e-13, 1e-11, 1e-6, 1e-3])
  func nearlyRegular(deviation: Double) throws {
    for (index, shape) in [DegenerateCloud.square, .cube, .tetrahedron].enumerated() {
      var stream = RandomStream(seed: 85).stream(index)
      let (n, d) = (shape.points.rows, shape.points.columns)
      let noise = Matrix<Double>.randomNormal(rows: n, columns: d, using: &stream)
      let points = Matrix(rows: n, columns: d) { shape.points[$0, $1] + deviation * noise[$0, $1] }
      let network = CloudNetwork(points: n, dimension: d, using: &stream)
      let element = FrameElement<Double>.random(of: .euclidean, dimension: d, using: &stream)
      let moved = element.transformed(points)
      let (before, after) = try (
        TieBreak(of: points, group: .euclidean), TieBreak(of: moved, group: .euclidean)
      )
      #expect(before.isCertain && after.isCertain)
      #expect(before.frame.count == after.frame.count)
      let errors = symmetryErrors(before.frame, of: points, after.frame, by: element, network)
      // The bound on the axes times the largest norm of a point and the Lipschitz constants, below 10 together;
      // below the tolerance of eigenvalues the bound does not know of the gap.
      let bound = max(1e-12, 10 * before.frame.certificate.axisErrorBound)
      #expect(errors.invariant <= bound && errors.equivariant <= bound, "\(shape), \(errors), \(bound)")
    }
  }

  @Test("a long thin bar of square section", arguments: [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
  func thin(width: Double) throws {
    var stream = RandomStream(seed: 88).stream("\(width)")
    let points = Matrix(rows: DegenerateCloud.signs(3).map { [$0[0] * width, 2 * $0[1], $0[2] * width] })
    let network = CloudNetwork(points: 8, dimension: 3, using: &stream)
    for group in [FrameGroup.euclidean, .specialEuclidean] {
      let ties = try TieBreak(of: points, group: group)
      #expect(ties.frame.count == (group.isProper ? 8 : 16) && ties.isCertain)
      for _ in 0..<4 {
        let element = FrameElement<Double>.random(of: group, dimension: 3, using: &stream)
        let moved = element.transformed(points)
        let other = try TieBreak(of: moved, group: group)
        #expect(other.frame.count == ties.frame.count && other.isCertain)
        let errors = symmetryErrors(ties.frame, of: points, other.frame, by: element, network)
        // The coordinates of the moved bar are rounded by about 1e-15, which turns each axis of the section by up to
        // 1e-15 / width: values do not feel it, since they depend on these axes through coordinates of that size, but
        // vectors turn with the axes.
        let bound = max(1e-12, 10 * ties.frame.certificate.axisErrorBound)
        #expect(errors.invariant <= 1e-12 && errors.equivariant <= bound, "\(group)")
      }
      #expect(ties.frame.certificate.axisErrorBound <= 1e-13 / width)
    }
  }

  @Test("second-order tensors of clouds with empty dimensions")
  func tensors() throws {
    var stream = RandomStream(seed: 86)
    for shape in DegenerateCloud.flat {
      let (n, d) = (shape.points.rows, shape.points.columns)
      let network = MultilayerPerceptron<Double>(
        randomWidths: [n * d, 8, d * d], activation: .tanh, using: &stream)
      func tensor(_ fields: [Field<Double>]) -> [Field<Double>] {
        [Field(.tensor, Matrix(row: network(fields[0].values.elements)))]
      }
      for group in [FrameGroup.euclidean, .specialEuclidean] {
        let element = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
        let moved = element.transformed(shape.points)
        let ties = try TieBreak(of: shape.points, group: group, includesTensors: true)
        let other = try TieBreak(of: moved, group: group, includesTensors: true)
        let value = ties.frame.average(of: [Field(.point, shape.points)], tensor)[0]
        let turned = other.frame.average(of: [Field(.point, moved)], tensor)[0]
        #expect(
          largestDifference(element.transformed(value).values, turned.values) <= 1e-12, "\(shape) \(group)")
      }
    }
  }

  @Test("where nothing is degenerate the frame is the principal one")
  func principal() throws {
    let points = Matrix<Double>(rows: [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]])
    for group in FrameGroup.allCases {
      let (ties, plain) = try (
        TieBreak(of: points, group: group), Frame(principalAxesOf: points, group: group)
      )
      #expect(ties.isCertain && ties.frame.signedAxes?.axes == plain.signedAxes?.axes)
      #expect(ties.frame.certificate == plain.certificate)
    }
  }

  @Test("single precision")
  func float() throws {
    for shape in [DegenerateCloud.square, .cube, .tetrahedron] {
      var stream = RandomStream(seed: 87).stream(shape.name)
      let points = Matrix<Float>(converting: shape.points)
      let element = FrameElement<Float>.random(of: .euclidean, dimension: points.columns, using: &stream)
      let ties = try TieBreak(of: element.transformed(points), group: .euclidean)
      #expect(ties.frame.count == shape.counts.all && ties.isCertain)
    }
  }

  @Test("too many elements, no points, no numbers, no dimensions")
  func refused() throws {
    #expect(throws: FrameError.tooManyElements(argument: "points", count: "more than 47", limit: "47")) {
      try TieBreak(of: DegenerateCloud.cube.points, group: .euclidean, limit: 47)
    }
    #expect(throws: FrameError.tooManyElements(argument: "points", count: "more than 64", limit: "64")) {
      try TieBreak(of: Matrix(rows: DegenerateCloud.polygon(100)), group: .euclidean, limit: 64)
    }
    #expect(throws: FrameError.self) { try TieBreak(of: Matrix<Double>(zeros: 0, 3), group: .euclidean) }
    for bad in [Double.nan, .infinity, -.infinity] {
      #expect(throws: FrameError.self) {
        try TieBreak(of: Matrix<Double>(rows: [[1, bad], [0, 1]]), group: .euclidean)
      }
    }
    // Squares of these overflow or vanish.
    for size in [1e-300, 1e-170, 1, 1e150, 8e153, 1e154, 1e160, 1e300] {
      let points = DegenerateCloud.cube.points.scalingColumns(by: [size, size, size])
      for group in [FrameGroup.euclidean, .specialSimilarity] {
        let frames = try [
          Frame(resolvingTiesOf: points, group: group), Frame(robustAxesOf: points, group: group),
          Frame(blendedAxesOf: points, group: group),
        ]
        #expect(frames.map(\.count) == (group.isProper ? [24, 48, 48] : [48, 96, 96]), "\(size)")
      }
    }
    #expect(throws: FrameError.self) { try TieBreak(of: Matrix<Double>(zeros: 3, 0), group: .euclidean) }
    #expect(try TieBreak(of: Matrix<Double>(zeros: 3, 1), group: .specialEuclidean).frame.count == 1)
  }
}
