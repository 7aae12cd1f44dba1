import Foundation
import KeelTransfer

/// The rows of a sweep as CSV: what identifies a problem, then what came of it.
struct SweepTable: Sendable {
  let sweep: TransferSweep

  /// The names of the columns.
  static let header = """
    index,features,dimension,examples,rank_share,norm,distance,head_deviation,seed,\
    rank,condition,cos_pretrained_inputs,cos_pretrained_complement,squared_alignment_error,\
    lp_ood,lp_id,lp_unique,\
    ft_ood,ft_id,ft_least_ood,ft_least_time,ft_end,\
    lpft_ood,lpft_id,lpft_least_ood,lpft_least_time,lpft_end,\
    bound_printed,bound_repaired,bound_conserved,bound_conserved_certified,bound_lp,winner
    """

  /// What follows the problem's own columns.
  private static let resultCount = header.split(separator: ",").count - 9

  /// The flags that give the sweep, with all numbers written out: equal ones mean equal sweeps.
  var flags: [(name: String, value: String)] {
    [
      ("--features", NumberList.text(sweep.featureCounts)), ("--dimension", "\(sweep.inputDimension)"),
      ("--rank-share", NumberList.text(sweep.rankShares)), ("--norm", NumberList.text(sweep.weightNorms)),
      ("--distance", NumberList.text(sweep.featureDistances)),
      ("--head-deviation", NumberList.text(sweep.headDeviations)), ("--seeds", NumberList.text(sweep.seeds)),
      ("--whitened", sweep.hasWhitenedInputs ? "yes" : "no"),
      ("--tolerance", numberText(sweep.options.relativeTolerance)),
      ("--maximum-steps", "\(sweep.options.maximumSteps)"),
    ]
  }

  /// The columns that identify a problem, each followed by a comma: how its row begins.
  func key(of index: Int) -> String {
    let parameters = sweep.parameters(at: index)
    let place = sweep.coordinates(of: index)[1]
    return [
      "\(index)", "\(parameters.featureCount)", "\(parameters.inputDimension)", "\(parameters.trainingCount)",
      numberText(sweep.rankShares[place]), numberText(parameters.weightNorm),
      numberText(parameters.featureDistance), numberText(parameters.headDeviation), "\(parameters.seed)",
    ].joined(separator: ",") + ","
  }

  /// The row of a problem, with its line break.
  ///
  /// A problem that cannot be solved, because its numbers overflow, has a row without results, and `failed`
  /// in the place of the winner: one of ten thousand should not stop the others.
  func row(of index: Int) -> String {
    key(of: index) + results(of: index).joined(separator: ",") + "\n"
  }

  private func results(of index: Int) -> [String] {
    let outcome: TransferSweepOutcome
    do {
      outcome = try sweep.evaluate(index)
    } catch {
      return Array(repeating: "", count: Self.resultCount - 1) + [Self.failed]
    }
    func columns(_ path: TransferSweepOutcome.Path) -> [String] {
      [
        path.losses.outOfDistribution, path.losses.inDistribution, path.lowestOutOfDistribution,
        path.lowestTime,
      ].map(numberText) + [path.end.rawValue]
    }
    let geometry = [
      outcome.conditionNumber, outcome.pretrainedToInputs, outcome.pretrainedToComplement,
      outcome.squaredHeadAlignmentError,
    ]
    let probe = [outcome.linearProbing.outOfDistribution, outcome.linearProbing.inDistribution]
    let bounds = [outcome.printedBound, outcome.repairedBound, outcome.invariantBound]
    return ["\(outcome.rank)"] + geometry.map(numberText) + probe.map(numberText)
      + ["\(outcome.probeIsUnique)"] + columns(outcome.fineTuning) + columns(outcome.probingThenFineTuning)
      + bounds.map(numberText)
      + ["\(outcome.invariantBoundIsCertified)", numberText(outcome.probeBound), Self.text(outcome.winners)]
  }

  /// What a row says about who won.
  struct Row {
    let index: Int
    /// More than one in a tie; none if the problem could not be solved.
    let winners: [TransferStrategy]
  }

  /// Reads a row without its line break; nil if it is no row of this sweep.
  func read(_ row: Substring) -> Row? {
    guard let index = row.prefix(while: { $0 != "," }).wholeNumber, index < sweep.count,
      row.hasPrefix(key(of: index))
    else { return nil }
    let columns = row.split(separator: ",", omittingEmptySubsequences: false)
    guard columns.count == 9 + Self.resultCount, let winners = Self.winners(columns[columns.count - 1])
    else { return nil }
    return Row(index: index, winners: winners)
  }

  private static let failed = "failed"

  /// Strategies that share a victory are joined by `=`.
  private static func text(_ winners: [TransferStrategy]) -> String {
    winners.isEmpty ? failed : winners.map(\.rawValue).joined(separator: "=")
  }

  private static func winners(_ text: Substring) -> [TransferStrategy]? {
    guard text != failed else { return [] }
    let names = text.split(separator: "=", omittingEmptySubsequences: false)
    let strategies = names.compactMap { TransferStrategy(rawValue: String($0)) }
    return strategies.count == names.count ? strategies : nil
  }
}

extension Substring {
  /// The number that the text is in plain digits.
  fileprivate var wholeNumber: Int? { allSatisfy { $0.isASCII && $0.isNumber } ? Int(self) : nil }
}
