import Foundation
import Keel
import Synchronization
import Testing

@testable import KeelChecks

@Suite("Searching for violations")
struct FalsifierTests {
  /// `x²y ≤ x⁴ + y²/5` for all real x and y: false, because the right side would need `y²/4`.
  private static func toy(isTrue: Bool = false) -> FalsifiableStatement {
    let check = Check(
      id: "toy.product", statement: "x²y ≤ x⁴ + y²/c", source: "Made up for this test",
      expectation: isTrue ? .holds : .violated(repairedBy: nil), trials: [:]
    ) { _ in [] }
    let divisor = isTrue ? 4.0 : 5.0
    return FalsifiableStatement(
      check: check,
      start: { stream in
        FalsifiableStatement.Start(
          parameters: [stream.uniform(in: -5..<5), stream.uniform(in: -5..<5)], scales: [1, 1])
      },
      measure: { parameters, _ in
        let (x, y) = (parameters[0], parameters[1])
        guard x.magnitude < 100, y.magnitude < 100 else { return nil }
        let right = x * x * x * x + y * y / divisor
        return .atMost(x * x * y, right, tolerance: 1e-12 * (1 + right))
      },
      exact: { ExactProblem([.vector("xy", $0)]) })
  }

  @Test("a false inequality is violated by short numbers")
  func toyIsFalse() throws {
    let result = Falsifier(seed: 3, budget: .evaluations(4000)).run(Self.toy())
    let found = try #require(result.counterexample)
    #expect(result.isAsExpected)
    #expect(found.comparison?.verdict == .violated)
    // The least length of a violation is 2: x = ±1 with y = 2 or 3 needs two digits.
    #expect(found.length <= 3, "\(found.problem)")
    #expect(result.text().contains("Violated"))
    let json = try JSONSerialization.jsonObject(with: result.json()) as? [String: Any]
    #expect(json?["asExpected"] as? Bool == true)
    #expect((json?["counterexample"] as? [String: Any])?["length"] as? Int == found.length)
  }

  @Test("shortening keeps to its budget, and what it leaves is a violation", arguments: [0, 1, 20])
  func shorteningBudget(limit: Int) throws {
    let measured = Mutex(0)
    let plain = Self.toy()
    let statement = FalsifiableStatement(
      check: plain.check, start: plain.start,
      measure: { parameters, accuracy in
        if accuracy == .verification { measured.withLock { $0 += 1 } }
        return plain.measure(parameters, accuracy)
      }, exact: plain.exact)
    let falsifier = Falsifier(
      seed: 3, budget: .evaluations(4000), islands: 1, shorteningEvaluations: limit)
    let found = try #require(falsifier.run(statement).counterexample)
    #expect(found.comparison?.verdict == .violated)
    // Besides: the candidate in each round, the start of the shortening, the closest problem.
    #expect(measured.withLock { $0 } <= limit + 3)
  }

  @Test("a true inequality is not, although equality is attained")
  func toyIsTrue() throws {
    let result = Falsifier(seed: 3, budget: .evaluations(3000)).run(Self.toy(isTrue: true))
    #expect(result.counterexample == nil)
    #expect(result.isAsExpected)
    #expect(result.evaluations >= 3000 && result.evaluations < 3100)
    // x⁴ + y²/4 - x²y = (x² - y/2)²: the search comes close to zero.
    #expect(try #require(result.closest?.tightness) > 0.9999)
  }

  @Test("the result does not depend on the number of threads")
  func threads() throws {
    let results = [1, 3].map { threads in
      Falsifier(seed: 8, budget: .evaluations(2500), threads: threads).run(Self.toy())
    }
    #expect(results[0].evaluations == results[1].evaluations)
    #expect(results[0].counterexample?.problem == results[1].counterexample?.problem)
    #expect(try results[0].json() == results[1].json())
  }

