import Keel
import KeelChecks
import Testing

@Suite("Transfer checks")
struct TransferChecksTests {
  @Test("every check ends as expected on a few problems", arguments: TransferChecks.all.map(\.id))
  func fewProblems(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let report = CheckRunner(seed: 1, effort: .quick, trials: 12).run([check])
    #expect(report.isAsExpected, "\(report.outcomes[0].surprises)")
  }

  @Test(
    "real inputs: the same checks on rows of a data set, with and without labels", arguments: [true, false])
  func realInputs(withLabels: Bool) throws {
    var stream = RandomStream(seed: 3)
    // Correlated features, as pixels are: a smooth random walk along each row.
    let features = Matrix<Double>(
      stacking: (0..<60).map { _ in
        var level = 0.0
        return Matrix(
          row: (0..<30).map { _ -> Double in
            level += stream.normal()
            return level
          })
      })
    let labels = withLabels ? (0..<60).map { Double($0 % 3) } : nil
    let data = try CheckData(name: "walks", features: features, labels: labels, provenance: "made here")
    let report = CheckRunner(seed: 2, effort: .quick, trials: 6, data: data).run(TransferChecks.all)
    for outcome in report.outcomes {
      #expect(outcome.counts[.violated] == 0 || outcome.check.id == "transfer.fine-tuning-lower-bound")
      #expect(outcome.results.allSatisfy { !$0.comparisons.isEmpty })
    }
  }

  @Test("the known counterexamples violate the printed bound and not the repaired one")
  func counterexamples() throws {
    for id in ["transfer.fine-tuning-lower-bound", "transfer.fine-tuning-lower-bound-repaired"] {
      let check = try #require(CheckRegistry.standard[id])
      let report = CheckRunner(seed: 1, trials: 0).run([check])
      let examples = report.outcomes[0].results.filter {
        $0.origin.description.contains("perfect-features") || $0.origin.description.contains("zero-error")
      }
      let verdicts = examples.map(\.verdict)
      #expect(verdicts.count == 6)
      if id.hasSuffix("repaired") {
        #expect(verdicts.allSatisfy { $0 == .holds || $0 == .vacuous })
      } else {
        #expect(verdicts.allSatisfy { $0 == .violated })
      }
    }
  }

  @Test("degenerate settings are named, not judged")
  func degenerateSettings() throws {
    let check = try #require(CheckRegistry.standard["transfer.fine-tuning-lower-bound-repaired"])
    let expected: [String: Verdict] = [
      "inputs-span-everything": .assumptionFailed, "feature-inside-the-inputs": .assumptionFailed,
      "aligned-head": .vacuous, "zero-head": .holds, "saddle": .vacuous,
    ]
    for (name, verdict) in expected {
      let report = CheckRunner(seed: 1, only: .named(name)).run([check])
      #expect(report.outcomes[0].results.map(\.verdict) == [verdict], "\(name)")
    }
  }

  @Test("random heads are as often aligned as the formula says", arguments: [1, 2, 3] as [UInt64])
  func headAlignment(seed: UInt64) throws {
    let check = try #require(CheckRegistry.standard["transfer.head-alignment-probability"])
    let outcome = CheckRunner(seed: seed, trials: 60).run([check]).outcomes[0]
    #expect(outcome.counts[.holds] == 60)
    // The check can fail: the probabilities spread over 0...1, and the tolerance is far smaller.
    let sides = outcome.results.flatMap(\.comparisons)
    #expect(sides.count { $0.right < 0.25 } >= 3 && sides.count { $0.right > 0.75 } >= 3, "\(sides)")
    #expect(sides.allSatisfy { $0.tolerance < 0.05 })
  }

  @Test("data with too few examples is undecided, not a crash")
  func smallData() throws {
    let data = try CheckData(name: "tiny", features: Matrix(zeros: 2, 3), provenance: "made here")
    let report = CheckRunner(seed: 1, effort: .quick, trials: 2, data: data).run(TransferChecks.all)
    for outcome in report.outcomes where outcome.check.cases.isEmpty && outcome.check.supportsData {
      #expect(outcome.counts[.inconclusive] == 2)
    }
  }
}
