import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Random elements of frames and groups")
struct SampledAverageTests {
  private let points: Matrix<Double>

  init() {
    var stream = RandomStream(seed: 41)
    points = .normals(8, 3, &stream)
  }

  @Test("estimates are unbiased, with the variance of a draw")
  func estimates() throws {
    for group in [FrameGroup.euclidean, .specialEuclidean] {
      let frame = try Frame(principalAxesOf: points, group: group)
      let exact = frame.average(of: points, TestFunctions.scalar)[0]
      let values = (0..<frame.count).map { TestFunctions.scalar(frame[$0].inverseTransformed(points))[0] }
      let variance = values.reduce(0) { $0 + ($1 - exact) * ($1 - exact) } / Double(values.count)
      let estimate = frame.average(
        of: points, sampling: 4000, from: RandomStream(seed: 42), TestFunctions.scalar)
      #expect(abs(estimate.mean[0] - exact) <= 4 * estimate.standardError[0])
      // The relative deviation of a variance of n draws of bounded values is below 1 / √n.
      #expect(abs(estimate.variance[0] / variance - 1) <= 4 / 4000.0.squareRoot())
      #expect(estimate.draws == 4000)
    }
  }

  @Test("the seed fixes the draws; one draw has no variance")
  func seeds() throws {
    let frame = try Frame(principalAxesOf: points, group: .euclidean)
    let one = frame.average(of: points, sampling: 1, from: RandomStream(seed: 1), TestFunctions.scalar)
    #expect(one.variance[0].isNaN && one.standardError[0].isNaN)
    let values = (0..<8).map { TestFunctions.scalar(frame[$0].inverseTransformed(points))[0] }
    #expect(values.contains { abs($0 - one.mean[0]) <= 1e-14 })
    let (a, b) = (
      frame.average(of: points, sampling: 50, from: RandomStream(seed: 2), TestFunctions.scalar),
      frame.average(of: points, sampling: 50, from: RandomStream(seed: 2), TestFunctions.scalar)
    )
    #expect(a == b)
  }

  @Test("estimates of fields")
  func fields() throws {
    let frame = try Frame(principalAxesOf: points, group: .euclidean)
    let exact = frame.average(of: [Field(.point, points)], TestFunctions.fields)[0].values.elements
    let estimate = frame.average(
      of: [Field(.point, points)], sampling: 2000, from: RandomStream(seed: 43), TestFunctions.fields)
    for i in exact.indices { #expect(abs(estimate.mean[i] - exact[i]) <= 5 * estimate.standardError[i]) }
  }

  @Test(
    "the average over the group does not depend on the place of the cloud", arguments: FrameGroup.allCases)
  func group(_ group: FrameGroup) throws {
    var stream = RandomStream(seed: 44).stream(group.rawValue)
    let element = FrameElement<Double>.random(of: group, dimension: 3, using: &stream)
    let image = element.transformed(points)
    let estimates = try [points, image].enumerated().map { index, cloud in
      try GroupAverage(of: cloud, group: group).average(
        of: cloud, sampling: 800, from: RandomStream(seed: UInt64(index)), TestFunctions.scalar)
    }
    let deviation = zip(estimates[0].standardError, estimates[1].standardError).map {
      ($0 * $0 + $1 * $1).squareRoot()
    }
    #expect(abs(estimates[0].mean[0] - estimates[1].mean[0]) <= 5 * deviation[0])
  }

  @Test("a closed form: the mean of a squared coordinate over rotations")
  func secondMoment() throws {
    // E (Rᵀy)₀² = |y|² / d.
    let group = try GroupAverage(of: points, group: .specialOrthogonal)
    let estimate = group.average(of: points, sampling: 6000, from: RandomStream(seed: 45)) { cloud in
      (0..<cloud.rows).map { cloud[$0, 0] * cloud[$0, 0] }
    }
    for i in 0..<points.rows {
      let square = points.row(i).reduce(0) { $0 + $1 * $1 }
      #expect(abs(estimate.mean[i] - square / 3) <= 5 * estimate.standardError[i])
      // The variance of u² for a uniform unit vector in space: 1/5 - 1/9.
      #expect(abs(estimate.variance[i] / (square * square * (0.2 - 1 / 9.0)) - 1) <= 0.1)
    }
  }

  @Test("sums over signs of single axes: invariant and equivariant", arguments: [3, 8, 40])
  func signs(_ d: Int) throws {
    var stream = RandomStream(seed: 47).stream(d)
    let n = d + 5
    let cloud = Matrix<Double>.normals(n, d, &stream)
    let element = FrameElement<Double>.random(of: .euclidean, dimension: d, using: &stream)
    let image = element.transformed(cloud)
    let inner = MultilayerPerceptron<Double>(randomWidths: [n, 16, 4], activation: .tanh, using: &stream)
    let odd = MultilayerPerceptron<Double>(randomWidths: [n, 16, n], activation: .tanh, using: &stream)
    let outer = MultilayerPerceptron<Double>(randomWidths: [4 * d, 8, 2], activation: .tanh, using: &stream)
    let frames = try [cloud, image].map { try Frame(principalAxesOf: $0, group: .euclidean) }
    let values = try zip(frames, [cloud, image]).map { frame, x in
      try frame.signInvariant(
        of: x, { inner([Double($0)] + $1.dropLast()) }, combinedBy: { outer($0.elements) })
    }
    let bound = 1e-13 / frames[0].certificate.relativeGap
    #expect(zip(values[0], values[1]).allSatisfy { abs($0 - $1) <= bound })
    for kind in [FieldKind.point, .vector] {
      let clouds = try zip(frames, [cloud, image]).map { frame, x in
        try frame.signEquivariant(of: x, as: kind) { odd([Double($0)] + $1.dropLast()) }
      }
      let error = clouds[1].values.maximumDifference(from: element.transformed(clouds[0]).values)
      #expect(error <= bound * Double(d))
    }
  }
}
