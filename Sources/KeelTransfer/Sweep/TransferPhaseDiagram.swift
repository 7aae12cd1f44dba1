/// Who wins out of distribution where, over two axes of a sweep: each cell counts the winners among the
/// points that differ along the other axes only.
public struct TransferPhaseDiagram: Sendable {
  /// The winners in one cell.
  public struct Cell: Sendable, Equatable {
    /// How often each strategy won alone.
    public private(set) var wins: [TransferStrategy: Int] = [:]
    /// How often two or three strategies shared the least loss.
    public private(set) var ties = 0

    /// A cell without outcomes.
    public init() {}

    mutating func add(_ winners: [TransferStrategy]) {
      if winners.count == 1 {
        wins[winners[0], default: 0] += 1
      } else if winners.count > 1 {
        ties += 1
      }
    }

    /// The number of outcomes with a winner or a tie.
    public var count: Int { wins.values.reduce(ties, +) }

    /// What most outcomes of a cell say.
    public enum Verdict: Sendable, Equatable {
      /// This strategy wins more often than any other, and more often than there are ties.
      case winner(TransferStrategy)
      /// Ties, or equally many wins of the best two.
      case tie
      /// There is no outcome.
      case empty
    }

    /// What most of the outcomes say.
    public var verdict: Verdict {
      guard count > 0 else { return .empty }
      let most = wins.values.max() ?? 0
      let leaders = TransferStrategy.allCases.filter { wins[$0] == most }
      guard most > ties, leaders.count == 1 else { return .tie }
      return .winner(leaders[0])
    }
  }

  /// The horizontal axis.
  public let xAxis: TransferSweep.Axis
  /// The vertical axis.
  public let yAxis: TransferSweep.Axis
  /// The values along the horizontal axis, in the order of the sweep.
  public let xValues: [Double]
  /// The values along the vertical axis, in the order of the sweep.
  public let yValues: [Double]
  private var cells: [Cell]
  private let sweep: TransferSweep

  /// An empty diagram of a sweep, to be filled by ``add(_:at:)``.
  ///
  /// - Parameters:
  ///   - sweep: the sweep.
  ///   - xAxis: the horizontal axis.
  ///   - yAxis: another axis, the vertical one.
  public init(_ sweep: TransferSweep, xAxis: TransferSweep.Axis, yAxis: TransferSweep.Axis) {
    precondition(xAxis != yAxis, "A phase diagram needs two different axes")
    self.sweep = sweep
    self.xAxis = xAxis
    self.yAxis = yAxis
    xValues = sweep.values(of: xAxis)
    yValues = sweep.values(of: yAxis)
    cells = Array(repeating: Cell(), count: xValues.count * yValues.count)
  }

  /// Counts the outcome of a point.
  ///
  /// - Parameters:
  ///   - winners: the strategies of least loss; none for a problem that could not be solved.
  ///   - index: the index of the point in the sweep.
  public mutating func add(_ winners: [TransferStrategy], at index: Int) {
    let places = sweep.coordinates(of: index)
    cells[place(of: yAxis, places) * xValues.count + place(of: xAxis, places)].add(winners)
  }

  private func place(of axis: TransferSweep.Axis, _ places: [Int]) -> Int {
    TransferSweep.Axis.allCases.firstIndex(of: axis).map { places[$0] } ?? 0
  }

  /// The cell at a column, along the horizontal axis, and a row, along the vertical one.
  public subscript(column: Int, row: Int) -> Cell {
    precondition(
      xValues.indices.contains(column) && yValues.indices.contains(row), "The cell must lie in the diagram")
    return cells[row * xValues.count + column]
  }
}
