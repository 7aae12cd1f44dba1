import Foundation
import Keel
import KeelTransfer
import Testing

@Suite("keel transfer sweep")
struct SweepCommandTests {
  /// A sweep of 24 problems that takes a moment.
  static let small = [
    "transfer", "sweep", "--features", "1", "--dimension", "6", "--distance", "0.01:1:3log",
    "--head-deviation", "0:2:2", "--seeds", "0:3",
  ]

  static func rows(_ text: String) -> [[String]] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  @Test("one row a problem, in order, with numbers that read back to the bit")
  func values() throws {
    let outcome = try BuiltProgram.run(Self.small)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let table = Self.rows(outcome.output)
    let header = try #require(table.first)
    let sweep = try TransferSweep(
      featureCounts: [1], inputDimension: 6, featureDistances: [0.01, 0.1, 1], headDeviations: [0, 2],
      seeds: [0, 1, 2, 3])
    #expect(table.count == 1 + sweep.count)
    func column(_ name: String, _ row: [String]) throws -> String {
      row[try #require(header.firstIndex(of: name))]
    }
    for index in 0..<sweep.count {
      let row = table[1 + index]
      #expect(row.count == header.count)
      let expected = try sweep.evaluate(index)
      #expect(try column("index", row) == "\(index)")
      #expect(try column("seed", row) == "\(index % 4)")
      #expect(try Double(column("distance", row)) == expected.parameters.featureDistance)
      #expect(try Double(column("ft_ood", row)) == expected.fineTuning.losses.outOfDistribution)
      #expect(try Double(column("lpft_least_time", row)) == expected.probingThenFineTuning.lowestTime)
      #expect(try Double(column("bound_conserved", row)) == expected.invariantBound)
      #expect(try column("winner", row) == expected.winners.map(\.rawValue).joined(separator: "="))
    }
  }

  @Test("a file holds what standard output would, for any number of threads, after a comment")
  func threads() throws {
    let folder = try TemporaryFolder()
    let printed = try BuiltProgram.run(Self.small)
    for threads in 1...2 {
      let outcome = try BuiltProgram.run(
        Self.small + ["--threads", "\(threads)", "--output", folder.path("\(threads).csv")])
      #expect(outcome.status == 0 && outcome.output.contains("24 problems; 24 computed"), "\(outcome.errors)")
      #expect(outcome.output.contains("wins out of distribution: LP "))
      let text = try folder.text("\(threads).csv")
      #expect(text.hasPrefix("# keel "))
      #expect(text.split(separator: "\n", maxSplits: 1).last == printed.output[...])
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["1.csv", "2.csv"])
  }

  @Test("a sweep that is killed again and again ends as a straight one, with no row lost or repeated")
  func killed() throws {
    let folder = try TemporaryFolder()
    let arguments = [
      "transfer", "sweep", "--features", "1,2", "--dimension", "6", "--rank-share", "0.5",
      "--distance", "0.001:1:5log", "--head-deviation", "0:2:5", "--seeds", "0:5",
    ]
    let straight = try BuiltProgram.run(arguments + ["--threads", "1", "--output", folder.path("a.csv")])
    #expect(straight.status == 0, "\(straight.errors)")
    let complete = try folder.text("a.csv")
    #expect(complete.split(separator: "\n").count == 2 + 300)

    let file = folder.path("b.csv")
    var interruptions = 0
    for (round, share) in [0.02, 0.1, 0.3, 0.5, 0.8].enumerated() {
      let process = try BuiltProgram.start(arguments + ["--output", file])
      let size = Int(share * Double(complete.utf8.count))
      let deadline = Date.now.addingTimeInterval(60)
      func isShort() -> Bool {
        let found = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
        return found ?? 0 < size
      }
      while process.isRunning, isShort(), Date.now < deadline { usleep(500) }
      // The last round asks it to stop, the others give it no choice.
      if process.isRunning { kill(process.processIdentifier, round == 4 ? SIGTERM : SIGKILL) }
      process.waitUntilExit()
      let text = try folder.text("b.csv")
      if text.utf8.count < complete.utf8.count { interruptions += 1 }
      // Every row that is there is one of the straight run's, once.
      let found = text.split(separator: "\n").dropFirst(2).map(String.init)
      let whole = text.hasSuffix("\n") ? found : Array(found.dropLast())
      #expect(Set(whole).count == whole.count)
      #expect(Set(whole).isSubset(of: complete.split(separator: "\n").map(String.init)))
    }
    #expect(interruptions >= 3, "the sweep was too fast to be interrupted")
    let outcome = try BuiltProgram.run(arguments + ["--output", file, "--diagram"])
    #expect(outcome.status == 0 && outcome.output.contains("of them from before"), "\(outcome.errors)")
    #expect(try folder.text("b.csv") == complete)
  }

  @Test("an incomplete last row is cut off, wherever it ends, and so is an incomplete beginning")
  func torn() throws {
    let folder = try TemporaryFolder()
    let arguments = Self.small + ["--output", folder.path("a.csv")]
    #expect(try BuiltProgram.run(arguments).status == 0)
    let complete = try folder.text("a.csv")
    let lines = complete.split(separator: "\n", omittingEmptySubsequences: false)
    let beforeRows = lines[0].utf8.count + lines[1].utf8.count + 2
    for length in [
      0, 1, lines[0].utf8.count, beforeRows - 1, beforeRows, beforeRows + 1, complete.utf8.count - 1,
    ] {
      try folder.write(String(complete.prefix(length)), to: "a.csv")
      let outcome = try BuiltProgram.run(arguments)
      #expect(outcome.status == 0, "\(length) bytes: \(outcome.errors)")
      #expect(try folder.text("a.csv") == complete, "\(length) bytes")
    }
    // Garbage of a crashed system at the end, and rows in another order, one of them twice.
    var rows = lines[2...].dropLast().map(String.init)
    rows.swapAt(0, 7)
    rows.remove(at: 5)
    rows.append(rows[3])
    let shuffled = ([String(lines[0]), String(lines[1])] + rows).joined(separator: "\n") + "\n"
    try Data(shuffled.utf8 + [0x31, 0xFF, 0x00]).write(to: folder.url.appendingPathComponent("a.csv"))
    #expect(try BuiltProgram.run(arguments).status == 0)
    #expect(try folder.text("a.csv") == complete)
  }

  @Test("a finished sweep computes nothing and leaves the file as it is")
  func finished() throws {
    let folder = try TemporaryFolder()
    let arguments = Self.small + ["--output", folder.path("a.csv")]
    #expect(try BuiltProgram.run(arguments).status == 0)
    let complete = try folder.text("a.csv")
    let again = try BuiltProgram.run(arguments)
    #expect(again.status == 0 && again.output.contains("24 problems, 24 of them from before\n"))
    #expect(try folder.text("a.csv") == complete)
    // A link stays a link.
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link.csv"), withDestinationPath: folder.path("a.csv"))
    try folder.write(complete.split(separator: "\n").dropLast(3).joined(separator: "\n") + "\n", to: "a.csv")
    #expect(try BuiltProgram.run(Self.small + ["--output", folder.path("link.csv")]).status == 0)
    #expect(try folder.text("a.csv") == complete)
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link.csv"))
        == folder.path("a.csv"))
  }

