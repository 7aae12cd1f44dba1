import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Derivatives of moments and of principal axes")
struct SymmetricEigenDerivativeTests {
  @Test("pullbacks are the transposes of pushforwards, and both agree with differences", arguments: 1...6)
  func agreement(d: Int) throws {
    var stream = RandomStream(seed: UInt64(d))
    let points = normalCloud(2 * d + 3, d, using: &stream).scalingColumns(
      by: (0..<d).map { 1 + 0.7 * Double($0) })
    func eigen(_ matrix: Matrix<Double>) throws -> SmallSymmetricEigen<Double> {
      try SmallSymmetricEigen(MatrixBatch([matrix]))
    }
    let scatter = points.gram()
    let found = try eigen(scatter)
    let axes = Matrix(found.vectors[0])
    let certificate = FrameCertificate(
      eigenvalues: (0..<d).map { found.values[0, $0] }, points: points.rows, tolerance: 1e-9)
    let derivative = try SymmetricEigenDerivative(axes: axes, certificate: certificate)
    #expect(derivative.alteredPairs == 0)
    var change = normalCloud(d, d, using: &stream)
    change = change + change.transposed
    let forward = derivative.pushforward(change)
    let step = 1e-4
    func moved(_ factor: Double) throws -> (axes: Matrix<Double>, values: Matrix<Double>) {
      let result = try eigen(scatter + factor * change)
      let vectors = Matrix(result.vectors[0])
      let signs = (0..<d).map { j in (0..<d).reduce(0) { $0 + vectors[$1, j] * axes[$1, j] } < 0 ? -1.0 : 1 }
      return (vectors.scalingColumns(by: signs), result.values)
    }
    let (plus, minus) = (try moved(step), try moved(-step))
    #expect(((plus.axes - minus.axes) / (2 * step)).maximumDifference(from: forward.axes) <= 1e-7)
    let slopes = (plus.values - minus.values) / (2 * step)
    #expect(slopes.maximumDifference(from: Matrix(row: forward.eigenvalues)) <= 1e-7)
    let cotangent = normalCloud(d, d, using: &stream)
    let values: [Double] = (0..<d).map { _ in stream.normal() }
    let back = derivative.pullback(axes: cotangent, eigenvalues: values)
    let slope: Double = zip(forward.eigenvalues, values).reduce(0) { sum, pair in sum + pair.0 * pair.1 }
    let left = forward.axes.hadamard(cotangent).sum + slope
    #expect(abs(left - back.hadamard(change).sum) <= 1e-12)
    let batch = try found.pullback(
      vectors: MatrixBatch([cotangent]), values: Matrix(row: values), points: [points.rows])
    #expect(Matrix(batch[0]) == back)
  }

  @Test("the pullback of centroids and scatters", arguments: [true, false])
  func moments(centered: Bool) throws {
    var stream = RandomStream(seed: 3)
    let points = normalCloud(9, 3, using: &stream)
    let starts = [0, 4, 5, 9]
    let clouds = try PointClouds(points: points, starts: starts)
    let centers = normalCloud(3, 3, using: &stream)
    let scatters = MatrixBatch((0..<3).map { _ in normalCloud(3, 3, using: &stream) })
    func loss(_ points: Matrix<Double>) throws -> Double {
      let moments = try CloudMoments(PointClouds(points: points, starts: starts), centered: centered)
      var sum = moments.centers.hadamard(centers).sum
      for (a, b) in zip(moments.scatters.elements, scatters.elements) { sum += a * b }
      return sum
    }
    let result = try CloudMoments(clouds, centered: centered).pullback(
      centers: centers, scatters: scatters, of: clouds, centered: centered)
    let difference = try centralDifferences(at: points, loss)
    #expect(result.maximumDifference(from: difference) <= 1e-10)
  }
}
