/// NumPy's format for one array.
///
/// ```swift
/// let x = try Matrix<Double>(NPY.read("x.npy"))
/// try NPY.write(NumericArray(x), to: "copy.npy")
/// ```
///
/// Booleans, integers of 8 to 64 bits and floats of 16 to 64 bits are read, in both byte orders and
/// both element orders; objects (which are Python pickles), structured types, complex numbers and text
/// are refused by name. Use ``NPYReader`` and ``NPYWriter`` for files larger than the memory.
public enum NPY {
  /// How to write a file. The standard is what NumPy itself writes.
  public struct WritingOptions: Sendable {
    /// Whether the first index runs fastest in the file.
    public var isColumnMajor: Bool
    /// The byte order of the elements.
    public var byteOrder: ByteOrder
    /// The format version.
    public var version: NPYHeader.Version

    /// Creates options; the standard is row-major, this machine's byte order, version 1.0.
    public init(
      isColumnMajor: Bool = false, byteOrder: ByteOrder = .host, version: NPYHeader.Version = .v1
    ) {
      self.isColumnMajor = isColumnMajor
      self.byteOrder = byteOrder
      self.version = version
    }
  }

  /// Reads a file. Its size must be exactly what the header says.
  ///
  /// Row-major elements in this machine's byte order go into the array's storage in one read.
  ///
  /// - Throws: ``InterchangeError`` that names the file and the field.
  public static func read(
    _ path: String, limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> NumericArray {
    try read(from: FileSection(InputFile(path: path)), limits: limits)
  }

  /// Reads the bytes of a file.
  ///
  /// Messages call the bytes `name`.
  public static func decode(
    _ bytes: [UInt8], name: String = "npy data", limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> NumericArray {
    try read(from: FileSection(InputFile(bytes: bytes, name: name)), limits: limits)
  }

  /// Writes a file, or replaces it.
  public static func write(
    _ array: NumericArray, to path: String, options: WritingOptions = .init()
  ) throws(InterchangeError) {
    let file = try OutputFile(path: path)
    try write(array, to: file, options: options)
    try file.finish()
  }

  /// The bytes of the file that ``write(_:to:options:)`` writes.
  public static func encode(_ array: NumericArray, options: WritingOptions = .init()) -> [UInt8] {
    let sink = MemorySink()
    // Appending to memory throws nothing.
    try? write(array, to: sink, options: options)
    return sink.bytes
  }

  static func read(
    from source: any ByteSource, limits: InterchangeLimits
  ) throws(InterchangeError) -> NumericArray {
    try NPYHeader(reading: source, limits: limits).readElements(from: source)
  }

  static func write(
    _ array: NumericArray, to sink: any ByteSink, options: WritingOptions
  ) throws(InterchangeError) {
    try sink.write(header(of: array, options: options).encoded)
    let elements =
      options.isColumnMajor ? array.elements.buffer.reversingAxes(ofRowMajor: array.shape) : array.elements
    try elements.buffer.write(to: sink, order: options.byteOrder)
  }

  static func header(of array: NumericArray, options: WritingOptions) -> NPYHeader {
    NPYHeader(
      elementType: array.elementType, shape: array.shape, isColumnMajor: options.isColumnMajor,
      byteOrder: options.byteOrder, version: options.version)
  }
}
