import RealModule

/// A face of the simplex {y ≥ 0, Σy = 1}: the points that are zero exactly outside a set of vertices.
///
/// A set of bits, one a vertex: of K vertices there are 2^K - 1 faces. The volume of a face of n vertices is
/// 1 / (n - 1)!, in any n - 1 of its coordinates.
public struct SimplexFace: PolytopeFace {
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
    var words = [UInt64](repeating: 0, count: (max(coordinateCount, 0) + 63) / 64)
    for vertex in vertices {
      guard 0 <= vertex, vertex < coordinateCount else {
        throw .outOfRange(argument: "vertex", expected: "in 0..<\(coordinateCount)", found: "\(vertex)")
      }
      words[vertex / 64] |= 1 << UInt64(vertex % 64)
    }
    let count = words.reduce(0) { $0 + $1.nonzeroBitCount }
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

  /// The face with a point in its relative interior: its support.
  ///
  /// - Parameter point: entries that are not negative, of which at least one is positive.
  public init(of point: UnsafeBufferPointer<Double>) throws(MixedError) {
    var words = [UInt64](repeating: 0, count: (point.count + 63) / 64)
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

  /// The number of vertices less one.
  public var dimension: Int { vertexCount - 1 }

  /// -ln (n - 1)!.
  public var logVolume: Double { -Double.logGamma(Double(vertexCount)) }

  /// Whether a vertex belongs to the face.
  ///
  /// - Parameter vertex: in `0..<coordinateCount`.
  public func contains(_ vertex: Int) -> Bool {
    precondition(0 <= vertex && vertex < coordinateCount, "The simplex has no such vertex.")
    return words[vertex / 64] >> UInt64(vertex % 64) & 1 == 1
  }

  /// The vertices of the face, in increasing order.
  public var vertices: [Int] {
    var result: [Int] = []
    result.reserveCapacity(vertexCount)
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        result.append(64 * index + rest.trailingZeroBitCount)
        rest &= rest &- 1
      }
    }
    return result
  }

  /// The vertices in braces, counted from 0: `{0, 2}`.
  public var description: String { "{" + vertices.map(String.init).joined(separator: ", ") + "}" }
}
