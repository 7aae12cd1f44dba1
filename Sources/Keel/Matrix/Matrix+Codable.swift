extension Matrix: Codable {
  private enum CodingKeys: String, CodingKey {
    case rows, columns, elements
  }

  /// Reads `rows`, `columns` and `elements` (row after row).
  ///
  /// - Throws: `DecodingError.dataCorrupted` if a size is negative or the elements are not
  ///   `rows * columns` many, besides what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let rows = try container.decode(Int.self, forKey: .rows)
    let columns = try container.decode(Int.self, forKey: .columns)
    for (size, key) in [(rows, CodingKeys.rows), (columns, .columns)] where size < 0 {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container, debugDescription: "A matrix cannot have \(size) \(key.stringValue)")
    }
    let elements = try container.decode([Scalar].self, forKey: .elements)
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, count == elements.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .elements, in: container,
        debugDescription: "A \(rows)×\(columns) matrix cannot have \(elements.count) elements")
    }
    self.init(rows: rows, columns: columns, elements: elements)
  }

  /// Writes `rows`, `columns` and `elements` (row after row). JSON has no NaN or infinity: set the
  /// encoder's strategy for them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rows, forKey: .rows)
    try container.encode(columns, forKey: .columns)
    try container.encode(storage, forKey: .elements)
  }
}
