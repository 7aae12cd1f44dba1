import Testing

@testable import KeelChecks

@Suite("Comparison")
struct ComparisonTests {
  struct Row: Sendable {
    let comparison: Comparison
    let verdict: Verdict
    let margin: Double?
    let tightness: Double?

    init(_ comparison: Comparison, _ verdict: Verdict, _ margin: Double?, _ tightness: Double?) {
      (self.comparison, self.verdict) = (comparison, verdict)
      (self.margin, self.tightness) = (margin, tightness)
    }
  }

  static let table: [Row] = [
    Row(.atMost(1, 2, tolerance: 0), .holds, 1, 0.5),
    Row(.atMost(2, 2, tolerance: 0), .holds, 0, 1),
    Row(.atMost(2.5, 2, tolerance: 0.5), .holds, -0.5, 1.25),
    Row(.atMost(2.75, 2, tolerance: 0.5), .violated, -0.75, 1.375),
    Row(.atLeast(2, 1, tolerance: 0), .holds, 1, 0.5),
    Row(.atLeast(1, 2, tolerance: 0.5), .violated, -1, 2),
    Row(.equal(1, 1.25, tolerance: 0.25), .holds, -0.25, nil),
    Row(.equal(1, 1.5, tolerance: 0.25), .violated, -0.5, nil),
    // A ratio says nothing about sides of different sign, or about a divisor of zero.
    Row(.atLeast(1, -1, tolerance: 0), .holds, 2, nil),
    Row(.atMost(0, 0, tolerance: 0), .holds, 0, nil),
    // A bound that says nothing is vacuous, unless it is false.
    Row(.atLeast(1, -1, tolerance: 0, isVacuous: true), .vacuous, 2, nil),
    Row(.atLeast(-2, -1, tolerance: 0, isVacuous: true), .violated, -1, nil),
    Row(.assumptionFailed("no"), .assumptionFailed, nil, nil),
    Row(.inconclusive("gave up"), .inconclusive, nil, nil),
  ]

  @Test("verdict, margin and tightness follow from the sides", arguments: table)
  func derived(_ row: Row) {
    #expect(row.comparison.verdict == row.verdict)
    #expect(row.comparison.margin == row.margin)
    #expect(row.comparison.tightness == row.tightness)
  }

  @Test("what is not finite never holds", arguments: Comparison.Relation.allCases)
  func notFinite(_ relation: Comparison.Relation) {
    let values = [-Double.infinity, -1, 0, 1, .infinity, .nan]
    for left in values {
      for right in values {
        for tolerance in [0, 1, .infinity, .nan, -1] {
          for isVacuous in [false, true] {
            let comparison = Comparison(
              left, relation, right, tolerance: tolerance, isVacuous: isVacuous)
            if left.isFinite, right.isFinite, tolerance.isFinite, tolerance >= 0 {
              #expect(comparison.verdict != .inconclusive)
              #expect(comparison.margin != nil)
            } else {
              #expect(comparison.verdict == .inconclusive, "\(comparison)")
              #expect(comparison.undecidedReason != nil)
              #expect(comparison.margin == nil && comparison.tightness == nil)
            }
          }
        }
      }
    }
  }

  @Test("a margin that overflows still has its sign")
  func overflow() {
    let huge = Double.greatestFiniteMagnitude
    #expect(Comparison.atMost(huge, -huge, tolerance: 1).verdict == .violated)
    #expect(Comparison.atMost(-huge, huge, tolerance: 1).verdict == .holds)
    #expect(Comparison.equal(huge, -huge, tolerance: 1).verdict == .violated)
  }

  @Test("at least is at most with the sides exchanged")
  func exchanged() {
    let values = [-2, -0.5, 0, 1e-300, 0.5, 3]
    for left in values {
      for right in values {
        for tolerance in [0, 0.5] {
          let one = Comparison.atLeast(left, right, tolerance: tolerance)
          let other = Comparison.atMost(right, left, tolerance: tolerance)
          #expect(one.verdict == other.verdict && one.margin == other.margin)
          #expect(one.tightness == other.tightness && one.slack == other.slack)
        }
      }
    }
  }

  @Test("a failed assumption comes before everything else")
  func precedence() {
    var comparison = Comparison.atMost(.nan, 0, tolerance: 0)
    comparison.undecidedBecause = "gave up"
    #expect(comparison.verdict == .inconclusive)
    comparison.failedAssumption = "outside"
    #expect(comparison.verdict == .assumptionFailed)
  }

  @Test("verdicts combine by the rule, whatever their order")
  func combined() {
    let order: [Verdict] = [.violated, .inconclusive, .holds, .vacuous, .assumptionFailed]
    for (index, first) in order.enumerated() {
      for second in order[index...] {
        #expect(Verdict.combined([first, second]) == first)
        #expect(Verdict.combined([second, first]) == first)
      }
    }
    #expect(Verdict.combined([]) == .inconclusive)
    #expect(Verdict.combined(Verdict.allCases) == .violated)
  }

  @Test("parameters keep their order")
  func parameters() {
    var parameters: Parameters = ["k": 3, "eps": 0.1, "head": "random", "w": .numbers([1, 0.5])]
    parameters["k"] = 4
    parameters["aligned"] = true
    parameters["head"] = nil
    #expect(parameters.description == "k = 4, eps = 0.1, w = [1.0, 0.5], aligned = true")
    #expect(parameters["eps"] == .number(0.1))
    #expect(parameters["none"] == nil)
  }
}
