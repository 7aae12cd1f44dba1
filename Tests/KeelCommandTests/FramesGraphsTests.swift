import Testing

@Suite("keel frames census and separate")
struct FramesGraphsTests {
  @Test("a census is a table")
  func census() throws {
    let outcome = try BuiltProgram.run(["frames", "census", "--vertices", "4:5"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("published, rounded double"))
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    for line in [
      ["sum", "|F|", "64", "392"], ["sum", "|Aut|", "46", "242"], ["sum", "m", "9", "40"],
      ["sum", "n!/|Aut|", "38", "728"], ["contradictions", "0", "0"],
    ] {
      #expect(lines.contains(line), "\(line) in \(outcome.output)")
    }
    let other = try BuiltProgram.run([
      "frames", "census", "--vertices", "4", "--disconnected", "--threads", "1",
    ])
    #expect(other.status == 0 && other.output.contains("disconnected"))
  }

  @Test("graphs of a file are separated, their copies are not")
  func separate() throws {
    let folder = try TemporaryFolder()
    try folder.write(">>graph6<<C~\nC^\nCR\nDQc\n", to: "graphs.g6")
    let outcome = try BuiltProgram.run([
      "frames", "separate", "--graphs", folder.path("graphs.g6"), "--models", "gin,fa-mlp", "--seed", "3",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("4 graphs with 6 pairs, 0 of them isomorphic"))
    let rows = outcome.output.split(separator: "\n").filter { $0.hasPrefix("gin") || $0.hasPrefix("fa-mlp") }
    #expect(rows.count == 2)
    for row in rows { #expect(row.split(separator: " ")[1...2] == ["0", "0"], "\(row)") }
  }

  @Test(
    "what cannot be is refused with a sentence",
    arguments: [
      (["census", "--vertices", "4:10"], "'--vertices' must be from 1 to 9"),
      (["census", "--vertices", "x"], "'--vertices'"), (["census", "--threads", "0"], "'--threads'"),
      (["separate", "--models", "gin,gnn"], "'--models': 'gnn' is none of"),
      (["separate", "--threshold", "nan"], "'--threshold'"), (["separate", "--samples", "0"], "'--samples'"),
      (["separate", "--copies", "-1"], "--copies"), (["separate", "--vertices", "0"], "'--vertices'"),
      (["separate", "--graphs", "missing.g6"], "missing.g6 cannot be read"),
    ])
  func refused(arguments: [String], message: String) throws {
    let outcome = try BuiltProgram.run(["frames"] + arguments)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test("a broken file is named with the line")
  func brokenFile() throws {
    let folder = try TemporaryFolder()
    try folder.write("C~\nC\n", to: "graphs.g6")
    let outcome = try BuiltProgram.run(["frames", "separate", "--graphs", folder.path("graphs.g6")])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("graphs.g6") && outcome.errors.contains("line 2"), "\(outcome.errors)")
  }
}
