import Keel

/// Clouds one behind the other, in memory of the caller.
public struct CloudRows<Scalar: FrameScalar> {
  /// The number of clouds.
  public var count: Int
  /// d, the number of coordinates of a point.
  public var dimension: Int
  /// `count + 1` numbers: cloud b has the points `starts[b]..<starts[b + 1]`.
  public var starts: UnsafePointer<Int>
  /// The points, a row of d numbers each; the first is number 0.
  public var points: UnsafePointer<Scalar>

  /// Clouds in memory that must outlive the value.
  public init(
    count: Int, dimension: Int, starts: UnsafePointer<Int>, points: UnsafePointer<Scalar>
  ) {
    self.count = count
    self.dimension = dimension
    self.starts = starts
    self.points = points
  }

  /// Some of the clouds, the others left out.
  func clouds(_ range: Range<Int>) -> CloudRows {
    CloudRows(count: range.count, dimension: dimension, starts: starts + range.lowerBound, points: points)
  }

  /// Where cloud b is not finite, in words.
  func strangePosition(_ b: Int) -> String {
    for i in starts[b]..<starts[b + 1] {
      for j in 0..<dimension where !points[i * dimension + j].isFinite {
        return "point \(i - starts[b]), coordinate \(j)"
      }
    }
    return "its moments, which overflow"
  }
}

/// An affine map z = (x - a) V + b of rows for each of some clouds, in memory of the caller.
public struct CloudMaps<Scalar: FrameScalar> {
  /// The vectors a, one behind the other; nil if they are zero.
  public var before: UnsafePointer<Scalar>?
  /// The matrices V, d × d by rows, one behind the other.
  public var matrices: UnsafePointer<Scalar>
  /// Whether Vᵀ is to take the place of V.
  public var transposed: Bool
  /// The vectors b, one behind the other; nil if they are zero.
  public var after: UnsafePointer<Scalar>?

  /// Maps in memory that must outlive the value.
  public init(
    before: UnsafePointer<Scalar>? = nil, matrices: UnsafePointer<Scalar>, transposed: Bool = false,
    after: UnsafePointer<Scalar>? = nil
  ) {
    self.before = before
    self.matrices = matrices
    self.transposed = transposed
    self.after = after
  }

  /// The maps from that of cloud `index` on, in d dimensions.
  func from(_ index: Int, dimension d: Int) -> CloudMaps {
    CloudMaps(
      before: before.map { $0 + index * d }, matrices: matrices + index * d * d, transposed: transposed,
      after: after.map { $0 + index * d })
  }
}
