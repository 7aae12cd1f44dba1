import Foundation
import Testing

@testable import KeelChecks

@Suite("CheckReport")
struct CheckReportTests {
  /// A report with a line of every kind, from fixed numbers.
  static let report: CheckReport = {
    let holds = Check(
      id: "demo.bound", statement: "loss >= bound", source: "somebody (2020), theorem 1",
      assumptions: ["the bound is finite"], trials: [:]
    ) { _ in [Comparison]() }
    let printed = Check(
      id: "demo.bound-as-printed", statement: "loss >= 2 bound", source: "somebody (2020), theorem 1",
      expectation: .violated(repairedBy: "demo.bound"), trials: [:]
    ) { _ in [Comparison]() }
    let open = Check(id: "demo.limit", statement: "the limit exists", source: "nobody", trials: [:]) {
      _ in [Comparison]()
    }
    func trials(_ comparisons: [Comparison]) -> [ProblemResult] {
      comparisons.enumerated().map { ProblemResult(origin: .trial($0), comparisons: [$1]) }
    }
    return CheckReport(
      seed: 7, effort: .quick,
      outcomes: [
        CheckOutcome(
          check: holds,
          results: trials([
            .atLeast(1, 0.5, tolerance: 1e-10, parameters: ["k": 2, "eps": 0.1]),
            .atLeast(1, 0.25, tolerance: 1e-10, parameters: ["k": 3, "eps": 0.05]),
            .atLeast(1, -1, tolerance: 1e-10, isVacuous: true),
            .assumptionFailed("the bound is not finite"),
          ])),
        CheckOutcome(
          check: printed,
          results: [
            ProblemResult(
              origin: .named("it's known"),
              comparisons: [
                .atLeast(1, 2, tolerance: 1e-10, part: "late", parameters: ["w": .numbers([1, 0.5])])
              ], expected: .violated)
          ] + trials([.atLeast(1, 1e-3 / 3, tolerance: 1e-10)])),
        CheckOutcome(
          check: open, results: trials([.inconclusive("no convergence"), .equal(1, .nan, tolerance: 0)])),
      ], elapsed: .milliseconds(1500))
  }()

