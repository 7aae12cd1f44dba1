import Foundation
import Keel

extension CheckData {
  /// The training images of Fashion-MNIST, from the files of Debian's package
  /// `dataset-fashion-mnist`.
  ///
  /// Pixels are divided by 255; labels are the classes 0 to 9.
  ///
  /// - Parameters:
  ///   - folder: the folder that holds `fashion-mnist/`; ``datasetsFolder`` if `nil`.
  ///   - count: the number of images, from the start of the file; all if it has fewer. 10,000 take
  ///     63 MB.
  /// - Returns: the images, one a row of 784 values in 0...1, with labels.
  /// - Throws: ``CheckDataError/notInstalled(name:file:package:)`` if the files do not exist,
  ///   `InterchangeError` if they are damaged.
  ///
  /// Source: Xiao, Rasul and Vollgraf (2017), *Fashion-MNIST: a novel image dataset for benchmarking
  /// machine learning algorithms*.
  public static func fashionMNIST(in folder: String? = nil, count: Int = 10_000) throws -> CheckData {
    let name = "fashion-mnist"
    let place = (folder ?? datasetsFolder) + "/" + name
    let files = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"].map { place + "/" + $0 }
    for file in files where !FileManager.default.fileExists(atPath: file) {
      throw CheckDataError.notInstalled(name: name, file: file, package: "dataset-fashion-mnist")
    }
    let images = try IDX.read(files[0])
    let labels = try IDX.read(files[1])
    guard let pixels = images.elements(of: UInt8.self), images.shape.count == 3 else {
      throw InterchangeError.malformed(
        file: files[0], field: "shape", expected: "a stack of images of bytes", found: "\(images)")
    }
    guard labels.shape == [images.shape[0]] else {
      throw CheckDataError.labelCount(name: name, labels: labels.count, examples: images.shape[0])
    }
    let rows = min(count, images.shape[0])
    let columns = images.shape[1] * images.shape[2]
    return try CheckData(
      name: name,
      features: Matrix(
        rows: rows, columns: columns, elements: pixels.prefix(rows * columns).map { Double($0) / 255 }),
      labels: Array(labels.values(as: Double.self).prefix(rows)),
      provenance: "Fashion-MNIST, the first \(rows) training images, pixels divided by 255",
      arguments: ["--data", name])
  }

  /// Examples from a `.npy` file, with labels from another if there is one.
  ///
  /// - Parameters:
  ///   - path: a file with two or more dimensions: the first counts the examples, the others are laid
  ///     out in a row. Integers and floats of every width are read.
  ///   - labels: a file with one number an example.
  /// - Returns: the values as they are in the file; the name is the file's.
  /// - Throws: `InterchangeError` if a file cannot be read, ``CheckDataError`` if its content does not
  ///   serve.
  public static func npy(_ path: String, labels: String? = nil) throws -> CheckData {
    let name = URL(fileURLWithPath: path).lastPathComponent
    let array = try NPY.read(path)
    guard array.shape.count >= 2 else {
      throw InterchangeError.malformed(
        file: path, field: "shape", expected: "2 dimensions or more, the first counting the examples",
        found: "\(array.shape)")
    }
    let labelValues = try labels.map { try NPY.read($0).values(as: Double.self) }
    return try CheckData(
      name: name, features: try array.rows(as: Double.self), labels: labelValues,
      provenance: "\(name), \(array)",
      arguments: ["--data", path] + (labels.map { ["--labels", $0] } ?? []))
  }

  /// The folder in which data sets are looked for: the environment's `KEEL_DATASETS`, or
  /// `/usr/share/datasets`, where Debian's packages put them.
  public static var datasetsFolder: String {
    ProcessInfo.processInfo.environment["KEEL_DATASETS"] ?? "/usr/share/datasets"
  }
}
