import Foundation
import Keel
import KeelSimplex
import Testing

@testable import KeelCommand

@Suite("files of keel simplex project")
struct SimplexFilesTests {
  @Test("scores may be replaced by their image, also through a link, and keep their permissions")
  func inPlace() throws {
    let folder = try TemporaryFolder()
    let file = try folder.npy("x.npy", shape: [40, 3], (0..<120).map { sin(Double($0)) })
    let expected = Sparsemax<Double>()(try Matrix<Double>(NPY.read(file)))
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
    try FileManager.default.createSymbolicLink(atPath: folder.path("link.npy"), withDestinationPath: file)
    try SimplexRun.project([file, "-o", folder.path("link.npy"), "--chunk-rows", "1"])
    #expect(try Matrix<Double>(NPY.read(file)) == expected)
    #expect(try folder.contents == ["link.npy", "x.npy"])
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test("a run that fails leaves the files that were there, and no others")
  func failure() throws {
    let folder = try TemporaryFolder()
    try folder.write("1,2\n3,4\n5\n", to: "ragged.csv")
    try folder.write("before", to: "p.csv")
    let refusal = SimplexRun.refusal([
      folder.path("ragged.csv"), "-o", folder.path("p.csv"), "--thresholds", folder.path("t.npy"),
      "--chunk-rows", "1",
    ])
    #expect(refusal?.contains("ragged.csv: line 3, column 2: expected 2 fields in the row, found 1") == true)
    #expect(try folder.text("p.csv") == "before")
    #expect(try folder.contents == ["p.csv", "ragged.csv"])
  }

  @Test("a run that is stopped leaves no file", arguments: [SIGINT, SIGTERM])
  func stopped(signal: Int32) throws {
    let folder = try TemporaryFolder()
    // Enough for seconds at one row a time.
    let rows = 2_000_000
    let file = try folder.write(
      NumericArray(shape: [rows, 2], elements: [Float](repeating: 1, count: 2 * rows)), to: "x.npy")
    let process = try BuiltProgram.start([
      "simplex", "project", file, "-o", folder.path("p.csv"), "--chunk-rows", "1", "--threads", "1",
    ])
    let deadline = Date.now.addingTimeInterval(20)
    while process.isRunning, try folder.contents.count < 2, Date.now < deadline { usleep(1000) }
    #expect(try folder.contents.count == 2, "no temporary file")
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + signal)
    #expect(try folder.contents == ["x.npy"])
  }

