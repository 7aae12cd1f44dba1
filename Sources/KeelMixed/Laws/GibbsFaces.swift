public import Keel
import RealModule

/// The law of faces with one weight a vertex: P(f) ∝ exp Σ w_k (2 f_k - 1) over the faces of the simplex that are
/// not empty, where f_k is 1 if vertex k belongs to the face and 0 otherwise.
///
/// With p_k = σ(2 w_k), the vertices are independent, with these probabilities, given that at least one is chosen;
/// so everything has a closed form. With q = Π (1 - p_k) the probability that none would be chosen:
///
/// - ln Z = Σ ln(2 cosh w_k) + ln(1 - q),
/// - P(f_k = 1) = p_k / (1 - q),
/// - Cov(f_i, f_j) = -q P(f_i = 1) P(f_j = 1) for i ≠ j.
///
/// All weights may be so low that every p_k underflows: probabilities are kept relative to the largest. The law
/// then goes to a choice of one vertex, P({k}) ∝ exp 2 w_k.
///
/// Source: Farinhas, Aziz, Niculae and Martins (2022), *Sparse Communication via Mixed Distributions*, section 4,
/// which evaluates this law by a dynamic programme; the closed forms are those of independent choices given that
/// not all fail.
public struct GibbsFaces: Sendable, Equatable {
  /// The weights w, one a vertex.
  public let weights: [Double]

  /// ln p_k.
  let logInside: [Double]
  /// ln(1 - p_k).
  let logOutside: [Double]
  /// p_k.
  let inside: [Double]
  /// The probability of vertex k given that no vertex before it is chosen, and one has to be.
  let first: [Double]
  /// 1 less ``first``, to every digit.
  let notFirst: [Double]
  /// 2 min(max w, 0): ln(1 - q) is this plus ``logScaledMass``.
  let shift: Double
  /// ln((1 - q) exp(-shift)), in moderate range however low the weights are.
  let logScaledMass: Double
  /// 1 - q, the probability that one vertex at least would be chosen; it underflows for low weights.
  let mass: Double
  /// ln q, the logarithm of the probability that no vertex would be chosen.
  let logEmpty: Double
  /// E dim F, the expected number of vertices less one.
  public let meanDimension: Double

  /// The law with some weights.
  ///
  /// - Parameter weights: w, at least one, each at most 1e100 in magnitude.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if there is none,
  ///   ``MixedError/outOfRange(argument:expected:found:)`` if one is too large or NaN.
  /// - Complexity: O(K).
  public init(weights: [Double]) throws(MixedError) {
    self.init(sound: try GibbsFaces.validated(weights))
  }

  /// The weights, if they are those of a law.
  static func validated(_ weights: [Double]) throws(MixedError) -> [Double] {
    guard !weights.isEmpty else {
      throw .wrongShape(argument: "weights", expected: "one a vertex, at least one", found: "empty")
    }
    if let wrong = weights.first(where: { !($0.magnitude <= GibbsFaces.largestWeight) }) {
      throw .outOfRange(
        argument: "weights", expected: "at most \(GibbsFaces.largestWeight) in magnitude", found: "\(wrong)")
    }
    return weights
  }

  /// The largest magnitude of a weight: sums of weights, and their products, stay finite.
  static let largestWeight = 1e100

  /// The law with weights that have been validated.
  init(sound weights: [Double]) {
    self.weights = weights
    let count = weights.count
    let logInside = weights.map { -LogSpace.softplus(-2 * $0) }
    let logOutside = weights.map { -LogSpace.softplus(2 * $0) }
    let inside = logInside.map { Double.exp($0) }
    var first = [Double](repeating: 1, count: count)
    var notFirst = [Double](repeating: 0, count: count)

    // From the last vertex to the first: -ln Π (1 - p_j) over the vertices from k on, times exp(-shift).
    var (shift, sum, scaledMass) = (-Double.infinity, 0.0, 0.0)
    for k in stride(from: count - 1, through: 0, by: -1) {
      let next = max(shift, 2 * min(weights[k], 0))
      let rescaling = shift == next ? 1 : Double.exp(shift - next)
      sum = sum * rescaling + scaledSoftplus(2 * weights[k], shift: next)
      let before = scaledMass * rescaling
      scaledMass = sum * relativeExpMinusOne(sum * Double.exp(next))
      shift = next
      guard k < count - 1 else { continue }
      first[k] = min(Double.exp(logInside[k] - shift) / scaledMass, 1)
      notFirst[k] = min(Double.exp(logOutside[k]) * before / scaledMass, 1)
    }

    // With what probability a vertex is chosen, beyond the first one that is.
    var (none, some, meanDimension) = (1.0, 0.0, 0.0)
    for k in 0..<count {
      meanDimension += some * inside[k]
      some += none * first[k]
      none *= notFirst[k]
    }

    self.logInside = logInside
    self.logOutside = logOutside
    self.inside = inside
    self.first = first
    self.notFirst = notFirst
    self.shift = shift
    // A single vertex is certain, whatever the rounding.
    let logScaledMass = count == 1 ? logInside[0] - shift : Double.log(scaledMass)
    self.logScaledMass = logScaledMass
    self.mass = Double.exp(shift + logScaledMass)
    self.logEmpty = logOutside.reduce(0, +)
    self.meanDimension = meanDimension
  }

