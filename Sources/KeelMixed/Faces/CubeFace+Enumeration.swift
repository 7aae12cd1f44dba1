extension CubeFace {
  /// All faces of a cube, 3^D of them: each differs from the one before in one coordinate, by one step from 0 to
  /// free to 1 or back.
  ///
  /// The reflected Gray code of base 3, the first coordinate moving fastest.
  ///
  /// - Parameter coordinateCount: the number D of coordinates, in 0...39.
  /// - Complexity: O(1) a face on average, and its storage.
  public static func all(of coordinateCount: Int) -> CubeFaces {
    precondition((0...39).contains(coordinateCount), "Faces are enumerated for at most 39 coordinates.")
    return CubeFaces(coordinateCount: coordinateCount)
  }

  /// The number of faces of a dimension, C(D, d) 2^(D - d).
  ///
  /// - Parameters:
  ///   - dimension: d.
  ///   - coordinateCount: the number D of coordinates, not negative.
  /// - Returns: exact up to 2^53; above, to about min(d, D - d) roundings; infinite where it exceeds what a Double
  ///   can be.
  /// - Complexity: O(min(d, D - d)).
  public static func count(ofDimension dimension: Int, of coordinateCount: Int) -> Double {
    let choices = binomial(coordinateCount, dimension)
    return choices == 0 ? 0 : Double(sign: .plus, exponent: coordinateCount - dimension, significand: choices)
  }
}

/// All faces of a cube, in the order of ``CubeFace/all(of:)``.
public struct CubeFaces: Sequence, Sendable {
  let coordinateCount: Int

  /// Begins with the vertex 0.
  public func makeIterator() -> Iterator { Iterator(coordinateCount: coordinateCount) }

  /// What gives the faces one after the other.
  public struct Iterator: IteratorProtocol {
    /// 0, 1 or 2: the raw values of what a face does with a coordinate.
    private var digits: [Int]
    private var steps: [Int]
    private var isDone = false

    init(coordinateCount: Int) {
      digits = Array(repeating: 0, count: coordinateCount)
      steps = Array(repeating: 1, count: coordinateCount)
    }

    /// The next face, or nil after the last.
    public mutating func next() -> CubeFace? {
      guard !isDone else { return nil }
      defer { advance() }
      return CubeFace(digits.map { $0 == 0 ? .zero : $0 == 1 ? .free : .one })
    }

    /// The first coordinate that can go on in its direction does; those before it turn round.
    private mutating func advance() {
      for k in digits.indices {
        if (0...2).contains(digits[k] + steps[k]) {
          digits[k] += steps[k]
          return
        }
        steps[k] = -steps[k]
      }
      isDone = true
    }
  }
}