  @Test("files of other sweeps, of other versions and of nothing of the kind are left alone, with a reason")
  func otherFiles() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("a.csv")
    #expect(try BuiltProgram.run(Self.small + ["--output", file]).status == 0)
    let complete = try folder.text("a.csv")
    func refuse(_ contents: String, with arguments: [String] = [], _ message: String) throws {
      try folder.write(contents, to: "a.csv")
      try expectRefusal(Self.small + arguments + ["--output", file], message)
      #expect(try folder.text("a.csv") == contents)
    }
    try refuse(complete, with: ["--norm", "2"], "its --norm is 1, not 2")
    try refuse(complete, with: ["--whitened"], "its --whitened is no, not yes")
    try refuse(complete, with: ["--tolerance", "1e-9"], "its --tolerance is 1e-11, not 1e-09")
    try refuse("a,b\n1,2\n", "is no file of a sweep")
    try refuse("# keel of a ship", "is no file of a sweep")
    try refuse(complete.replacingOccurrences(of: "# keel ", with: "# keel 99."), "was begun by version 99.")
    // Nothing that would move the cursor is printed.
    try refuse(
      complete.replacingOccurrences(of: "# keel ", with: "# keel 9\u{1B}[2J"), "was begun by version 9[2J")
    try refuse(complete.replacingOccurrences(of: "\n", with: "\r\n"), "has lines that end in CR LF")
    var lines = complete.split(separator: "\n").map(String.init)
    lines[4] = "2,nonsense"
    try refuse(lines.joined(separator: "\n") + "\n", "line 5 of")
    lines[4] = "99" + lines[3]
    try refuse(lines.joined(separator: "\n") + "\n", "line 5 of")
  }

  @Test("a sweep that was started to ignore interrupts does so")
  func ignoredInterrupt() throws {
    let folder = try TemporaryFolder()
    let process = try BuiltProgram.start(
      [
        "transfer", "sweep", "--features", "1", "--dimension", "6", "--seeds", "0:149",
        "--output", folder.path("a.csv"),
      ], ignoringInterrupts: true)
    let deadline = Date.now.addingTimeInterval(30)
    func rows() -> Int { (try? folder.text("a.csv").split(separator: "\n").count) ?? 0 }
    while process.isRunning, rows() < 4, Date.now < deadline { usleep(500) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(rows() == 2 + 150)
  }

  @Test("two runs do not share a file")
  func locked() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("a.csv")
    let long = [
      "transfer", "sweep", "--features", "3", "--seeds", "0:99999", "--threads", "1", "--output", file,
    ]
    let process = try BuiltProgram.start(long)
    // Not to be ignored, whatever else is broken.
    defer {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let deadline = Date.now.addingTimeInterval(30)
    func hasRows() -> Bool { (try? folder.text("a.csv").split(separator: "\n").count > 2) ?? false }
    while process.isRunning, !hasRows(), Date.now < deadline { usleep(1000) }
    try expectRefusal(long, "is in use by another run")
  }

  @Test("the diagram shows who wins where")
  func diagram() throws {
    let outcome = try BuiltProgram.run(Self.small + ["--diagram"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 6, "\(outcome.output)")
    #expect(lines[0].contains("head-deviation"))
    for (line, value) in zip(lines[1...2], ["2", "0"]) {
      let words = line.split(separator: " ")
      #expect(words.count == 4 && words[0] == value)
      #expect(words.dropFirst().allSatisfy { ["L", "F", "B", "="].contains($0) })
    }
    #expect(lines[3] == "distance, left to right: 0.01, 0.1, 1")
    #expect(lines[4].contains("all values of seeds"))
    let chosen = try BuiltProgram.run(Self.small + ["--diagram", "--axes", "seeds,norm"])
    #expect(chosen.output.contains("seeds, left to right: 0, 1, 2, 3"))
    #expect(chosen.output.contains("all values of distance, head-deviation"))
  }

  @Test("a problem whose numbers overflow has a row that says so, and the others theirs")
  func overflow() throws {
    let outcome = try BuiltProgram.run([
      "transfer", "sweep", "--dimension", "6", "--features", "1", "--head-deviation", "1,1e300",
    ])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let table = Self.rows(outcome.output)
    #expect(table.map(\.count) == [table[0].count, table[0].count, table[0].count])
    #expect(table[1].last == "LP-FT" && table[2].last == "failed")
  }

  @Test(
    "bad arguments end with status 2 and one sentence that names them",
    arguments: [
      (["--features", "1,,2"], "'--features <list>': a number is missing"),
      (["--features", "1:2:3"], "is no range of whole numbers"),
      (["--features", "20"], "'--features' must be at most half the dimension, 10"),
      (["--features", "1.5"], "'1.5' is not a whole number"),
      (["--features", "5:1"], "the range '5:1' falls"),
      (["--dimension", "0"], "'--dimension' must be from 2"),
      (["--dimension", "600000"], "'--rank-share' makes inputs of"),
      (["--rank-share", "0.01"], "'--rank-share' must be at most 1 and leave at least one"),
      (["--rank-share", "1.1"], "'--rank-share' must be at most 1"),
      (["--norm", "1,0"], "'--norm' must be positive"),
      (["--norm", "inf"], "'inf' is not a finite number"),
      (["--distance", "0.1,x"], "'x' is not a finite number"),
      (["--distance", "0.1,0.1"], "'--distance' must not name 0.1 twice"),
      (["--distance", "1.5"], "'--distance' must be from 0 to √2"),
      (["--head-deviation=-1"], "'--head-deviation' must be finite and not negative"),
      (["--seeds", "-1"], "--seeds"),
      (["--seeds", "18446744073709551616"], "is not a whole number from 0"),
      (["--seeds", "0:99999999"], "more than 1000000 numbers"),
      (["--seeds", "0:999999", "--norm", "1:100"], "the limit is 10000000"),
      (["--seeds", "0:999999", "--norm", "1:100", "--distance", "0:1:100"], "'--seeds' make more than"),
      (["--threads", "0"], "'--threads' must be from 1 to 1024"),
      (["--tolerance", "1"], "'--tolerance' must be from"),
      (["--maximum-steps", "0"], "'--maximum-steps' must be at least 1"),
      (["--axes", "distance,norm"], "'--axes' goes with '--diagram'"),
      (["--diagram", "--axes", "distance"], "it takes two of distance"),
      (["--diagram", "--axes", "norm,norm"], "it takes two of distance"),
      (["--output", "/no/such/folder/x.csv"], "'--output': /no/such/folder/x.csv cannot be written"),
      (["--output", "/dev/null"], "it is not a regular file"),
      (["--output", "."], "cannot be written"),
      (["--output", ""], "'--output' needs the name of a file"),
    ])
  func badUsage(arguments: [String], message: String) throws {
    try expectRefusal(["transfer", "sweep"] + arguments, message)
  }
}
