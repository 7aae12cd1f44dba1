import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Frames of principal axes: symmetry")
struct FrameSymmetryTests {
  private static let epsilon = Double.ulpOfOne

  /// A random network, cloud and element: the errors of invariance and equivariance, and how large they may be.
  private func trial(_ group: FrameGroup, _ d: Int, _ stream: inout RandomStream) throws -> String? {
    let n = 2 + stream.integer(below: 15)
    let points = Matrix<Double>.normals(n, d, &stream)
    let network = MultilayerPerceptron<Double>(
      randomWidths: [n * d, 16, n * d], activation: .tanh, using: &stream)
    let element = FrameElement<Double>.random(
      of: group, dimension: d, translationDeviation: 3, using: &stream)
    let image = element.transformed(points)
    let frames = try [points, image].map { try Frame(principalAxesOf: $0, group: group) }
    let scalars = zip(frames, [points, image]).map { $0.average(of: $1) { network($0.elements) } }
    let invariance = zip(scalars[0], scalars[1]).map { abs($0 - $1) }.max() ?? 0
    let clouds = zip(frames, [points, image]).map { frame, cloud in
      frame.average(of: [Field(.point, cloud)]) { inputs in
        let values = network(inputs[0].values.elements)
        return [Field(.point, Matrix(rows: n, columns: d, elements: values))]
      }[0]
    }
    let equivariance = clouds[1].values.maximumDifference(from: element.transformed(clouds[0]).values)
    let gap = min(frames[0].certificate.relativeGap, frames[1].certificate.relativeGap)
    // The largest number that is rounded on the way, in units of the outputs, which are of the order of 1.
    let size = [points, image].flatMap { $0.elements.map { abs($0) } }.max() ?? 1
    let scale = max(1, size) * max(1, element.scale, 1 / element.scale)
    let allowed = 50 * Self.epsilon * max(1, 1 / gap) * scale
    return invariance <= allowed && equivariance <= allowed
      ? nil : "\(group) d=\(d) n=\(n) errors \(invariance) \(equivariance) allowed \(allowed)"
  }

  @Test("averages of networks are invariant and equivariant", arguments: FrameGroup.allCases)
  func symmetry(_ group: FrameGroup) throws {
    for d in 1...6 {
      for index in 0..<(6 * trialFactor) {
        var stream = RandomStream(seed: 3).stream(group.rawValue).stream(d).stream(index)
        let failure = try trial(group, d, &stream)
        #expect(failure == nil, "trial \(index): \(failure ?? "")")
      }
    }
  }

  @Test("the frame of gX is g times that of X, as a set", arguments: FrameGroup.allCases)
  func setEquivariance(_ group: FrameGroup) throws {
    for d in 1...4 {
      for index in 0..<6 {
        var stream = RandomStream(seed: 4).stream(group.rawValue).stream(d).stream(index)
        let points = Matrix<Double>.normals(12, d, &stream)
        let element = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
        let first = try Frame(principalAxesOf: points, group: group)
        let second = try Frame(principalAxesOf: element.transformed(points), group: group)
        #expect(first.count == second.count)
        let moved = (0..<first.count).map { element * first[$0] }
        let bound = 100 * Self.epsilon / first.certificate.relativeGap
        for a in moved {
          let nearest = (0..<second.count).map { second[$0].rotation.maximumDifference(from: a.rotation) }
          #expect((nearest.min() ?? 1) <= bound, "\(group) d=\(d) trial \(index)")
          #expect(abs(a.scale / second.scale - 1) <= 1e-14)
          let size = points.elements.map { abs($0) }.max() ?? 0
          let far = zip(a.translation, second.center).map { abs($0 - $1) }.max() ?? 0
          #expect(far <= 1e-14 * (10 + size * element.scale))
        }
        for k in 0..<first.count {
          // Bounded: orthogonal, of the right orientation, and within the cloud.
          let rotation = first[k].rotation
          let defect = (rotation.transposed * rotation - Matrix(identity: d)).frobenius
          #expect(defect <= 1e-14)
          #expect(!group.isProper || determinant(rotation) > 0.99)
          #expect(determinant(rotation) * first[k].orientation > 0.99)
          let norms = (0..<points.rows).map { Matrix(row: Array(points.row($0))).frobenius }
          #expect(Matrix(row: first.center).frobenius <= (norms.max() ?? 0) * (1 + 1e-14))
        }
      }
    }
  }

  private func determinant(_ matrix: Matrix<Double>) -> Double {
    guard let factors = try? LU(matrix) else { return .nan }
    return factors.determinant
  }

  /// Clouds without extent in some directions, in dimension d.
  static func flatClouds() -> [(String, Matrix<Double>)] {
    var stream = RandomStream(seed: 6)
    func embedded(_ n: Int, _ rank: Int, _ d: Int) -> Matrix<Double> {
      Matrix<Double>.normals(n, rank, &stream) * Matrix<Double>.randomOrthonormalRows(rank, d, using: &stream)
    }
    return [
      ("line in 3-space", embedded(6, 1, 3)), ("plane in 3-space", embedded(6, 2, 3)),
      ("two points", Matrix<Double>.normals(2, 3, &stream)),
      ("one point", Matrix<Double>.normals(1, 3, &stream)),
      ("zeros", Matrix(zeros: 5, 3)), ("three points in 5-space", Matrix<Double>.normals(3, 5, &stream)),
      ("plane in 5-space", embedded(9, 2, 5)),
      ("two points in 2-space", Matrix<Double>.normals(2, 2, &stream)),
    ]
  }

