/// A face of the cube [0, 1]^D: the points of which some coordinates are 0, some are 1, and the others lie strictly
/// between.
///
/// There are 3^D faces. In its free coordinates, each has the volume 1.
///
/// ```swift
/// let face = try CubeFace(of: [0.5, 1, 0])
/// print(face, face.dimension)  // *10 1
/// ```
public struct CubeFace: CoordinateFace {
  /// What a face does with a coordinate.
  public enum Coordinate: Int, Sendable, Hashable, CaseIterable {
    /// It is 0.
    case zero
    /// It lies in (0, 1).
    case free
    /// It is 1.
    case one
  }

  /// A face of a product of cubes, which is a cube.
  public typealias Product = CubeFace

  /// The number D of coordinates.
  public let coordinateCount: Int
  /// The coordinates that are free, as bits.
  let free: [UInt64]
  /// The coordinates that are 1, as bits.
  let ones: [UInt64]
  /// The number of free coordinates.
  public let dimension: Int

  /// The face of what each coordinate does.
  ///
  /// - Parameter coordinates: one a coordinate; none for the cube of dimension 0, which is a point.
  public init(_ coordinates: [Coordinate]) {
    var free = BitWords.zeros(coordinates.count)
    var ones = free
    for (k, coordinate) in coordinates.enumerated() {
      let bit: UInt64 = 1 << UInt64(k % 64)
      switch coordinate {
      case .zero: break
      case .free: free[k / 64] |= bit
      case .one: ones[k / 64] |= bit
      }
    }
    self.init(free: free, ones: ones, coordinateCount: coordinates.count)
  }

  init(free: [UInt64], ones: [UInt64], coordinateCount: Int) {
    self.free = free
    self.ones = ones
    self.coordinateCount = coordinateCount
    dimension = BitWords.count(free)
  }

  /// The face with a point in its relative interior: a coordinate is at a bound if it equals it.
  ///
  /// - Parameter point: coordinates in [0, 1].
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` if one is not, or NaN.
  public init<Scalar: MixedScalar>(of point: UnsafeBufferPointer<Scalar>) throws(MixedError) {
    var free = BitWords.zeros(point.count)
    var ones = free
    for (k, y) in point.enumerated() where y != 0 {
      guard y > 0, y <= 1 else { throw .outsidePolytope(argument: "coordinate \(k)", reason: "it is \(y)") }
      let bit: UInt64 = 1 << UInt64(k % 64)
      if y == 1 { ones[k / 64] |= bit } else { free[k / 64] |= bit }
    }
    self.init(free: free, ones: ones, coordinateCount: point.count)
  }

  /// The number of coordinates that are neither 0 nor 1.
  ///
  /// - Parameter point: the coordinates.
  public static func dimension(of point: UnsafeBufferPointer<Double>) -> Int {
    point.reduce(0) { $0 + ($1 > 0 && $1 < 1 ? 1 : 0) }
  }

  /// Checks that coordinates lie in [0, 1].
  ///
  /// - Parameter point: the coordinates.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)``.
  public static func validate(_ point: UnsafeBufferPointer<Double>) throws(MixedError) {
    for (k, y) in point.enumerated() where !(y >= 0 && y <= 1) {
      throw .outsidePolytope(argument: "coordinate \(k)", reason: "it is \(y)")
    }
  }

  /// 0: in its free coordinates, every face of the cube is a cube of side 1.
  public static func logVolume(ofDimension dimension: Int) -> Double { 0 }

  /// What the face does with a coordinate.
  ///
  /// - Parameter k: in `0..<coordinateCount`.
  public subscript(k: Int) -> Coordinate {
    precondition(0 <= k && k < coordinateCount, "The cube has no such coordinate.")
    return BitWords.contains(free, k) ? .free : BitWords.contains(ones, k) ? .one : .zero
  }

  /// What the face does with each coordinate.
  public var coordinates: [Coordinate] { (0..<coordinateCount).map { self[$0] } }

  /// A character a coordinate: `0`, `1`, or `*` if it is free.
  public var description: String {
    String(
      coordinates.map { (coordinate) -> Character in
        switch coordinate {
        case .zero: "0"
        case .free: "*"
        case .one: "1"
        }
      })
  }
}
