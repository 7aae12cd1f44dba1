import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Gradients of averages over weighted frames")
struct RobustFrameGradientTests {
  static let clouds: [(name: String, points: Matrix<Double>)] = [
    ("square", [[1, 0], [0, 1], [-1, 0], [0, -1]]),
    ("triangle", [[1, 0], [-0.5, 0.75.squareRoot()], [-0.5, -0.75.squareRoot()]]),
    ("line in the plane", [[1, 1], [2, 2], [-1, -1]]),
    ("two points", [[1, 0], [0, 3]]),
    ("on a line", [[1], [2], [5]]),
    ("tetrahedron", [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]),
    ("octahedron", [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]),
    ("plane in space", [[1, 0, 0], [0, 2, 0], [-1, 1, 0], [0.5, -3, 0]]),
    ("five points", [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]]),
    ("simplex", [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [-0.5, -0.5, -0.5, -0.5]]),
  ]

  /// Central differences with h = 1e-6. A weight that is zero is a square with a direction beside it, so that the
  /// derivative is only continuous there: the error is that of h, times second differences of the order of 0.1.
  @Test("central differences, also at equal eigenvalues", arguments: FrameGroup.allCases)
  func differences(group: FrameGroup) throws {
    // Every group in the plane, and two of them in more dimensions.
    let isWhole = group == .euclidean || group == .specialSimilarity
    for (name, points) in Self.clouds where isWhole || points.columns < 3 {
      let network = FrameForceTests.network(points.rows * points.columns, seed: 3)
      let result = try Frame.robustAverageAndGradient(of: points, group: group) {
        FrameForceTests.energy(network, $0)
      }
      func average(_ points: Matrix<Double>) throws -> Double {
        try Frame(robustAxesOf: points, group: group).average(of: points) { network($0.elements) }[0]
      }
      #expect(abs(result.value - (try average(points))) <= 1e-14, "\(name), \(group)")
      let h = 1e-6
      let difference = try Matrix(rows: points.rows, columns: points.columns) { i, j in
        var (ahead, behind) = (points, points)
        ahead[i, j] += h
        behind[i, j] -= h
        return try (average(ahead) - average(behind)) / (ahead[i, j] - behind[i, j])
      }
      #expect(result.gradient.maximumDifference(from: difference) <= 1e-7, "\(name), \(group)")
      let torque = FrameForce<Double>.torque(of: result.gradient, at: points)
      #expect(torque.elements.allSatisfy { abs($0) <= 1e-13 }, "\(name), \(group)")
    }
  }

  @Test("clouds without enough dimensions are refused")
  func refusals() throws {
    func function(_ z: Matrix<Double>) -> (value: Double, gradient: Matrix<Double>) { (0, z) }
    #expect(throws: FrameError.self) {
      try Frame<Double>.robustAverageAndGradient(of: [[0, 0, 0], [1, 2, 2]], group: .euclidean, function)
    }
    #expect(throws: FrameError.self) {
      try Frame<Double>.robustAverageAndGradient(of: [[1, 2], [1, 2]], group: .specialEuclidean, function)
    }
    #expect(throws: FrameError.self) {
      try Frame<Double>.robustAverageAndGradient(of: [[1, .nan]], group: .orthogonal, function)
    }
  }
}
