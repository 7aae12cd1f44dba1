import Foundation
import Keel
import Synchronization
import Testing

@testable import KeelChecks

@Suite("CheckRunner")
struct CheckRunnerTests {
  @Test("a true statement holds")
  func holds() throws {
    let outcome = try #require(CheckRunner(seed: 1).run([Synthetic.triangle]).outcomes.first)
    #expect(outcome.counts[.holds] == 100 && outcome.counts.total == 100)
    #expect(outcome.verdict == .holds && outcome.isAsExpected)
    // The tightness is 1 exactly where the signs agree, half of the time.
    #expect(outcome.sharpestTightness == 1)
    #expect(try #require(outcome.margin) >= -1e-15)
  }

  @Test("a statement known to be false is violated as expected")
  func violated() throws {
    let outcome = try #require(CheckRunner(seed: 1).run([Synthetic.reversed]).outcomes.first)
    #expect(outcome.counts[.violated] > 20 && outcome.counts[.holds] > 20)
    #expect(outcome.counts.total == 102)
    #expect(outcome.verdict == .violated && outcome.isAsExpected)
    let worst = try #require(outcome.worst)
    #expect(worst.origin == .named("opposite signs"))
    #expect(worst.comparison.margin == -2)
  }

  @Test("a statement known to be false that is not violated is a surprise")
  func notViolated() {
    let check = Check(
      id: "synthetic.mended", statement: "1 <= 2", source: "made up",
      expectation: .violated(repairedBy: nil), trials: [.quick: 2]
    ) { _ in Comparison.atMost(1, 2, tolerance: 0) }
    #expect(!CheckRunner().run([check]).isAsExpected)
    // One problem alone does not show that there is no violation.
    #expect(CheckRunner(only: .trial(0)).run([check]).isAsExpected)
  }

  @Test("a violation of a statement that should hold is a surprise")
  func broken() {
    #expect(!CheckRunner().run([Synthetic.broken]).isAsExpected)
    #expect(!CheckRunner(only: .trial(1)).run([Synthetic.broken]).isAsExpected)
  }

