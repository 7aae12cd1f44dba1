import Testing

@testable import KeelChecks

@Suite("CheckRegistry")
struct CheckRegistryTests {
  let registry = CheckRegistry(
    ["alpha.one", "alpha.two", "alpha.two-as-printed", "beta.one"].map { id in
      Check(id: id, statement: "-", source: "-", trials: [:]) { _ in Comparison.equal(0, 0, tolerance: 0) }
    })

  @Test(
    "names stand for checks, in registry order and once each",
    arguments: [
      ([], ["alpha.one", "alpha.two", "alpha.two-as-printed", "beta.one"]),
      (["beta", "alpha.one"], ["alpha.one", "beta.one"]),
      (["alpha.two"], ["alpha.two"]),
      (["*.one", "beta"], ["alpha.one", "beta.one"]),
      (["alpha.two*"], ["alpha.two", "alpha.two-as-printed"]),
      (["?????.one"], ["alpha.one"]),
      (["*"], ["alpha.one", "alpha.two", "alpha.two-as-printed", "beta.one"]),
    ] as [([String], [String])])
  func selection(names: [String], ids: [String]) throws {
    #expect(try registry.select(names).map(\.id) == ids)
  }

  @Test(
    "a name that stands for nothing is an error with a suggestion",
    arguments: [
      ("alpah", "alpha"), ("alpha.tow", "alpha.two"), ("two-as-printed", "alpha.two-as-printed"),
      ("gamma.*", nil), ("", nil),
    ] as [(String, String?)])
  func unknown(name: String, suggestion: String?) {
    #expect(throws: CheckSelectionError(name: name, suggestion: suggestion)) {
      try registry.select(["alpha", name])
    }
  }

  @Test(
    "patterns",
    arguments: [
      ("abc", "abc", true), ("abc", "a*c", true), ("ac", "a*c", true), ("abcbc", "a*bc", true),
      ("abc", "a?c", true), ("ac", "a?c", false), ("", "*", true), ("", "?", false), ("abc", "", false),
      ("abc", "**", true), ("abcd", "a*b", false), ("mississippi", "m*iss*p?", true),
    ])
  func patterns(text: String, pattern: String, matches: Bool) {
    #expect(CheckRegistry.matches(text, pattern) == matches)
  }

  @Test("the standard registry is well formed")
  func standard() {
    let registry = CheckRegistry.standard
    for check in registry.checks {
      #expect(!check.statement.contains("\n") && !check.source.isEmpty, "\(check.id)")
      #expect(check.trialCount(for: .full) >= check.trialCount(for: .quick), "\(check.id)")
      #expect(registry[check.id]?.id == check.id)
    }
  }

  @Test("ids that are not like system.subject are the caller's bug")
  func badID() async {
    await #expect(processExitsWith: .failure) {
      _ = Check(id: "No Dots", statement: "-", source: "-", trials: [:]) { _ in [Comparison]() }
    }
  }
}
