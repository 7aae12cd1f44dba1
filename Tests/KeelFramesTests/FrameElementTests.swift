import Keel
import KeelFrames
import Testing

@Suite("Elements of frames")
struct FrameElementTests {
  @Test("inverses, compositions and orientations", arguments: FrameGroup.allCases)
  func algebra(_ group: FrameGroup) throws {
    for d in 1...6 {
      for index in 0..<4 {
        var stream = RandomStream(seed: 71).stream(group.rawValue).stream(d).stream(index)
        let (a, b) = (
          FrameElement<Double>.random(of: group, dimension: d, using: &stream),
          FrameElement<Double>.random(of: group, dimension: d, using: &stream)
        )
        let points = Matrix<Double>.normals(5, d, &stream)
        let size = 1e-14 * Double(d) * (1 + a.scale) * (1 + b.scale) * (1 + 1 / a.scale)
        let image = a.transformed(points)
        #expect(a.inverseTransformed(image).maximumDifference(from: points) <= size)
        #expect(a.inverse.transformed(image).maximumDifference(from: points) <= size)
        let twice = b.transformed(image)
        #expect((b * a).transformed(points).maximumDifference(from: twice) <= size)
        // Orientations are known without another determinant, and agree with it.
        for element in [a, b * a, a.inverse, b.inverse * a] {
          #expect((try LU(element.rotation).determinant < 0) == (element.orientation < 0))
          #expect(element.orientation == 1 || !group.isProper)
        }
      }
    }
    let none = FrameElement<Double>(identity: 0)
    #expect(none.orientation == 1 && none.inverse == none)
  }

  /// A frame with weights of its own: the identity, a reflection without weight, and half a turn.
  private struct Weighted: FiniteFrame {
    typealias Element = FrameElement<Double>
    typealias Scalar = Double
    let weights = [0.25, 0, 0.75]
    let count = 3
    subscript(index: Int) -> FrameElement<Double> {
      let signs: [Double] = [[1, 1], [-1, 1], [-1, -1]][index]
      return FrameElement(rotation: Matrix(diagonal: signs), translation: [0, 0])
    }
    func weight(_ index: Int) -> Double { weights[index] }
  }

  @Test("elements are drawn by their weights")
  func draws() {
    let frame = Weighted()
    var stream = RandomStream(seed: 72)
    var counts = [0, 0, 0]
    for _ in 0..<4000 {
      let element = frame.randomElement(using: &stream)
      counts[element.rotation[1, 1] < 0 ? 2 : element.orientation < 0 ? 1 : 0] += 1
    }
    #expect(counts[1] == 0)
    // Four standard deviations of a binomial number.
    #expect(abs(counts[0] - 1000) <= 4 * Int((4000 * 0.25 * 0.75).squareRoot()))
    let points = Matrix<Double>(rows: [[1, 2]])
    #expect(frame.average(of: points) { $0.elements } == [-0.5, -1])
  }

  @Test("what is no element is the caller's bug")
  func preconditions() async {
    await #expect(processExitsWith: .failure) {
      let frame = try Frame(principalAxesOf: Matrix<Double>(identity: 2), group: .euclidean)
      _ = frame[4]
    }
    await #expect(processExitsWith: .failure) {
      let points = Matrix<Double>(identity: 2)
      let frame = try Frame(principalAxesOf: points, group: .euclidean)
      _ = frame.average(of: points, sampling: 0, from: RandomStream(seed: 1)) { $0.elements }
    }
    await #expect(processExitsWith: .failure) {
      _ = FrameElement<Double>(rotation: Matrix(identity: 2), translation: [0])
    }
  }
}
