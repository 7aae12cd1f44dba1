import Keel

/// One piece of work to time: a name that says what and how large, and how much it is.
public struct Workload: Sendable {
  /// What `amount` counts.
  public enum Unit: String, Sendable {
    /// Floating-point operations; for factorizations the nominal count of Golub and Van Loan.
    case flop
    /// Numbers made.
    case number
    /// Steps of an iteration.
    case step
    /// Outcomes of a law, drawn or given a density; clouds or matrices that are worked on.
    case outcome
  }

  /// Does the work so many times and returns some number of the result, so that it is needed.
  public typealias Body = (_ repetitions: Int) throws -> Double

  /// The name, without spaces: `dgemm-256`.
  public let name: String
  /// How much work one repetition is.
  public let amount: Double
  /// What `amount` counts.
  public let unit: Unit
  /// Makes the inputs and returns the work on them.
  public let prepare: @Sendable () throws -> Body
  /// The largest difference of a result from the definition, or nil where the tests alone tell.
  public private(set) var deviation: (@Sendable () throws -> Double)?

  init(
    _ name: String, _ amount: Double, _ unit: Unit = .flop, prepare: @escaping @Sendable () throws -> Body
  ) {
    self.name = name
    self.amount = amount
    self.unit = unit
    self.prepare = prepare
  }

  /// The same work with a way to tell how far its results are from what they should be.
  func checked(_ deviation: @escaping @Sendable () throws -> Double) -> Workload {
    var checked = self
    checked.deviation = deviation
    return checked
  }

  /// All the work there is.
  public static let all =
    matrixProducts + factorizations + randomNumbers + transferSteps + simplexMaps + simplexRows
    + sparseMaps + mixedLaws + specialFunctions + frameKernels + frameNetworks

  /// Settles what the figures assume: one thread everywhere.
  public static func useOneThread() {
    Runtime.threads = 1
    Runtime.blasThreads = 1
  }
}

extension Matrix {
  /// Standard normal entries, the same in every run.
  static func sample(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed)
    return Matrix(rows: rows, columns: columns, elements: stream.normals(count: rows * columns))
  }
}
