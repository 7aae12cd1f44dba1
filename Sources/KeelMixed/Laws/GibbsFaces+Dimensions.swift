import RealModule

extension GibbsFaces {
  /// The probabilities of faces of dimension 0, ..., K - 1: of 1, ..., K vertices.
  ///
  /// The law of the number of independent choices (Poisson's binomial law), given that it is not 0. It is built up
  /// vertex by vertex from sums of positive terms, so probabilities have nearly all their digits, however small
  /// they are; those that fall below the smallest normal number on the way count as 0.
  ///
  /// - Complexity: O(K²), and O(K^1.5) if K is large, for only sizes within some 40 standard deviations have
  ///   probabilities that a floating-point number can tell from 0.
  public var dimensionLaw: [Double] {
    var law = [Double](repeating: 0, count: coordinateCount)
    law.withUnsafeMutableBufferPointer { fillDimensionLaw($0) }
    return law
  }

  private func fillDimensionLaw(_ law: UnsafeMutableBufferPointer<Double>) {
    guard let law = law.baseAddress else { return }
    let least = Double.leastNormalMagnitude
    // The probability that nothing has been chosen so far, and the dimensions that have been reached.
    var (none, low, high) = (1.0, 0, -1)
    for k in 0..<coordinateCount {
      let (p, q, arrival) = (inside[k], outside(k), none * first[k])
      if high >= low {
        law[high + 1] = law[high] * p
        var d = high
        while d > low {
          law[d] = law[d] * q + law[d - 1] * p
          d &-= 1
        }
        law[low] *= q
        high += 1
      }
      if arrival >= least {
        law[0] += arrival
        low = 0
        high = max(high, 0)
      }
      none *= notFirst[k]
      while low < high, law[high] < least {
        law[high] = 0
        high -= 1
      }
      while low < high, law[low] < least {
        law[low] = 0
        low += 1
      }
    }
  }

  /// 1 - p_k, to every digit.
  func outside(_ k: Int) -> Double { weights[k] > 0 ? .exp(logOutside[k]) : 1 - inside[k] }

  /// The divergence of this law from one that gives all faces of a dimension the same probability, such as the
  /// law of largest entropy: -H(F) - Σ P(dim F = d) ln P'(a face of dimension d).
  ///
  /// - Parameter logProbabilities: ln P' of one face of dimension 0, ..., K - 1.
  /// - Returns: the divergence in nats: +∞ if the other law lacks a dimension that this one has.
  /// - Complexity: that of ``dimensionLaw``. No face is enumerated.
  public func divergence(fromExchangeable logProbabilities: [Double]) -> Double {
    precondition(logProbabilities.count == coordinateCount, "There must be one probability a dimension.")
    let crossEntropy = zip(dimensionLaw, logProbabilities).reduce(0) { sum, pair in
      pair.0 == 0 ? sum : sum - pair.0 * pair.1
    }
    return max(crossEntropy - entropy, 0)
  }
}
