import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Fields and their averages")
struct FieldTests {
  @Test("transformations act on every kind as they should", arguments: FieldKind.allCases, 0...4)
  func action(kind: FieldKind, d: Int) {
    var stream = RandomStream(seed: UInt64(d))
    let width = kind.width(dimension: d)
    for channels in 0...2 {
      let field = Field(kind, normalCloud(3, channels * width, using: &stream))
      let g = FrameElement<Double>.random(of: .similarity, dimension: d, using: &stream)
      let h = FrameElement<Double>.random(of: .similarity, dimension: d, using: &stream)
      let product = (g * h).transformed(field)
      let scale = max(1, g.scale * h.scale, g.scale)
      let steps = g.transformed(h.transformed(field))
      #expect(product.values.maximumDifference(from: steps.values) <= 1e-13 * scale)
      let back = g.inverseTransformed(g.transformed(field))
      #expect(back.values.maximumDifference(from: field.values) <= 1e-13 * max(1, 1 / g.scale))
      #expect(FrameElement(identity: d).transformed(field) == field)
    }
  }

  @Test("a cross product is a pseudovector, a volume a pseudoscalar, a product of vectors a tensor")
  func examples() {
    var stream = RandomStream(seed: 4)
    for _ in 0..<10 {
      let g = FrameElement<Double>.random(of: .orthogonal, dimension: 3, using: &stream)
      let (a, b) = (normalCloud(1, 3, using: &stream), normalCloud(1, 3, using: &stream))
      func cross(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
        Matrix(
          row: (0..<3).map { i in
            a[0, (i + 1) % 3] * b[0, (i + 2) % 3] - a[0, (i + 2) % 3] * b[0, (i + 1) % 3]
          })
      }
      let (ga, gb) = (g.transformed(Field(.vector, a)).values, g.transformed(Field(.vector, b)).values)
      let turned = g.transformed(Field(.pseudovector, cross(a, b))).values
      #expect(turned.maximumDifference(from: cross(ga, gb)) <= 1e-14)
      let volume = g.transformed(Field(.pseudoscalar, [[cross(a, b).hadamard(a + b).sum + 1]])).values
      #expect(volume == (cross(a, b).hadamard(a + b).sum + 1) * Matrix(row: [g.orientation]))
      let tensor = Matrix(rows: 1, columns: 9) { _, k in a[0, k / 3] * b[0, k % 3] }
      let expected = Matrix(rows: 1, columns: 9) { _, k in ga[0, k / 3] * gb[0, k % 3] }
      #expect(g.transformed(Field(.tensor, tensor)).values.maximumDifference(from: expected) <= 1e-14)
    }
  }

  @Test(
    "averages of every kind are equivariant, also of clouds without extent", arguments: FrameGroup.allCases)
  func equivariance(group: FrameGroup) throws {
    let clouds: [Matrix<Double>] = [
      [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]],
      [[1, 0, 0], [0, 2, 0], [-1, 1, 0], [0.5, -3, 0], [2, 1, 0]],
      [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]],
      [[1, 2, 3], [-1, 0.5, 2]],
      [[1, 2, 3]],
      [[0, 0, 0], [0, 0, 0]],
      [[1, 2], [3, 6], [-1, -2]],
      [[0, 0], [0, 0]],
      [[1, 2, 3, 4], [2, 4, 6, 8], [0, 1, 0, 0]],
    ]
    for (index, points) in clouds.enumerated() {
      var stream = RandomStream(seed: UInt64(index))
      let d = points.columns
      let function = RandomFieldFunction(
        inputs: points.rows * d,
        outputs: FieldKind.allCases.map { ($0, 2, 2 * $0.width(dimension: d)) }, using: &stream)
      let frame = try Frame(principalAxesOf: points, group: group)
      let outputs = frame.average(of: [Field(.point, points)], function.callAsFunction)
      for _ in 0..<4 {
        let g = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
        let moved = g.transformed(points)
        let other = try Frame(principalAxesOf: moved, group: group).average(
          of: [Field(.point, moved)], function.callAsFunction)
        for (found, expected) in zip(other, outputs.map { g.transformed($0) }) {
          let size = 1 + g.scale + moved.elements.reduce(0) { max($0, abs($1)) }
          #expect(
            found.values.maximumDifference(from: expected.values) <= 1e-12 * size,
            "cloud \(index), \(found.kind)")
        }
      }
    }
  }

  @Test("what was read is checked")
  func checking() throws {
    let field = try Field(checking: .tensor, Matrix<Double>(zeros: 2, 18), dimension: 3)
    #expect(field.channels(dimension: 3) == 2)
    #expect(
      throws: FrameError.wrongShape(argument: "v", expected: "rows of a multiple of 3 numbers", found: "4")
    ) {
      try Field(checking: .vector, Matrix<Double>(zeros: 2, 4), dimension: 3, argument: "v")
    }
    #expect(throws: FrameError.notFinite(argument: "field", position: "row 0, column 1")) {
      try Field<Double>(checking: .scalar, [[0, .nan]], dimension: 3)
    }
  }
}
