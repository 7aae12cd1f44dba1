import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Forces of averaged energies")
struct FrameForceTests {
  static func network(_ inputs: Int, seed: UInt64) -> MultilayerPerceptron<Double> {
    var stream = RandomStream(seed: seed)
    return MultilayerPerceptron(randomWidths: [inputs, 16, 1], activation: .tanh, using: &stream)
  }

  static func energy(
    _ network: MultilayerPerceptron<Double>, _ z: Matrix<Double>
  ) -> (value: Double, gradient: Matrix<Double>) {
    let row = Matrix(row: z.elements)
    let gradient = network.pullback([[1]], at: row)
    return (network(row)[0, 0], Matrix(rows: z.rows, columns: z.columns, elements: gradient.elements))
  }

  @Test("no torque and no work round a loop; both for a frame held constant", arguments: 0..<5)
  func conservation(seed: Int) throws {
    let network = Self.network(18, seed: UInt64(seed))
    let force = FrameForce<Double>(group: .euclidean) { Self.energy(network, $0) }
    var stream = RandomStream(seed: UInt64(100 + seed))
    // Extents 3, 2 and 1: the loop stays away from equal eigenvalues.
    let center = normalCloud(6, 3, using: &stream).scalingColumns(by: [1, 2, 4])
    let first = 0.3 * normalCloud(6, 3, using: &stream)
    let second = 0.3 * normalCloud(6, 3, using: &stream)
    let (energy, forces) = try force(center)
    let frame = try Frame(principalAxesOf: center, group: .euclidean)
    #expect(abs(energy - frame.average(of: center) { network($0.elements) }[0]) <= 1e-15)
    let torque = FrameForce<Double>.torque(of: forces, at: center)
    #expect(torque.elements.allSatisfy { abs($0) <= 1e-14 }, "seed \(seed): \(torque)")
    #expect(forces.columnSums.allSatisfy { abs($0) <= 1e-15 })
    let work = try FrameForce<Double>.work(aroundEllipseAt: center, first, second, steps: 96) {
      try force($0).forces
    }
    #expect(abs(work) <= 1e-12, "seed \(seed)")
    func detached(_ points: Matrix<Double>) throws -> Matrix<Double> {
      let frame = try Frame(principalAxesOf: points, group: .euclidean)
      return -PublishedDetachedGradient.gradient(at: points, over: frame) {
        Self.energy(network, $0).gradient
      }
    }
    let published = try FrameForce<Double>.work(aroundEllipseAt: center, first, second, steps: 96, detached)
    #expect(abs(published) >= 1e-6, "seed \(seed)")
    let turn = FrameForce<Double>.torque(of: try detached(center), at: center)
    #expect(turn.elements.contains { abs($0) >= 1e-4 }, "seed \(seed)")
  }

  @Test("a loop through a square, where principal axes have no derivative")
  func robustWork() throws {
    let network = Self.network(8, seed: 2)
    let force = FrameForce<Double>(group: .specialEuclidean, axes: .robust) { Self.energy(network, $0) }
    let square: Matrix<Double> = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    var stream = RandomStream(seed: 9)
    let (first, second) = (0.3 * normalCloud(4, 2, using: &stream), 0.3 * normalCloud(4, 2, using: &stream))
    // The path begins at the square.
    let work = try FrameForce<Double>.work(aroundEllipseAt: square - first, first, second, steps: 128) {
      try force($0).forces
    }
    #expect(abs(work) <= 1e-12)
  }
}
