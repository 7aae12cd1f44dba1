import Keel
import KeelMixed
import RealModule

/// A law of faces with random weights, and the same law by enumeration of all faces.
struct GibbsProblem {
  let law: GibbsFaces
  let parameters: Parameters

  /// Weights of every kind: moderate, spread over magnitudes, so low that faces are single vertices, so high that
  /// they are the whole simplex, at the edges, all the same.
  static func weights(_ count: Int, kind: Int, using stream: inout RandomStream) -> [Double] {
    let common = stream.uniform(in: -3.0..<3)
    return (0..<count).map { _ in
      let x: Double = stream.normal()
      return switch kind % 6 {
      case 0: x
      case 1: x * Double.exp10(stream.uniform(in: -3.0..<1.7))
      case 2: -20 + 3 * x
      case 3: 20 + 3 * x
      case 4: [-200, 200, 0, x][stream.integer(below: 4)]
      default: common
      }
    }
  }

  init(_ context: TrialContext, largest: Int) throws {
    var stream = context.stream
    let count = 1 + stream.integer(below: largest)
    try self.init(weights: Self.weights(count, kind: context.index, using: &stream))
  }

  init(weights: [Double]) throws {
    law = try GibbsFaces(weights: weights)
    parameters = ["w": .numbers(weights)]
  }

  /// The rounding of a sum over the weights.
  var size: Double { law.weights.reduce(1) { $0 + $1.magnitude } }

  /// The number of faces of ``probabilities``, the empty set included.
  private var setCount: Int { 1 << law.weights.count }

  /// The logarithms of the probabilities of all faces up to a common constant, by their bits; that of the empty set is
  /// -∞.
  ///
  /// Only what differs from the signs of the weights counts, so that the most probable faces have the least rounding.
  private var logProportions: (terms: [Double], largest: Double) {
    let weights = law.weights
    let terms = (0..<setCount).map { mask in
      mask == 0
        ? -Double.infinity
        : weights.indices.reduce(0.0) { sum, k in
          (mask >> k & 1 == 1) == (weights[k] > 0) ? sum : sum - 2 * weights[k].magnitude
        }
    }
    return (terms, terms.max() ?? 0)
  }

  /// ln Z by enumeration.
  var logNormalizer: Double {
    let (terms, largest) = logProportions
    return law.weights.reduce(0) { $0 + $1.magnitude } + largest
      + Double.log(terms.reduce(0) { $0 + Double.exp($1 - largest) })
  }

  /// The probabilities of all faces by their bits, by enumeration; that of the empty set is 0.
  var probabilities: [Double] {
    let (terms, largest) = logProportions
    let proportions = terms.map { Double.exp($0 - largest) }
    let total = proportions.reduce(0, +)
    return proportions.map { $0 / total }
  }

  /// The logarithms of ``probabilities``, that of the empty set -∞.
  var logProbabilities: [Double] {
    let (terms, largest) = logProportions
    let logTotal = Double.log(terms.reduce(0) { $0 + Double.exp($1 - largest) })
    return terms.map { ($0 - largest) - logTotal }
  }
}