  @Test("assumptions, vacuous problems and parts are counted")
  func partly() throws {
    let outcome = try #require(CheckRunner().run([Synthetic.partly]).outcomes.first)
    #expect(outcome.counts[.assumptionFailed] == 6)
    // The second part is an equation that holds on every even index.
    #expect(outcome.counts[.holds] == 6)
    #expect(outcome.isAsExpected)
    #expect(
      outcome.remarks == [
        CheckOutcome.Remark(
          verdict: .assumptionFailed, reason: "the index is odd", count: 6, first: .trial(1))
      ])
  }

  @Test("a statement that no problem tests is a surprise")
  func untested() {
    let check = Check(id: "synthetic.idle", statement: "-", source: "-", trials: [.quick: 4]) { _ in
      Comparison.assumptionFailed("never")
    }
    let report = CheckRunner().run([check])
    #expect(report.outcomes.first?.verdict == .assumptionFailed)
    #expect(!report.isAsExpected)
    #expect(!CheckRunner(trials: 0).run([Synthetic.triangle]).isAsExpected)
  }

  @Test("an error that a trial throws makes the problem inconclusive")
  func throwing() throws {
    let outcome = try #require(CheckRunner().run([Synthetic.throwing]).outcomes.first)
    #expect(outcome.counts[.inconclusive] == 2 && outcome.counts[.holds] == 8)
    #expect(outcome.verdict == .inconclusive && !outcome.isAsExpected)
    #expect(outcome.remarks.first?.reason == "the solver refused")
    #expect(outcome.remarks.first?.first == .trial(3))
  }

  @Test("a failed assumption can be thrown")
  func thrownAssumption() throws {
    let check = Check(id: "synthetic.narrow", statement: "-", source: "-", trials: [.quick: 3]) { context in
      if context.index == 1 { throw AssumptionFailure("odd", parameters: ["index": 1]) }
      return Comparison.atMost(0, 1, tolerance: 0)
    }
    let outcome = try #require(CheckRunner().run([check]).outcomes.first)
    #expect(outcome.counts[.assumptionFailed] == 1 && outcome.isAsExpected)
    #expect(outcome.results[1].comparisons[0].parameters["index"] == 1)
  }

  @Test("a share of undecided problems can be allowed", arguments: [(0.2, true), (0.19, false)])
  func allowance(share: Double, isExpected: Bool) {
    let check = Check(
      id: "synthetic.throwing", statement: "-", source: "-", undecidedShare: share,
      trials: [.quick: 10], trial: Synthetic.throwing.trial)
    #expect(CheckRunner().run([check]).isAsExpected == isExpected)
  }

  @Test("not a number is inconclusive, and so is a trial that measures nothing")
  func notANumber() throws {
    let outcome = try #require(CheckRunner().run([Synthetic.notANumber]).outcomes.first)
    #expect(outcome.counts[.inconclusive] == 1 && outcome.verdict == .inconclusive)
    let empty = Check(id: "synthetic.empty", statement: "-", source: "-", trials: [.quick: 1]) { _ in
      [Comparison]()
    }
    #expect(CheckRunner().run([empty]).outcomes.first?.verdict == .inconclusive)
  }

  @Test("a named case has a verdict of its own")
  func namedCases() throws {
    func check(expected: Verdict) -> Check {
      Check(
        id: "synthetic.cases", statement: "-", source: "-", trials: [.quick: 1],
        cases: [
          Check.NamedCase("stuck", expected: expected) { _ in Comparison.inconclusive("a saddle") }
        ]
      ) { _ in Comparison.atMost(0, 1, tolerance: 0) }
    }
    // What is expected of a case is no surprise, although the check as a whole should hold.
    #expect(CheckRunner().run([check(expected: .inconclusive)]).isAsExpected)
    let outcome = try #require(CheckRunner().run([check(expected: .vacuous)]).outcomes.first)
    #expect(outcome.surprises == ["The case stuck should be 'vacuous' but is 'inconclusive'."])
  }

  @Test("the number of threads does not change a bit of the report", arguments: [1, 2, 3, 8])
  func deterministic(threads: Int) throws {
    let reference = try CheckRunner(seed: 42, threads: 1).run(Synthetic.all).json()
    #expect(try CheckRunner(seed: 42, threads: threads).run(Synthetic.all).json() == reference)
    #expect(try CheckRunner(seed: 43, threads: threads).run(Synthetic.all).json() != reference)
  }

  @Test("one trial alone gives what it gave among the others")
  func reproduced() throws {
    let all = try #require(CheckRunner(seed: 5).run([Synthetic.triangle]).outcomes.first)
    for index in [0, 1, 57, 99] {
      let one = try #require(
        CheckRunner(seed: 5, only: .trial(index)).run([Synthetic.triangle]).outcomes.first)
      #expect(one.results.count == 1)
      #expect(one.results[0].comparisons == all.results[index].comparisons)
    }
    let named = try #require(
      CheckRunner(only: .named("equal signs")).run([Synthetic.reversed]).outcomes.first)
    #expect(named.results.count == 1 && named.verdict == .holds && named.isAsExpected)
  }

  @Test("checks of one problem stream see the same problems")
  func problemStream() throws {
    func check(_ id: String, _ stream: String?) -> Check {
      Check(id: id, statement: "-", source: "-", trials: [.quick: 5], problemStream: stream) { context in
        var stream = context.stream
        return Comparison.atMost(0, Double.random(in: 0...1, using: &stream), tolerance: 0)
      }
    }
    let outcomes = CheckRunner(seed: 3).run([check("s.a", "x"), check("s.b", "x"), check("s.c", nil)])
      .outcomes
    let sides = outcomes.map { $0.results.map { $0.comparisons[0].right } }
    #expect(sides[0] == sides[1] && sides[0] != sides[2])
    #expect(Set(sides[0]).count == 5)
  }

  @Test("efforts fall back on the next smaller one")
  func efforts() {
    #expect(Effort.allCases.map(Synthetic.triangle.trialCount) == [10, 100, 1000])
    #expect(Effort.allCases.map(Synthetic.broken.trialCount) == [0, 2, 2])
    #expect(CheckRunner(trials: 7).run([Synthetic.triangle]).problemCount == 7)
  }

  @Test("progress is told after every problem")
  func progress() {
    let seen = Mutex<[CheckProgress]>([])
    _ = CheckRunner().run([Synthetic.broken, Synthetic.notANumber]) { step in
      seen.withLock { $0.append(step) }
    }
    let steps = seen.withLock { $0 }
    #expect(steps.count == 5)
    #expect(Set(steps.map(\.completed)) == [1, 2, 3])
    #expect(steps.allSatisfy { $0.checkCount == 2 })
  }

  @Test("real examples reach the checks that support them only")
  func data() throws {
    let data = try CheckData(
      name: "tiny", features: Matrix(rows: 2, columns: 1, elements: [1, 2]), labels: [0, 1],
      provenance: "by hand")
    func check(_ id: String, supportsData: Bool) -> Check {
      Check(id: id, statement: "-", source: "-", trials: [.quick: 1], supportsData: supportsData) { context in
        Comparison.equal(context.data == nil ? 0 : 1, supportsData ? 1 : 0, tolerance: 0)
      }
    }
    let checks = [check("s.with", supportsData: true), check("s.without", supportsData: false)]
    #expect(CheckRunner(data: data).run(checks).isAsExpected)
  }
}

@Suite("CheckData")
struct CheckDataTests {
  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  @Test("bad examples are refused with a sentence")
  func refused() {
    func error(_ rows: Int, _ columns: Int, _ elements: [Double], labels: [Double]? = nil) -> CheckDataError?
    {
      do {
        _ = try CheckData(
          name: "x", features: Matrix(rows: rows, columns: columns, elements: elements), labels: labels,
          provenance: "-")
        return nil
      } catch {
        return error
      }
    }
    #expect(error(0, 3, []) == .empty(name: "x"))
    #expect(error(2, 0, []) == .empty(name: "x"))
    #expect(
      error(2, 2, [0, 1, .nan, 3]) == .notFinite(name: "x", what: "value", row: 1, column: 0))
    #expect(error(2, 1, [0, 1], labels: [0]) == .labelCount(name: "x", labels: 1, examples: 2))
    #expect(
      error(2, 1, [0, 1], labels: [0, .infinity])
        == .notFinite(name: "x", what: "label", row: 1, column: nil))
    #expect(error(2, 1, [0, 1], labels: [0, 1]) == nil)
  }

  @Test("a derived value is computed once, also from several threads and from another one")
  func derived() async throws {
    let data = try CheckData(
      name: "x", features: Matrix(rows: 1, columns: 1, elements: [2]), provenance: "-")
    let count = Counter()
    let values = await withTaskGroup(of: Double.self) { group in
      for _ in 0..<8 {
        group.addTask {
          data.derived("square") {
            let x = data.derived("value") { data.features.elements[0] }
            count.value.add(1, ordering: .relaxed)
            return x * x
          }
        }
      }
      return await group.reduce(into: [Double]()) { $0.append($1) }
    }
    #expect(values == Array(repeating: 4, count: 8))
    #expect(count.value.load(ordering: .relaxed) == 1)
    // The type belongs to the key.
    #expect(data.derived("square") { "four" } == "four")
  }
}
