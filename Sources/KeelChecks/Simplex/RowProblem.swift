import Keel
import KeelSimplex
import RealModule

/// One row of scores, a map, and what it makes of it.
struct RowProblem: Sendable {
  /// The map and its problem.
  let subject: MapSubject
  /// The scores.
  var scores: [Double]
  /// What describes the problem.
  let parameters: Parameters

  /// A row and a member of one of several families, which take turns.
  init(_ context: TrialContext, of families: [MapFamily], shortest: Int = 1, longest: Int) throws {
    var stream = context.stream
    let family = families[context.index % families.count]
    let columns = Int(
      Double(shortest) * Double.pow(Double(longest) / Double(shortest), stream.uniform()))
    let kind = ScoreKind.drawn(using: &stream)
    subject = try family.make(columns, &stream)
    scores = kind.row(count: columns, width: subject.width, power: subject.power, using: &stream)
    var parameters = subject.parameters
    parameters["map"] = .text(family.id)
    parameters["columns"] = .integer(columns)
    parameters["kind"] = .text(kind.rawValue)
    self.parameters = parameters
  }

  /// What the map makes of the scores.
  var output: [Double] { image(of: scores, under: subject.map) }

  /// The largest distance of two entries.
  func distance(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).reduce(0) { $1.0 == $1.1 ? $0 : max($0, ($1.0 - $1.1).magnitude) }
  }

  /// What rounding of scores and threshold may change an entry by.
  func rounding(of scores: [Double]) -> Double { Self.rounding(of: scores, under: subject) }

  /// What rounding of scores and threshold may change an entry by.
  ///
  /// A rounding of the numbers that decide changes scores by so much; dp = p^(2-α) dx, which is at most dx
  /// for α ≤ 2, and a root of it at p = 0 above.
  static func rounding(of scores: [Double], under subject: MapSubject) -> Double {
    let finite = scores.filter { $0 > -.infinity }
    guard let top = finite.max() else { return 0 }
    var size = finite.reduce(0) { max($0, $1.magnitude) }
    // Scores enter as differences to the largest; those far below it get nothing, or next to nothing.
    if subject.polytope.weights == nil, !subject.polytope.isL1Ball {
      let spread = finite.reduce(0) { max($0, top - $1) }
      size = (subject.polytope.upper == nil ? min(spread, 40 * subject.width) : spread) + top.magnitude
    }
    let change = 32 * Double.ulpOfOne * (size + subject.width)
    switch subject.regularizer {
    case .tsallis(let alpha) where alpha > 2:
      return max(change, Double.pow((alpha - 1) * change, 1 / (alpha - 1)))
    case .norm(let alpha) where alpha > 2: return max(change, Double.pow(change, 1 / (alpha - 1)))
    case .norm(let alpha): return 2 * change / (alpha - 1)
    default: return change
    }
  }
}
