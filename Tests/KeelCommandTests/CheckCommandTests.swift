import Foundation
import Keel
import KeelChecks
import Testing

@Suite("keel check")
struct CheckCommandTests {
  @Test(
    "bad usage ends with status 2 and one sentence on standard error",
    arguments: [
      (["check", "no-such-system"], "No check or system is called 'no-such-system'"),
      (["check", "--nonsense"], "Unknown option '--nonsense'"),
      (["check", "--trials", "0"], "'--trials' must be at least 1"),
      (["check", "--trials", "many"], "--trials"),
      (["check", "--seed", "-1"], "--seed"),
      (["check", "--trial", "-3"], "--trial"),
      (["check", "--threads", "0"], "'--threads' must be from 1 to 1024"),
      (["check", "--quick", "--full"], "--full"),
      (["check", "--trial", "1", "--trials", "2"], "exclude each other"),
      (["check", "--case", "a", "--trial", "2"], "exclude each other"),
      (["check", "--case", "no such case"], "has a case called 'no such case'"),
      (["check", "--list", "--json"], "exclude each other"),
      (["check", "--labels", "y.npy"], "'--labels' goes with"),
      (["check", "--data", "fashion-mnist", "--labels", "y.npy"], "'--labels' goes with"),
      (["check", "--data", "images.png"], "not 'images.png'"),
      (["check", "--data", "no-such-file.npy"], "no-such-file.npy"),
      (["nonsense"], "nonsense"),
      (["info", "--nonsense"], "Unknown option '--nonsense'"),
    ])
  func badUsage(arguments: [String], message: String) throws {
    let outcome = try BuiltProgram.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("keel: "))
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test("help and version end with status 0", arguments: [["--help"], ["check", "--help"], ["--version"]])
  func help(arguments: [String]) throws {
    let outcome = try BuiltProgram.run(arguments)
    #expect(outcome.status == 0)
    #expect(!outcome.output.isEmpty && outcome.errors.isEmpty)
  }

  @Test("the list names every check, its statement and its source")
  func list() throws {
    let outcome = try BuiltProgram.run(["check", "--list"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    for check in CheckRegistry.standard.checks {
      #expect(outcome.output.contains(check.text()))
    }
  }

  @Test("the list fits the width that is asked for")
  func narrowList() throws {
    let outcome = try BuiltProgram.run(["check", "--list"], environment: ["COLUMNS": "60"])
    for line in outcome.output.split(separator: "\n") {
      #expect(line.count <= 60, "\(line)")
    }
  }

  @Test("the number of threads does not change a byte of the JSON, and the status says what it says")
  func deterministic() throws {
    func run(threads: Int, seed: Int) throws -> BuiltProgram.Outcome {
      try BuiltProgram.run([
        "check", "--quick", "--trials", "4", "--json", "--threads", "\(threads)", "--seed", "\(seed)",
      ])
    }
    let one = try run(threads: 1, seed: 11)
    let two = try run(threads: 2, seed: 11)
    #expect(one.output == two.output)
    #expect(one.errors.isEmpty)
    let json = try #require(try one.json())
    let isAsExpected = try #require(json["asExpected"] as? Bool)
    #expect(one.status == (isAsExpected ? 0 : 1))
    #expect(json["seed"] as? String == "11")
    let ids = (json["checks"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
    #expect(ids == CheckRegistry.standard.checks.map(\.id))
  }

  @Test("the command that a report gives reproduces the worst case to the digit")
  func reproduce() throws {
    for check in CheckRegistry.standard.checks.prefix(3) {
      let all = try BuiltProgram.run(["check", check.id, "--trials", "3", "--json", "--seed", "5"])
      let outcome = try #require((try all.json()?["checks"] as? [[String: Any]])?.first)
      guard let worst = outcome["worst"] as? [String: Any], let command = worst["reproduce"] as? String,
        !command.contains("'")
      else { continue }
      let again = try BuiltProgram.run(
        command.split(separator: " ").dropFirst().map(String.init) + ["--json"])
      let repeated = try #require((try again.json()?["checks"] as? [[String: Any]])?.first)
      #expect(repeated["margin"] as? Double == outcome["margin"] as? Double, "\(command)")
    }
  }

  @Test("a table for people, without color or progress in a file")
  func table() throws {
    let outcome = try BuiltProgram.run(["check", "--trials", "2"])
    #expect(outcome.status == 0 || outcome.status == 1)
    #expect(outcome.output.hasPrefix("check"))
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(outcome.errors.isEmpty)
  }

  @Test("data that is not installed is an error that names the package")
  func missingData() throws {
    let outcome = try BuiltProgram.run(
      ["check", "--data", "fashion-mnist"], environment: ["KEEL_DATASETS": "/nonexistent"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("apt-get install dataset-fashion-mnist"))
  }

  @Test("a damaged file is an error that names it")
  func damagedData() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npy")
    try Data("no numbers".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let outcome = try BuiltProgram.run(["check", "--data", file.path])
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(file.lastPathComponent), "\(outcome.errors)")
  }

  @Test("data too small for any problem is a surprise, not a success")
  func tooSmall() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npy")
    try NPY.write(NumericArray(shape: [1, 1], elements: [1.0]), to: file.path)
    defer { try? FileManager.default.removeItem(at: file) }
    for check in CheckRegistry.standard.checks where check.supportsData && check.expectation == .holds {
      let outcome = try BuiltProgram.run(["check", check.id, "--trials", "2", "--data", file.path])
      #expect(outcome.status == 1, "\(check.id): \(outcome.output)\(outcome.errors)")
    }
  }
}
