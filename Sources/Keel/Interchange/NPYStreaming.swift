/// Reads an `.npy` file a few rows at a time: a row is everything under one index of the first axis.
///
/// ```swift
/// var reader = try NPYReader("features.npy")
/// while let rows: Matrix<Float> = try reader.readRows(4096)?.rows() { use(rows) }
/// ```
///
/// The file's size is checked against the header when it is opened. A copy of a reader reads on by
/// itself from where the original was.
public struct NPYReader: Sendable {
  /// The header of the file.
  public let header: NPYHeader
  /// The number of rows read so far, to their end.
  public private(set) var rowsRead = 0
  /// How much of the next row has been read by itself.
  private var elementsOfNextRow = 0

  /// The number of rows in the file.
  public var rowCount: Int { header.shape[0] }
  /// The shape of one row.
  public var rowShape: [Int] { Array(header.shape.dropFirst()) }

  private let file: InputFile
  private let dataOffset: Int
  private let rowElements: Int

  /// Opens a file.
  ///
  /// - Throws: ``InterchangeError``; also for an array of rank 0, which has no rows.
  public init(_ path: String, limits: InterchangeLimits = .standard) throws(InterchangeError) {
    file = try InputFile(path: path)
    let source = FileSection(file)
    header = try NPYHeader(reading: source, limits: limits)
    guard !header.shape.isEmpty else {
      throw .malformed(
        file: path, field: "header field 'shape'", expected: "1 dimension or more", found: "()")
    }
    dataOffset = file.size - (source.remaining ?? 0)
    rowElements = header.shape.dropFirst().reduce(1, *)
    let found = file.size - dataOffset
    if found < header.dataBytes {
      throw .truncated(file: path, field: "data", expectedBytes: header.dataBytes, foundBytes: found)
    }
    if found > header.dataBytes {
      throw .trailingBytes(file: path, field: "data", count: found - header.dataBytes)
    }
  }

  /// The next rows, fewer than `count` at the end, or nil when all have been read.
  ///
  /// - Precondition: `count` is positive, and the row before has been read to its end.
  /// - Complexity: O(result); a file in column-major order costs a small read for every column.
  public mutating func readRows(_ count: Int) throws(InterchangeError) -> NumericArray? {
    precondition(count > 0, "NPYReader.readRows: the number of rows must be positive.")
    precondition(elementsOfNextRow == 0, "NPYReader.readRows: the row before must be read to its end.")
    let rows = min(count, rowCount - rowsRead)
    guard rows > 0 else { return nil }
    let width = header.elementType.width
    let shape = [rows] + rowShape
    let elements: NumericArray.Elements
    if header.isColumnMajor {
      let columns = ColumnRuns(
        file: file, offset: dataOffset + rowsRead * width, run: rows * width, step: rowCount * width,
        count: rowElements)
      elements = try .init(
        reading: header.elementType, count: rows * rowElements, order: header.byteOrder, from: columns,
        field: "data"
      ).buffer.reversingAxes(ofRowMajor: shape.reversed())
    } else {
      let section = FileSection(
        file, offset: dataOffset + rowsRead * rowElements * width, count: rows * rowElements * width)
      elements = try .init(
        reading: header.elementType, count: rows * rowElements, order: header.byteOrder, from: section,
        field: "data")
    }
    rowsRead += rows
    return NumericArray(shape: shape, typed: elements, name: file.name)
  }

  /// Whether elements that follow each other in row-major order do so in the file.
  public var isContiguous: Bool { !header.isColumnMajor || header.shape.count == 1 }

  /// The next elements in row-major order, wherever rows begin and end: an array of rank 1, shorter than
  /// `count` at the end, or nil when all have been read.
  ///
  /// For arrays of which even one row, everything under one index of the first axis, is too much at once.
  ///
  /// - Precondition: `count` is positive, and the file is contiguous (``isContiguous``).
  /// - Complexity: O(result).
  public mutating func readElements(_ count: Int) throws(InterchangeError) -> NumericArray? {
    precondition(count > 0, "NPYReader.readElements: the number of elements must be positive.")
    precondition(isContiguous, "NPYReader.readElements: the file must be in row-major order.")
    let start = rowsRead * rowElements + elementsOfNextRow
    let elements = min(count, header.count - start)
    guard elements > 0 else { return nil }
    let width = header.elementType.width
    let section = FileSection(file, offset: dataOffset + start * width, count: elements * width)
    let values = try NumericArray.Elements(
      reading: header.elementType, count: elements, order: header.byteOrder, from: section, field: "data")
    (rowsRead, elementsOfNextRow) = (start + elements).quotientAndRemainder(dividingBy: rowElements)
    return NumericArray(shape: [elements], typed: values, name: file.name)
  }
}

