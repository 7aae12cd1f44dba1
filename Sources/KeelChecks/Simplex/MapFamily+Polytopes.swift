import Keel
import KeelSimplex

extension MapFamily {
  static let normmax = MapFamily("normmax", "normmax, where Ω is a norm") { _, stream in
    let alpha = stream.uniform(in: 1.2..<6.0)
    return try MapSubject(
      map: Normmax(alpha: .all(alpha)), regularizer: .norm(alpha: alpha), parameters: ["α": .number(alpha)])
  }

  static let budget = MapFamily("budget", "projections onto {0 ≤ p ≤ 1, Σp = s}") { columns, stream in
    // Whole budgets are those of subsets of a size.
    let budget =
      stream.uniform() < 0.5
      ? Double(1 + stream.integer(below: columns)) : Double(columns) * stream.openUniform()
    return try MapSubject(
      map: CappedSimplexProjection(budget: .all(budget)),
      polytope: .init(sum: budget, upper: [Double](repeating: 1, count: columns)),
      parameters: ["s": .number(budget)])
  }

  static let capped = MapFamily("capped", "constrained sparsemax, with a bound for each entry") {
    columns, stream in
    let shares = (0..<columns).map { _ in stream.exponential(Double.self) }
    // From just enough to much room.
    let room = 1 + Double.exp10(stream.uniform(in: -2.0..<2))
    let total = shares.reduce(0, +)
    let bounds = shares.map { $0 / total * room }
    return try MapSubject(
      map: CappedSimplexProjection.constrainedSparsemax(bounds: bounds), polytope: .init(upper: bounds),
      parameters: ["Σu": .number(room)])
  }

  static let topK = MapFamily("top-k", "sparsemax of the k largest scores") { columns, stream in
    let count = 1 + stream.integer(below: stream.uniform() < 0.5 ? columns : min(columns, 8))
    return try MapSubject(
      map: TopKSparsemax(k: count), polytope: .init(count: count), parameters: ["k": .integer(count)])
  }

  static let l1Ball = MapFamily("l1-ball", "projections onto L1 balls") { _, stream in
    let radius = Double.exp10(stream.uniform(in: -2.0..<2))
    return try MapSubject(
      map: L1BallProjection(radius: .all(radius)), polytope: .init(sum: radius, isL1Ball: true),
      parameters: ["z": .number(radius)])
  }

  static let weighted = MapFamily("weighted", "projections onto {p ≥ 0, Σwp = z}") { columns, stream in
    let weights = (0..<columns).map { _ in Double.exp2(stream.uniform(in: -2.0..<2)) }
    let radius = Double.exp10(stream.uniform(in: -2.0..<2))
    return try MapSubject(
      map: WeightedSimplexProjection(weights: weights, radius: .all(radius)),
      polytope: .init(sum: radius, weights: weights), parameters: ["z": .number(radius)])
  }
}
