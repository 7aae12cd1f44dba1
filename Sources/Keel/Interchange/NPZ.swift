/// NumPy's format for several named arrays, read and written whole.
///
/// ``NPZReader`` and ``NPZWriter`` handle one array at a time.
public enum NPZ {
  /// Reads all arrays of a file.
  public static func read(
    _ path: String, limits: InterchangeLimits = .standard
  ) throws(InterchangeError) -> [String: NumericArray] {
    let reader = try NPZReader(path, limits: limits)
    var arrays: [String: NumericArray] = [:]
    for name in reader.names { arrays[name] = try reader.read(name) }
    return arrays
  }

  /// Writes a file, or replaces it; the arrays keep their order.
  public static func write(
    _ arrays: KeyValuePairs<String, NumericArray>, to path: String, compressed: Bool = false
  ) throws(InterchangeError) {
    let writer = try NPZWriter(path, compressed: compressed)
    for (name, array) in arrays { try writer.append(array, name: name) }
    try writer.finish()
  }
}
