extension CubeFace {
  /// Whether another face leaves free, or fixes to the same value, each coordinate that this one fixes, and leaves
  /// free what this one does.
  ///
  /// - Parameter other: a face of the same cube.
  /// - Complexity: O(D / 64).
  public func isSubface(of other: CubeFace) -> Bool {
    checkPeer(other)
    return free.indices.allSatisfy {
      free[$0] & ~other.free[$0] == 0 && (ones[$0] ^ other.ones[$0]) & ~other.free[$0] == 0
    }
  }

  /// The common face: a coordinate is free if it is in both. Nil if they fix a coordinate to different values.
  ///
  /// - Parameter other: a face of the same cube.
  /// - Complexity: O(D / 64).
  public func intersection(_ other: CubeFace) -> CubeFace? {
    checkPeer(other)
    let conflicts = free.indices.contains {
      (ones[$0] ^ other.ones[$0]) & ~free[$0] & ~other.free[$0] != 0
    }
    guard !conflicts else { return nil }
    return CubeFace(
      free: BitWords.combining(free, other.free, &), ones: BitWords.combining(ones, other.ones, |),
      coordinateCount: coordinateCount)
  }

  /// The smallest face that contains this one and another: a coordinate is free if it is in either, or if they fix
  /// it to different values.
  ///
  /// - Parameter other: a face of the same cube.
  /// - Complexity: O(D / 64).
  public func join(_ other: CubeFace) -> CubeFace {
    checkPeer(other)
    return CubeFace(
      free: free.indices.map { free[$0] | other.free[$0] | (ones[$0] ^ other.ones[$0]) },
      ones: BitWords.combining(ones, other.ones, &), coordinateCount: coordinateCount)
  }

  private func checkPeer(_ other: CubeFace) {
    precondition(
      coordinateCount == other.coordinateCount, "The faces must belong to cubes of as many coordinates.")
  }

  /// The product of faces of cubes: the coordinates of one after those of the other.
  ///
  /// - Parameter factors: at least one face.
  public static func product(of factors: [CubeFace]) -> CubeFace {
    CubeFace(factors.flatMap(\.coordinates))
  }

  /// The faces of the cubes that a product is made of.
  ///
  /// - Parameters:
  ///   - product: a face of the cube of all coordinates.
  ///   - coordinateCounts: the number of coordinates of each cube.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if they are not as many as the product has.
  public static func factors(
    of product: CubeFace, coordinateCounts: [Int]
  ) throws(MixedError) -> [CubeFace] {
    let total = coordinateCounts.reduce(0, +)
    guard product.coordinateCount == total else {
      throw .wrongShape(
        argument: "face", expected: "of \(total) coordinates", found: "of \(product.coordinateCount)")
    }
    let coordinates = product.coordinates
    var start = 0
    return coordinateCounts.map { count in
      defer { start += count }
      return CubeFace(Array(coordinates[start..<start + count]))
    }
  }
}
