import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Frames of principal axes")
struct PrincipalFrameTests {
  @Test("a cloud of five points, by hand")
  func fivePoints() throws {
    let points = Matrix<Double>(rows: [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]])
    let frame = try Frame(principalAxesOf: points, group: .euclidean)
    #expect(frame.count == 8)
    let expected = [1.069985000211444, 2.808181171690005, 7.321833828098551]
    for (found, value) in zip(frame.certificate.eigenvalues, expected) {
      #expect(abs(found - value) <= 1e-14 * 8)
    }
    func phi(_ y: Matrix<Double>) -> [Double] {
      var sum = 0.0
      for i in 0..<y.rows {
        var argument = 0.3 * Double(i + 1)
        for j in 0..<y.columns { argument += Double(i + 1) / Double(j + 2) * y[i, j] }
        sum += sin(argument)
      }
      return [sum]
    }
    #expect(abs(frame.average(of: points, phi)[0] - 0.174331784357524) <= 1e-12)
    let rigid = try Frame(principalAxesOf: points, group: .specialEuclidean)
    #expect(rigid.count == 4)
    #expect(abs(rigid.average(of: points, phi)[0] - -0.001244774020367) <= 1e-12)
  }
}
