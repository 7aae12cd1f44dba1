extension SimplexFace {
  /// Whether every vertex of this face belongs to another.
  ///
  /// - Parameter other: a face of the same simplex.
  /// - Complexity: O(K / 64).
  public func isSubface(of other: SimplexFace) -> Bool {
    checkPeer(other)
    return zip(words, other.words).allSatisfy { $0 & ~$1 == 0 }
  }

  /// The face of the common vertices, or nil if there are none.
  ///
  /// - Parameter other: a face of the same simplex.
  /// - Complexity: O(K / 64).
  public func intersection(_ other: SimplexFace) -> SimplexFace? {
    checkPeer(other)
    let common = BitWords.combining(words, other.words, &)
    let count = BitWords.count(common)
    guard count > 0 else { return nil }
    return SimplexFace(words: common, vertexCount: count, coordinateCount: coordinateCount)
  }

  /// The face of the vertices of either.
  ///
  /// - Parameter other: a face of the same simplex.
  /// - Complexity: O(K / 64).
  public func join(_ other: SimplexFace) -> SimplexFace {
    checkPeer(other)
    let all = BitWords.combining(words, other.words, |)
    return SimplexFace(words: all, vertexCount: BitWords.count(all), coordinateCount: coordinateCount)
  }

  private func checkPeer(_ other: SimplexFace) {
    precondition(
      coordinateCount == other.coordinateCount, "The faces must belong to simplices of as many vertices.")
  }

  /// The product of faces of simplices.
  ///
  /// - Parameter factors: at least one face.
  public static func product(of factors: [SimplexFace]) -> ProductFace<SimplexFace> {
    ProductFace(factors)
  }

  /// The faces of the simplices that a product is made of.
  ///
  /// - Parameters:
  ///   - product: a face of a product of simplices.
  ///   - coordinateCounts: the number of vertices of each simplex.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)``.
  public static func factors(
    of product: ProductFace<SimplexFace>, coordinateCounts: [Int]
  ) throws(MixedError) -> [SimplexFace] {
    try product.factors(coordinateCounts: coordinateCounts)
  }
}
