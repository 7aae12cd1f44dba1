import Keel

@testable import KeelChecks

/// Checks whose verdicts are known beforehand.
enum Synthetic {
  struct Refusal: Error, CustomStringConvertible {
    var description: String { "the solver refused" }
  }

  /// True, and sharp where a and b have one sign.
  static let triangle = Check(
    id: "synthetic.triangle", statement: "|a + b| <= |a| + |b|", source: "school",
    assumptions: ["a and b are real"], trials: [.quick: 10, .standard: 100, .full: 1000]
  ) { context in
    var stream = context.stream
    let a = Double.random(in: -1...1, using: &stream)
    let b = Double.random(in: -1...1, using: &stream)
    return Comparison.atMost(
      abs(a + b), abs(a) + abs(b), tolerance: 1e-15,
      parameters: ["a": .number(a), "b": .number(b)])
  }

  /// False for about half of the problems; the triangle inequality is its repaired form.
  static let reversed = Check(
    id: "synthetic.reversed", statement: "|a + b| >= |a| + |b|", source: "a misprint",
    expectation: .violated(repairedBy: "synthetic.triangle"), trials: [.standard: 100],
    cases: [
      Check.NamedCase("opposite signs", expected: .violated) { _ in
        Comparison.atLeast(0, 2, tolerance: 1e-15, parameters: ["a": 1.0, "b": -1.0])
      },
      Check.NamedCase("equal signs", expected: .holds) { _ in
        Comparison.atLeast(2, 2, tolerance: 1e-15, parameters: ["a": 1.0, "b": 1.0])
      },
    ]
  ) { context in
    var stream = context.stream
    let a = Double.random(in: -1...1, using: &stream)
    let b = Double.random(in: -1...1, using: &stream)
    return Comparison.atLeast(
      abs(a + b), abs(a) + abs(b), tolerance: 1e-15,
      parameters: ["a": .number(a), "b": .number(b)])
  }

  /// Every other problem is outside the assumptions, every third of the others vacuous.
  static let partly = Check(
    id: "synthetic.partly", statement: "x >= 0", source: "made up", trials: [.standard: 12]
  ) { context in
    if context.index % 2 == 1 { return [Comparison.assumptionFailed("the index is odd")] }
    return [
      .atLeast(1, 0.5, tolerance: 0, part: "first", isVacuous: context.index % 3 == 0),
      .equal(1, 1, tolerance: 0, part: "second"),
    ]
  }

  /// Throws in every fifth trial.
  static let throwing = Check(
    id: "synthetic.throwing", statement: "nothing is thrown", source: "made up",
    trials: [.standard: 10]
  ) { context throws in
    if context.index % 5 == 3 { throw Refusal() }
    return Comparison.equal(1, 1, tolerance: 0)
  }

  /// Not a number in one trial.
  static let notANumber = Check(
    id: "synthetic.not-a-number", statement: "0 <= 1", source: "made up", trials: [.standard: 3]
  ) { context in
    Comparison.atMost(context.index == 1 ? .nan : 0, 1, tolerance: 0)
  }

  /// A statement that should hold and does not.
  static let broken = Check(
    id: "synthetic.broken", statement: "1 <= 0", source: "made up", trials: [.standard: 2]
  ) { _ in
    Comparison.atMost(1, 0, tolerance: 0.25, parameters: ["x": 1, "kind": "plain"])
  }

  static let all = [triangle, reversed, partly, throwing, notANumber, broken]
}
