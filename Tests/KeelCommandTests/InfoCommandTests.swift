import Foundation
import Testing

@Suite("keel info")
struct InfoCommandTests {
  @Test("the facts are printed as lines")
  func text() throws {
    let outcome = try BuiltProgram.run(["info"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    for name in ["keel", "BLAS", "kernels in use", "kernels deserved", "kernel repair", "threads"] {
      #expect(outcome.output.split(separator: "\n").contains { $0.hasPrefix(name + " ") }, "\(name)")
    }
  }

  @Test("settings of the environment show in the JSON")
  func json() throws {
    let outcome = try BuiltProgram.run(
      ["info", "--json"], environment: ["KEEL_THREADS": "3", "KEEL_INSTRUCTION_SET": "portable"])
    #expect(outcome.status == 0)
    let facts = try #require(try outcome.json())
    #expect(facts["threads"] as? Int == 3)
    #expect(facts["instructionSet"] as? String == "portable")
    #expect((facts["notices"] as? [String])?.isEmpty == true)
  }

  @Test("a setting that cannot be followed is a note")
  func notice() throws {
    let outcome = try BuiltProgram.run(["info"], environment: ["KEEL_THREADS": "plenty"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("note: KEEL_THREADS=plenty"))
  }
}
