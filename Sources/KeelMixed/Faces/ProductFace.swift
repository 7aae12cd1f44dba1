/// A face of a product of polytopes: one face of each.
///
/// Its dimension is the sum of theirs, its volume the product. Coordinates of a point are those of the first
/// polytope, then those of the second, and so on.
public struct ProductFace<Factor: PolytopeFace>: PolytopeFace {
  /// A face of a product of such products: all the factors, one after the other.
  public typealias Product = ProductFace<Factor>

  /// The faces, one of each polytope.
  public let factors: [Factor]

  /// The product of faces.
  public init(_ factors: [Factor]) {
    self.factors = factors
  }

  /// The sum of the dimensions.
  public var dimension: Int { factors.reduce(0) { $0 + $1.dimension } }

  /// The sum of the logarithms of the volumes.
  public var logVolume: Double { factors.reduce(0) { $0 + $1.logVolume } }

  /// The sum of the numbers of coordinates.
  public var coordinateCount: Int { factors.reduce(0) { $0 + $1.coordinateCount } }

  /// Whether each factor is a subface of the other's.
  ///
  /// - Parameter other: a face of the same product.
  public func isSubface(of other: ProductFace) -> Bool {
    checkPeer(other)
    return zip(factors, other.factors).allSatisfy { $0.isSubface(of: $1) }
  }

  /// The product of the intersections, or nil if one of them is empty.
  ///
  /// - Parameter other: a face of the same product.
  public func intersection(_ other: ProductFace) -> ProductFace? {
    checkPeer(other)
    var common: [Factor] = []
    for (factor, peer) in zip(factors, other.factors) {
      guard let face = factor.intersection(peer) else { return nil }
      common.append(face)
    }
    return ProductFace(common)
  }

  /// The product of the joins.
  ///
  /// - Parameter other: a face of the same product.
  public func join(_ other: ProductFace) -> ProductFace {
    checkPeer(other)
    return ProductFace(zip(factors, other.factors).map { $0.join($1) })
  }

  private func checkPeer(_ other: ProductFace) {
    precondition(
      factors.count == other.factors.count, "The faces must belong to products of as many factors.")
  }

  /// All factors of some products, one after the other.
  ///
  /// - Parameter factors: at least one face.
  public static func product(of factors: [ProductFace]) -> ProductFace {
    ProductFace(factors.flatMap(\.factors))
  }

  /// The products that a product of products is made of.
  ///
  /// - Parameters:
  ///   - product: all the factors.
  ///   - coordinateCounts: the number of coordinates of each product.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if no factors in a row have as many coordinates.
  public static func factors(
    of product: ProductFace, coordinateCounts: [Int]
  ) throws(MixedError) -> [ProductFace] {
    var rest = product.factors[...]
    var result: [ProductFace] = []
    for count in coordinateCounts {
      var (taken, coordinates): ([Factor], Int) = ([], 0)
      while coordinates < count, let next = rest.popFirst() {
        taken.append(next)
        coordinates += next.coordinateCount
      }
      guard coordinates == count else { throw product.mismatch(coordinateCounts) }
      result.append(ProductFace(taken))
    }
    guard rest.isEmpty else { throw product.mismatch(coordinateCounts) }
    return result
  }

  /// The factors, if they have the given numbers of coordinates.
  func factors(coordinateCounts: [Int]) throws(MixedError) -> [Factor] {
    guard factors.map(\.coordinateCount) == coordinateCounts else { throw mismatch(coordinateCounts) }
    return factors
  }

  private func mismatch(_ coordinateCounts: [Int]) -> MixedError {
    .wrongShape(
      argument: "face", expected: "a product of faces of \(coordinateCounts) coordinates",
      found: "one of faces of \(factors.map(\.coordinateCount)) coordinates")
  }

  /// The factors, joined by ×.
  public var description: String { factors.map(\.description).joined(separator: " × ") }
}
