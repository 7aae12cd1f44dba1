/// The object file format of Geomview: the vertices of a mesh and its faces, as text.
///
/// ```swift
/// let mesh = try OFF.read("bunny.off", as: Double.self)
/// print(mesh.points.rows, mesh.faces.count)
/// ```
///
/// The first word says what else a vertex has: `OFF`, with any of `ST`, `C` and `N` before it for texture coordinates,
/// colors and normals, which are skipped; `n` for points of any dimension, which a line of its own tells. Comments
/// begin with `#` anywhere. The counts may stand on the line of the first word, even without a blank between, as some
/// collections of meshes have it; a file may be compressed with gzip.
///
/// Source: the manual of Geomview, section *OFF files*.
public enum OFF {
  /// A mesh, or points alone.
  public struct Mesh<Scalar: RealScalar>: Sendable, Equatable {
    /// The vertices, a row each.
    public var points: Matrix<Scalar>
    /// The vertices of each face, in order; none for points alone.
    public var faces: [[Int]]

    /// A mesh.
    ///
    /// - Precondition: the points have a coordinate, and the faces are of vertices that exist.
    public init(points: Matrix<Scalar>, faces: [[Int]] = []) {
      precondition(points.columns > 0, "The vertices of a mesh have coordinates.")
      precondition(
        faces.allSatisfy { $0.allSatisfy { $0 >= 0 && $0 < points.rows } }, "A face has vertices that exist.")
      self.points = points
      self.faces = faces
    }
  }

  /// Reads a file, compressed with gzip or not.
  ///
  /// - Throws: ``InterchangeError/malformedText(file:line:column:expected:found:)`` for a line that is not what the
  ///   counts promise; ``InterchangeError/unsupported(file:field:found:)`` for binary files and homogeneous
  ///   coordinates; other cases for the file itself.
  public static func read<Scalar: RealScalar>(
    _ path: String, as type: Scalar.Type = Scalar.self, limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> Mesh<Scalar> {
    try read(InputFile(path: path), limits: limits)
  }

  /// Reads the bytes of a file, compressed or not.
  ///
  /// Messages call the bytes `name`.
  public static func decode<Scalar: RealScalar>(
    _ bytes: [UInt8], as type: Scalar.Type = Scalar.self, name: String = "OFF data",
    limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> Mesh<Scalar> {
    try read(InputFile(bytes: bytes, name: name), limits: limits)
  }

  /// Writes a file, or replaces it; with gzip if the name ends in `.gz`.
  ///
  /// Each number has the fewest digits that read back to the same value.
  public static func write<Scalar: RealScalar>(
    _ mesh: Mesh<Scalar>, to path: String
  ) throws(InterchangeError) {
    let sink = try makeSink(path: path)
    try write(mesh, to: sink)
    try sink.finish()
  }

  /// The bytes of an uncompressed file.
  public static func encode<Scalar: RealScalar>(_ mesh: Mesh<Scalar>) -> [UInt8] {
    let sink = MemorySink()
    // Appending to memory throws nothing.
    try? write(mesh, to: sink)
    return sink.bytes
  }

  private static func write<Scalar: RealScalar>(
    _ mesh: Mesh<Scalar>, to sink: any ByteSink
  ) throws(InterchangeError) {
    let dimension = mesh.points.columns
    let keyword = dimension == 3 ? "OFF" : "nOFF\n\(dimension)"
    try sink.write(Array("\(keyword)\n\(mesh.points.rows) \(mesh.faces.count) 0\n".utf8))
    try PointRows.write(mesh.points, to: sink)
    for face in mesh.faces {
      try sink.write(Array(([face.count] + face).map(String.init).joined(separator: " ").utf8) + [0x0A])
    }
  }

  // MARK: Reading

  private static func read<Scalar: RealScalar>(
    _ file: InputFile, limits: InterchangeLimits
  ) throws(InterchangeError) -> Mesh<Scalar> {
    let records = TextRecords(
      try file.source(limits: limits), options: .init(delimiter: " ", comment: "#"), limits: limits)
    let header = try Header(records)
    let points: Matrix<Scalar> = try PointRows.read(
      header.vertices, dimension: header.dimension, from: records, what: "vertex")
    var faces: [[Int]] = []
    for index in 0..<header.faces {
      guard try records.advanceWords() else {
        throw records.failure(
          column: 1, expected: "face \(index + 1) of \(header.faces)", found: "the end of the file")
      }
      let count = try records.integer(0, in: 0...(records.ends.count - 1), what: "a number of vertices")
      var face: [Int] = []
      for place in 0..<count {
        face.append(try records.integer(place + 1, in: 0...max(header.vertices - 1, 0), what: "a vertex"))
      }
      guard count == 0 || header.vertices > 0 else {
        throw records.failure(column: 2, expected: "no vertex, as there are none", found: "vertex \(face[0])")
      }
      faces.append(face)
    }
    return Mesh(points: points, faces: faces)
  }

  /// What a file begins with.
  private struct Header {
    var dimension = 3
    var vertices = 0
    var faces = 0

    init(_ records: TextRecords) throws(InterchangeError) {
      guard try records.advanceWords() else {
        throw .wrongFormat(file: records.file, expected: "an OFF file", found: "an empty one")
      }
      let word = records.word(0)
      guard let name = word.range(of: "OFF"), Self.isPrefix(word[..<name.lowerBound]) else {
        throw .wrongFormat(
          file: records.file, expected: "an OFF file (its first word is OFF, COFF, NOFF or the like)",
          found: records.summary(ofField: 0))
      }
      let prefix = word[..<name.lowerBound]
      if prefix.contains("4") {
        throw .unsupported(
          file: records.file, field: "header", found: "a file of homogeneous coordinates (4OFF)")
      }
      if records.ends.count > 1, records.word(1) == "BINARY" {
        throw .unsupported(file: records.file, field: "header", found: "binary OFF")
      }
      // The counts may follow without a blank: OFF8 6 12.
      var words = word[name.upperBound...].isEmpty ? [] : [String(word[name.upperBound...])]
      words += (1..<records.ends.count).map { records.word($0) }
      if prefix.contains("n") { dimension = try Self.take(&words, records, what: "the dimension", from: 1) }
      vertices = try Self.take(&words, records, what: "the number of vertices")
      faces = words.isEmpty ? 0 : try Self.take(&words, records, what: "the number of faces")
    }

    /// Whether these are letters that may stand before `OFF`, in their order.
    private static func isPrefix(_ text: Substring) -> Bool {
      var rest = text
      for letters in ["ST", "C", "N", "4", "n"] where rest.hasPrefix(letters) {
        rest = rest.dropFirst(letters.count)
      }
      return rest.isEmpty
    }

    /// The next word of the header, from the next line if this one has no more, as a number.
    private static func take(
      _ words: inout [String], _ records: TextRecords, what: String, from least: Int = 0
    ) throws(InterchangeError) -> Int {
      if words.isEmpty {
        guard try records.advanceWords() else {
          throw records.failure(column: 1, expected: what, found: "the end of the file")
        }
        words = records.ends.indices.map { records.word($0) }
      }
      let word = words.removeFirst()
      guard let value = Int(word), value >= least else {
        throw records.failure(
          column: records.ends.count - words.count, expected: what, found: "'\(word.prefix(40))'")
      }
      return value
    }
  }
}