  /// The number K of vertices.
  public var coordinateCount: Int { weights.count }

  /// ln Z, the logarithm of Σ exp Σ w_k (2 f_k - 1) over the faces.
  ///
  /// - Complexity: O(K).
  public var logNormalizer: Double {
    weights.reduce(0) { $0 + $1.magnitude + Double.log(onePlus: Double.exp(-2 * $1.magnitude)) } + shift
      + logScaledMass
  }

  /// ln P(F = f), at most 0.
  ///
  /// - Parameter face: a face of the simplex of ``coordinateCount`` vertices.
  /// - Complexity: O(K).
  public func logProbability(of face: SimplexFace) -> Double {
    precondition(face.coordinateCount == coordinateCount, "The face must be one of the same simplex.")
    return logProbability { face.words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
  }

  /// ln P(F = f) for the face of the vertices that `isInside` names; -∞ for none.
  @inline(__always)
  func logProbability(_ isInside: (Int) -> Bool) -> Double {
    // Low weights leave large logarithms of the vertices that are inside: the first cancels the shift.
    var (chosen, rest, count) = (-shift, 0.0, 0)
    for k in weights.indices {
      if isInside(k) {
        chosen += logInside[k]
        count += 1
      } else {
        rest += logOutside[k]
      }
    }
    return count == 0 ? -.infinity : min(chosen + rest - logScaledMass, 0)
  }

  /// P(f_k = 1), the probability that vertex k belongs to the face, of each vertex.
  ///
  /// - Complexity: O(K).
  public var marginals: [Double] { weights.indices.map { marginal($0) } }

  /// P(f_k = 1).
  func marginal(_ k: Int) -> Double {
    min(shift < 0 ? Double.exp(logInside[k] - shift - logScaledMass) : inside[k] / mass, 1)
  }

  /// P(f_k = 0), to every digit also where it is small because the weight is large.
  func complement(_ k: Int) -> Double {
    guard weights[k] > 0 else { return 1 - marginal(k) }
    return Double.exp(logOutside[k]) * -Double.expMinusOne(logEmpty - logOutside[k]) / mass
  }

  /// The entropy H(F), in nats.
  ///
  /// - Complexity: O(K).
  public var entropy: Double {
    let terms = weights.indices.reduce(0.0) { sum, k in
      sum - marginal(k) * (logInside[k] - shift) - complement(k) * logOutside[k]
    }
    return max(terms - shift * meanDimension + logScaledMass, 0)
  }

  /// A face of the largest probability: the vertices with positive weights; if there is none, the one vertex with
  /// the largest weight, the first of several.
  public var mode: SimplexFace {
    var largest = 0
    for k in weights.indices where weights[k] > weights[largest] { largest = k }
    return face { weights[$0] > 0 || $0 == largest }
  }

  /// The face of the vertices that `isInside` names, in increasing order; there must be one.
  func face(_ isInside: (Int) -> Bool) -> SimplexFace {
    var words = [UInt64](repeating: 0, count: (coordinateCount + 63) / 64)
    var count = 0
    for k in weights.indices where isInside(k) {
      words[k / 64] |= 1 << UInt64(k % 64)
      count += 1
    }
    return SimplexFace(words: words, vertexCount: count, coordinateCount: coordinateCount)
  }

  /// Draws a face.
  ///
  /// Vertex after vertex: while none has been chosen, with its probability given that one of those left will be;
  /// afterwards with p_k. Nothing is rejected.
  ///
  /// - Parameter stream: where K uniform numbers are drawn.
  /// - Complexity: O(K).
  public func sample(using stream: inout RandomStream) -> SimplexFace {
    var isEmpty = true
    return face { k in
      let isChosen = stream.uniform(Double.self) < (isEmpty ? first[k] : inside[k])
      isEmpty = isEmpty && !isChosen
      return isChosen
    }
  }
}

/// ln(1 + exp x) exp(-shift) for x ≤ shift ≤ 0, or shift = 0 and any x.
private func scaledSoftplus(_ x: Double, shift: Double) -> Double {
  // Below exp(-40), ln(1 + t) is t to every digit.
  x < -40 ? Double.exp(x - shift) : LogSpace.softplus(x) * Double.exp(-shift)
}

/// (1 - exp(-x)) / x for x ≥ 0: 1 at 0.
private func relativeExpMinusOne(_ x: Double) -> Double {
  x > 0 ? -Double.expMinusOne(-x) / x : 1
}
