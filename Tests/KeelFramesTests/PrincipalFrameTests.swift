import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Frames of principal axes: known values")
struct PrincipalFrameTests {
  static let flat = Matrix<Double>(rows: [[0, 0], [2, 0], [3, 1], [1, 3]])
  static let five = Matrix<Double>(rows: [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]])
  static let line = Matrix<Double>(rows: [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]])

  private func scalar(_ points: Matrix<Double>, _ group: FrameGroup) throws -> Double {
    try Frame(principalAxesOf: points, group: group).average(of: points, TestFunctions.scalar)[0]
  }

  private func equivariant(_ points: Matrix<Double>, _ group: FrameGroup) throws -> Matrix<Double> {
    try Frame(principalAxesOf: points, group: group)
      .average(of: [Field(.point, points)], TestFunctions.fields)[0].values
  }

  /// The same cloud in another place, and in a mirror.
  private func moved(_ points: Matrix<Double>) -> [Matrix<Double>] {
    let d = points.columns
    let turn =
      d == 2
      ? Matrix<Double>(rows: [[0.6, -0.8], [0.8, 0.6]])
      : Matrix<Double>(rows: [[0.36, 0.48, -0.8], [-0.8, 0.6, 0], [0.48, 0.64, 0.6]])
    let shift: [Double] = d == 2 ? [10, -20] : [10, -20, 30]
    return [FrameElement(rotation: turn, translation: shift).transformed(points)]
  }

  private func mirrored(_ points: Matrix<Double>) -> Matrix<Double> {
    Matrix(rows: points.rows, columns: points.columns) { i, j in (j == 0 ? -1 : 1) * points[i, j] }
  }

  @Test("scalars of four points in the plane and five in space")
  func scalars() throws {
    let cases: [(Matrix<Double>, Double, Double, Double)] = [
      (Self.flat, -0.346164815350505, 0.113952458131758, -0.806282088832769),
      (Self.five, 0.174331784357524, -0.001244774020367, 0.349908342735416),
    ]
    for (points, free, rigid, mirror) in cases {
      for image in [points] + moved(points) {
        #expect(abs(try scalar(image, .euclidean) - free) <= 1e-12)
        #expect(abs(try scalar(image, .specialEuclidean) - rigid) <= 1e-12)
        // A reflection is seen only by the group that has none.
        #expect(abs(try scalar(mirrored(image), .euclidean) - free) <= 1e-12)
        #expect(abs(try scalar(mirrored(image), .specialEuclidean) - mirror) <= 1e-12)
      }
    }
    #expect(abs(TestFunctions.scalar(Self.flat)[0] - 1.721238647182450) <= 1e-12)
    #expect(abs(TestFunctions.scalar(Self.five)[0] - 1.254721582821601) <= 1e-12)
  }

  @Test("points of four points in the plane and five in space")
  func clouds() throws {
    let cases: [(Matrix<Double>, FrameGroup, Matrix<Double>)] = [
      (
        Self.flat, .euclidean,
        Matrix(rows: [
          [0.848805620147376, 0.687418967102247], [1.895686971707303, 0.489637378341862],
          [1.983658055229755, 1.0], [1.195086463487736, 1.165696282171403],
        ])
      ),
      (
        Self.flat, .specialEuclidean,
        Matrix(rows: [
          [0.748805620147376, 0.387418967102247], [1.795686971707304, 0.589637378341862],
          [1.983658055229755, 1.3], [1.395086463487736, 1.065696282171403],
        ])
      ),
      (
        Self.five, .euclidean,
        Matrix(rows: [
          [0.177450733207152, 0.379579762414240, 0.572405444800625],
          [0.803840010893021, 0.288419737588714, 0.466220606742932],
          [0.096202644907448, 1.238688209512950, 0.482826059106159],
          [0.237366770298864, 0.568836070838664, 1.060910196117425],
          [0.460328430064985, 0.643900424215103, 0.821179429040798],
        ])
      ),
      (
        Self.five, .specialEuclidean,
        Matrix(rows: [
          [0.173743409631908, 0.394920709498195, 0.577228542391089],
          [0.806268570010500, 0.278370332362723, 0.463061136739821],
          [0.093018159293554, 1.251865647171370, 0.486968962896323],
          [0.241929214864328, 0.549956623379685, 1.054974616191989],
          [0.460229235571181, 0.644310892157698, 0.821308477588717],
        ])
      ),
    ]
    for (points, group, expected) in cases {
      #expect(try equivariant(points, group).maximumDifference(from: expected) <= 1e-12)
    }
  }

  @Test("spectrum and axes of five points")
  func spectrum() throws {
    let frame = try Frame(principalAxesOf: Self.five, group: .specialEuclidean)
    let certificate = frame.certificate
    let eigenvalues = [1.069985000211444, 2.808181171690005, 7.321833828098551]
    for j in 0..<3 { #expect(abs(certificate.eigenvalues[j] - eigenvalues[j]) <= 1e-13) }
    #expect(certificate.rank == 3 && certificate.clusters == [0..<1, 1..<2, 2..<3])
    #expect(abs(certificate.relativeGap - (eigenvalues[1] - eigenvalues[0]) / eigenvalues[2]) <= 1e-13)
    #expect(frame.count == 4 && certificate.axisErrorBound < 1e-13)
    let expected = Matrix<Double>(rows: [
      [0.970963114943683, -0.224644538995075, -0.082252419530071],
      [0.188221795044097, 0.929581655196194, -0.316939272090224],
      [0.147659016958798, 0.292254644826037, 0.944872497900308],
    ])
    let signed = try #require(frame.signedAxes)
    #expect(signed.isProper && signed.axes.maximumDifference(from: expected) <= 1e-12)
    #expect(zip(frame.center, [0.4, 0.6, 0.8]).allSatisfy { abs($0 - $1) <= 1e-15 })
  }

  @Test("points in a line: any axes across it will do")
  func collinear() throws {
    let factors = [1.442118437244157, 1.501775473470382, 1.860502085991796, 1.804358986663559]
    for group in [FrameGroup.euclidean, .specialEuclidean] {
      let certificate = try Frame(principalAxesOf: Self.line, group: group).certificate
      #expect(certificate.rank == 1 && !certificate.isDegenerate && certificate.clusters == [0..<2, 2..<3])
      #expect(abs(try scalar(Self.line, group) - 1.813898655522111) <= 1e-12)
      let expected = Matrix(rows: 4, columns: 3) { i, j in factors[i] * [1, 2, 2][j] }
      #expect(try equivariant(Self.line, group).maximumDifference(from: expected) <= 1e-12)
    }
  }

  @Test("one point, coincident points")
  func onePoint() throws {
    for group in FrameGroup.allCases where group.translates {
      let point = Matrix<Double>(rows: [[1, 2, 3]])
      #expect(abs(try scalar(point, group) - 0.295520206661340) <= 1e-12)
      #expect(try equivariant(point, group).maximumDifference(from: point) <= 1e-12)
      for place in [0.1, 1e8 / 3, -1e200 / 7, 1e-200 / 3, 0] {
        let many = Matrix(repeating: place, rows: 7, columns: 3)
        let frame = try Frame(principalAxesOf: many, group: group)
        #expect(frame.certificate.rank == 0 && frame.scale == 1, "\(group) at \(place)")
        #expect(!frame.certificate.isDegenerate)
      }
    }
  }

  @Test("a frame's closed form: the average of sines over all signs")
  func closedForm() throws {
    var stream = RandomStream(seed: 11)
    let points = Matrix<Double>.normals(6, 3, &stream)
    let frame = try Frame(principalAxesOf: points, group: .orthogonal)
    let rigid = try Frame(principalAxesOf: points, group: .specialOrthogonal)
    let z = frame[0].inverseTransformed(points)
    let (orientation, zr) = (rigid[0].orientation, rigid[0].inverseTransformed(points))
    #expect(orientation == 1)
    var (free, proper) = (0.0, 0.0)
    for i in 0..<6 {
      let b = 0.3 * Double(i + 1)
      let u = (0..<3).map { Double(i + 1) / Double($0 + 2) * z[i, $0] }
      let v = (0..<3).map { Double(i + 1) / Double($0 + 2) * zr[i, $0] }
      free += sin(b) * cos(u[0]) * cos(u[1]) * cos(u[2])
      proper += sin(b) * cos(v[0]) * cos(v[1]) * cos(v[2]) - cos(b) * sin(v[0]) * sin(v[1]) * sin(v[2])
    }
    #expect(abs(frame.average(of: points, TestFunctions.scalar)[0] - free) <= 1e-13)
    #expect(abs(rigid.average(of: points, TestFunctions.scalar)[0] - proper) <= 1e-13)
  }

  @Test("bad data are errors")
  func errors() {
    let empty = Matrix<Double>(zeros: 0, 3)
    #expect(throws: FrameError.empty(argument: "points")) {
      try Frame(principalAxesOf: empty, group: .euclidean)
    }
    #expect(
      throws: FrameError.wrongShape(argument: "points", expected: "of 1 to 16384 columns", found: "0 columns")
    ) {
      try Frame(principalAxesOf: Matrix<Double>(zeros: 3, 0), group: .euclidean)
    }
    for value in [Double.nan, .infinity, -.infinity] {
      var points = Self.five
      points[3, 1] = value
      for group in FrameGroup.allCases {
        #expect(throws: FrameError.notFinite(argument: "points", position: "point 3, coordinate 1")) {
          try Frame(principalAxesOf: points, group: group)
        }
      }
    }
  }

  @Test("more axes than an integer has bits")
  func manyAxes() throws {
    var stream = RandomStream(seed: 5)
    let points = Matrix<Double>.normals(100, 70, &stream)
    for group in [FrameGroup.euclidean, .specialEuclidean] {
      let frame = try Frame(principalAxesOf: points, group: group)
      #expect(frame.count == .max)
      #expect(frame.weight(12345) == Double.exp2(group.isProper ? -69 : -70))
      #expect(frame[.max - 1].orientation == (group.isProper ? 1 : frame[.max - 1].orientation))
      let drawn = frame.randomElement(using: &stream)
      #expect(drawn.orientation == 1 || !group.isProper)
      // An element takes the cloud to one with uncorrelated columns.
      let canonical = drawn.inverseTransformed(points)
      let gram = canonical.transposed * canonical
      for i in 0..<70 { for j in 0..<i { #expect(abs(gram[i, j]) <= 1e-11) } }
    }
  }
}
