import Foundation
import Testing

@Suite("keel check --report")
struct ReportOptionTests {
  /// Calls a function with the path of a folder that does not exist yet and is removed afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  private func page(_ folder: String) throws -> String {
    try String(contentsOfFile: folder + "/index.html", encoding: .utf8)
  }

  @Test("the report is written where it is asked for, and the number of threads does not change a byte")
  func writes() throws {
    try withFolder { one in
      try withFolder { two in
        func run(_ folder: String, threads: Int) throws -> BuiltProgram.Outcome {
          try BuiltProgram.run([
            "check", "transfer.linear-probe", "transfer.head-alignment-probability", "--quick", "--trials",
            "2",
            "--seed", "3", "--report", folder, "--threads", "\(threads)",
          ])
        }
        let outcome = try run(one, threads: 1)
        #expect(outcome.output.contains("Report: ") && outcome.output.contains("index.html"))
        _ = try run(two, threads: 2)
        let (first, second) = (try page(one), try page(two))
        #expect(first == second)
        #expect(first.contains("transfer.linear-probe") && first.contains("instruction set"))
        #expect(
          first.contains(
            "keel check transfer.linear-probe transfer.head-alignment-probability --seed 3 --quick --trials 2"
          ))
        #expect(FileManager.default.fileExists(atPath: one + "/head-alignment.csv"))
      }
    }
  }

  @Test("without gnuplot there is a notice, and a report all the same")
  func withoutGnuplot() throws {
    try withFolder { folder in
      let outcome = try BuiltProgram.run(
        ["check", "transfer.head-alignment-probability", "--trials", "2", "--report", folder],
        environment: ["PATH": "/nonexistent"])
      #expect(outcome.errors.contains("apt-get install gnuplot-nox"), "\(outcome.errors)")
      let page = try page(folder)
      #expect(page.contains("apt-get install gnuplot-nox") && page.contains("head-alignment.csv"))
    }
  }

  @Test("with JSON, standard output belongs to the JSON")
  func withJSON() throws {
    try withFolder { folder in
      let outcome = try BuiltProgram.run([
        "check", "transfer.linear-probe", "--trials", "2", "--json", "--report", folder,
      ])
      #expect(try outcome.json()?["asExpected"] as? Bool == true)
      #expect(outcome.errors.contains("Report: "))
      #expect(try String(contentsOfFile: folder + "/checks.json", encoding: .utf8) == outcome.output)
    }
  }

  @Test("a single problem has a report too")
  func singleProblem() throws {
    try withFolder { folder in
      let outcome = try BuiltProgram.run([
        "check", "transfer.linear-probe", "--trial", "1", "--report", folder, "--times",
      ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try page(folder).contains("trial 1"))
    }
  }

  @Test("a folder that cannot be written to is an error before anything is computed")
  func badFolder() throws {
    try withFolder { file in
      try Data().write(to: URL(fileURLWithPath: file))
      for path in [file, file + "/below"] {
        let outcome = try BuiltProgram.run(["check", "transfer.linear-probe", "--report", path])
        #expect(outcome.status == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("keel: The report ") && outcome.errors.contains(file))
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      }
    }
  }

  @Test(
    "arguments that do not go together are refused",
    arguments: [
      (["check", "--list", "--report", "r"], "exclude each other"),
      (["check", "--times"], "'--times' goes with '--report'"),
      (["check", "--report", ""], "'--report' needs the name of a folder"),
    ])
  func badUsage(arguments: [String], message: String) throws {
    let outcome = try BuiltProgram.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
