import Foundation
import Keel
import Testing

@Suite("keel falsify")
struct FalsifyCommandTests {
  @Test(
    "bad usage ends with status 2 and one sentence on standard error",
    arguments: [
      (["no-such-check"], "No check or system is called 'no-such-check'"),
      (["transfer"], "'transfer' is not one check"),
      (["transfer.row-space"], "cannot be searched for violations; these can: transfer.fine-tuning"),
      (["transfer.fine-tuning-lower-bound", "--features", "0"], "'--features' must be from 1 to 6"),
      (["transfer.fine-tuning-lower-bound", "--seconds", "-1"], "--seconds"),
      (["transfer.fine-tuning-lower-bound", "--seconds", "0"], "'--seconds' must be above 0"),
      (["transfer.fine-tuning-lower-bound", "--evaluations", "0"], "'--evaluations' must be at least 1"),
      (["transfer.fine-tuning-lower-bound", "--evaluations", "9", "--seconds", "1"], "exclude each other"),
      (["transfer.fine-tuning-lower-bound", "--threads", "0"], "'--threads' must be from 1 to 1024"),
      (
        ["transfer.fine-tuning-lower-bound", "--least-cosine", "1"], "'--least-cosine' must be from 0 to 0.9"
      ),
      (["transfer.fine-tuning-lower-bound", "--output", "x.csv"], "not 'x.csv'"),
      ([], "Missing expected argument"),
    ])
  func badUsage(arguments: [String], message: String) throws {
    let outcome = try BuiltProgram.run(["falsify"] + arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test("a search that finds nothing is a surprise for a false statement only")
  func statuses() throws {
    let printed = try BuiltProgram.run(["falsify", "transfer.fine-tuning-lower-bound", "--evaluations", "2"])
    #expect(printed.status == 1)
    #expect(printed.output.contains("SURPRISE"))
    let repaired = try BuiltProgram.run([
      "falsify", "transfer.fine-tuning-lower-bound-repaired", "--evaluations", "8", "--json",
    ])
    #expect(repaired.status == 0)
    #expect(try repaired.json()?["asExpected"] as? Bool == true)
  }

  @Test("a violation is printed exactly, written to a file, and the same for every number of threads")
  func violation() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: file) }
    let arguments = ["falsify", "transfer.fine-tuning-lower-bound", "--evaluations", "400", "--json"]
    let first = try BuiltProgram.run(arguments + ["--threads", "1", "--output", file.path])
    let second = try BuiltProgram.run(arguments + ["--threads", "2"])
    #expect(first.status == 0, "\(first.output)\(first.errors)")
    #expect(first.output == second.output)
    let arrays = try NPZ.read(file.path)
    #expect(Set(arrays.keys) == ["X", "B0", "Bstar", "vstar", "v0"])
    #expect(arrays["X"]?.shape == [2, 4])
    #expect(arrays["v0"]?.shape == [1])
  }
}
