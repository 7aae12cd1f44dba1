import Foundation
import Keel
import KeelFrames
import Testing

@testable import KeelCommand

@Suite("keel frames pose and nbody")
struct FramesExperimentTests {
  @Test("poses of clouds with and without symmetry stay, and the report has them")
  func pose() throws {
    let folder = try TemporaryFolder()
    try PointCloudFile(clouds: [FramesRun.cloud(40, seed: 1)]).write(to: folder.path("random.off"))
    try folder.write("1 1 1\n1 -1 -1\n-1 1 -1\n-1 -1 1\n", to: "tetrahedron.xyz")
    try folder.write("3 0 0\n-3 0 0\n0 2 0\n0 -2 0\n0 0 1\n0 0 -1\n", to: "box.xyz")
    let files = ["random.off", "tetrahedron.xyz", "box.xyz"].map { folder.path($0) }
    let outcome = try BuiltProgram.run(["frames", "pose"] + files + ["--report", folder.path("r")])
    #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
    #expect(outcome.output.contains("The pose of 3 clouds is the same to "))
    // The tetrahedron again, with the axes that rounding chooses.
    #expect(outcome.output.components(separatedBy: "tetrahedron.xyz").count == 3)
    let page = try folder.text("r/index.html")
    #expect(page.contains("random.off") && page.contains("Equal eigenvalues, left to chance"))
    let failed = try BuiltProgram.run(["frames", "pose", files[1], "--frame", "principal", "--motions", "3"])
    #expect(failed.status == 1 && failed.output.contains("deviates by more than"), "\(failed.output)")
  }

  @Test("the distance of sets is that of the definition", arguments: 1...20)
  func setDistance(count: Int) {
    var stream = RandomStream(seed: UInt64(count))
    let a = Matrix<Double>(rows: count, columns: 3) { _, _ in stream.normal() }
    let b = Matrix<Double>(rows: count + 3, columns: 3) { i, j in
      i < count ? a[(i * 7) % count, j] + 0.1 * stream.normal() : stream.normal()
    }
    func reach(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
      (0..<a.rows).map { i in
        (0..<b.rows).map { k in
          (0..<3).reduce(0) { $0 + (a[i, $1] - b[k, $1]) * (a[i, $1] - b[k, $1]) }.squareRoot()
        }.min() ?? .infinity
      }.max() ?? 0
    }
    #expect(PoseMeasurement.setDistance(a, b) == max(reach(a, b), reach(b, a)))
  }

  @Test("the files of particles have the published names, shapes and first numbers")
  func nbody() throws {
    let folder = try TemporaryFolder()
    let outcome = try BuiltProgram.run([
      "frames", "nbody", "--part", "training", "--simulations", "3", "--output", folder.path("data"),
    ])
    #expect(outcome.status == 0 && outcome.output.contains("training"), "\(outcome.errors)")
    let names = ["charges_train.npy", "edges_train.npy", "loc_train.npy", "vel_train.npy"]
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("data")).sorted() == names)
    let positions = try NPY.read(folder.path("data/loc_train.npy"))
    #expect(positions.shape == [3, 49, 3, 5])
    // Step 100 of the first simulation, as NumPy has it, up to the rounding of a hundred steps.
    let expected = [
      0.445278278029731, 0.8676521040871057, -0.4549889147156061, 0.03862939255254863, -0.638898525116996,
    ]
    for (found, value) in zip(positions.values(as: Double.self), expected) {
      #expect(abs(found - value) <= 1e-11)
    }
    #expect(try NPY.read(folder.path("data/vel_train.npy")).shape == [3, 49, 3, 5])
    let charges = try NPY.read(folder.path("data/charges_train.npy"))
    #expect(charges.shape == [3, 5, 1] && charges.values(as: Double.self).prefix(5) == [-1, 1, -1, -1, -1])
    let edges = try NPY.read(folder.path("data/edges_train.npy"))
    #expect(edges.shape == [3, 5, 5] && edges.values(as: Double.self).prefix(5) == [1, -1, 1, 1, 1])
  }
}
