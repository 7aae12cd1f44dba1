import Foundation
import Keel
import KeelTransfer

/// The figures of two-layer linear transfer in a report.
///
/// Linear probing (LP), fine-tuning (FT), and probing then fine-tuning (LP-FT) have the same color and the
/// same dash in every figure, and so has each bound.
public enum TransferFigures {
  /// All figures, in the order in which a report shows them.
  public static let all: [ReportFigure] = [
    errorAlongTraining, lowerBoundTightness, upperBoundTightness, ratioAgainstDistance, expansionResidual,
    weightInterpolation, winnersByHead, winnersByInputs, integratorError, integratorDrift, optimizerImbalance,
    optimizerRowSpace, stepCost, headAlignment,
  ]

  // MARK: - Common to several

  /// How a strategy is drawn.
  static func style(of strategy: TransferStrategy) -> (
    dash: Plot.Dash, symbol: Plot.Symbol, color: Plot.Color
  ) {
    switch strategy {
    case .linearProbing: (.solid, .disk, .blue)
    case .fineTuning: (.dashed, .square, .vermillion)
    case .probingThenFineTuning: (.dashDotted, .triangle, .green)
    }
  }

  /// Numbers from one to another in equal ratios, both included.
  static func logarithmicGrid(from low: Double, to high: Double, count: Int) -> [Double] {
    (0..<count).map { low * Double.pow(high / low, Double($0) / Double(count - 1)) }
  }

  /// The slope and the offset of the line that fits `log y` against `log x` best in the mean square.
  static func powerLaw(_ points: [Plot.Point]) -> (exponent: Double, factor: Double) {
    let logs = points.map { (x: Double.log($0.x), y: Double.log($0.y)) }
    let count = Double(logs.count)
    let meanX = logs.reduce(0) { $0 + $1.x } / count
    let meanY = logs.reduce(0) { $0 + $1.y } / count
    let covariance = logs.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    let variance = logs.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    let exponent = covariance / variance
    return (exponent, Double.exp(meanY - exponent * meanX))
  }

  /// Points and, dotted, the power law that fits those with `x` up to a limit best, named by its exponent.
  static func withPowerLaw(
    _ name: String, _ symbol: Plot.Symbol, _ color: Plot.Color, _ points: [Plot.Point],
    fittedUpTo limit: Double
  ) -> [Plot.Series] {
    let fitted = points.filter { $0.x <= limit && $0.y > 0 }
    let data = Plot.Series(name, .points(symbol), color, points)
    guard fitted.count >= 2 else { return [data] }
    let law = powerLaw(fitted)
    return [
      data,
      Plot.Series(
        String(format: "\(name), slope %.2f", law.exponent), .line(.dotted), color,
        points.map { Plot.Point($0.x, law.factor * Double.pow($0.x, law.exponent)) }),
    ]
  }
}
