import Keel
import KeelSimplex
import RealModule

/// A map together with the optimisation problem that it is said to solve, written down independently of it:
/// the largest <p, x> - Ω(p) over a polytope.
struct MapSubject: Sendable {
  /// What is subtracted from the linear gain.
  enum Regularizer: Sendable, Equatable {
    /// ½‖p‖².
    case quadratic
    /// (Σp^α - 1)/(α(α-1)), or Σ p ln p for α = 1.
    case tsallis(alpha: Double)
    /// ‖p‖ of an order α.
    case norm(alpha: Double)
  }

  /// Where p may be.
  struct Polytope: Sendable, Equatable {
    /// What Σ wp must be; of the L1 ball, what Σ|p| may be at most.
    var sum = 1.0
    /// The largest value of each entry, if there are bounds.
    var upper: [Double]?
    /// The weight w of each entry, if they differ from 1.
    var weights: [Double]?
    /// Whether p may have either sign and Σ|p| be less.
    var isL1Ball = false
    /// How many entries may be positive, if that is limited.
    var count: Int?
  }

  /// The map.
  let map: any SimplexMap<Double>
  /// What is subtracted.
  var regularizer = Regularizer.quadratic
  /// Where p may be.
  var polytope = Polytope()
  /// The parameters of the map.
  var parameters: Parameters = [:]

  /// How far below the largest score an entry may lie that gets something; where every entry gets
  /// something, how far below it what it gets is small.
  var width: Double {
    switch regularizer {
    case .quadratic: polytope.sum
    case .tsallis(let alpha): alpha > 1.05 ? 1 / (alpha - 1) : 20
    case .norm: 1
    }
  }

  /// By how much the largest score must exceed all others to get everything.
  var margin: Double {
    switch regularizer {
    case .quadratic: polytope.sum
    case .tsallis(let alpha): 1 / (alpha - 1)
    case .norm: 1
    }
  }

  /// How the distance from the threshold depends on p, as a power.
  var power: Double {
    switch regularizer {
    case .quadratic: 1
    case .tsallis(let alpha), .norm(let alpha): max(alpha - 1, 0.05)
    }
  }

  /// Scores of some rows, of kinds drawn at random, row after row, and the kind of each.
  func rows(_ count: Int, columns: Int, using stream: inout RandomStream) -> ([Double], [ScoreKind]) {
    var scores: [Double] = []
    scores.reserveCapacity(count * columns)
    var kinds: [ScoreKind] = []
    for _ in 0..<count {
      let kind = ScoreKind.drawn(using: &stream)
      scores += kind.row(count: columns, width: width, power: power, using: &stream)
      kinds.append(kind)
    }
    return (scores, kinds)
  }

  /// The derivative of the regularizer in one entry, up to a number that is the same for all entries.
  ///
  /// - Parameters:
  ///   - p: the entry.
  ///   - norm: the norm of the row, for a norm.
  func derivative(_ p: Double, norm: Double) -> Double {
    switch regularizer {
    case .quadratic: p
    case .tsallis(let alpha):
      // An entry that is zero may be one that fell below the least number there is: near α = 1 long before
      // the threshold, and for α ≤ 1 always.
      if alpha == 1 {
        Double.log(max(p, 1e-290))
      } else {
        Double.expMinusOne((alpha - 1) * Double.log(max(p, 1e-290))) / (alpha - 1)
      }
    case .norm(let alpha): p <= 0 ? 0 : Double.pow(p / norm, alpha - 1)
    }
  }

  /// The norm that ``derivative(_:norm:)`` asks for.
  func norm(_ p: some Sequence<Double>) -> Double {
    guard case .norm(let alpha) = regularizer else { return 1 }
    // What the norm is off changes every derivative by α - 1 times as much: long rows need every digit.
    var sum = LongSum()
    for p in p { sum.add(Double.pow(p.magnitude, alpha)) }
    return Double.pow(sum.value, 1 / alpha)
  }
}
