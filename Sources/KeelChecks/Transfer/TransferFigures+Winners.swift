import Keel
import KeelTransfer

extension TransferFigures {
  /// Who wins out of distribution, by the distance of the features and the size of the head.
  static let winnersByHead = ReportFigure(
    "winners-by-head",
    checks: ["transfer.probing-beats-fine-tuning-threshold", "transfer.probing-beats-fine-tuning"]
  ) { report in
    let grid = grid(report.effort)
    let sweep = try TransferSweep(
      featureDistances: logarithmicGrid(from: 0.02, to: 1.3, count: grid.side),
      headDeviations: logarithmicGrid(from: 0.01, to: 10, count: grid.side), seeds: grid.seeds)
    return try map(
      of: sweep, title: "Who wins out of distribution: features and head",
      caption: "Random problems with k = 3, d = 20, n = 10, ‖w*‖ = 1.",
      x: (.featureDistance, Plot.Axis("feature distance ε", scale: .logarithmic)),
      y: (.headDeviation, Plot.Axis("deviation σ of the head", scale: .logarithmic)))
  }

  /// Who wins out of distribution, by the distance of the features and the share of seen dimensions.
  static let winnersByInputs = ReportFigure(
    "winners-by-inputs",
    checks: ["transfer.probing-beats-fine-tuning-threshold", "transfer.probing-beats-fine-tuning"]
  ) { report in
    let grid = grid(report.effort)
    let dimension = 40
    // From just above k to almost everything, in whole dimensions.
    let ranks = (0..<grid.side).map { 4 + ($0 * 34) / (grid.side - 1) }
    let sweep = try TransferSweep(
      inputDimension: dimension, rankShares: ranks.map { Double($0) / Double(dimension) },
      featureDistances: logarithmicGrid(from: 0.02, to: 1.3, count: grid.side), headDeviations: [0.3],
      seeds: grid.seeds)
    return try map(
      of: sweep, title: "Who wins out of distribution: features and inputs",
      caption: "Random problems with k = 3, d = 40, ‖w*‖ = 1, head from N(0, 0.3²I).",
      x: (.featureDistance, Plot.Axis("feature distance ε", scale: .logarithmic)),
      y: (.rankShare, Plot.Axis("share m/d of seen dimensions")))
  }

  /// The cells of a side and the seeds of each cell.
  private static func grid(_ effort: Effort) -> (side: Int, seeds: [UInt64]) {
    switch effort {
    case .quick: (7, [0])
    case .standard: (11, [0, 1, 2])
    case .full: (17, Array(0..<7))
    }
  }

  /// Solves all problems of a sweep and colors the cells of two axes by what most of their draws say.
  private static func map(
    of sweep: TransferSweep, title: String, caption: String, x: (TransferSweep.Axis, Plot.Axis),
    y: (TransferSweep.Axis, Plot.Axis)
  ) throws -> Plot {
    let places = TransferSweep.Axis.allCases
    guard let xPlace = places.firstIndex(of: x.0), let yPlace = places.firstIndex(of: y.0) else {
      preconditionFailure("An axis is one of all axes")
    }
    let rankings = try Parallel.map(sweep.count) { Ranking(try sweep.evaluate($0)) }
    let (xValues, yValues) = (sweep.values(of: x.0), sweep.values(of: y.0))
    var votes = [[Int]](
      repeating: [Int](repeating: 0, count: Ranking.allCases.count), count: xValues.count * yValues.count)
    for (index, ranking) in rankings.enumerated() {
      let point = sweep.coordinates(of: index)
      votes[point[yPlace] * xValues.count + point[xPlace]][ranking.rawValue] += 1
    }
    let (columns, rows) = (edges(of: xValues, x.1.scale), edges(of: yValues, y.1.scale))
    let cells = votes.enumerated().map { place, votes in
      let (row, column) = (place / xValues.count, place % xValues.count)
      let most = votes.max() ?? 0
      let leaders = votes.indices.filter { votes[$0] == most }
      return Plot.CategoryMap.Cell(
        center: Plot.Point(xValues[column], yValues[row]), x: columns[column]...columns[column + 1],
        y: rows[row]...rows[row + 1], category: leaders.count == 1 ? leaders[0] : Ranking.undecided.rawValue,
        values: votes.map(Double.init))
    }
    let seeds = sweep.count(of: .seed)
    return Plot(
      title: title,
      caption: caption + " The color says whose loss at the end of training is least"
        + (seeds == 1 ? "" : " in most of \(seeds) draws") + ", and where LP-FT wins also which comes next.",
      x: x.1, y: y.1,
      map: Plot.CategoryMap(
        categories: Ranking.allCases.map(\.category),
        valueNames: Ranking.allCases.map { "draws with \($0.category.name)" }, cells: cells))
  }

  /// Who wins, and between LP and FT who comes next.
  private enum Ranking: Int, CaseIterable {
    case allThenProbing, allThenFineTuning, fineTuning, probing, undecided

    init(_ outcome: TransferSweepOutcome) {
      guard outcome.winners.count == 1 else {
        self = .undecided
        return
      }
      let probing = outcome.linearProbing.outOfDistribution
      switch outcome.winners[0] {
      case .linearProbing: self = .probing
      case .fineTuning: self = .fineTuning
      case .probingThenFineTuning:
        self = probing < outcome.fineTuning.losses.outOfDistribution ? .allThenProbing : .allThenFineTuning
      }
    }

    var category: Plot.CategoryMap.Category {
      switch self {
      case .allThenProbing: Plot.CategoryMap.Category("LP-FT, then LP", .green, .triangle)
      case .allThenFineTuning: Plot.CategoryMap.Category("LP-FT, then FT", .sky, .diamond)
      case .fineTuning: Plot.CategoryMap.Category("FT", .vermillion, .square)
      case .probing: Plot.CategoryMap.Category("LP", .blue, .disk)
      case .undecided: Plot.CategoryMap.Category("undecided", .plain, .cross)
      }
    }
  }

  /// The edges half-way between values, on the scale of the axis; the outermost as far beyond.
  private static func edges(of values: [Double], _ scale: Plot.Axis.Scale) -> [Double] {
    let places = scale == .logarithmic ? values.map { Double.log($0) } : values
    var edges = zip(places, places.dropFirst()).map { ($0 + $1) / 2 }
    edges.insert(2 * places[0] - edges[0], at: 0)
    edges.append(2 * places[places.count - 1] - edges[edges.count - 1])
    return scale == .logarithmic ? edges.map { Double.exp($0) } : edges
  }
}
