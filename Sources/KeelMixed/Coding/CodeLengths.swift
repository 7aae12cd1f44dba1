import RealModule

/// Lengths of code words, and the bounds that they meet.
public enum CodeLengths {
  /// The lengths that no code falls short of on average, -log2 p: the mean is the entropy, in bits.
  ///
  /// - Parameter probabilities: numbers in [0, 1]; of a probability 0 the length is infinite.
  public static func ideal(_ probabilities: [Double]) -> [Double] {
    probabilities.map { $0 > 0 ? -Double.log2($0) : .infinity }
  }

  /// Shannon's lengths, ⌈-log2 p⌉: those of a prefix code whose mean exceeds the entropy by less than one bit.
  ///
  /// Exact at powers of two: the length is the least whole l with 2^-l ≤ p.
  ///
  /// - Parameter probabilities: numbers in (0, 1].
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` for others.
  public static func shannon(_ probabilities: [Double]) throws(MixedError) -> [Int] {
    var lengths: [Int] = []
    for (index, probability) in probabilities.enumerated() {
      guard probability > 0, probability <= 1 else {
        throw .outOfRange(argument: "probability \(index)", expected: "in (0, 1]", found: "\(probability)")
      }
      // p = s 2^e with 1 ≤ s < 2, so 2^e is the largest power of two that does not exceed it.
      lengths.append(-Int(probability.exponent))
    }
    return lengths
  }

  /// Kraft's sum Σ 2^-l: a prefix code with such lengths exists if and only if it does not exceed 1.
  ///
  /// - Parameter lengths: numbers of bits, not negative.
  /// - Returns: exact if the longest word exceeds the shortest by at most 52 bits.
  public static func kraftSum(_ lengths: [Int]) -> Double {
    // From the smallest term, so that many small ones are not lost.
    lengths.sorted(by: >).reduce(0) { $0 + Double(sign: .plus, exponent: -$1, significand: 1) }
  }

  /// The mean length Σ p l, in bits.
  ///
  /// - Parameters:
  ///   - lengths: numbers of bits.
  ///   - probabilities: one a word.
  public static func mean(_ lengths: [Int], under probabilities: [Double]) -> Double {
    precondition(lengths.count == probabilities.count, "There must be a probability for each word.")
    return zip(lengths, probabilities).reduce(0) { $0 + Double($1.0) * $1.1 }
  }
}
