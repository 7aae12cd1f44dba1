import RealModule

/// A face of the simplex {y ≥ 0, Σy = 1}: the points that are zero exactly outside a set of vertices.
///
/// A set of bits, one a vertex: of K vertices there are 2^K - 1 faces. The volume of a face of n vertices is
/// 1 / (n - 1)!, in any n - 1 of its coordinates.
///
/// ```swift
/// let edge = try SimplexFace([0, 2], of: 3)
/// print(edge, edge.dimension, edge.bits)  // {0, 2} 1 [true, false, true]
/// ```
public struct SimplexFace: CoordinateFace {
  /// A face of a product of simplices.
  public typealias Product = ProductFace<SimplexFace>

  /// The number K of vertices of the simplex.
  public let coordinateCount: Int
  /// Bit k % 64 of word k / 64 is one if vertex k belongs to the face.
  let words: [UInt64]
  /// The number n of vertices of the face, at least 1.
  public let vertexCount: Int

  /// The face of some vertices.
  ///
  /// - Parameters:
  ///   - vertices: the vertices, each in `0..<coordinateCount`, in any order.
  ///   - coordinateCount: the number of vertices of the simplex.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` if there is no vertex, or one that the
  ///   simplex does not have.
  public init(_ vertices: some Sequence<Int>, of coordinateCount: Int) throws(MixedError) {
    var words = BitWords.zeros(coordinateCount)
    for vertex in vertices {
      guard 0 <= vertex, vertex < coordinateCount else {
        throw .outOfRange(argument: "vertex", expected: "in 0..<\(coordinateCount)", found: "\(vertex)")
      }
      words[vertex / 64] |= 1 << UInt64(vertex % 64)
    }
    try self.init(checking: words, of: coordinateCount)
  }

  /// The face of a bit vector: vertex k belongs to it if bit k is set.
  ///
  /// - Parameter bits: one bit a vertex of the simplex.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` if no bit is set.
  public init(bits: [Bool]) throws(MixedError) {
    try self.init(bits.indices.lazy.filter { bits[$0] }, of: bits.count)
  }

  /// The face of the bits of a word: vertex k belongs to it if bit k is set, counted from the lowest.
  ///
  /// - Parameters:
  ///   - mask: the bits; those from `coordinateCount` on must be zero.
  ///   - coordinateCount: the number of vertices of the simplex, at most 64.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` if no bit is set, or one that the simplex
  ///   does not have.
  public init(mask: UInt64, of coordinateCount: Int) throws(MixedError) {
    guard (0...64).contains(coordinateCount) else {
      throw .outOfRange(argument: "coordinateCount", expected: "in 0...64", found: "\(coordinateCount)")
    }
    guard coordinateCount == 64 || mask >> UInt64(coordinateCount) == 0 else {
      throw .outOfRange(
        argument: "mask", expected: "below 2^\(coordinateCount)", found: "0x\(String(mask, radix: 16))")
    }
    try self.init(checking: [mask], of: coordinateCount)
  }

  /// The whole simplex.
  ///
  /// - Parameter coordinateCount: the number of its vertices, at least 1.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` if it has no vertex.
  public init(wholeOf coordinateCount: Int) throws(MixedError) {
    try self.init(0..<max(coordinateCount, 0), of: coordinateCount)
  }

  /// The face of a set of bits that may be empty.
  private init(checking words: [UInt64], of coordinateCount: Int) throws(MixedError) {
    let count = BitWords.count(words)
    guard count > 0 else {
      throw .outOfRange(argument: "vertices", expected: "at least one", found: "none")
    }
    self.init(words: words, vertexCount: count, coordinateCount: coordinateCount)
  }

  init(words: [UInt64], vertexCount: Int, coordinateCount: Int) {
    self.words = words
    self.vertexCount = vertexCount
    self.coordinateCount = coordinateCount
  }

  /// The face with a point in its relative interior: its support. The sum is not looked at.
  ///
  /// - Parameter point: entries that are not negative, of which at least one is positive.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` otherwise.
  public init<Scalar: MixedScalar>(of point: UnsafeBufferPointer<Scalar>) throws(MixedError) {
    var words = BitWords.zeros(point.count)
    var count = 0
    for (k, y) in point.enumerated() where y != 0 {
      guard y > 0, y.isFinite else {
        throw .outsidePolytope(argument: "entry \(k)", reason: "it is \(y)")
      }
      words[k / 64] |= 1 << UInt64(k % 64)
      count += 1
    }
    guard count > 0 else { throw .outsidePolytope(argument: "the point", reason: "it has no positive entry") }
    self.init(words: words, vertexCount: count, coordinateCount: point.count)
  }

  /// The number of positive entries less one.
  ///
  /// - Parameter point: the entries.
  public static func dimension(of point: UnsafeBufferPointer<Double>) -> Int {
    point.reduce(-1) { $0 + ($1 > 0 ? 1 : 0) }
  }

  /// Checks that entries are not negative and sum to 1.
  ///
  /// The sum may be off by 1e-5: a threshold that is rounded to Float changes each entry of a support by the same
  /// amount, which makes a few times 1e-6.
  ///
  /// - Parameter point: the entries.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)``.
  public static func validate(_ point: UnsafeBufferPointer<Double>) throws(MixedError) {
    var sum = 0.0
    for (k, y) in point.enumerated() {
      guard y >= 0, y.isFinite else { throw .outsidePolytope(argument: "entry \(k)", reason: "it is \(y)") }
      sum += y
    }
    guard (sum - 1).magnitude <= 1e-5 else {
      throw .outsidePolytope(argument: "the point", reason: "its entries sum to \(sum), not to 1")
    }
  }

  /// The number of vertices less one.
  public var dimension: Int { vertexCount - 1 }

  /// -ln d!.
  public static func logVolume(ofDimension dimension: Int) -> Double {
    -Double.logGamma(Double(dimension + 1))
  }

  /// Whether a vertex belongs to the face.
  ///
  /// - Parameter vertex: in `0..<coordinateCount`.
  public func contains(_ vertex: Int) -> Bool {
    precondition(0 <= vertex && vertex < coordinateCount, "The simplex has no such vertex.")
    return BitWords.contains(words, vertex)
  }

  /// The vertices of the face, in increasing order.
  public var vertices: [Int] {
    var result: [Int] = []
    result.reserveCapacity(vertexCount)
    BitWords.forEach(words) { result.append($0) }
    return result
  }

  /// The bit vector of the face: entry k tells whether vertex k belongs to it.
  public var bits: [Bool] { (0..<coordinateCount).map { BitWords.contains(words, $0) } }

  /// The bits of the face as one word, vertex 0 lowest; nil if the simplex has more than 64 vertices.
  public var mask: UInt64? { coordinateCount <= 64 ? words[0] : nil }

  /// The vertices in braces, counted from 0: `{0, 2}`.
  public var description: String { "{" + vertices.map(String.init).joined(separator: ", ") + "}" }
}
