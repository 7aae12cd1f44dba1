import Foundation
import Keel
import Testing

@testable import KeelChecks

@Suite("CheckData from files")
struct CheckDataFileTests {
  /// Calls a function with a new folder that is removed afterwards.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// Writes a data set of three images of 1 x 2 pixels in the files of Fashion-MNIST.
  private func writeImages(in folder: URL, labels: [UInt8] = [9, 0, 3]) throws {
    let place = folder.appendingPathComponent("fashion-mnist")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try IDX.write(
      NumericArray(shape: [3, 1, 2], elements: [0, 255, 51, 102, 255, 0] as [UInt8]),
      to: place.appendingPathComponent("train-images-idx3-ubyte.gz").path)
    try IDX.write(
      NumericArray(labels), to: place.appendingPathComponent("train-labels-idx1-ubyte.gz").path)
  }

  @Test("Fashion-MNIST: pixels become 0...1, one image a row")
  func images() throws {
    try withFolder { folder in
      try writeImages(in: folder)
      let all = try CheckData.fashionMNIST(in: folder.path)
      #expect(all.features.rows == 3 && all.features.columns == 2)
      #expect(all.features.elements == [0, 1, 0.2, 0.4, 1, 0])
      #expect(all.labels == [9, 0, 3])
      #expect(all.arguments == ["--data", "fashion-mnist"])
      let two = try CheckData.fashionMNIST(in: folder.path, count: 2)
      #expect(two.features.elements == [0, 1, 0.2, 0.4] && two.labels == [9, 0])
    }
  }

  @Test("Fashion-MNIST: what is missing or does not match is said")
  func badImages() throws {
    try withFolder { folder in
      let file = folder.path + "/fashion-mnist/train-images-idx3-ubyte.gz"
      #expect(
        throws: CheckDataError.notInstalled(
          name: "fashion-mnist", file: file, package: "dataset-fashion-mnist")
      ) { try CheckData.fashionMNIST(in: folder.path) }
      try writeImages(in: folder, labels: [1, 2])
      #expect(throws: CheckDataError.labelCount(name: "fashion-mnist", labels: 2, examples: 3)) {
        try CheckData.fashionMNIST(in: folder.path)
      }
      try Data([0x1F, 0x8B, 0]).write(to: URL(fileURLWithPath: file))
      #expect(throws: InterchangeError.self) { try CheckData.fashionMNIST(in: folder.path) }
    }
  }

  @Test("npy: all axes after the first are laid out in a row")
  func npy() throws {
    try withFolder { folder in
      let path = folder.appendingPathComponent("x.npy").path
      let labels = folder.appendingPathComponent("y.npy").path
      try NPY.write(NumericArray(shape: [2, 1, 3], elements: [1, 2, 3, 4, 5, 6] as [Float]), to: path)
      try NPY.write(NumericArray([0, 1] as [Int64]), to: labels)
      let data = try CheckData.npy(path, labels: labels)
      #expect(data.name == "x.npy")
      #expect(data.features.rows == 2 && data.features.elements == [1, 2, 3, 4, 5, 6])
      #expect(data.labels == [0, 1])
      #expect(data.arguments == ["--data", path, "--labels", labels])
    }
  }

  @Test("npy: what cannot serve is refused")
  func badNPY() throws {
    try withFolder { folder in
      func write(_ array: NumericArray, _ name: String) throws -> String {
        let path = folder.appendingPathComponent(name).path
        try NPY.write(array, to: path)
        return path
      }
      let good = try write(NumericArray(shape: [2, 1], elements: [1, 2] as [Double]), "good.npy")
      let vector = try write(NumericArray([1, 2] as [Double]), "vector.npy")
      let empty = try write(NumericArray(shape: [0, 4], elements: [] as [Double]), "empty.npy")
      let nan = try write(NumericArray(shape: [1, 2], elements: [1, .nan] as [Double]), "nan.npy")
      let labels = try write(NumericArray([1, 2, 3] as [Double]), "labels.npy")
      #expect(throws: InterchangeError.self) { try CheckData.npy(folder.path + "/none.npy") }
      #expect(throws: InterchangeError.self) { try CheckData.npy(vector) }
      #expect(throws: CheckDataError.empty(name: "empty.npy")) { try CheckData.npy(empty) }
      #expect(throws: CheckDataError.notFinite(name: "nan.npy", what: "value", row: 0, column: 1)) {
        try CheckData.npy(nan)
      }
      #expect(throws: CheckDataError.labelCount(name: "good.npy", labels: 3, examples: 2)) {
        try CheckData.npy(good, labels: labels)
      }
    }
  }
}
