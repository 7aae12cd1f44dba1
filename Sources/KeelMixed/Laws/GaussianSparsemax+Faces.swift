extension GaussianSparsemax {
  /// ln P(F = f).
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for a face that is not a vertex.
  public func logProbability(of face: SimplexFace) throws(MixedError) -> Double {
    precondition(face.coordinateCount == coordinateCount, "The face must belong to the simplex of the law.")
    guard face.dimension == 0 else {
      throw .notComputable(quantity: "the probability of a face", reason: "it is not a vertex")
    }
    let vertex = (0..<coordinateCount).map { face.contains($0) ? 1.0 : 0.0 }
    return vertex.withUnsafeBufferPointer { logDensity(unchecked: $0) }
  }

  /// The probabilities of faces of dimension 0, 1, ...
  public func dimensionLaw() throws(MixedError) -> [Double] {
    throw .notComputable(
      quantity: "the law of the dimension", reason: "the scores have \(coordinateCount) entries")
  }

  /// The entropy H⊕.
  public func entropy() throws(MixedError) -> MixedEntropy {
    throw .notComputable(quantity: "the entropy", reason: "the scores have \(coordinateCount) entries")
  }
}