  @Test("the table and its details")
  func text() {
    #expect(
      Self.report.text() == #"""
        check                  problems  hold  vacuous  outside  undecided  violated  margin  tightness    median  verdict
        demo.bound                    4     2        1        1          0         0     0.5        0.5      0.25  holds         as expected
        demo.bound-as-printed         2     1        0        0          0         1      -1          2  0.000333  violated      as expected
        demo.limit                    2     0        0        0          2         0       -          -         -  inconclusive  SURPRISE

        demo.bound-as-printed: loss >= 2 bound
          Known to be false as stated; demo.bound is its repaired form.
          worst: case it's known, late: 1.0 >= 2.0 (violated, margin -1, tolerance 1e-10, tightness 2)
          with: w = [1.0, 0.5]
          again: keel check demo.bound-as-printed --seed 7 --case 'it'\''s known' --quick

        demo.limit: the limit exists
          ! 2 problems could not be decided.
          ! No problem tested the statement.
          inconclusive in 1 problem: no convergence
          again: keel check demo.limit --seed 7 --trial 0 --quick
          inconclusive in 1 problem: the right side is nan
          again: keel check demo.limit --seed 7 --trial 1 --quick

        3 checks, 8 problems, seed 7: SURPRISE in demo.limit.

        """#)
  }

  @Test("columns that say nothing are left out")
  func shortTable() {
    let report = CheckReport(seed: 0, effort: .quick, outcomes: [Self.report.outcomes[1]])
    #expect(
      report.text().hasPrefix(
        """
        check                  problems  hold  violated  margin  tightness    median  verdict
        demo.bound-as-printed         2     1         1      -1          2  0.000333  violated  as expected

        """))
  }

  @Test("where the table is too wide, each check has lines of its own")
  func stackedTable() {
    let report = CheckReport(seed: 0, effort: .quick, outcomes: [Self.report.outcomes[1]])
    #expect(
      report.text(style: TextStyle(width: 60)).hasPrefix(
        """
        demo.bound-as-printed
          problems 2 · hold 1 · violated 1 · margin -1 · tightness 2
          median 0.000333 · verdict violated · as expected

        """))
  }

  @Test("one problem alone is shown with all its comparisons")
  func oneProblem() {
    let outcome = CheckOutcome(
      check: Synthetic.partly,
      results: [
        ProblemResult(
          origin: .trial(4),
          comparisons: [
            .atLeast(1, 0.5, tolerance: 0, part: "first", parameters: ["k": 2]),
            .inconclusive("no convergence", part: "second"),
          ])
      ], isPartial: true)
    #expect(
      CheckReport(seed: 0, effort: .standard, only: .trial(4), outcomes: [outcome]).text() == """
        synthetic.partly: x >= 0
          trial 4, first: 1.0 >= 0.5 (holds, margin 0.5, tolerance 0, tightness 0.5)
          with: k = 2
          trial 4, second: inconclusive, no convergence
          ! 1 problem could not be decided.

        1 check, 1 problem, seed 0: SURPRISE in synthetic.partly.

        """)
  }

  @Test("no line is wider than the terminal", arguments: [40, 60, 80, 100, 120, 200])
  func narrow(width: Int) {
    let text = Self.report.text(style: TextStyle(width: width))
    for line in text.split(separator: "\n") where !line.contains("again: ") {
      #expect(line.count <= width, "\(line)")
    }
  }

  @Test("colors change nothing but the colors")
  func colored() {
    let colored = Self.report.text(style: TextStyle(width: 80, isColored: true))
    #expect(colored.contains("\u{1B}[31m"))
    #expect(
      colored.replacing(/\u{1B}\[[0-9]*m/, with: "") == Self.report.text(style: TextStyle(width: 80)))
  }

  @Test("JSON")
  func json() throws {
    let outcome = CheckOutcome(
      check: Synthetic.broken,
      results: [
        ProblemResult(
          origin: .named("limit"), comparisons: [.atMost(.nan, .infinity, tolerance: 0)],
          expected: .inconclusive),
        ProblemResult(
          origin: .trial(0),
          comparisons: [
            .atMost(
              1, 0.1, tolerance: 0.25, part: "late",
              parameters: ["x": 1, "kind": "plain", "w": .numbers([1.0 / 3, -0.0]), "aligned": false])
          ]),
      ])
    let report = CheckReport(seed: .max, effort: .standard, outcomes: [outcome])
    let text = String(decoding: try report.json(), as: UTF8.self)
    #expect(text == Self.json)
  }

  @Test("times are in the JSON only when asked for")
  func times() throws {
    #expect(!String(decoding: try Self.report.json(), as: UTF8.self).contains("seconds"))
    #expect(
      String(decoding: try Self.report.json(includesTimes: true), as: UTF8.self).contains("\"seconds\" : 1.5")
    )
  }

  @Test("times are in the text only when asked for")
  func timesInText() {
    let text = Self.report.text(style: TextStyle(showsTimes: true))
    #expect(text.contains("seed 7, 1.5 s: SURPRISE"))
  }

  @Test("the command that reproduces a problem")
  func command() {
    #expect(
      Self.report.command(reproducing: .named("it's known"), of: Synthetic.triangle)
        == "keel check synthetic.triangle --seed 7 --case 'it'\\''s known' --quick")
    #expect(
      Self.report.command(reproducing: .trial(3), of: Synthetic.triangle)
        == "keel check synthetic.triangle --seed 7 --trial 3 --quick")
  }

  static let json = #"""
    {
      "asExpected" : false,
      "checks" : [
        {
          "asExpected" : false,
          "assumptions" : [

          ],
          "cases" : [
            {
              "comparisons" : [
                {
                  "left" : "nan",
                  "margin" : null,
                  "parameters" : [

                  ],
                  "relation" : "atMost",
                  "right" : "inf",
                  "tightness" : null,
                  "tolerance" : 0,
                  "undecidedBecause" : "the left side is nan",
                  "verdict" : "inconclusive"
                }
              ],
              "expected" : "inconclusive",
              "name" : "limit",
              "verdict" : "inconclusive"
            }
          ],
          "counts" : {
            "assumptionFailed" : 0,
            "holds" : 0,
            "inconclusive" : 1,
            "vacuous" : 0,
            "violated" : 1
          },
          "expected" : "holds",
          "id" : "synthetic.broken",
          "margin" : -0.9,
          "medianTightness" : 10,
          "problems" : 2,
          "remarks" : [
            {
              "problems" : 1,
              "reason" : "the left side is nan",
              "reproduce" : "keel check synthetic.broken --seed 18446744073709551615 --case limit",
              "verdict" : "inconclusive"
            }
          ],
          "repairedBy" : null,
          "sharpestTightness" : 10,
          "source" : "made up",
          "statement" : "1 <= 0",
          "surprises" : [
            "1 problem violated a statement that should hold."
          ],
          "usesData" : false,
          "verdict" : "violated",
          "worst" : {
            "comparison" : {
              "left" : 1,
              "margin" : -0.9,
              "parameters" : [
                {
                  "name" : "x",
                  "value" : 1
                },
                {
                  "name" : "kind",
                  "value" : "plain"
                },
                {
                  "name" : "w",
                  "value" : [
                    0.3333333333333333,
                    -0
                  ]
                },
                {
                  "name" : "aligned",
                  "value" : false
                }
              ],
              "part" : "late",
              "relation" : "atMost",
              "right" : 0.1,
              "tightness" : 10,
              "tolerance" : 0.25,
              "verdict" : "violated"
            },
            "origin" : "trial 0",
            "reproduce" : "keel check synthetic.broken --seed 18446744073709551615 --trial 0"
          }
        }
      ],
      "effort" : "standard",
      "problems" : 2,
      "seed" : "18446744073709551615"
    }

    """#
}
