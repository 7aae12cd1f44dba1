import Foundation
import Keel
import KeelFrames
import Testing

@testable import KeelCommand

@Suite("keel frames normalize")
struct FramesNormalizeTests {
  private func difference(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    a.rows == b.rows && a.columns == b.columns
      ? zip(a.elements, b.elements).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  @Test(
    "every format gives the same pose, before and after a motion and a relabelling",
    arguments: ["npy", "csv", "off", "xyz", "ply", "off.gz"], ["E", "SE"])
  func formats(format: String, group: String) throws {
    let folder = try TemporaryFolder()
    let points = FramesRun.cloud(30, seed: 4)
    let (image, order) = FramesRun.moved(points, seed: 5)
    for (name, cloud) in [("a", points), ("b", image)] {
      try PointCloudFile(clouds: [cloud]).write(to: folder.path("\(name).\(format)"))
      try FramesRun.run([
        "normalize", folder.path("\(name).\(format)"), "--group", group, "-o",
        folder.path("\(name)-pose.npy"),
        "--quiet",
      ])
    }
    let pose = try Matrix<Double>(NPY.read(folder.path("a-pose.npy")))
    let other = try Matrix<Double>(NPY.read(folder.path("b-pose.npy")))
    // Coordinates up to 10 with axes whose squares differ by more than a tenth: a hundred roundings.
    #expect(difference(other, Matrix(rows: 30, columns: 3) { pose[order[$0], $1] }) <= 1e-11)
    // The centroid is the origin, the axes are principal with the widest last, and the widest is skewed to its end.
    for j in 0..<3 { #expect(abs((0..<30).reduce(0) { $0 + pose[$1, j] }) <= 1e-12) }
    let squares = (0..<3).map { j in (0..<30).reduce(0) { $0 + pose[$1, j] * pose[$1, j] } }
    #expect(squares == squares.sorted())
    #expect((0..<30).reduce(0) { $0 + Double.pow(pose[$1, 2], 3) } > 0)
  }

  @Test("the arrays of --frames lead from the pose back to the clouds, and have every element")
  func arrays() throws {
    let folder = try TemporaryFolder()
    let clouds = (0..<3 as Range<UInt64>).map { FramesRun.cloud(7, seed: $0) }
    let file = try folder.npy("b.npy", shape: [3, 7, 3], clouds.flatMap(\.elements))
    try FramesRun.run([
      "normalize", file, "--scale", "--frame", "principal", "-o", folder.path("p.npy"), "--frames",
      folder.path("f.npz"), "--certificates", folder.path("c.csv"), "--quiet",
    ])
    let arrays = try NPZ.read(folder.path("f.npz"))
    let poses: [Double] = try NPY.read(folder.path("p.npy")).values()
    #expect(try NPY.read(folder.path("p.npy")).shape == [3, 7, 3])
    #expect(arrays["points"]?.values(as: Double.self) == poses)
    #expect(try arrays["starts"]?.integers(as: Int.self) == [0, 7, 14, 21])
    #expect(try arrays["frame_starts"]?.integers(as: Int.self) == [0, 8, 16, 24])
    #expect(arrays["frame_rotations"]?.shape == [24, 3, 3])
    #expect(arrays["frame_weights"]?.values(as: Double.self) == [Double](repeating: 0.125, count: 24))
    let rotations: [Double] = try #require(arrays["rotations"]).values()
    let translations: [Double] = try #require(arrays["translations"]).values()
    let scales: [Double] = try #require(arrays["scales"]).values()
    for b in 0..<3 {
      let element = FrameElement<Double>(
        rotation: Matrix(rows: 3, columns: 3, elements: Array(rotations[(9 * b)..<(9 * b + 9)])),
        translation: Array(translations[(3 * b)..<(3 * b + 3)]), scale: scales[b])
      let pose = Matrix(rows: 7, columns: 3, elements: Array(poses[(21 * b)..<(21 * b + 21)]))
      #expect(difference(element.transformed(pose), clouds[b]) <= 1e-13)
      #expect(abs(pose.elements.reduce(0) { $0 + $1 * $1 } / 7 - 1) <= 1e-14)
    }
    let table = try CSV.read(folder.path("c.csv"), as: Double.self)
    #expect(table.header == PosedCloud.headings && table.values.rows == 3)
    #expect((0..<3).allSatisfy { table.values[$0, 0] == Double($0) && table.values[$0, 6] == 8 })
  }

  @Test("a mesh keeps its faces and molecules their symbols")
  func companions() throws {
    let folder = try TemporaryFolder()
    try folder.write("OFF\n4 1 0\n0 0 0\n3 0 0\n0 2 0\n0 0 1\n3 0 1 2\n", to: "m.off")
    try FramesRun.run(["normalize", folder.path("m.off"), "-o", folder.path("n.off"), "--quiet"])
    #expect(try OFF.read(folder.path("n.off"), as: Double.self).faces == [[0, 1, 2]])
    try folder.write("3\nwater\nO 0 0 0\nH 1 0 0\nH 0 1.1 0\n2\n\nO 0 0 0\nC 0 1 0\n", to: "m.xyz")
    try FramesRun.run(["normalize", folder.path("m.xyz"), "-o", folder.path("n.xyz"), "--quiet"])
    let clouds = try XYZ.read(folder.path("n.xyz"), as: Double.self)
    #expect(clouds.map(\.symbols) == [["O", "H", "H"], ["O", "C"]])
    // Both points of the second are half a unit from its centroid, on the last axis.
    #expect(abs(abs(clouds[1].points[0, 2]) - 0.5) <= 1e-15)
  }

  @Test("the table names clouds, symmetries and ties")
  func table() throws {
    let folder = try TemporaryFolder()
    try folder.write("1 1 1\n1 1 -1\n1 -1 1\n1 -1 -1\n-1 1 1\n-1 1 -1\n-1 -1 1\n-1 -1 -1\n", to: "cube.xyz")
    func output(_ kind: String) throws -> String {
      let outcome = try BuiltProgram.run(["frames", "normalize", folder.path("cube.xyz"), "--frame", kind])
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      return outcome.output
    }
    let principal = try output("principal")
    #expect(principal.contains("cube.xyz") && principal.contains("equal eigenvalues: the pose is arbitrary"))
    let resolved = try output("tie-break")
    #expect(resolved.contains("symmetric: all candidates give one cloud"))
    // The symmetries of the cube.
    #expect(resolved.split(separator: "\n").last?.split(separator: " ").contains("48") == true)
  }

  @Test("a run that fails leaves the files that were there, and no others")
  func failure() throws {
    let folder = try TemporaryFolder()
    try folder.write("before", to: "p.npy")
    try folder.write("0 0 1\n1 2 3\n", to: "a.xyz")
    let refusal = FramesRun.refusal([
      "normalize", folder.path("a.xyz"), "-o", folder.path("p.npy"), "--frames", folder.path("none/f.npz"),
    ])
    #expect(refusal?.contains("'--frames'") == true)
    #expect(try folder.text("p.npy") == "before")
    #expect(try folder.contents == ["a.xyz", "p.npy"])
  }
}
