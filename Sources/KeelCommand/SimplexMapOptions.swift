import ArgumentParser
import Keel
import KeelSimplex

/// The maps by name.
enum SimplexMapName: String, ExpressibleByArgument, CaseIterable {
  case sparsemax, softmax, entmax15, entmax

  /// The flags of the map's parameters, those that it needs first.
  var flags: (needed: [String], other: [String]) {
    switch self {
    case .sparsemax: ([], ["--radius"])
    case .softmax, .entmax15: ([], [])
    case .entmax: (["--alpha"], [])
    }
  }
}

/// A map and its parameters.
struct SimplexMapOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The map.", valueName: "map"))
  var map: SimplexMapName = .sparsemax

  @Option(
    help: ArgumentHelp(
      "Of sparsemax: the sum of each row of the output (default: 1).", valueName: "numbers"),
    transform: SimplexNumbers.init)
  var radius: SimplexNumbers?

  @Option(
    help: ArgumentHelp("Of entmax: alpha, positive.", valueName: "numbers"), transform: SimplexNumbers.init)
  var alpha: SimplexNumbers?

  @Option(
    help: ArgumentHelp(
      """
      Several numbers of a parameter are one for each head: so many consecutive rows share a number, and \
      the numbers then begin again. If not given, they are one for each row.
      """, valueName: "count"))
  var rowsPerHead: Int?

  /// The parameters that are given.
  private var given: [(flag: String, numbers: SimplexNumbers)] {
    [("--radius", radius), ("--alpha", alpha)].compactMap { flag, numbers in numbers.map { (flag, $0) } }
  }

  func validate() throws {
    let flags = map.flags
    for (flag, _) in given where !(flags.needed + flags.other).contains(flag) {
      let owners = SimplexMapName.allCases.filter { ($0.flags.needed + $0.flags.other).contains(flag) }
      throw ValidationError(
        "'\(flag)' does not belong to \(map.rawValue), but to \(owners.map(\.rawValue).joined(separator: ", "))."
      )
    }
    for flag in flags.needed where !given.contains(where: { $0.flag == flag }) {
      throw ValidationError("\(map.rawValue) needs '\(flag)'.")
    }
    if let rowsPerHead {
      guard rowsPerHead >= 1 else { throw ValidationError("'--rows-per-head' must be at least 1.") }
      let isUsed = given.contains { $0.numbers.mayBeSeveral }
      guard isUsed else {
        throw ValidationError("'--rows-per-head' goes with several numbers of a parameter.")
      }
    }
  }

  /// The flags of the library's arguments.
  static let flags = ["radius": "--radius", "alpha": "--alpha"]

  /// The map.
  ///
  /// - Throws: ``InputError`` for parameters that are out of range or do not fit the scores.
  func make<Scalar: SimplexScalar>(
    rows: SimplexRowCount, columns: Int, as type: Scalar.Type = Scalar.self
  ) throws -> any SimplexMap<Scalar> {
    func parameter(_ numbers: SimplexNumbers?, _ flag: String) throws -> RowParameter<Scalar>? {
      try numbers?.parameter(flag: flag, rows: rows, rowsPerHead: rowsPerHead)
    }
    return try InputError.wrap(simplexFlags: Self.flags) {
      let made: any SimplexMap<Scalar> =
        switch map {
        case .sparsemax: try Sparsemax(radius: parameter(radius, "--radius") ?? 1)
        case .softmax: try Entmax(alpha: 1)
        case .entmax15: try Entmax(alpha: 1.5)
        case .entmax: try Entmax(alpha: parameter(alpha, "--alpha") ?? 1.5)
        }
      try made.validate(rows: rows.knownOrFitting, columns: columns)
      return made
    }
  }
}
