import RealModule

/// The entropy of a mixed distribution, H⊕ = H(F) + Σ P(f) h(Y | F = f), in nats.
///
/// H⊕ is Shannon's entropy if all mass is on vertices, and differential entropy if none is on the boundary. It can
/// be negative, and it depends on the coordinates.
public struct MixedEntropy: Sendable, Equatable {
  /// H(F), the entropy of the face.
  public var face: Double
  /// Σ P(f) h(Y | F = f), the expected differential entropy within the face.
  public var conditional: Double
  /// E dim F, the expected dimension of the face.
  public var meanDimension: Double
  /// The standard error of ``total``: 0 if it was computed, not estimated.
  public var standardError: Double

  /// An entropy by its parts.
  public init(face: Double, conditional: Double, meanDimension: Double, standardError: Double = 0) {
    self.face = face
    self.conditional = conditional
    self.meanDimension = meanDimension
    self.standardError = standardError
  }

  /// H⊕, in nats.
  public var total: Double { face + conditional }

  /// The entropy in bits when each free coordinate is resolved to N bits, H⊕ / ln 2 + N E dim F: the limit of the
  /// mean length of the best code.
  ///
  /// - Parameter resolution: N, not negative, whole or not.
  public func bits(resolution: Double = 0) -> Double {
    total / Double.log(2) + resolution * meanDimension
  }

  /// The entropy of a pair of independent outcomes.
  public static func + (a: MixedEntropy, b: MixedEntropy) -> MixedEntropy {
    MixedEntropy(
      face: a.face + b.face, conditional: a.conditional + b.conditional,
      meanDimension: a.meanDimension + b.meanDimension,
      standardError: Double.hypot(a.standardError, b.standardError))
  }

  /// Adds the entropy of an independent outcome.
  public static func += (a: inout MixedEntropy, b: MixedEntropy) { a = a + b }
}

/// The divergence of one mixed distribution from another, KL⊕ = KL(F) + Σ P(f) KL(Y | F = f), in nats.
///
/// It does not depend on the coordinates. It is infinite unless the first is absolutely continuous with respect to
/// the second, face by face.
public struct MixedDivergence: Sendable, Equatable {
  /// KL of the faces.
  public var face: Double
  /// The expected KL within the face.
  public var conditional: Double
  /// The standard error of ``total``: 0 if it was computed, not estimated.
  public var standardError: Double

  /// A divergence by its parts.
  public init(face: Double, conditional: Double, standardError: Double = 0) {
    self.face = face
    self.conditional = conditional
    self.standardError = standardError
  }

  /// KL⊕, in nats.
  public var total: Double { face + conditional }

  /// The divergence of pairs of independent outcomes.
  public static func + (a: MixedDivergence, b: MixedDivergence) -> MixedDivergence {
    MixedDivergence(
      face: a.face + b.face, conditional: a.conditional + b.conditional,
      standardError: Double.hypot(a.standardError, b.standardError))
  }

  /// Adds the divergence of an independent outcome.
  public static func += (a: inout MixedDivergence, b: MixedDivergence) { a = a + b }

  /// A divergence times the probability that it counts.
  public static func * (weight: Double, divergence: MixedDivergence) -> MixedDivergence {
    MixedDivergence(
      face: weight * divergence.face, conditional: weight * divergence.conditional,
      standardError: weight * divergence.standardError)
  }
}