/// The same run of rows out of every column of a column-major file, one after the other.
private final class ColumnRuns: ByteSource {
  let file: InputFile
  var name: String { file.name }
  private let offset: Int
  private let run: Int
  private let step: Int
  private let total: Int
  private var done = 0

  var remaining: Int? { total - done }

  init(file: InputFile, offset: Int, run: Int, step: Int, count: Int) {
    self.file = file
    self.offset = offset
    self.run = run
    self.step = step
    total = run * count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InterchangeError) -> Int {
    var filled = 0
    while filled < buffer.count, done < total {
      let (column, within) = done.quotientAndRemainder(dividingBy: run)
      let wanted = min(buffer.count - filled, run - within)
      let got = try file.read(
        at: offset + column * step + within, into: .init(rebasing: buffer[filled..<filled + wanted]))
      filled += got
      done += got
      guard got == wanted else { break }
    }
    return filled
  }
}

/// Writes an `.npy` file a few rows at a time, for results larger than the memory.
///
/// The header, written first, states the final shape: a file that was left unfinished is too short
/// for it, which every reader notices. Where the number of rows is not known beforehand, it is 0 until the
/// file is finished; the reader of Keel notices that too.
///
/// ```swift
/// let writer = try NPYWriter<Float>("features.npy", shape: [1_000_000, 64])
/// for batch in batches { try writer.append(batch.elements) }
/// try writer.finish()
/// ```
public final class NPYWriter<Element: NumericElement> {
  /// The header of the file.
  public private(set) var header: NPYHeader
  /// The number of elements written so far.
  public private(set) var elementsWritten = 0

  private let file: OutputFile
  /// Whether the number of rows is that of what is written.
  private let isGrowing: Bool

  /// Creates the file, or empties it, and writes the header.
  ///
  /// `shape` is that of the whole array, in row-major order.
  public convenience init(_ path: String, shape: [Int]) throws(InterchangeError) {
    try self.init(path, header: NPYHeader(elementType: Element.elementType, shape: shape), isGrowing: false)
  }

  /// Creates the file, or empties it, for as many rows as there will be.
  ///
  /// `rowShape` is the shape of one row. The file must be one that can be written to at any place.
  public convenience init(_ path: String, rowShape: [Int]) throws(InterchangeError) {
    try self.init(
      path, header: NPYHeader(elementType: Element.elementType, shape: [0] + rowShape), isGrowing: true)
  }

  private init(_ path: String, header: NPYHeader, isGrowing: Bool) throws(InterchangeError) {
    self.header = header
    self.isGrowing = isGrowing
    file = try OutputFile(path: path)
    try file.write(header.encoded)
  }

  /// Appends elements in row-major order; whole rows are usual, but not required.
  ///
  /// - Precondition: the shape has room for them.
  public func append(_ elements: [Element]) throws(InterchangeError) {
    precondition(
      isGrowing || elements.count <= header.count - elementsWritten,
      "NPYWriter.append: more elements than the shape has room for.")
    try elements.withUnsafeBufferPointer { (buffer) throws(InterchangeError) in
      try file.write(UnsafeRawBufferPointer(buffer))
    }
    elementsWritten += elements.count
  }

  /// Closes the file.
  ///
  /// - Throws: ``InterchangeError/truncated(file:field:expectedBytes:foundBytes:)`` if elements are
  ///   missing, ``InterchangeError/cannotWrite(file:reason:)`` if the system could not write all.
  public func finish() throws(InterchangeError) {
    if isGrowing {
      let rowShape = Array(header.shape.dropFirst())
      let rowElements = max(rowShape.reduce(1, *), 1)
      header = NPYHeader(
        elementType: Element.elementType,
        shape: [(elementsWritten + rowElements - 1) / rowElements] + rowShape)
      // As long as the first one: it has room for any number of rows.
      try file.overwrite(header.encoded, at: 0)
    }
    try file.finish()
    guard elementsWritten == header.count else {
      throw .truncated(
        file: file.name, field: "data", expectedBytes: header.dataBytes,
        foundBytes: elementsWritten * header.elementType.width)
    }
  }
}
