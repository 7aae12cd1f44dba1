import Foundation
import Keel
import KeelTransfer
import Testing

@Suite("keel transfer trace")
struct TraceCommandTests {
  /// A problem that can be followed by hand: k = 2, d = 6, three inputs.
  static let features = [0.6, 0, 0, 0.8, 0, 0, 0, 0.6, 0, 0, 0.8, 0]
  static let inputs = [1.0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]

  /// The arguments for the problem's files, of which a test may replace some.
  static func files(
    in folder: TemporaryFolder, inputs: ([Int], [Double]) = ([3, 6], inputs),
    pretrained: ([Int], [Double]) = ([2, 6], features), truth: ([Int], [Double]) = ([2, 6], features),
    trueHead: ([Int], [Double]) = ([2], [1, -1]), head: ([Int], [Double])? = ([2], [0.5, 0.5]),
    secondMoment: ([Int], [Double])? = nil
  ) throws -> [String] {
    var arguments = [
      "--inputs-file", try folder.npy("x.npy", shape: inputs.0, inputs.1),
      "--pretrained-file", try folder.npy("b0.npy", shape: pretrained.0, pretrained.1),
      "--true-features-file", try folder.npy("b.npy", shape: truth.0, truth.1),
      "--true-head-file", try folder.npy("v.npy", shape: trueHead.0, trueHead.1),
    ]
    if let head { arguments += ["--head-file", try folder.npy("v0.npy", shape: head.0, head.1)] }
    if let secondMoment {
      arguments += [
        "--second-moment-file", try folder.npy("s.npy", shape: secondMoment.0, secondMoment.1),
      ]
    }
    return arguments
  }

  @Test("a zero head has no direction: nan, without a sign")
  func zeroHead() throws {
    let outcome = try BuiltProgram.run(["transfer", "trace", "--head-deviation", "0", "--times", "0,1"])
    #expect(outcome.status == 0)
    let first = outcome.output.split(separator: "\n").dropFirst().first.map(String.init) ?? ""
    #expect(first.split(separator: ",").contains("nan"), "\(first)")
  }

  @Test("the rows of a problem from files hold the losses computed elsewhere, and read back to the bit")
  func values() throws {
    let folder = try TemporaryFolder()
    let files = try Self.files(in: folder)
    let outcome = try BuiltProgram.run(["transfer", "trace", "--times", "0,0.25,1,4"] + files)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(
      lines.first
        == "strategy,time,train_loss,id_loss,ood_loss,head_norm,head_alignment,feature_change,conserved_drift"
    )
    #expect(lines.count == 1 + 3 * 4)
    let rows = lines.dropFirst().map { $0.split(separator: ",").map(String.init) }
    let fineTuning = rows.filter { $0[0] == "FT" }.map { $0.dropFirst().compactMap(Double.init) }
    #expect(fineTuning.map(\.count) == [8, 8, 8, 8])
    // Two other integrators in another language agree on these digits.
    for (row, (time, ood)) in zip(
      fineTuning.dropFirst(), [(0.25, 2.1358995952295), (1, 1.5184091921897), (4, 0.85494412512064)])
    {
      #expect(row[0] == time)
      #expect((row[3] - ood).magnitude <= 1e-12)
    }
    #expect((fineTuning[1][1] - 0.1997903711143).magnitude <= 1e-12)
    let problem = try LinearTransferProblem(
      inputs: Matrix(rows: 3, columns: 6, elements: Self.inputs),
      pretrainedFeatures: Matrix(rows: 2, columns: 6, elements: Self.features),
      trueFeatures: Matrix(rows: 2, columns: 6, elements: Self.features), trueHead: [1, -1])
    let trace = try TransferTrace(problem, head: [0.5, 0.5], options: .init(times: [0, 0.25, 1, 4]))
    #expect(fineTuning.map { $0[3] } == trace.fineTuning.samples.map(\.losses.outOfDistribution))
    #expect(outcome.errors.contains("m = 3\n"))
    let repaired = outcome.errors.split(separator: "\n").first { $0.hasPrefix("FT error >= (repaired) ") }
    #expect(repaired?.hasSuffix(" 0.193632") == true, "\(outcome.errors)")
    #expect(outcome.errors.contains("OOD 0.767421"))
  }

  @Test("an archive holds what the single files do")
  func archive() throws {
    let folder = try TemporaryFolder()
    let files = try Self.files(in: folder)
    try NPZ.write(
      [
        "inputs": NumericArray(shape: [3, 6], elements: Self.inputs),
        "pretrained": NumericArray(shape: [2, 6], elements: Self.features),
        "true_features": NumericArray(shape: [2, 6], elements: Self.features),
        "true_head": NumericArray(shape: [2, 1], elements: [1.0, -1]),
        "head": NumericArray(shape: [2], elements: [0.5, 0.5]),
      ], to: folder.path("all.npz"))
    let one = try BuiltProgram.run(["transfer", "trace", "--samples", "5"] + files)
    let other = try BuiltProgram.run([
      "transfer", "trace", "--samples", "5", "--problem-file", folder.path("all.npz"),
    ])
    #expect(one.status == 0 && one.output == other.output, "\(other.errors)")
  }

