import RealModule

/// The law of non-empty bit vectors as published code computes it: by a dynamic programme over three labels, in one
/// scalar type.
///
/// The law is that of ``GibbsFaces``, and with `Scalar` = `Double` the numbers are too, up to rounding. The published
/// class keeps its tables in the default type of its framework, 32 bits, so that scores of 64 bits are rounded to
/// seven digits without a word: with `Scalar` = `Float`, an error of 1e-7 of the sum of the scores.
///
/// The labels of a position are: no bit set so far; a zero after a one; a one. Sums go over sequences of labels that
/// do not end with the first. For reproducing results that were obtained with it, and as a check of the closed forms.
///
/// Source: the software of Farinhas, Aziz, Niculae and Martins (2022), *Sparse Communication via Mixed Distributions*.
public struct PublishedNonEmptyBitVector<Scalar: MixedScalar>: Sendable, Equatable {
  /// The scores w, rounded to the scalar type.
  public let weights: [Scalar]

  /// For each position and label, the logarithm of the sum over the labels of what comes before, itself included.
  private let forward: [Labels<Scalar>]
  /// For each position and label, the logarithm of the sum over the labels of what comes after.
  private let backward: [Labels<Scalar>]

  /// The law of some scores.
  ///
  /// - Parameter weights: w, one a bit, as for ``GibbsFaces``.
  /// - Throws: ``MixedError`` if there is none, or one is too large or NaN.
  /// - Complexity: O(K).
  public init(weights: [Double]) throws(MixedError) {
    let weights = try GibbsFaces.validated(weights).map { Scalar($0) }
    var forward = [Labels(empty: -weights[0], zero: -.infinity, one: weights[0])]
    for w in weights.dropFirst() {
      let previous = forward[forward.count - 1]
      let some = logAdd(previous.zero, previous.one)
      forward.append(Labels(empty: previous.empty - w, zero: some - w, one: logAdd(previous.empty, some) + w))
    }
    var backward = [Labels(empty: -Scalar.infinity, zero: 0, one: 0)]
    for w in weights.dropFirst().reversed() {
      let next = backward[backward.count - 1]
      let some = logAdd(next.zero - w, next.one + w)
      backward.append(Labels(empty: logAdd(next.empty - w, next.one + w), zero: some, one: some))
    }
    self.weights = weights
    self.forward = forward
    self.backward = backward.reversed()
  }

  /// ln Z.
  public var logNormalizer: Scalar {
    let last = forward[forward.count - 1]
    return logAdd(last.zero, last.one)
  }

  /// The probability that a bit is one, of each bit.
  public var marginals: [Scalar] {
    let total = logNormalizer
    return zip(forward, backward).map { Scalar.exp($0.one + $1.one - total) }
  }

  /// ln P of a bit vector, as a face of the simplex.
  ///
  /// - Parameter face: a face of the simplex with as many vertices as there are bits.
  public func logProbability(of face: SimplexFace) -> Scalar {
    precondition(face.coordinateCount == weights.count, "The face must be one of the same simplex.")
    return weights.indices.reduce(0) { $0 + (face.contains($1) ? weights[$1] : -weights[$1]) } - logNormalizer
  }

  /// The entropy ln Z - Σ w_k (2 P(bit k is one) - 1), in nats.
  public var entropy: Scalar {
    zip(weights, marginals).reduce(logNormalizer) { $0 - $1.0 * (2 * $1.1 - 1) }
  }

  /// The divergence of this law from another, ln Z' - ln Z + Σ (w_k - w'_k) (2 P(bit k is one) - 1), in nats.
  ///
  /// - Parameter other: the second argument of the divergence.
  public func divergence(from other: PublishedNonEmptyBitVector) -> Scalar {
    precondition(other.weights.count == weights.count, "The laws must be those of one simplex.")
    let marginals = marginals
    return weights.indices.reduce(other.logNormalizer - logNormalizer) {
      $0 + (weights[$1] - other.weights[$1]) * (2 * marginals[$1] - 1)
    }
  }
}

/// A number for each label.
private struct Labels<Scalar: MixedScalar>: Sendable, Equatable {
  /// For no bit set so far.
  var empty: Scalar
  /// For a zero after a one.
  var zero: Scalar
  /// For a one.
  var one: Scalar
}

/// ln(exp a + exp b).
private func logAdd<Scalar: MixedScalar>(_ a: Scalar, _ b: Scalar) -> Scalar {
  let largest = max(a, b)
  return largest == -.infinity ? largest : largest + Scalar.log(onePlus: Scalar.exp(min(a, b) - largest))
}