  #if os(Linux)
    @Test("a file larger than the memory is mapped; a row larger than the memory is refused in a sentence")
    func largerThanMemory() throws {
      let folder = try TemporaryFolder()
      // Zeros that take no place on the disk.
      func zeros(_ shape: [Int], _ name: String) throws -> String {
        let header = NPYHeader(elementType: .float64, shape: shape)
        let file = folder.url.appendingPathComponent(name)
        try Data(header.encoded).write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: UInt64(header.encoded.count + header.dataBytes))
        try handle.close()
        return file.path
      }
      // Without the address space that every thread would set aside for its allocations.
      let environment = ["MALLOC_ARENA_MAX": "1"]
      let limit = 260_000
      let many = try BuiltProgram.run(
        [
          "simplex", "project", try zeros([37_500, 1000], "many.npy"), "-o", "/dev/null", "--format", "npy",
          "--threads", "1",
        ], environment: environment, addressableKilobytes: limit)
      #expect(many.status == 0, "\(many.errors)")
      #expect(
        many.errors.hasPrefix("/dev/null: 37500 rows of 1000, sparsemax, mean support 1000, "),
        "\(many.errors)")
      let one = try BuiltProgram.run(
        ["simplex", "project", try zeros([40_000_000], "one.npy"), "-o", folder.path("p.npy")],
        environment: environment, addressableKilobytes: limit)
      #expect(one.status == 2)
      #expect(
        one.errors.hasSuffix(
          "one.npy: data: 320000000 bytes is too large; the limit is the memory of this machine\n"),
        "\(one.errors)")
      #expect(try folder.contents == ["many.npy", "one.npy"])
    }
  #endif

  @Test("a device is written to directly")
  func device() throws {
    let folder = try TemporaryFolder()
    let file = try folder.npy("x.npy", shape: [2], [1, 1])
    let outcome = try BuiltProgram.run([
      "simplex", "project", file, "-o", "/dev/null", "--format", "csv", "--quiet",
    ])
    #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.output.isEmpty)
  }

  @Test(
    "files that cannot be used are refused in a sentence",
    arguments: [
      (["missing.npy"], "missing.npy: cannot be opened"),
      (["missing.csv"], "missing.csv: cannot be opened"),
      (["x.npz"], ".npz files cannot be read in parts"),
      (["x.npy.gz"], "decompress it first"),
      (["short.npy"], "short.npy: data: ends early: expected 48 bytes, found 40"),
      (["long.npy"], "1 or more surplus bytes"),
      (["text.npy"], "text.npy: expected an .npy file"),
      (["complex.npy"], "(complex numbers) is not supported"),
      (["number.npy"], "expected 1 dimension or more"),
      (["text.csv"], "text.csv: line 2, column 1: expected a number"),
      (["."], "it is not a regular file"),
      (
        ["good.npy", "--mask", "wide.npy"],
        "'--mask': wide.npy: the shape is (2, 4), that of the scores (2, 3)."
      ),
      (
        ["good.csv", "--mask", "wide.npy"],
        "'--mask': wide.npy: the rows have 4 entries, those of the scores 3."
      ),
      (["good.csv", "--mask", "tall.npy"], "'--mask': tall.npy: there are 3 rows, but 2 of scores."),
      (["good.npy", "--mask", "tall.csv"], "'--mask': tall.csv: there are more rows than the 2 of scores."),
      (["tall.csv", "--mask", "ones.npy"], "'--mask': ones.npy: there are 2 rows, fewer than of scores."),
      (["good.npy", "--mask", "good.npy"], "'--mask': good.npy: row 0, column 1: expected 0 or 1, found 2."),
      (["good.npy", "--mask", "missing.npy"], "'--mask': missing.npy: cannot be opened"),
      (["good.npy", "--lengths", "pair.npy"], "row 1: expected a whole number from 0 to 3, found 4."),
      (["good.npy", "--lengths", "half.npy"], "row 0: expected a whole number from 0 to 3, found 0.5."),
      (["good.npy", "--lengths", "good.npy"], "'--lengths': good.npy: there are 6 rows, but 2 of scores."),
      (["good.npy", "--lengths", "good.csv"], "'--lengths': good.csv: expected one number a row, found 3."),
      (["good.npy", "--grad", "wide.npy", "--grad-output", "g.npy"], "'--grad': wide.npy: the shape is"),
      (
        ["good.npy", "--map", "entmax", "--alpha", "missing.npy"], "'--alpha': missing.npy: cannot be opened"
      ),
      (["good.npy", "--radius", "empty.npy"], "'--radius' holds no number."),
      (["good.npy", "--radius", "1,2,3"], "'--radius' has 3 numbers, which do not fit 2 rows of scores."),
      (["good.csv", "--radius", "1,2,3"], "'--radius' has 3 numbers, which do not fit 2 rows of scores."),
      (["good.npy", "--radius", "1,2,3", "--rows-per-head", "2"], "do not fit 2 rows of scores."),
      (["good.npy", "--radius", "nan.npy"], "'--radius' must be finite and not negative, but is nan"),
      (["good.npy", "-o", "no/such/p.npy"], "'--output': no/such/p.npy: cannot be written: No such file"),
      (["good.npy", "-o", "folder.npy"], "'--output': folder.npy cannot be written: it is a folder."),
      (
        ["good.npy", "-o", "p.npy", "--thresholds", "p.npy"],
        "'--output' and '--thresholds' name the same file"
      ),
    ])
  func badFiles(arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.npy("good.npy", shape: [2, 3], [1, 2, 3, 4, 5, 6])
    _ = try folder.npy("wide.npy", shape: [2, 4], [Double](repeating: 1, count: 8))
    _ = try folder.npy("tall.npy", shape: [3, 3], [Double](repeating: 1, count: 9))
    _ = try folder.npy("pair.npy", shape: [2], [3, 4])
    _ = try folder.npy("half.npy", shape: [2], [0.5, 1])
    _ = try folder.npy("nan.npy", shape: [2], [1, .nan])
    _ = try folder.npy("empty.npy", shape: [0], [])
    _ = try folder.npy("number.npy", shape: [], [1])
    try folder.write("1,2,3\n4,5,6\n", to: "good.csv")
    try folder.write("1,1,1\n1,1,1\n1,1,1\n", to: "tall.csv")
    try folder.write("1,2\nx,3\n", to: "text.csv")
    try folder.write("1,2\n3,4\n", to: "text.npy")
    _ = try folder.npy("ones.npy", shape: [2, 3], [Double](repeating: 1, count: 6))
    let good = try Data(contentsOf: folder.url.appendingPathComponent("good.npy"))
    try good.dropLast(8).write(to: folder.url.appendingPathComponent("short.npy"))
    try (good + [0]).write(to: folder.url.appendingPathComponent("long.npy"))
    let complex = String(decoding: good.prefix(128).dropFirst(10), as: UTF8.self)
      .replacingOccurrences(of: "<f8", with: "<c8")
    try (good.prefix(10) + Data(complex.utf8) + good.dropFirst(128))
      .write(to: folder.url.appendingPathComponent("complex.npy"))
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("folder.npy"), withIntermediateDirectories: false)
    let before = try folder.contents
    // Names of files are given without their folder, so that a message can be told to the letter.
    let located = arguments.map { argument in
      argument == "." || argument.hasSuffix(".npy") || argument.contains(".csv")
        || argument.contains(".npy.gz")
        || argument.hasSuffix(".npz") ? folder.path(argument) : argument
    }
    let output = arguments.contains("-o") ? [] : ["-o", folder.path("image.npy")]
    let refusal = try #require(SimplexRun.refusal(located + output + ["--chunk-rows", "1"]))
    let plain = refusal.replacingOccurrences(of: folder.url.path + "/", with: "")
    #expect(plain.contains(message), "\(plain)")
    #expect(!plain.contains("\n") && !plain.contains(".keel-"))
    #expect(try folder.contents == before)
  }

  @Test(
    "bad arguments end with status 2 and one sentence that names them",
    arguments: [
      ([], "Missing expected argument '<scores>'"),
      (["x.npy", "--map", "max"], "'max' is invalid for '--map"),
      (["x.npy", "--alpha", "2"], "'--alpha' does not belong to sparsemax, but to entmax, normmax."),
      (["x.npy", "--map", "entmax"], "entmax needs '--alpha'."),
      (["x.npy", "--radius", "one"], "'one' is not a finite number"),
      (["x.npy", "--rows-per-head", "2"], "'--rows-per-head' goes with several numbers"),
      (["x.npy", "--radius", "1,2", "--rows-per-head", "0"], "'--rows-per-head' must be at least 1."),
      (["x.npy", "-o", "p.txt"], "'--output': the name must end in .npy, .csv or .csv.gz, unlike p.txt."),
      (["x.npy", "-o", ""], "'--output' needs the name of a file."),
      (["x.npy", "-o", "p.npz"], "that goes with '--sparse'"),
      (["x.npy", "--sparse"], "'--sparse' needs an '--output' whose name ends in .npz"),
      (["x.npy", "--sparse", "-o", "p.npy"], "'--sparse' needs an '--output' whose name ends in .npz"),
      (["x.npy", "--format", "npy"], "'--format npy' needs '--output'"),
      (["x.npy", "--format", "json"], "'json' is invalid for '--format"),
      (["x.npy", "--grad", "g.npy"], "'--grad' goes with '--grad-output' or '--alpha-grad'."),
      (["x.npy", "--grad-output", "g.npy"], "'--grad' goes with '--grad-output' or '--alpha-grad'."),
      (["x.npy", "--thresholds", "t.dat"], "'--thresholds': the name must end in"),
      (["x.npy", "--temperature", "0"], "'--temperature' must be finite and positive."),
      (["x.npy", "--temperature", "nan"], "'--temperature' must be finite and positive."),
      (["x.npy", "--tolerance", "1"], "'--tolerance' goes with '--certify'."),
      (["x.npy", "--certify", "--tolerance", "0"], "'--tolerance' must be finite and positive."),
      (["x.npy", "--chunk-rows", "0"], "'--chunk-rows' must be at least 1."),
      (["x.npy", "--threads", "0"], "'--threads' must be from 1 to 1024."),
      (["x.npy", "--precision", "float16"], "'float16' is invalid for '--precision"),
      (["no-such-file.npy"], "no-such-file.npy: cannot be opened: No such file or directory"),
    ])
  func badUsage(arguments: [String], message: String) throws {
    try expectRefusal(["simplex", "project"] + arguments, message)
  }
}
