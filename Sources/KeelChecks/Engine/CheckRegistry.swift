/// The checks that can be asked for by name.
public struct CheckRegistry: Sendable {
  /// All checks, in the order in which they run.
  public let checks: [Check]

  /// A registry of checks.
  ///
  /// - Parameter checks: checks with unique ids; a check that is repaired by another names one of
  ///   them.
  public init(_ checks: [Check]) {
    let ids = Set(checks.map(\.id))
    precondition(ids.count == checks.count, "Two checks share an id.")
    for check in checks {
      if case .violated(let repaired?) = check.expectation {
        precondition(
          ids.contains(repaired), "Check '\(check.id)' is repaired by '\(repaired)', which does not exist.")
      }
    }
    self.checks = checks
  }

  /// The systems that the checks belong to, in order.
  public var systems: [String] {
    var seen: Set<String> = []
    return checks.map(\.system).filter { seen.insert($0).inserted }
  }

  /// The check with an id, or `nil`.
  ///
  /// - Complexity: O(n).
  public subscript(id: String) -> Check? { checks.first { $0.id == id } }

  /// The checks that any of several names stands for.
  ///
  /// A name is an id (`transfer.row-space`), a system (`transfer`), or a pattern of ids in which `*`
  /// stands for any characters and `?` for one (`transfer.*-bound*`).
  ///
  /// - Parameter names: the names; none stands for all checks.
  /// - Returns: the checks in registry order, each once.
  /// - Throws: ``CheckSelectionError`` for the first name that stands for nothing.
  public func select(_ names: [String]) throws(CheckSelectionError) -> [Check] {
    guard !names.isEmpty else { return checks }
    var chosen: Set<String> = []
    for name in names {
      let found = checks.filter { $0.id == name || $0.system == name || Self.matches($0.id, name) }
      guard !found.isEmpty else {
        throw CheckSelectionError(name: name, suggestion: suggestion(for: name))
      }
      chosen.formUnion(found.map(\.id))
    }
    return checks.filter { chosen.contains($0.id) }
  }

  /// Whether a pattern with `*` and `?` describes the whole text.
  ///
  /// Greedy with one restart point: when a character fails, the last `*` takes one more.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let text = Array(text)
    let pattern = Array(pattern)
    var (t, p) = (0, 0)
    var restart: (text: Int, pattern: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == "*" {
        restart = (t, p)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
        t += 1
        p += 1
      } else if let (start, star) = restart {
        restart = (start + 1, star)
        t = start + 1
        p = star + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }

  /// The known name nearest to one that stands for nothing, if it is near enough to be meant.
  private func suggestion(for name: String) -> String? {
    let candidates = (systems + checks.map(\.id)).map { ($0, Self.editDistance($0, name)) }
    guard let best = candidates.min(by: { $0.1 < $1.1 }), best.1 <= max(2, name.count / 4) else {
      // A subject without its system is the other common slip.
      return checks.first { $0.id.hasSuffix("." + name) }?.id
    }
    return best.0
  }

  /// The least number of insertions, deletions and replacements between two words.
  private static func editDistance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (i, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in second.indices {
        let replaced = diagonal + (letter == second[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[second.count]
  }
}

/// A name that stands for no check.
public struct CheckSelectionError: Error, Equatable, CustomStringConvertible {
  /// The name.
  public let name: String
  /// A known name that may have been meant.
  public let suggestion: String?

  /// The error as a sentence.
  public var description: String {
    "No check or system is called '\(name)'"
      + (suggestion.map { "; did you mean '\($0)'?" } ?? "; `keel check --list` names them.")
  }
}
