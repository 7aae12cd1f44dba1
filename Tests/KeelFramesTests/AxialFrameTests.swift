import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Frames about an axis")
struct AxialFrameTests {
  @Test(
    "averages are symmetric about the axis, and see heights", arguments: FrameGroup.allCases, [false, true])
  func symmetry(_ group: FrameGroup, _ translatesHeights: Bool) throws {
    for d in 2...4 {
      for index in 0..<5 {
        var stream = RandomStream(seed: 51).stream(group.rawValue).stream(d).stream(index)
        let cloud = Matrix<Double>.normals(7, d, &stream)
        let network = MultilayerPerceptron<Double>(
          randomWidths: [7 * d, 16, 7 * d], activation: .tanh, using: &stream)
        let turn = FrameElement<Double>.random(of: group, dimension: d - 1, using: &stream)
        let lift = translatesHeights ? 5.0 : 0
        let element = FrameElement(
          rotation: Matrix<Double>(rows: d, columns: d) { i, j in
            i < d - 1 && j < d - 1 ? turn.rotation[i, j] : i == j ? 1 : 0
          }, translation: turn.translation + [lift], scale: turn.scale)
        func average(_ x: Matrix<Double>) throws -> (Matrix<Double>, Double) {
          let frame = try AxialFrame(
            principalAxesOf: x, group: group, translatesHeights: translatesHeights)
          #expect(frame.count == 1 << (group.isProper ? d - 2 : d - 1))
          let gap = frame.plane.certificate.relativeGap
          let values = frame.average(of: [Field(.point, x)]) { inputs in
            [Field(.point, Matrix(rows: 7, columns: d, elements: network(inputs[0].values.elements)))]
          }
          return (values[0].values, gap)
        }
        let (here, gap) = try average(cloud)
        let (there, _) = try average(element.transformed(cloud))
        let scale = max(1, element.scale, 1 / element.scale)
        #expect(
          there.maximumDifference(from: element.transformed(here)) <= 1e-12 / gap * scale,
          "\(group), d = \(d), trial \(index)")
      }
    }
  }

  @Test("a cloud on its head is another cloud")
  func heights() throws {
    let points = PrincipalFrameTests.five
    let turned = Matrix(rows: 5, columns: 3) { i, j in (j == 0 ? 1 : -1) * points[i, j] }
    let values = try [points, turned].map { x in
      try AxialFrame(principalAxesOf: x, group: .euclidean, translatesHeights: true)
        .average(of: x, TestFunctions.scalar)[0]
    }
    #expect(abs(values[0] - values[1]) > 1e-3)
  }

  @Test("bad data are errors")
  func errors() {
    #expect(throws: FrameError.self) { try AxialFrame(principalAxesOf: Matrix<Double>(zeros: 3, 1)) }
    #expect(throws: FrameError.notFinite(argument: "points", position: "point 1, coordinate 2")) {
      try AxialFrame(principalAxesOf: Matrix<Double>(rows: [[0, 0, 0], [1, 2, .infinity]]))
    }
  }
}