  @Test("the JSON has the geometry, the assumptions, the bounds and the paths; infinity in words")
  func json() throws {
    let outcome = try BuiltProgram.run(["transfer", "trace", "--json", "--samples", "4", "--seed", "7"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let json = try #require(try outcome.json())
    #expect(json["rank"] as? Int == 10)
    #expect(
      (json["assumptions"] as? [[String: Any]])?.contains { $0["statement"] as? String == "k < m" } == true)
    let paths = try #require(json["paths"] as? [[String: Any]])
    #expect(paths.map { $0["strategy"] as? String } == ["LP", "FT", "LP-FT"])
    for path in paths {
      let samples = try #require(path["samples"] as? [[String: Any]])
      #expect(samples.count == 4 && samples.last?["time"] as? String == "Infinity")
      #expect(path["end"] as? String == "converged")
    }
    #expect((json["bounds"] as? [String: Any])?["fineTuningConserved"] as? Double != nil)
  }

  @Test("equal seeds give equal bytes, a file gets what standard output would, and the summary moves")
  func output() throws {
    let folder = try TemporaryFolder()
    let arguments = ["transfer", "trace", "--samples", "8", "--features", "2", "--dimension", "9"]
    let printed = try BuiltProgram.run(arguments)
    let written = try BuiltProgram.run(arguments + ["--output", folder.path("t.csv")])
    #expect(written.status == 0 && written.errors.isEmpty)
    #expect(try folder.text("t.csv") == printed.output)
    #expect(written.output == printed.errors)
  }

  @Test("fewer dimensions than inputs, features outside the inputs and a probe that is not unique work")
  func degenerate() throws {
    let folder = try TemporaryFolder()
    let repeated = try BuiltProgram.run(
      ["transfer", "trace", "--samples", "3"]
        + Self.files(in: folder, inputs: ([2, 6], [1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0])))
    #expect(repeated.status == 0)
    #expect(repeated.errors.contains("rank m = 1 < n") && repeated.errors.contains("the probe is not unique"))
    let unseen = try BuiltProgram.run(
      ["transfer", "trace", "--samples", "3"]
        + Self.files(in: folder, inputs: ([1, 6], [0, 0, 1, 0, 0, 0]), head: ([2], [0, 0])))
    #expect(unseen.status == 0, "\(unseen.errors)")
    #expect(unseen.output.contains("nan") && unseen.errors.contains("the start is no saddle"))
  }

  @Test("features that are not orthonormal are refused with a hint, or made so, keeping the weights")
  func orthonormalize() throws {
    let folder = try TemporaryFolder()
    let scaled = Self.features.map { 2 * $0 }
    let files = try Self.files(in: folder, pretrained: ([2, 6], scaled))
    let refused = try BuiltProgram.run(["transfer", "trace"] + files)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("'--pretrained-file'") && refused.errors.contains("'--orthonormalize'"))
    let fixed = try BuiltProgram.run(["transfer", "trace", "--samples", "3", "--orthonormalize"] + files)
    #expect(fixed.status == 0, "\(fixed.errors)")
    // Half the features, twice the head: (1, 1).
    let start = try #require(fixed.output.split(separator: "\n").first { $0.hasPrefix("FT,0,") })
    let norm = try #require(Double(start.split(separator: ",")[5]))
    #expect((norm - 2.0.squareRoot()).magnitude <= 1e-14)
  }

  @Test(
    "bad arguments end with status 2 and one sentence that names them",
    arguments: [
      (["--features", "0"], "'--features' must be at least 1"),
      (["--features", "11"], "'--features' must be at most half the dimension"),
      (["--features", "-1"], "--features"),
      (["--dimension", "1"], "'--dimension' must be from 2"),
      (["--dimension", "100000000000"], "'--dimension' must be from 2"),
      (["--dimension", "60000", "--examples", "2000"], "'--examples' makes inputs of 2000"),
      (["--dimension", "600000"], "'--features' makes features of 3"),
      (["--examples", "0"], "'--examples' must be at least 1"),
      (["--norm", "0"], "'--norm' must be positive"),
      (["--norm", "x"], "'--norm"),
      (["--distance", "1.5"], "'--distance' must be from 0 to √2"),
      (["--distance", "nan"], "'--distance' must be from 0 to √2"),
      (["--head-deviation=-1"], "'--head-deviation' must be finite and not negative"),
      (["--norm", "1e200"], "numbers are too large"),
      (["--head-deviation", "1e300"], "numbers are too large"),
      (["--times", "0,x"], "'x' is not a finite number"),
      (["--times", ""], "a number is missing"),
      (["--times", "1,0"], "'--times' must increase"),
      (["--times", "0:1:3log"], "must begin above 0"),
      (["--times", "0:1:1"], "needs a count"),
      (["--times", "0:1:2:3"], "neither a number nor a range"),
      (["--samples", "2"], "'--samples' must be at least 3"),
      (["--times", "1", "--samples", "7"], "exclude each other"),
      (["--probing-time=-1"], "'--probing-time' must not be negative"),
      (["--head-rate=-1"], "'--head-rate' must be finite"),
      (["--head-rate", "0", "--feature-rate", "0"], "must not both be zero"),
      (["--tolerance", "0"], "'--tolerance' must be from"),
      (["--maximum-steps", "0"], "'--maximum-steps' must be at least 1"),
      (["--output", "/no/such/folder/x.csv"], "'--output'"),
      (["--output", ""], "'--output' needs the name of a file"),
      (["--inputs-file", "no-such-file.npy"], "'--inputs-file': no-such-file.npy"),
      (["--problem-file", "no-such-file.npz"], "'--problem-file': no-such-file.npz"),
      (["--inputs-file", "x.npy", "--features", "2"], "'--features' describes a random problem"),
      (["--head-file", "x.npy", "--head-deviation", "2"], "exclude each other"),
      (["--orthonormalize"], "goes with features from files"),
    ])
  func badUsage(arguments: [String], message: String) throws {
    try expectRefusal(["transfer", "trace"] + arguments, message)
  }

