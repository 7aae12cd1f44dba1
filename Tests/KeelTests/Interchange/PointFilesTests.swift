import Keel
import Testing

@Suite("Files of points")
struct PointFilesTests {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// The corners of a tetrahedron and its faces.
  private static let tetrahedron: [[Double]] = [[0, 0, 0], [1, 0, 0.5], [0, 1e-3, 0], [-2, 0, 0.1]]

  @Test(
    "OFF in all its forms gives the same mesh",
    arguments: [
      "OFF\n4 2 0\n0 0 0\n1 0 0.5\n0 1e-3 0\n-2 0 .1\n3 0 1 2\n3 0 2 3\n",
      "OFF 4 2 6\n0 0 0\n1 0 0.5\n0 1e-3 0\n-2 0 .1\n3 0 1 2\n3 0 2 3",
      "OFF4 2 0\n0 0 0\n1 0 0.5\n0 1e-3 0\n-2 0 .1\n3 0 1 2\n3 0 2 3\n",
      "OFF\r\n4 2\r\n0 0 0\r\n1 0 0.5\r\n0 1e-3 0\r\n-2 0 .1\r\n3 0 1 2\r\n3 0 2 3\r\n",
      "# made by hand\n\nOFF # really\n# counts\n4 2 0\n\n0 0 0 # corner\n1\t0 0.5\n  0 1e-3 0  \n-2 0 .1\n"
        + "3 0 1 2\n\n3 0 2 3 255 0 0\n",
      "COFF\n4 2 0\n0 0 0 1 1 1 1\n1 0 0.5 0 0 0 1\n0 1e-3 0 9 9 9 9\n-2 0 .1 0 0 0 0\n3 0 1 2\n3 0 2 3\n",
      "STCNOFF\n4 2 0\n0 0 0 1\n1 0 0.5 0\n0 1e-3 0 9\n-2 0 .1 0\n3 0 1 2\n3 0 2 3\n",
      "nOFF\n3\n4 2 0\n0 0 0\n1 0 0.5\n0 1e-3 0\n-2 0 .1\n3 0 1 2\n3 0 2 3\n",
      "\u{FEFF}nOFF 3\n4 2 0\n0 0 0\n1 0 0.5\n0 1e-3 0\n-2 0 .1\n3 0 1 2\n3 0 2 3\n",
    ])
  func off(text: String) throws {
    let mesh = try OFF.decode(Self.bytes(text), as: Double.self)
    #expect(mesh == OFF.Mesh(points: Matrix(rows: Self.tetrahedron), faces: [[0, 1, 2], [0, 2, 3]]))
    #expect(try OFF.decode(gzip(Self.bytes(text)), as: Double.self) == mesh)
  }

  @Test("a mesh that is written comes back bit for bit, in any dimension", arguments: [1, 2, 3, 7])
  func offBack(dimension: Int) throws {
    var stream = RandomStream(seed: UInt64(dimension))
    let points = Matrix<Double>(rows: 40, columns: dimension) { _, _ in stream.normal() }
    let mesh = OFF.Mesh(points: points, faces: [[0, 1, 39], [], [7]])
    #expect(try OFF.decode(OFF.encode(mesh)) == mesh)
    let single = OFF.Mesh(points: Matrix<Float>(rows: 3, columns: 3) { i, j in Float(i) / Float(j + 3) })
    #expect(try OFF.decode(OFF.encode(single)) == single)
  }

  @Test("plain coordinates: further words and comments are skipped")
  func plain() throws {
    let expected = Matrix<Double>(rows: [[0, 1, 2], [3, 4, 5]])
    for text in [
      "0 1 2\n3 4 5\n", "0\t1\t2\n\n3 4 5", "# x y z\n0 1 2\n# more\n3 4 5\n", "0 1 2 9 9 9\r3 4 5 8 8 8\r",
    ] {
      let clouds = try XYZ.decode(Self.bytes(text), as: Double.self)
      #expect(clouds.count == 1 && clouds[0].points == expected && clouds[0].symbols == nil, "\(text)")
    }
    let flat = try XYZ.decode(Self.bytes("0 1\n2 3\n"), as: Float.self)
    #expect(flat[0].points == Matrix(rows: [[0, 1], [2, 3]]))
    #expect(try XYZ.decode([], as: Double.self).isEmpty)
    #expect(try XYZ.decode(Self.bytes("# nothing\n\n"), as: Double.self).isEmpty)
  }

  @Test("molecules: comments may be empty, or look like anything")
  func molecules() throws {
    let text = "3\n\nO 0 0 0\nH 0.76 0.59 0 0.1\nH -0.76 0.59 0\n1\n  \"quoted # text\n6 1 2 3\n\n0\nnone\n"
    let clouds = try XYZ.decode(Self.bytes(text), as: Double.self)
    #expect(clouds.map(\.symbols) == [["O", "H", "H"], ["6"], []])
    #expect(clouds.map(\.comment) == ["", "  \"quoted # text", "none"])
    #expect(clouds[0].points == Matrix(rows: [[0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]]))
    #expect(clouds[2].points.rows == 0)
    #expect(try XYZ.decode(XYZ.encode(clouds)) == clouds)
  }

