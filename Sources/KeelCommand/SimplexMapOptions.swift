import ArgumentParser
import Keel
import KeelSimplex

/// A map and its parameters.
struct SimplexMapOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The map.", valueName: "map"))
  var map: SimplexMapName = .sparsemax

  @Option(
    help: ArgumentHelp(
      "Of sparsemax, l1-ball, weighted-simplex: the sum of each row (default: 1).", valueName: "numbers"),
    transform: SimplexNumbers.init)
  var radius: SimplexNumbers?

  @Option(
    help: ArgumentHelp("Of entmax: above 0; of normmax: above 1.", valueName: "numbers"),
    transform: SimplexNumbers.init)
  var alpha: SimplexNumbers?

  @Option(
    help: ArgumentHelp("Of capped-simplex: the sum of each row.", valueName: "numbers"),
    transform: SimplexNumbers.init)
  var budget: SimplexNumbers?

  @Option(
    help: ArgumentHelp(
      """
      Of capped-simplex, constrained-sparsemax: the largest value of an entry, one number or one for each \
      column.
      """, valueName: "numbers"), transform: SimplexNumbers.init)
  var upper: SimplexNumbers?

  @Option(
    help: ArgumentHelp("Of top-k-sparsemax: how many entries may be other than 0.", valueName: "numbers"),
    transform: SimplexNumbers.init)
  var k: SimplexNumbers?

  @Option(
    help: ArgumentHelp(
      "Of weighted-simplex, isotonic: the weight of each column, positive.", valueName: "numbers"),
    transform: SimplexNumbers.init)
  var weights: SimplexNumbers?

  @Option(
    help: ArgumentHelp("Of fusedmax, total-variation: not negative.", valueName: "numbers"),
    transform: SimplexNumbers.init)
  var strength: SimplexNumbers?

  /// The orders of isotonic regression.
  enum Order: String, EnumerableFlag {
    case increasing, decreasing

    static func help(for value: Order) -> ArgumentHelp? {
      switch value {
      case .increasing: "Of isotonic: rows that do not fall; so it is if nothing is said."
      case .decreasing: "Of isotonic: rows that do not rise."
      }
    }
  }

  @Flag(exclusivity: .exclusive)
  var order: Order?

  @Option(
    help: ArgumentHelp(
      """
      Several numbers of a parameter of rows are one for each head: so many consecutive rows share a number, \
      and the numbers then begin again. If not given, they are one for each row.
      """, valueName: "count"))
  var rowsPerHead: Int?

  /// The parameters of rows that are given.
  private var rowParameters: [(flag: String, numbers: SimplexNumbers)] {
    [
      ("--radius", radius), ("--alpha", alpha), ("--budget", budget), ("--k", k), ("--strength", strength),
    ].compactMap { flag, numbers in numbers.map { (flag, $0) } }
  }

  func validate() throws {
    var given = rowParameters.map(\.flag)
    if upper != nil { given.append("--upper") }
    if weights != nil { given.append("--weights") }
    if let order { given.append("--\(order.rawValue)") }
    if let flag = given.first(where: { !map.flags.contains($0) }) {
      throw ValidationError(
        "'\(flag)' does not belong to \(map.rawValue), but to \(SimplexMapName.owners(of: flag)).")
    }
    if let flag = map.neededFlags.first(where: { !given.contains($0) }) {
      throw ValidationError("\(map.rawValue) needs '\(flag)'.")
    }
    if let rowsPerHead {
      guard rowsPerHead >= 1 else { throw ValidationError("'--rows-per-head' must be at least 1.") }
      guard rowParameters.contains(where: \.numbers.mayBeSeveral) else {
        throw ValidationError("'--rows-per-head' goes with several numbers of a parameter of rows.")
      }
    }
  }

  /// The flags of the library's arguments.
  private var flags: [String: String] {
    [
      "radius": "--radius", "alpha": "--alpha", "bound": "--upper", "bounds": "--upper", "k": "--k",
      "weights": "--weights", "strength": "--strength",
      // The budget of constrained sparsemax is always 1: it is the bounds that do not hold it.
      "budget": map == .constrainedSparsemax ? "--upper" : "--budget",
    ]
  }

  /// The map.
  ///
  /// - Parameters:
  ///   - rows: the number of rows of scores.
  ///   - columns: the number of entries of a row.
  ///   - type: the type to compute with.
  /// - Throws: ``InputError`` for parameters that are out of range or do not fit the scores.
  func make<Scalar: SimplexScalar>(
    rows: SimplexRowCount, columns: Int, as type: Scalar.Type = Scalar.self
  ) throws -> any SimplexMap<Scalar> {
    try InputError.wrap(simplexFlags: flags) {
      let made: any SimplexMap<Scalar> = try made(rows: rows, columns: columns)
      try made.validate(rows: rows.knownOrFitting, columns: columns)
      return made
    }
  }

  private func made<Scalar: SimplexScalar>(
    rows: SimplexRowCount, columns: Int
  ) throws -> any SimplexMap<Scalar> {
    /// Parameters that the map needs are there: ``validate()`` has seen to it.
    func ofRows(_ numbers: SimplexNumbers?, _ flag: String) throws -> RowParameter<Scalar> {
      try numbers?.parameter(flag: flag, rows: rows, rowsPerHead: rowsPerHead) ?? 1
    }
    switch map {
    case .sparsemax: return try Sparsemax(radius: ofRows(radius, "--radius"))
    case .softmax: return try Entmax(alpha: 1)
    case .entmax15: return try Entmax(alpha: 1.5)
    case .entmax: return try Entmax(alpha: ofRows(alpha, "--alpha"))
    case .normmax: return try Normmax(alpha: ofRows(alpha, "--alpha"))
    case .cappedSimplex:
      let budget = try ofRows(budget, "--budget")
      let bounds: [Scalar] = try upper?.read(flag: "--upper").values() ?? [1]
      guard bounds.count != 1 else {
        return try CappedSimplexProjection(budget: budget, bound: .all(bounds[0]))
      }
      return try CappedSimplexProjection(budget: budget, bounds: bounds)
    case .constrainedSparsemax:
      let bounds: [Scalar] = try upper?.read(flag: "--upper").values() ?? []
      guard bounds.count != 1 else { return try CappedSimplexProjection(budget: 1, bound: .all(bounds[0])) }
      return try CappedSimplexProjection.constrainedSparsemax(bounds: bounds)
    case .topKSparsemax: return try topK(rows: rows)
    case .l1Ball: return try L1BallProjection(radius: ofRows(radius, "--radius"))
    case .weightedSimplex:
      let weights: [Scalar] = try weights?.read(flag: "--weights").values() ?? []
      return try WeightedSimplexProjection(weights: weights, radius: ofRows(radius, "--radius"))
    case .fusedmax: return try Fusedmax(strength: ofRows(strength, "--strength"))
    case .totalVariation: return try TotalVariation(strength: ofRows(strength, "--strength"))
    case .isotonic:
      let order: IsotonicRegression<Scalar>.Order = order == .decreasing ? .decreasing : .increasing
      guard let weights else { return IsotonicRegression(order) }
      return try IsotonicRegression(order, weights: weights.read(flag: "--weights").values())
    }
  }

  private func topK<Scalar: SimplexScalar>(rows: SimplexRowCount) throws -> TopKSparsemax<Scalar> {
    let k: RowParameter<Double> =
      try k?.parameter(flag: "--k", rows: rows, rowsPerHead: rowsPerHead) ?? 1
    let counts = try k.values.map { value in
      guard let count = Int(exactly: value) else {
        throw InputError("'--k' must be a whole number, but is \(numberText(value)).")
      }
      return count
    }
    if counts.count == 1 { return try TopKSparsemax(k: counts[0]) }
    if let rowsPerHead { return try TopKSparsemax(perHead: counts, rows: rowsPerHead) }
    return try TopKSparsemax(perRow: counts)
  }
}
