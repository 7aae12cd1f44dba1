import ArgumentParser
import Foundation
import KeelTransfer

/// Who wins where, in letters.
struct SweepDiagram {
  /// The axes of a diagram.
  struct Axes: Sendable {
    let x, y: TransferSweep.Axis
  }

  /// The axes in the order in which a diagram prefers them, and the flags that they come from.
  private static let names: [(axis: TransferSweep.Axis, name: String)] = [
    (.featureDistance, "distance"), (.headDeviation, "head-deviation"), (.rankShare, "rank-share"),
    (.weightNorm, "norm"), (.featureCount, "features"), (.seed, "seeds"),
  ]

  private static let letters: [TransferStrategy: Character] = [
    .linearProbing: "L", .fineTuning: "F", .probingThenFineTuning: "B",
  ]

  private let sweep: TransferSweep
  private let diagram: TransferPhaseDiagram

  /// Two axes by the names of their flags, as in `distance,norm`.
  static func axes(_ text: String) throws -> Axes {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let found = parts.compactMap { part in names.first { $0.name == part }?.axis }
    guard found.count == 2, parts.count == 2, found[0] != found[1] else {
      throw ValidationError("it takes two of \(names.map(\.name).joined(separator: ", "))")
    }
    return Axes(x: found[0], y: found[1])
  }

  /// A diagram.
  ///
  /// - Parameters:
  ///   - sweep: the sweep.
  ///   - axes: the axes; nil takes the first two that vary.
  ///   - winners: the winners at each index.
  init(_ sweep: TransferSweep, axes: Axes?, winners: [Int: [TransferStrategy]]) {
    let preferred = Self.names.map(\.axis)
    let varying = preferred.filter { sweep.count(of: $0) > 1 } + preferred.filter { sweep.count(of: $0) == 1 }
    var diagram = TransferPhaseDiagram(sweep, xAxis: axes?.x ?? varying[0], yAxis: axes?.y ?? varying[1])
    for (index, winners) in winners { diagram.add(winners, at: index) }
    self.sweep = sweep
    self.diagram = diagram
  }

  /// The diagram, the largest value of the vertical axis on top, with its legend.
  var text: String {
    let (x, y) = (name(diagram.xAxis), name(diagram.yAxis))
    let labels = diagram.yValues.map(shortText)
    let width = max(labels.map(\.count).max() ?? 0, y.count)
    func line(_ label: String, _ cells: String) -> String {
      String(repeating: " ", count: width - label.count) + label + "  " + cells + "\n"
    }
    var lines = line(y, "")
    for row in diagram.yValues.indices.sorted(by: { diagram.yValues[$0] > diagram.yValues[$1] }) {
      let cells = columns.map { String(letter(diagram[$0, row].verdict)) }
      lines += line(labels[row], cells.joined(separator: " "))
    }
    lines +=
      "\(x), left to right: \(columns.map { shortText(diagram.xValues[$0]) }.joined(separator: ", "))\n"
    let others = Self.names.filter {
      $0.axis != diagram.xAxis && $0.axis != diagram.yAxis && sweep.count(of: $0.axis) > 1
    }
    if !others.isEmpty {
      lines += "The majority over all values of \(others.map(\.name).joined(separator: ", ")).\n"
    }
    lines += "L linear probing, F fine-tuning, B both: LP-FT, = tie"
    let isFull = diagram.yValues.indices.allSatisfy { row in
      columns.allSatisfy { diagram[$0, row].verdict != .empty }
    }
    return lines + (isFull ? "\n" : ", . no result\n")
  }

  /// Four digits tell the values of an axis apart.
  private func shortText(_ value: Double) -> String { String(format: "%.4g", value) }

  private var columns: [Int] {
    diagram.xValues.indices.sorted { diagram.xValues[$0] < diagram.xValues[$1] }
  }

  private func name(_ axis: TransferSweep.Axis) -> String {
    Self.names.first { $0.axis == axis }?.name ?? axis.rawValue
  }

  private func letter(_ verdict: TransferPhaseDiagram.Cell.Verdict) -> Character {
    switch verdict {
    case .winner(let strategy): Self.letters[strategy] ?? "?"
    case .tie: "="
    case .empty: "."
    }
  }

  /// How often each strategy wins out of distribution, in a line.
  static func tally(_ winners: some Collection<[TransferStrategy]>) -> String {
    let wins = TransferStrategy.allCases.map { strategy in
      "\(strategy.rawValue) \(winners.count { $0 == [strategy] })"
    }
    var text = "wins out of distribution: " + wins.joined(separator: ", ")
    let ties = winners.count { $0.count > 1 }
    let failures = winners.count { $0.isEmpty }
    if ties > 0 { text += ", ties \(ties)" }
    if failures > 0 { text += "; not solved: \(failures)" }
    return text + "\n"
  }
}
