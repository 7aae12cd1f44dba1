import Keel

/// Collects the entries of rows that are not zero, and writes them as compressed sparse rows in an .npz file
/// as SciPy's `scipy.sparse.load_npz` reads it.
///
/// They stay in memory until the end: the archive begins with the indices of all rows.
final class SimplexSparseWriter<Scalar: RealScalar & NumericElement> {
  private let columns: Int
  private let path: String
  private let place: String
  private var indices: [Int32] = []
  private var values: [Scalar] = []
  private var ends: [Int] = [0]

  /// Collects rows for a file.
  ///
  /// - Throws: ``InputError`` if the file cannot be written, or rows are too long for the format.
  init(_ path: String, columns: Int, files: PendingFiles) throws {
    guard columns <= Int(Int32.max) else {
      throw InputError("'--sparse': rows of more than \(Int32.max) entries are not supported.")
    }
    self.columns = columns
    self.path = path
    place = try files.place(for: path, flag: "--output")
  }

  /// Appends rows. NaN is kept: it is not zero.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func append(_ elements: [Scalar], rows: Int) {
    for row in 0..<rows {
      for column in 0..<columns {
        let value = elements[row * columns + column]
        if value != 0 {
          indices.append(Int32(truncatingIfNeeded: column))
          values.append(value)
        }
      }
      ends.append(values.count)
    }
  }

  /// Writes the file.
  func finish() throws {
    do {
      let writer = try NPZWriter(place)
      // Indices and places in them are of one type, which is 64 bits wide only where it must be.
      if max(values.count, columns) <= Int(Int32.max) {
        try writer.append(NumericArray(indices), name: "indices")
        try writer.append(NumericArray(ends.map { Int32(truncatingIfNeeded: $0) }), name: "indptr")
      } else {
        try writer.append(NumericArray(indices.map(Int.init)), name: "indices")
        try writer.append(NumericArray(ends), name: "indptr")
      }
      try writer.append(word: "csr", name: "format")
      try writer.append(NumericArray([ends.count - 1, columns]), name: "shape")
      try writer.append(NumericArray(values), name: "data")
      try writer.finish()
    } catch {
      throw InputError("'--output': \(error.renamed(path))")
    }
  }
}