  @Test("files that do not fit together are refused by name")
  func badFiles() throws {
    let folder = try TemporaryFolder()
    let eye = (0..<36).map { $0 % 7 == 0 ? 1.0 : 0 }
    var broken = Self.inputs
    broken[4] = .nan
    // The files of one case replace those of the one before.
    func refuse(_ arguments: [String], _ message: String) throws {
      try expectRefusal(["transfer", "trace"] + arguments, message)
    }
    try refuse(Self.files(in: folder, inputs: ([2, 9], Self.inputs)), "'--pretrained-file' must be k × 9")
    try refuse(Self.files(in: folder, inputs: ([3, 6], broken)), "'--inputs-file' holds an infinity or NaN")
    try refuse(Self.files(in: folder, inputs: ([0, 6], [])), "'--inputs-file' must be at least 1 × 1")
    try refuse(Self.files(in: folder, inputs: ([18], Self.inputs)), "'--inputs-file'")
    try refuse(
      Self.files(in: folder, inputs: ([3, 6], Self.inputs.map { _ in 0 })),
      "'--inputs-file' must not be all zero")
    try refuse(
      Self.files(in: folder, inputs: ([3, 6], Self.inputs.map { $0 * 1e200 })),
      "'--inputs-file' must be scaled")
    try refuse(
      Self.files(in: folder, inputs: ([3, 1], [1, 2, 3]), pretrained: ([2, 1], [1, 1])),
      "'--pretrained-file' must be k × 1")
    try refuse(
      Self.files(in: folder, truth: ([1, 6], Array(Self.features[..<6]))),
      "'--true-features-file' must be 2 × 6, but is 1 × 6")
    try refuse(
      Self.files(in: folder, trueHead: ([3], [1, 2, 3])), "'--true-head-file' must be a list of 2 numbers")
    try refuse(Self.files(in: folder, trueHead: ([0], [])), "'--true-head-file' must be a list of 2 numbers")
    try refuse(Self.files(in: folder, trueHead: ([2], [1, .infinity])), "'--true-head-file' holds")
    try refuse(Self.files(in: folder, trueHead: ([2, 2], [1, 2, 3, 4])), "'--true-head-file'")
    try refuse(
      Self.files(in: folder, head: ([3], [1, 2, 3])),
      "'--head-file' must be a list of 2 numbers, but is one of 3")
    try refuse(Self.files(in: folder, head: ([2], [1, .nan])), "'--head-file' holds an infinity or NaN")
    try refuse(
      Self.files(in: folder, secondMoment: ([6, 5], Array(eye[..<30]))),
      "'--second-moment-file' must be 6 × 6")
    try refuse(
      Self.files(in: folder, secondMoment: ([6, 6], eye.map { -$0 })),
      "'--second-moment-file' must have no negative eigenvalue")
    let dependent = Array(Self.features[..<6]) + Array(Self.features[..<6])
    try refuse(
      Self.files(in: folder, pretrained: ([2, 6], dependent)) + ["--orthonormalize"],
      "'--pretrained-file' cannot be made orthonormal")
    var missing = try Self.files(in: folder)
    missing.removeFirst(2)
    try refuse(missing, "needs '--inputs-file'")
    let files = try Self.files(in: folder)
    for contents in ["", "no numbers", "\u{93}NUMPY"] {
      try folder.write(contents, to: "x.npy")
      try refuse(files, "'--inputs-file'")
      try folder.write(contents, to: "all.npz")
      try refuse(["--problem-file", folder.path("all.npz")], "'--problem-file'")
    }
  }
}

/// Runs `keel` and expects status 2, nothing on standard output, and one line that holds a message.
func expectRefusal(
  _ arguments: [String], _ message: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let outcome = try BuiltProgram.run(arguments)
  #expect(outcome.status == 2, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  #expect(
    outcome.errors.hasPrefix("keel: ") && outcome.errors.contains(message), "\(outcome.errors)",
    sourceLocation: sourceLocation)
  #expect(
    outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
}
