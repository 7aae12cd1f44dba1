import Keel
import RealModule

/// The direct-sum measure of a polytope: Lebesgue measure on the relative interior of every face, in free
/// coordinates, and the number of vertices.
///
/// The faces of dimension d together have the measure m_d: of a simplex of K vertices C(K, d + 1) / d!, of a cube of
/// D coordinates C(D, d) 2^(D - d). The measure of a product is the product of the measures.
///
/// If each free coordinate is counted in cells of side 2^-N, a face of dimension d has 2^(Nd) times its measure as
/// many cells; ``logTotal(resolution:)`` is the logarithm of the number of all cells. It is also the largest N-bit
/// entropy of any law on the polytope.
public struct DirectSumMeasure: Sendable, Hashable {
  private enum Polytope: Sendable, Hashable {
    case simplex(Int)
    case cube(Int)
    case product([DirectSumMeasure])
  }

  private let polytope: Polytope

  /// The measure of a simplex.
  ///
  /// - Parameter vertices: K, at least 1.
  public static func simplex(vertices: Int) -> DirectSumMeasure {
    precondition(vertices >= 1, "A simplex needs a vertex.")
    return DirectSumMeasure(polytope: .simplex(vertices))
  }

  /// The measure of a cube.
  ///
  /// - Parameter coordinates: D, not negative. The cube of dimension 0 is a point.
  public static func cube(coordinates: Int) -> DirectSumMeasure {
    precondition(coordinates >= 0, "A cube cannot have a negative number of coordinates.")
    return DirectSumMeasure(polytope: .cube(coordinates))
  }

  /// The measure of a product of polytopes.
  ///
  /// - Parameter factors: the measures of the polytopes.
  public static func product(_ factors: [DirectSumMeasure]) -> DirectSumMeasure {
    DirectSumMeasure(polytope: .product(factors))
  }

  /// The measure of the polytope: 3, 6.5, 12.166... for simplices of 2, 3, 4 vertices; 3^D for cubes.
  ///
  /// Infinite where it exceeds what a Double can be.
  public var total: Double { Double.exp(logTotal()) }

  /// ln Σ 2^(Nd) m_d.
  ///
  /// - Parameter resolution: N, finite. For N = 0 this is the logarithm of ``total``.
  /// - Returns: accurate to a few roundings.
  /// - Complexity: O(dimension) at most.
  public func logTotal(resolution: Double = 0) -> Double {
    switch polytope {
    case .simplex(let vertices): TiltedDimensionLaw(simplex: vertices, resolution: resolution).logTotal
    case .cube(let coordinates):
      Double(coordinates) * LogSpace.logAddExp(resolution * Double.log(2), Double.log(2))
    case .product(let factors): factors.reduce(0) { $0 + $1.logTotal(resolution: resolution) }
    }
  }

  /// m_0, m_1, ...: the measure of all faces of each dimension.
  ///
  /// - Returns: to about d roundings; zero where it underflows, infinite where it overflows.
  /// - Complexity: O(dimension); O(dimension²) for products.
  public func masses() -> [Double] {
    switch polytope {
    case .simplex(let vertices):
      // C(K, d + 1) / d! by its ratios, (K - n) / (n (n + 1)) with n = d + 1.
      Self.running(first: Double(vertices), count: vertices) { d in
        Double(vertices - d - 1) / (Double(d + 1) * Double(d + 2))
      }
    case .cube(let coordinates):
      (0...coordinates).map { CubeFace.count(ofDimension: $0, of: coordinates) }
    case .product(let factors):
      factors.reduce([1]) { convolution($0, $1.masses()) }
    }
  }

  private static func running(first: Double, count: Int, ratio: (Int) -> Double) -> [Double] {
    var value = first
    return (0..<count).map { d in
      defer { value *= ratio(d) }
      return value
    }
  }
}

/// The coefficients of the product of two polynomials: the law of a sum of independent whole numbers.
func convolution(_ a: [Double], _ b: [Double]) -> [Double] {
  guard !a.isEmpty, !b.isEmpty else { return [] }
  var result = [Double](repeating: 0, count: a.count + b.count - 1)
  for (i, x) in a.enumerated() where x != 0 {
    for (j, y) in b.enumerated() { result[i + j] += x * y }
  }
  return result
}
