import ArgumentParser
import KeelSimplex

/// `keel simplex`: maps onto the simplex and its relatives.
struct SimplexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simplex",
    abstract: "Map rows of scores onto the simplex and its relatives: sparsemax, entmax and others.",
    subcommands: [SimplexProjectCommand.self])
}

extension SimplexError {
  /// This error with the flag in the place of the argument that it names.
  ///
  /// - Parameter flags: the flag of each argument of the library.
  func naming(_ flags: [String: String]) -> SimplexError {
    func flag(_ argument: String) -> String { flags[argument].map { "'\($0)'" } ?? argument }
    return switch self {
    case .outOfRange(let argument, let expected, let found):
      .outOfRange(argument: flag(argument), expected: expected, found: found)
    case .wrongShape(let argument, let expected, let found):
      .wrongShape(argument: flag(argument), expected: expected, found: found)
    case .infeasible(let argument, let reason): .infeasible(argument: flag(argument), reason: reason)
    }
  }
}

extension InputError {
  /// Calls a function and names flags instead of the library's arguments in what it throws.
  static func wrap<Result>(simplexFlags flags: [String: String], _ body: () throws -> Result) throws -> Result
  {
    try wrap {
      do { return try body() } catch let error as SimplexError { throw error.naming(flags) }
    }
  }
}
