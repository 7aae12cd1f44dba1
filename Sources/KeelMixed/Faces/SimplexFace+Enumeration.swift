import Keel
import RealModule

extension SimplexFace {
  /// All faces of a simplex, 2^K - 1 of them: each differs from the one before in one vertex.
  ///
  /// The bit vectors of the faces are the Gray code i ^ (i >> 1) for i = 1, 2, ...
  ///
  /// ```swift
  /// for face in SimplexFace.all(of: 3) { print(face) }  // {0} {0, 1} {1} {1, 2} {0, 1, 2} {0, 2} {2}
  /// ```
  ///
  /// - Parameter coordinateCount: the number K of vertices, in 0...62.
  /// - Complexity: O(1) a face.
  public static func all(of coordinateCount: Int) -> SimplexFaces {
    precondition((0...62).contains(coordinateCount), "Faces are enumerated for at most 62 vertices.")
    return SimplexFaces(coordinateCount: coordinateCount)
  }

  /// The number of faces of a dimension, C(K, d + 1).
  ///
  /// - Parameters:
  ///   - dimension: d.
  ///   - coordinateCount: the number K of vertices, not negative.
  /// - Returns: exact up to 2^53; above, to about min(d, K - d) roundings; infinite where it exceeds what a Double
  ///   can be.
  /// - Complexity: O(min(d, K - d)).
  public static func count(ofDimension dimension: Int, of coordinateCount: Int) -> Double {
    dimension < 0 ? 0 : binomial(coordinateCount, dimension + 1)
  }

  /// ln C(K, d + 1), to a few roundings for every K.
  ///
  /// - Parameters:
  ///   - dimension: d, in `0..<coordinateCount`.
  ///   - coordinateCount: the number K of vertices.
  static func logCount(ofDimension dimension: Int, of coordinateCount: Int) -> Double {
    // The smaller of two equal numbers of choices, so that less cancels.
    let chosen = Double(min(dimension + 1, coordinateCount - dimension - 1))
    return GammaFunction.logRatio(Double(coordinateCount) - chosen + 1, plus: chosen)
      - Double.logGamma(chosen + 1)
  }
}

/// All faces of a simplex, in the order of ``SimplexFace/all(of:)``.
public struct SimplexFaces: Sequence, Sendable {
  let coordinateCount: Int

  /// Begins with the first vertex.
  public func makeIterator() -> Iterator { Iterator(coordinateCount: coordinateCount) }

  /// The number of faces, 2^K - 1.
  public var underestimatedCount: Int { (1 << coordinateCount) - 1 }

  /// What gives the faces one after the other.
  public struct Iterator: IteratorProtocol {
    let coordinateCount: Int
    private var index: UInt64 = 0

    init(coordinateCount: Int) { self.coordinateCount = coordinateCount }

    /// The next face, or nil after the last.
    public mutating func next() -> SimplexFace? {
      guard index + 1 < 1 << UInt64(coordinateCount) else { return nil }
      index += 1
      let mask = index ^ (index >> 1)
      return SimplexFace(
        words: [mask], vertexCount: mask.nonzeroBitCount, coordinateCount: coordinateCount)
    }
  }
}

/// C(n, k), exact as long as it is below 2^53 / n.
func binomial(_ n: Int, _ k: Int) -> Double {
  guard 0 <= k, k <= n else { return 0 }
  var result = 1.0
  for j in 0..<min(k, n - k) {
    result = (result * Double(n - j) / Double(j + 1)).rounded(.toNearestOrEven)
  }
  return result
}
