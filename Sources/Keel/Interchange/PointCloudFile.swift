/// Clouds of points in a file of any of the formats that hold such.
///
/// ```swift
/// var file = try PointCloudFile<Double>(reading: "bunny.off")
/// for points in file.clouds { print(points.rows, points.columns) }
/// file.clouds = file.clouds.map { centered($0) }
/// try file.write(to: "centered.off")
/// ```
public struct PointCloudFile<Scalar: RealScalar & NumericElement>: Sendable {
  /// The formats, each known by the end of a file's name.
  public enum Format: String, Sendable, CaseIterable {
    /// ``NPY``: one cloud of shape n × d, or a batch of shape b × n × d.
    case npy
    /// ``CSV``: a point a row.
    case csv
    /// ``OFF``: the vertices of a mesh, and its faces.
    case off
    /// ``XYZ``: molecules, or one plain cloud.
    case xyz
    /// ``PLY``: the vertices of a scan or a mesh.
    case ply

    /// The format that the name of a file stands for, with or without `.gz` at its end, which `.npy` cannot have.
    public init?(path: String) {
      let name = path.hasSuffix(".gz") ? path.dropLast(3) : Substring(path)
      guard let dot = name.lastIndex(of: "."),
        let format = Format(rawValue: name[name.index(after: dot)...].lowercased()),
        format != .npy || name.endIndex == path.endIndex
      else { return nil }
      self = format
    }
  }

  /// The clouds, a point a row.
  public var clouds: [Matrix<Scalar>]
  /// Whether the file holds a list of clouds, even if there is only one in it.
  public var isBatch: Bool
  /// The faces of the mesh of an OFF file.
  public var faces: [[Int]]
  /// The symbols of the atoms of each molecule of an XYZ file.
  public var symbols: [[String]]?

  /// Clouds, with what else a file of them may hold.
  public init(
    clouds: [Matrix<Scalar>], isBatch: Bool = false, faces: [[Int]] = [], symbols: [[String]]? = nil
  ) {
    self.clouds = clouds
    self.isBatch = isBatch
    self.faces = faces
    self.symbols = symbols
  }

  /// Reads a file; its name says of which format it is.
  ///
  /// - Throws: ``InterchangeError/unsupported(file:field:found:)`` for a name of no format; for an array that is not
  ///   of clouds ``InterchangeError/malformed(file:field:expected:found:)``; what the reader of the format throws.
  public init(reading path: String, limits: InterchangeLimits = .standard) throws(InterchangeError) {
    switch try Self.format(of: path) {
    case .npy:
      let array = try NPY.read(path, limits: limits)
      self.init(clouds: try Self.clouds(array), isBatch: array.shape.count == 3)
    case .csv: self.init(clouds: [try CSV.read(path, as: Scalar.self, limits: limits).values])
    case .off:
      let mesh = try OFF.read(path, as: Scalar.self, limits: limits)
      self.init(clouds: [mesh.points], faces: mesh.faces)
    case .xyz:
      let list = try XYZ.read(path, as: Scalar.self, limits: limits)
      // A file has symbols in all its clouds or in none.
      let symbols = list.compactMap(\.symbols)
      self.init(
        clouds: list.map(\.points), isBatch: !symbols.isEmpty, symbols: symbols.isEmpty ? nil : symbols)
    case .ply: self.init(clouds: [try PLY.read(path, as: Scalar.self, limits: limits)])
    }
  }

  /// Writes a file, or replaces it; its name says of which format it is.
  ///
  /// - Throws: ``InterchangeError/unsupported(file:field:found:)`` for a name of no format, and for clouds that the
  ///   format cannot hold, before the file is touched; ``InterchangeError/cannotWrite(file:reason:)``.
  public func write(to path: String) throws(InterchangeError) {
    let format = try Self.format(of: path)
    func expect(_ condition: Bool, _ found: String) throws(InterchangeError) {
      guard !condition else { return }
      throw .unsupported(file: path, field: "clouds", found: "\(found) in .\(format)")
    }
    let dimension = clouds.first?.columns ?? 0
    let molecules = symbols.flatMap { symbols in
      symbols.map(\.count) == clouds.map(\.rows) && symbols.count > 0 ? symbols : nil
    }
    if format != .npy && (format != .xyz || molecules == nil) {
      try expect(clouds.count == 1, "a list of clouds")
    }
    switch format {
    case .npy: try NPY.write(try batch(for: path), to: path)
    case .csv: try CSV.write(clouds[0], to: path)
    case .off:
      try expect(dimension > 0, "a cloud without coordinates")
      try OFF.write(OFF.Mesh(points: clouds[0], faces: faces), to: path)
    case .xyz:
      if let molecules {
        try expect(clouds.allSatisfy { $0.columns == 3 }, "a molecule of another dimension than 3")
        try XYZ.write(zip(clouds, molecules).map { XYZ.Cloud(points: $0, symbols: $1) }, to: path)
      } else {
        try expect((2...3).contains(dimension), "a cloud of another dimension than 2 and 3")
        try XYZ.write(clouds.map { XYZ.Cloud(points: $0) }, to: path)
      }
    case .ply:
      try expect((2...3).contains(dimension), "a cloud of another dimension than 2 and 3")
      try PLY.write(clouds[0], to: path)
    }
  }

  private static func format(of path: String) throws(InterchangeError) -> Format {
    guard let format = Format(path: path) else {
      throw .unsupported(
        file: path, field: "name",
        found: "an end other than .npy, .csv, .off, .xyz and .ply, the last four also with .gz,")
    }
    return format
  }

  private static func clouds(_ array: NumericArray) throws(InterchangeError) -> [Matrix<Scalar>] {
    guard (2...3).contains(array.shape.count), !array.shape.suffix(2).contains(0) else {
      throw .malformed(
        file: array.name, field: "shape", expected: "n × d, or b × n × d, with n and d positive",
        found: NumericArray.text(ofShape: array.shape))
    }
    guard array.shape.count == 3 else { return [try Matrix(array)] }
    let (n, d) = (array.shape[1], array.shape[2])
    let values: [Scalar] = array.values()
    return (0..<array.shape[0]).map { b in
      Matrix(rows: n, columns: d, elements: Array(values[(b * n * d)..<((b + 1) * n * d)]))
    }
  }

  /// The array of all clouds.
  private func batch(for path: String) throws(InterchangeError) -> NumericArray {
    guard isBatch || clouds.count != 1 else { return NumericArray(clouds[0]) }
    let (n, d) = (clouds.first?.rows ?? 0, clouds.first?.columns ?? 0)
    guard clouds.allSatisfy({ $0.rows == n && $0.columns == d }) else {
      throw .unsupported(file: path, field: "clouds", found: "a list of clouds of different sizes in .npy")
    }
    return NumericArray(shape: [clouds.count, n, d], elements: clouds.flatMap(\.elements))
  }
}