  @Test("a short search finds that the printed lower bound is violated")
  func printedLowerBound() throws {
    let check = TransferChecks.fineTuningLowerBound
    let statement = try #require(TransferFalsification.statement(of: check))
    let falsifier = Falsifier(
      budget: .evaluations(600), islands: 1, evaluationsPerParameter: 30, startsPerIsland: 150)
    let result = falsifier.run(statement)
    let found = try #require(result.counterexample)
    #expect(found.comparison?.verdict == .violated)
    #expect(found.problem.isDefined)
    #expect(result.isAsExpected)
    // In exact numbers the rows of B₀ and B* are orthonormal without any tolerance.
    for name in ["B0", "B*"] {
      let rows = try #require(found.problem.parts.first { $0.name == name }).rows
      for i in rows.indices {
        for j in rows.indices {
          let inner = zip(rows[i], rows[j]).reduce(ExactNumber(0)) { $0 + $1.0 * $1.1 }
          #expect(inner == ExactNumber(i == j ? 1 : 0))
        }
      }
    }
  }

  @Test("the family of problems satisfies the assumptions, in doubles and exactly", arguments: 1...4)
  func family(k: Int) throws {
    let family = TransferFamily(featureCount: k)
    var stream = RandomStream(seed: 4).stream(k)
    var admitted = 0
    for _ in 0..<20 {
      let start = family.start(using: &stream)
      guard let trial = family.trial(start.parameters) else { continue }
      admitted += 1
      #expect(trial.reduced.rank == k + 1)
      #expect(trial.problem.inputDimension == 2 * k + 2)
      #expect(trial.geometry.assumptions(for: trial.head).featuresAreOrthonormal)
    }
    #expect(admitted > 5)
    let short = family.start(using: &stream).parameters.map { ExactNumber(decimal: ($0 * 10).rounded() / 10) }
    let problem = family.exact(short)
    let arrays = family.arrays(short.map(\.value))
    if problem.isDefined {
      let truth = try #require(problem.parts.first { $0.name == "B*" })
      let difference = zip(truth.rows.joined(), arrays.truth.joined()).map { ($0.value - $1).magnitude }
      #expect((difference.max() ?? 1) < 1e-14)
    }
  }

  @Test("other statements withstand a short search")
  func trueStatements() throws {
    for id in TransferFalsification.ids where id != TransferChecks.fineTuningLowerBound.id {
      guard let check = CheckRegistry.standard[id] else { continue }
      let statement = try #require(TransferFalsification.statement(of: check))
      let falsifier = Falsifier(budget: .evaluations(60), islands: 1, startsPerIsland: 30)
      let result = falsifier.run(statement)
      #expect(result.counterexample == nil, "\(id)")
      #expect(result.closest != nil, "\(id)")
    }
    #expect(TransferFalsification.statement(of: TransferChecks.rowSpace) == nil)
  }
}

@Suite("Exact numbers")
struct ExactNumberTests {
  @Test(
    "texts and lengths",
    arguments: [
      (ExactNumber(decimal: 0), "0", 0), (ExactNumber(decimal: 12), "12", 2),
      (ExactNumber(decimal: -0.05), "-0.05", 3), (ExactNumber(decimal: 1e-3), "0.001", 2),
      (ExactNumber(decimal: 2.5e7), "25000000", 8), (ExactNumber(1, over: -3), "-1/3", 5),
      (ExactNumber(6, over: 8), "0.75", 3), (.undefined, "undefined", 1000),
    ])
  func text(number: ExactNumber, text: String, length: Int) {
    #expect(number.description == text)
    #expect(number.length == length)
  }

  @Test("arithmetic is exact, and what does not fit is undefined")
  func arithmetic() {
    let (third, tenth) = (ExactNumber(1, over: 3), ExactNumber(decimal: 0.1))
    #expect(third + tenth == ExactNumber(13, over: 30))
    #expect(third - tenth == ExactNumber(7, over: 30))
    #expect(third * tenth == ExactNumber(1, over: 30))
    #expect(third / tenth == ExactNumber(10, over: 3))
    #expect(!(third / ExactNumber(0)).isDefined)
    var power = ExactNumber(decimal: 1.000000000000001)
    for _ in 0..<4 { power = power * power }
    #expect(!power.isDefined && power.value.isNaN)
    #expect(!(power + third).isDefined)
    #expect(!ExactNumber(decimal: .infinity).isDefined && !ExactNumber(decimal: 1e-200).isDefined)
  }
}
