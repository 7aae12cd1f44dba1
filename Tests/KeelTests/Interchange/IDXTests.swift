import Foundation
import Keel
import Testing

@Suite("IDX files")
struct IDXTests {
  static let samples: [NumericArray] = [
    .init([0, 1, 255] as [UInt8]),
    .init(shape: [2, 2], elements: [-128, 127, 0, 1] as [Int8]),
    .init(shape: [2, 1, 2], elements: [.min, .max, 0, 258] as [Int16]),
    .init(shape: [1, 1, 1, 2], elements: [.min, 16_909_060] as [Int32]),
    .init(shape: [2, 1], elements: [1.5, -.pi] as [Float]),
    .init(shape: [1, 2], elements: [1.5, -.pi]),
    .init(shape: [0, 28, 28], elements: [] as [UInt8]),
  ]

  @Test("All types and ranks come back, plain and compressed", arguments: samples.indices)
  func roundTrip(index: Int) throws {
    let array = Self.samples[index]
    let file = try IDX.encode(array)
    #expect(file.count == 4 + 4 * array.shape.count + array.count * array.elementType.width)
    #expect(try IDX.decode(file) == array)
    #expect(try IDX.decode(gzip(file)) == array)
    for name in ["x-idx", "x-idx.gz"] {
      try withTemporaryFile(name) { path in
        try IDX.write(array, to: path)
        #expect(try IDX.read(path) == array)
        #expect(try contents(of: path).starts(with: name.hasSuffix("gz") ? [0x1F, 0x8B] : [0, 0]))
      }
    }
  }

  @Test("The bytes of the format")
  func bytes() throws {
    let file: [UInt8] = [0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x01, 0x02, 0xFF, 0xFE]
    let array = NumericArray(shape: [1, 2], elements: [258, -2] as [Int16])
    #expect(try IDX.decode(file) == array)
    #expect(try IDX.encode(array) == file)
    // Two members in a row are one file, and padding with zeros is not part of it.
    #expect(try IDX.decode(gzip(Array(file[..<7])) + gzip(Array(file[7...])) + [0, 0, 0]) == array)
  }

  @Test("What the format cannot express")
  func unsupported() throws {
    for array in [
      NumericArray([1, 2] as [UInt16]), NumericArray([true]), NumericArray(shape: [], elements: [1.0]),
    ] {
      let error = #expect(throws: InterchangeError.self) { try IDX.encode(array) }
      #expect(error.map(caseName) == "unsupported")
    }
  }

  static let fashion = "/usr/share/datasets/fashion-mnist"

  @Test(
    "Fashion-MNIST of the Debian package dataset-fashion-mnist",
    .enabled("the package dataset-fashion-mnist is not installed") {
      FileManager.default.fileExists(atPath: fashion + "/train-images-idx3-ubyte.gz")
    })
  func fashionMNIST() throws {
    let images = try IDX.read(Self.fashion + "/train-images-idx3-ubyte.gz")
    #expect(images.shape == [60000, 28, 28] && images.elementType == .uint8)
    let labels = try IDX.read(Self.fashion + "/train-labels-idx1-ubyte.gz").integers(as: Int.self)
    #expect(labels.count == 60000 && labels[0] == 9)
    // Each of the ten classes has as many images.
    #expect((0..<10).allSatisfy { label in labels.count { $0 == label } == 6000 })
    // A debug build converts slowly: the smaller half of the set will do.
    let test = try IDX.read(Self.fashion + "/t10k-images-idx3-ubyte.gz")
    let rows: Matrix<Float> = try test.rows()
    #expect(rows.rows == 10000 && rows.columns == 784)
    #expect(rows.elements.max() == 255 && rows.elements.min() == 0)
  }
}