  @Test("clouds without full rank", arguments: FrameGroup.allCases)
  func rankDeficiency(_ group: FrameGroup) throws {
    for (name, points) in Self.flatClouds() {
      let (n, d) = (points.rows, points.columns)
      for index in 0..<3 {
        var stream = RandomStream(seed: 8).stream(name).stream(index)
        let network = MultilayerPerceptron<Double>(
          randomWidths: [n * d, 12, n * d], activation: .tanh, using: &stream)
        let element = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
        let image = element.transformed(points)
        func average(_ cloud: Matrix<Double>) throws -> Field<Double> {
          try Frame(principalAxesOf: cloud, group: group).average(of: [Field(.point, cloud)]) { inputs in
            [Field(.point, Matrix(rows: n, columns: d, elements: network(inputs[0].values.elements)))]
          }[0]
        }
        // Coincident points have no scale that could move with them.
        if group.scales && (name == "zeros" || name == "one point") { continue }
        let error = try average(image).values.maximumDifference(
          from: element.transformed(average(points)).values)
        let gap = try Frame(principalAxesOf: points, group: group).certificate.relativeGap
        let scale = max(1, element.scale, 1 / element.scale) * (1 + image.frobenius)
        #expect(error <= 50 * Self.epsilon / gap * scale, "\(name), \(group), trial \(index)")
      }
    }
  }

  @Test(
    "extreme coordinates, and thin clouds", arguments: [1e-200, 1e-150, 1e-100, 1e100, 1e150, 1e200, 1e300])
  func extremes(_ size: Double) throws {
    var stream = RandomStream(seed: 9)
    let unit = Matrix<Double>.normals(8, 3, &stream)
    let points = unit * size
    for group in FrameGroup.allCases {
      let (small, large) = try (
        Frame(principalAxesOf: unit, group: group), Frame(principalAxesOf: points, group: group)
      )
      let axes = try #require(large.signedAxes?.axes)
      #expect(axes.maximumDifference(from: try #require(small.signedAxes?.axes)) <= 1e-13)
      #expect(zip(large.center, small.center).allSatisfy { abs($0 / size - $1) <= 1e-14 })
      #expect(abs(large.certificate.relativeGap - small.certificate.relativeGap) <= 1e-13)
      #expect(
        zip(large.certificate.lengths, small.certificate.lengths).allSatisfy { abs($0 / size - $1) <= 1e-13 })
      if group.scales { #expect(abs(large.scale / size / small.scale - 1) <= 1e-13) }
      let bound = large.certificate.canonicalErrorBound()
      #expect(bound > 0 && bound / (group.scales ? 1 : size) <= 1e-12)
    }
  }

  @Test("a needle's cross-section has axes of its own", arguments: [1e-3, 1e-5, 1e-7, 1e-9, 1e-11])
  func needle(_ thickness: Double) throws {
    var stream = RandomStream(seed: 10)
    let section = Matrix<Double>.normals(9, 3, &stream)
    let points = Matrix(rows: 9, columns: 3) { i, j in
      section[i, j] * (j == 2 ? 1 : thickness * Double(1 + j))
    }
    let frame = try Frame(principalAxesOf: points, group: .euclidean)
    #expect(frame.certificate.rank == 3 && !frame.certificate.isDegenerate)
    for index in 0..<10 {
      var own = stream.stream(index)
      let turn = FrameElement<Double>.random(of: .specialOrthogonal, dimension: 3, using: &own)
      let image = turn.transformed(points)
      let other = try Frame(principalAxesOf: image, group: .euclidean)
      // The nearest of the canonical clouds, in which thin directions are magnified.
      let a = frame[0].inverseTransformed(points)
      let nearest = (0..<8).map { k in other[k].inverseTransformed(image).maximumDifference(from: a) }.min()
      // The rotated points are rounded by half a unit of numbers of the order of 1.
      #expect((nearest ?? 1) <= 1e-14, "thickness \(thickness), trial \(index)")
    }
    #expect(frame.certificate.canonicalErrorBound() <= 1e-13)
  }

  @Test("the average of an average is the average; invariant functions stay")
  func projection() throws {
    var stream = RandomStream(seed: 12)
    let points = Matrix<Double>.normals(5, 3, &stream)
    for group in FrameGroup.allCases {
      let frame = try Frame(principalAxesOf: points, group: group)
      let once = frame.average(of: points, TestFunctions.scalar)[0]
      let twice = frame.average(of: points) { cloud in
        (try? Frame(principalAxesOf: cloud, group: group).average(of: cloud, TestFunctions.scalar)) ?? []
      }[0]
      #expect(abs(once - twice) <= 1e-13)
    }
  }
}
