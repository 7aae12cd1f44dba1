public import Keel

/// The image of one row with what determines and what certifies it.
public struct SimplexSolution<Scalar: SimplexScalar>: Sendable, Equatable {
  /// The image p.
  public let output: [Scalar]
  /// The threshold of the row.
  public let threshold: RowThreshold
  /// The KKT residual: by how much the optimality conditions fail at p, at worst. A few units of rounding
  /// certify the output, whatever computed it.
  public let residual: Double

  /// The places of the entries that are not zero, in increasing order.
  public var support: [Int] { output.indices.filter { output[$0] != 0 } }
  /// The number of entries that are not zero.
  public var supportCount: Int { threshold.supportCount }
}

/// The images of rows with their thresholds.
public struct SimplexSolutions<Scalar: SimplexScalar>: Sendable, Equatable {
  /// The images, a row for each problem.
  public let outputs: Matrix<Scalar>
  /// The threshold of each row, and the size of its support.
  public let thresholds: [RowThreshold]

  /// The thresholds as guesses for scores nearby: the argument `starts` of another call.
  public var starts: [Scalar] { thresholds.map { Scalar($0.value) } }

  /// The places of the entries of row `r` that are not zero, in increasing order.
  public func support(ofRow r: Int) -> [Int] {
    outputs.withRow(r) { row in row.indices.filter { row[$0] != 0 } }
  }
}
