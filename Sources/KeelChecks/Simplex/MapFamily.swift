import Keel
import KeelSimplex

/// A family of maps: how to draw a member for rows of a length.
struct MapFamily: Sendable {
  /// The name in ids of checks.
  let id: String
  /// What the maps are, in words.
  let name: String
  /// Draws a member of the family for rows of a length of 1 or more.
  let make: @Sendable (_ columns: Int, inout RandomStream) throws -> MapSubject

  init(
    _ id: String, _ name: String, make: @escaping @Sendable (Int, inout RandomStream) throws -> MapSubject
  ) {
    (self.id, self.name, self.make) = (id, name, make)
  }

  /// Whether one entry gets everything as soon as it is ahead by a finite margin.
  var hasMargin: Bool {
    ["sparsemax", "radius", "entmax15", "entmax", "entmax-above-two", "normmax"].contains(id)
  }

  /// All families.
  static let all: [MapFamily] = [
    sparsemax, radius, softmax, entmax15, entmax, entmaxBelowOne, entmaxAboveTwo, normmax, budget, capped,
    topK,
    l1Ball, weighted,
  ]

  static let sparsemax = MapFamily("sparsemax", "sparsemax") { _, _ in MapSubject(map: Sparsemax()) }

  static let radius = MapFamily("radius", "projections onto simplices of other sums") { _, stream in
    let radius = Double.exp10(stream.uniform(in: -3.0..<3))
    return try MapSubject(
      map: Sparsemax(radius: .all(radius)), polytope: .init(sum: radius),
      parameters: ["z": .number(radius)])
  }

  static let softmax = MapFamily("softmax", "softmax, the 1-entmax") { _, _ in try entmax(1) }

  static let entmax15 = MapFamily("entmax15", "1.5-entmax") { _, _ in try entmax(1.5) }

  static let entmax = MapFamily("entmax", "α-entmax for 1 < α < 2, also near the ends") { _, stream in
    let distance = Double.exp10(stream.uniform(in: -6.0 ..< -0.3))
    return try entmax(
      [1 + distance, 2 - distance, stream.uniform(in: 1.05..<2.0)][stream.integer(below: 3)])
  }

  static let entmaxBelowOne = MapFamily("entmax-below-one", "α-entmax for 0 < α < 1") { _, stream in
    try entmax(stream.uniform(in: 0.3..<1.0))
  }

  static let entmaxAboveTwo = MapFamily("entmax-above-two", "α-entmax for α > 2") { _, stream in
    try entmax(stream.uniform(in: 2.0..<6.0))
  }

  /// The α-entmax of a given α.
  static func entmax(_ alpha: Double) throws -> MapSubject {
    try MapSubject(
      map: Entmax(alpha: .all(alpha)), regularizer: .tsallis(alpha: alpha),
      parameters: ["α": .number(alpha)])
  }
}
