import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Gradients of averages over frames")
struct FrameDerivativeTests {
  static let fivePoints = Matrix<Double>(rows: [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]])

  @Test("the gradient of five points, computed elsewhere, and what the published programs return")
  func fivePointsGradient() throws {
    let frame = try Frame(principalAxesOf: Self.fivePoints, group: .euclidean)
    let result = try frame.averageAndGradient(of: Self.fivePoints, SampleFunction.scalar)
    #expect(abs(result.value - 0.174331784357524) <= 1e-14)
    #expect(result.alteredPairs == 0 && result.dependenceOnChoice == 0)
    let expected = Matrix<Double>(rows: [
      [0.207447496160118, -0.133586195421100, 0.071781045714755],
      [-0.233122828379083, 0.256086013262160, 0.451045160214945],
      [0.923893148906131, -0.157531379620332, 0.033696363257028],
      [0.688366136263326, 0.029915230179662, -0.583991864811269],
      [-1.586583952950492, 0.005116331599611, 0.027469295624542],
    ])
    #expect(result.gradient.maximumDifference(from: expected) <= 2e-14)
    let detached = PublishedDetachedGradient.gradient(at: Self.fivePoints, over: frame) {
      SampleFunction.scalar($0).gradient
    }
    let row = Matrix<Double>(row: [0.537164514745788, 0.082957427386501, 0.166157733649841])
    #expect(Matrix(row: (0..<3).map { detached[0, $0] }).maximumDifference(from: row) <= 2e-14)
  }

  @Test("central differences", arguments: FrameGroup.allCases, 1...5)
  func agreesWithDifferences(group: FrameGroup, d: Int) throws {
    for n in [1, 2, d + 2, 9] {
      var stream = RandomStream(seed: UInt64(10 * d + n))
      // Clouds of widely different extents, so that no two eigenvalues are close.
      let points = normalCloud(n, d, using: &stream).scalingColumns(by: (0..<d).map { 1 + 0.6 * Double($0) })
      if n == 1 && group.scales { continue }
      let result = try Frame(principalAxesOf: points, group: group).averageAndGradient(
        of: points, SampleFunction.scalar)
      let difference = try centralDifferences(at: points) { moved in
        try Frame(principalAxesOf: moved, group: group).average(of: moved) {
          [SampleFunction.scalar($0).value]
        }[0]
      }
      let size = 1 + result.gradient.elements.reduce(0) { max($0, abs($1)) }
      #expect(
        result.gradient.maximumDifference(from: difference) <= 1e-8 * size, "group \(group), n \(n), d \(d)")
    }
  }

  @Test("clouds without extent in some directions", arguments: FrameGroup.allCases)
  func rankDeficient(group: FrameGroup) throws {
    let clouds: [(name: String, points: Matrix<Double>)] = [
      ("planar", [[1, 0, 0], [0, 2, 0], [-1, 1, 0], [0.5, -3, 0], [2, 1, 0]]),
      ("collinear", [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]]),
      ("two points", [[1, 2, 3], [-1, 0.5, 2]]),
      ("some coincident", [[1, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]]),
      ("zero", [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
      ("coincident", [[1, 2, 3], [1, 2, 3]]),
      ("one point", [[1, 2, 3]]),
    ]
    for (name, points) in clouds {
      let frame = try Frame(principalAxesOf: points, group: group)
      if frame.certificate.rank == 0 && group.scales { continue }
      let result = try frame.averageAndGradient(of: points, SampleFunction.scalar)
      // Terms of second order may depend on the direction here, but they are even and cancel; what is left is of the
      // order of h².
      let difference = try centralDifferences(at: points, step: 1e-4) { moved in
        try Frame(principalAxesOf: moved, group: group).average(of: moved) {
          [SampleFunction.scalar($0).value]
        }[0]
      }
      #expect(result.gradient.maximumDifference(from: difference) <= 1e-7, "\(name), \(group)")
    }
  }

  @Test("the gradient turns with the cloud, and has neither force nor torque", arguments: FrameGroup.allCases)
  func equivariance(group: FrameGroup) throws {
    for seed in 0..<20 {
      var stream = RandomStream(seed: UInt64(seed))
      let points = normalCloud(6, 3, using: &stream)
      let g = FrameElement<Double>.random(of: group, dimension: 3, using: &stream)
      let frame = try Frame(principalAxesOf: points, group: group)
      let result = try frame.averageAndGradient(of: points, SampleFunction.scalar)
      let moved = g.transformed(points)
      let other = try Frame(principalAxesOf: moved, group: group).averageAndGradient(
        of: moved, SampleFunction.scalar)
      let turned = (result.gradient * g.rotation.transposed) / g.scale
      let tolerance = 1e-13 / Double(frame.certificate.relativeGap)
      #expect(abs(result.value - other.value) <= tolerance, "seed \(seed)")
      #expect(turned.maximumDifference(from: other.gradient) <= tolerance / g.scale, "seed \(seed)")
      let torque = FrameForce<Double>.torque(of: result.gradient, at: points)
      #expect(torque.elements.allSatisfy { abs($0) <= 1e-14 * 20 }, "seed \(seed): \(torque)")
      if group.translates {
        #expect(result.gradient.columnSums.allSatisfy { abs($0) <= 1e-14 }, "seed \(seed)")
      }
      if group.scales {
        let radial = result.gradient.hadamard(points.addingToRows(points.columnMeans.map(-))).sum
        #expect(abs(radial) <= 1e-13, "seed \(seed)")
      }
    }
  }

  @Test("equal eigenvalues are refused, or altered and reported")
  func equalEigenvalues() throws {
    let square: Matrix<Double> = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    let frame = try Frame(principalAxesOf: square, group: .euclidean)
    #expect(throws: FrameError.self) { try FrameDerivative(of: frame, at: square) }
    let network = FrameForceTests.network(8, seed: 1)
    let dependent = try frame.averageAndGradient(of: square, rule: .fixed) {
      FrameForceTests.energy(network, $0)
    }
    #expect(dependent.alteredPairs == 1)
    #expect(dependent.dependenceOnChoice > 1e-4)
    // A function that does not depend on the axes has its own gradient by the fixed rule.
    func invariant(_ z: Matrix<Double>) -> (value: Double, gradient: Matrix<Double>) {
      (z.elements.reduce(0) { $0 + $1 * $1 }, 2 * z)
    }
    let exact = try frame.averageAndGradient(of: square, rule: .fixed, invariant)
    #expect(exact.dependenceOnChoice <= 1e-15)
    #expect(exact.gradient.maximumDifference(from: 2 * square) <= 1e-14)
    let smoothed = try frame.averageAndGradient(
      of: square, rule: .smoothed(width: 1e-3), SampleFunction.scalar)
    #expect(smoothed.alteredPairs == 1 && smoothed.gradient.elements.allSatisfy { $0.isFinite })
    // Far from equal eigenvalues smoothing is small: the relative change is (e/g)².
    let five = Self.fivePoints
    let apart = try Frame(principalAxesOf: five, group: .euclidean)
    let plain = try apart.averageAndGradient(of: five, SampleFunction.scalar)
    let soft = try apart.averageAndGradient(of: five, rule: .smoothed(width: 1e-4), SampleFunction.scalar)
    #expect(soft.alteredPairs == 0)
    let change = soft.gradient.maximumDifference(from: plain.gradient)
    #expect(change > 0 && change <= 1e-6)
  }

  @Test("what has no derivative is refused with a reason")
  func refusals() throws {
    let points = Self.fivePoints
    let frame = try Frame(principalAxesOf: points, group: .euclidean)
    #expect(throws: FrameError.self) {
      try FrameDerivative(of: frame, at: 2 * points + points.map { $0 * $0 })
    }
    #expect(throws: FrameError.self) { try FrameDerivative(of: frame, at: points.addingToRows([1, 0, 0])) }
    #expect(throws: FrameError.self) { try FrameDerivative(of: frame, at: points.map { _ in .nan }) }
    #expect(throws: FrameError.empty(argument: "points")) {
      try FrameDerivative(of: frame, at: Matrix<Double>(zeros: 0, 3))
    }
    let coincident: Matrix<Double> = [[1, 2], [1, 2]]
    let similarity = try Frame(principalAxesOf: coincident, group: .similarity)
    #expect(throws: FrameError.self) { try FrameDerivative(of: similarity, at: coincident) }
  }

  /// The average over a tie-break frame is invariant, so that its derivative along a rotation of a square, which
  /// stays a square, is zero. With the axes fixed to the space around it is not: the axes of ties follow single
  /// points.
  @Test("axes of ties are not fixed")
  func tieBreakFrames() throws {
    let square: Matrix<Double> = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    let frame = try Frame(resolvingTiesOf: square, group: .euclidean)
    let network = FrameForceTests.network(8, seed: 1)
    #expect(throws: FrameError.self) {
      try frame.averageAndGradient(of: square) { FrameForceTests.energy(network, $0) }
    }
    let fixed = try frame.averageAndGradient(of: square, rule: .fixed) { FrameForceTests.energy(network, $0) }
    let torque = FrameForce<Double>.torque(of: fixed.gradient, at: square)[0, 1]
    #expect(abs(torque) > 1e-3 && fixed.dependenceOnChoice > 1e-3)
  }

  @Test("a list of elements, and elements with weights")
  func lists() throws {
    let line: Matrix<Double> = [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]]
    let list = try TieBreak(of: line, group: .euclidean, includesTensors: true).frame
    let signed = try Frame(principalAxesOf: line, group: .euclidean)
    let expected = try signed.averageAndGradient(of: line, SampleFunction.scalar)
    let found = try list.averageAndGradient(of: line, SampleFunction.scalar)
    #expect(abs(found.value - expected.value) <= 1e-14)
    #expect(found.gradient.maximumDifference(from: expected.gradient) <= 1e-13)
    let weighted = try Frame(robustAxesOf: Self.fivePoints, group: .euclidean)
    #expect(throws: FrameError.self) { try FrameDerivative(of: weighted, at: Self.fivePoints) }
  }

  @Test("many clouds at once, on any number of threads", arguments: [1, 2])
  func batches(threads: Int) throws {
    var stream = RandomStream(seed: 8)
    let clouds = PointClouds((0..<11).map { normalCloud(3 + $0 % 4, 3, using: &stream) })
    let result = try FrameGradients(of: clouds, group: .specialEuclidean, chunk: 3, threads: threads) {
      batch in
      var (values, gradients): ([Double], [Double]) = ([], [])
      for b in 0..<batch.count {
        let term = SampleFunction.scalar(batch[b])
        values.append(term.value)
        gradients += term.gradient.elements
      }
      return (values, Matrix(rows: batch.points.rows, columns: 3, elements: gradients))
    }
    for b in 0..<clouds.count {
      let single = try Frame(principalAxesOf: clouds[b], group: .specialEuclidean).averageAndGradient(
        of: clouds[b], SampleFunction.scalar)
      #expect(result.values[b] == single.value)
      #expect(Matrix(result.gradients[rows: clouds.starts[b]..<clouds.starts[b + 1]]) == single.gradient)
    }
    let square: Matrix<Double> = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    #expect(throws: FrameError.self) {
      try FrameGradients(of: PointClouds([2 * Matrix(identity: 2), square]), group: .euclidean) { batch in
        (Array(repeating: 0, count: batch.count), batch.points)
      }
    }
  }

  @Test("single precision")
  func singlePrecision() throws {
    let points = Matrix<Float>(converting: Self.fivePoints)
    let frame = try Frame(principalAxesOf: points, group: .specialEuclidean)
    let result = try frame.averageAndGradient(of: points) { z in
      let value = SampleFunction.scalar(Matrix(converting: z))
      return (Float(value.value), Matrix(converting: value.gradient))
    }
    let exact = try Frame(principalAxesOf: Self.fivePoints, group: .specialEuclidean).averageAndGradient(
      of: Self.fivePoints, SampleFunction.scalar)
    #expect(Matrix<Double>(converting: result.gradient).maximumDifference(from: exact.gradient) <= 2e-5)
  }
}
