import Keel
import KeelChecks
import Testing

@Suite("Transfer checks")
struct TransferChecksTests {
  @Test("every check ends as expected on a few problems", arguments: TransferChecks.all.map(\.id))
  func fewProblems(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let report = CheckRunner(seed: 1, effort: .quick, trials: 3).run([check])
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
    let checks = TransferChecks.all.filter(\.supportsData)
    let report = CheckRunner(seed: 2, effort: .quick, trials: 1, data: data).run(checks)
    for outcome in report.outcomes {
      let drawn = outcome.results.filter { $0.expected == nil }
      #expect(drawn.allSatisfy { !$0.comparisons.isEmpty })
      if outcome.check.expectation == .holds {
        #expect(drawn.allSatisfy { $0.verdict != .violated }, "\(outcome.check.id)")
      }
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

  @Test(
    "a statement that is made false is noticed",
    arguments: [
      "transfer.fine-tuning-lower-bound-repaired", "transfer.invariant-lower-bound",
      "transfer.probing-beats-fine-tuning", "transfer.probing-then-fine-tuning-whitened",
      "transfer.descent-drift-identity", "transfer.closed-form-balanced", "transfer.boost-integrator",
      "transfer.random-subspace-beta", "transfer.optimizer-row-space",
    ])
  func falsified(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let outcome = CheckRunner(seed: 4, effort: .quick, trials: 3).run([check]).outcomes[0]
    let sides = outcome.results.flatMap(\.comparisons).filter { $0.verdict == .holds }
    #expect(!sides.isEmpty)
    // Moved by a half of its size, and by a hundredth where both sides are zero: the tolerance forgives
    // less than that.
    for side in sides {
      var broken = side
      let size = max(side.left.magnitude, side.right.magnitude)
      switch side.relation {
      case .atMost: broken.left = side.right + 0.5 * size + 0.01
      case .atLeast: broken.left = side.right - 0.5 * size - 0.01
      case .equal: broken.left = side.right + 0.5 * size + 0.01
      }
      #expect(broken.verdict == .violated, "\(side)")
    }
  }

  @Test("checks of one run share what they compute from a problem, and give the same report without")
  func sharing() throws {
    let ids = ["transfer.fine-tuning-lower-bound", "transfer.fine-tuning-lower-bound-repaired"]
    let checks = try ids.map { try #require(CheckRegistry.standard[$0]) }
    let together = CheckRunner(seed: 5, effort: .quick, trials: 4).run(checks)
    for (outcome, check) in zip(together.outcomes, checks) {
      let alone = CheckRunner(seed: 5, effort: .quick, trials: 4).run([check]).outcomes[0]
      // As text, in which undefined sides are equal.
      #expect("\(outcome.results.map(\.comparisons))" == "\(alone.results.map(\.comparisons))")
    }
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
