import Foundation
import Keel
import Testing

@testable import KeelCommand

@Suite("keel frames average")
struct FramesAverageTests {
  /// The row of the first cloud.
  private func row(_ arguments: [String], in folder: TemporaryFolder) throws -> [Double] {
    try FramesRun.run(["average"] + arguments + ["--output", folder.path("t.csv"), "--quiet"])
    let table = try CSV.read(folder.path("t.csv"), as: Double.self)
    return (0..<table.values.columns).map { table.values[0, $0] }
  }

  @Test(
    "the average of sines is the known one",
    arguments: [
      ("0,0\n2,0\n3,1\n1,3\n", "E", -0.346164815350505), ("0,0\n2,0\n3,1\n1,3\n", "SE", 0.113952458131758),
      ("0,0,0\n1,0,0\n0,2,0\n0,0,3\n1,1,1\n", "E", 0.174331784357524),
      ("0,0,0\n1,0,0\n0,2,0\n0,0,3\n1,1,1\n", "SE", -0.001244774020367),
      ("0,0,0\n1,2,2\n2,4,4\n4,8,8\n", "SE", 1.813898655522111), ("1,2,3\n", "E", 0.295520206661340),
      ("1,0\n0,1\n-1,0\n0,-1\n", "E", 0.798724696977835),
    ])
  func sines(points: String, group: String, expected: Double) throws {
    let folder = try TemporaryFolder()
    try folder.write(points, to: "a.csv")
    let row = try row([folder.path("a.csv"), "--function", "sines", "--group", group], in: folder)
    #expect(abs(row[3] - expected) <= 1e-12)
    // Rounding moves it by no more than the bound, and the values lie around it.
    #expect(row[8] <= row[7] && row[7] <= 1e-11)
    #expect(row[4] <= row[3] + 1e-15 && row[3] <= row[5] + 1e-15)
  }

  @Test(
    "a network does not see motions and the order of points",
    arguments: ["principal", "tie-break", "weighted"])
  func network(kind: String) throws {
    let folder = try TemporaryFolder()
    let points = FramesRun.cloud(12, seed: 8)
    var averages: [Double] = []
    for (name, cloud) in [("a.xyz", points), ("b.xyz", FramesRun.moved(points, seed: 9).points)] {
      try PointCloudFile(clouds: [cloud]).write(to: folder.path(name))
      let row = try row(
        [folder.path(name), "--group", "SE", "--frame", kind, "--seed", "3", "--units", "16,8"], in: folder)
      #expect(row[8] <= row[7], "\(row)")
      averages.append(row[3])
    }
    #expect(abs(averages[0] - averages[1]) <= 1e-13)
  }

  @Test("the standard deviation and the extremes are those of the values over the frame")
  func spread() throws {
    let folder = try TemporaryFolder()
    try folder.write("1 0\n-1 0\n0 2\n0 -1\n", to: "a.xyz")
    let row = try row(
      [folder.path("a.xyz"), "--function", "sines", "--group", "E", "--motions", "0"], in: folder)
    #expect(row[2] == 4 && row[8] == 0)
    #expect(row[4] < row[3] && row[3] < row[5])
    #expect(row[6] > 0 && row[6] <= (row[5] - row[4]) / 2 + 1e-15)
  }

  @Test("samples are near the average, and the same for equal seeds")
  func samples() throws {
    let folder = try TemporaryFolder()
    try PointCloudFile(clouds: [FramesRun.cloud(9, seed: 2)]).write(to: folder.path("a.npy"))
    let exact = try row([folder.path("a.npy")], in: folder)
    let arguments = [folder.path("a.npy"), "--samples", "2000", "--motions", "1"]
    let drawn = try row(arguments, in: folder)
    #expect(try row(arguments, in: folder) == drawn)
    // Five standard errors.
    #expect(abs(drawn[3] - exact[3]) <= 5 * exact[6] / 2000.0.squareRoot())
    #expect(abs(drawn[6] / exact[6] - 1) <= 0.2)
  }
}