  @Test("PLY as text: coordinates anywhere among properties, after other elements and lists")
  func plyText() throws {
    let header =
      "comment by hand\nelement edge 2\nproperty int a\nelement vertex 2\nproperty uchar red\n"
      + "property list uchar int around\nproperty float z\nproperty double x\nproperty list uint8 int32 more\n"
      + "property float64 y\nproperty float32 w\nelement face 1\nproperty list uchar int v\n"
    let body = "1\n2\n255 2 8 9 3 1 0 2 7\n\n0 0 6 4 1 5 5 0\nanything\n"
    let file = BrokenFile.ply(header, Self.bytes(body))
    #expect(try PLY.decode(file, as: Double.self) == Matrix(rows: [[1, 2, 3], [4, 5, 6]]))
    let flat = BrokenFile.ply("element vertex 1\nproperty int y\nproperty int x\n", Self.bytes("1 2\n"))
    #expect(try PLY.decode(flat, as: Float.self) == Matrix(rows: [[2, 1]]))
  }

  @Test("PLY in binary, of both byte orders, gives what was put in", arguments: [true, false])
  func plyBinary(isLittle: Bool) throws {
    func number(_ value: Int, _ width: Int) -> [UInt8] {
      isLittle ? littleEndian(value, width) : bigEndian(value, width)
    }
    let header =
      "element camera 1\nproperty short a\nproperty double b\nelement vertex 3\nproperty uchar red\n"
      + "property double z\nproperty float x\nproperty ushort u\nproperty int y\n"
      + "element face 1\nproperty list uchar int v\n"
    var body = number(7, 2) + number(0x0D0A, 8)
    for i in 0..<3 {
      body += [UInt8(10 + i)] + number(Int(bitPattern: UInt((1.0 / Double(i + 3)).bitPattern)), 8)
      body += number(Int((-Float(i) / 7).bitPattern), 4) + number(65535, 2) + number(-5 * i, 4)
    }
    let file = BrokenFile.ply(
      header, body + [3, 0, 0, 0], format: isLittle ? "binary_little_endian" : "binary_big_endian")
    let points = try PLY.decode(file, as: Double.self)
    let expected = Matrix<Double>(rows: 3, columns: 3) { i, j in
      [Double(-Float(i) / 7), -5 * Double(i), 1 / Double(i + 3)][j]
    }
    #expect(points == expected)
    #expect(try PLY.decode(gzip(file), as: Double.self) == expected)
  }

  @Test("bytes that begin in the buffer of the header and go on beyond it")
  func plyLarge() throws {
    let count = 50_000
    var body: [UInt8] = []
    for i in 0..<count { body += littleEndian(i, 4) + littleEndian(-i, 4) }
    let file = BrokenFile.ply(
      "element vertex \(count)\nproperty int x\nproperty int y\n", body, format: "binary_little_endian")
    let expected = Matrix<Double>(rows: count, columns: 2) { i, j in j == 0 ? Double(i) : -Double(i) }
    #expect(try PLY.decode(file, as: Double.self) == expected)
    let error = #expect(throws: InterchangeError.self) { try PLY.decode(file.dropLast(), as: Double.self) }
    #expect(
      error
        == .truncated(
          file: "PLY data", field: "element vertex", expectedBytes: 8 * count, foundBytes: 8 * count - 1))
  }

  @Test("the front chooses by the name, reads and writes every format", arguments: [2, 3])
  func front(dimension: Int) throws {
    var stream = RandomStream(seed: 3)
    let points = Matrix<Double>(rows: 5, columns: dimension) { _, _ in stream.normal() }
    for name in [
      "a.npy", "a.csv", "a.csv.gz", "a.OFF", "a.off.gz", "a.xyz", "a.b.xyz.gz", "a.ply", "a.ply.gz",
    ] {
      try withTemporaryFile(name) { path in
        try PointCloudFile(clouds: [points], faces: [[0, 1, 2]]).write(to: path)
        let file = try PointCloudFile<Double>(reading: path)
        #expect(file.clouds == [points] && !file.isBatch && file.symbols == nil, "\(name)")
        #expect(file.faces == (name.lowercased().contains("off") ? [[0, 1, 2]] : []), "\(name)")
      }
    }
    try withTemporaryFile("batch.npy") { path in
      try PointCloudFile(clouds: [points, points], isBatch: true).write(to: path)
      let file = try PointCloudFile<Double>(reading: path)
      #expect(file.clouds == [points, points] && file.isBatch)
    }
  }

  @Test(
    "what a format cannot hold is refused before the file is touched",
    arguments: ["a.txt", "a.npz", "a.npy.gz", "npy", "a.csv", "a.off", "a.xyz", "a.ply", "a.npy"])
  func refused(name: String) throws {
    let clouds: [Matrix<Double>] = [Matrix(zeros: 2, 3), Matrix(zeros: 3, 3)]
    try withTemporaryFile(name) { path in
      let error = #expect(throws: InterchangeError.self) {
        try PointCloudFile(clouds: clouds, isBatch: true, symbols: [["H"], ["O"]]).write(to: path)
      }
      #expect(error.map(caseName) == "unsupported")
      #expect((try? contents(of: path)) == nil)
    }
    for (name, dimension) in [("a.xyz", 4), ("a.ply", 1), ("a.off", 0)] {
      #expect(throws: InterchangeError.self) {
        try PointCloudFile(clouds: [Matrix<Double>(zeros: 2, dimension)]).write(to: name)
      }
    }
  }

  @Test(
    "arrays that are no clouds are refused",
    arguments: [[], [3], [0, 3], [3, 0], [2, 0, 3], [1, 1, 1, 1]])
  func wrongShape(shape: [Int]) throws {
    try withTemporaryFile("a.npy") { path in
      try NPY.write(
        NumericArray(shape: shape, elements: [Double](repeating: 1, count: shape.reduce(1, *))), to: path)
      let error = #expect(throws: InterchangeError.self) { try PointCloudFile<Double>(reading: path) }
      #expect(error.map(caseName) == "malformed")
    }
  }
}
