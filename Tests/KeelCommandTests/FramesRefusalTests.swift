import Foundation
import Keel
import Testing

@testable import KeelCommand

@Suite("what keel frames refuses")
struct FramesRefusalTests {
  /// A folder with files that are wrong each in its way.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write("0 0 0\n1 2 3\n4 5 7\n", to: "good.xyz")
    try folder.write("0 0 0\n1 2\n", to: "ragged.xyz")
    try folder.write("", to: "empty.xyz")
    try folder.write("0\nno atoms\n", to: "none.xyz")
    try folder.write("0 0 0\n1 nan 3\n", to: "nan.xyz")
    try folder.write("0 0 0\n1 -inf 3\n", to: "inf.xyz")
    try folder.write("OFF\n3 0 0\n0 0 0\n", to: "short.off")
    try folder.write("ply\nformat ascii 1.0\nelement face 0\nend_header\n", to: "faces.ply")
    try folder.write("a,b\n1,x\n", to: "word.csv")
    try folder.write("good", to: "text.npy")
    _ = try folder.npy("vector.npy", shape: [3], [1, 2, 3])
    _ = try folder.npy("hollow.npy", shape: [2, 0, 3], [])
    _ = try folder.npy("void.npy", shape: [0, 4, 3], [])
    _ = try folder.npy("batch.npy", shape: [2, 2, 3], [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, .infinity])
    _ = try folder.npy("wide.npy", shape: [2, 64], (0..<128).map { Double($0 * $0 % 37) })
    _ = try folder.npy("huge.npy", shape: [1, 5000], [Double](repeating: 0, count: 5000))
    return folder
  }

  /// Arguments, in which a word with a point is a file of the folder, and a part of the sentence.
  static let cases: [(arguments: [String], part: String)] = [
    (["normalize"], "Missing expected argument '<file>'"),
    (["normalize", "missing.xyz"], "missing.xyz: cannot be opened: No such file or directory"),
    (["normalize", "good.txt"], "an end other than .npy, .csv, .off, .xyz and .ply"),
    (["normalize", "ragged.xyz"], "line 2, column 3: expected 3 numbers in the line, found 2"),
    (["normalize", "empty.xyz"], "empty.xyz: there is no cloud in it."),
    (["normalize", "none.xyz"], "none.xyz: cloud 0: there are no points."),
    (["normalize", "nan.xyz"], "nan.xyz: point 1, coordinate 1: expected a finite number, found nan."),
    (["normalize", "inf.xyz"], "inf.xyz: point 1, coordinate 1: expected a finite number, found -inf."),
    (["normalize", "short.off"], "line 4, column 1: expected vertex 2 of 3, found the end of the file"),
    (["normalize", "faces.ply"], "header: expected an element 'vertex', found none"),
    (["normalize", "word.csv"], "line 2, column 2: expected a number in the range of Double"),
    (["normalize", "text.npy"], "text.npy: magic: ends early: expected 6 bytes, found 4"),
    (["normalize", "vector.npy"], "shape: expected n × d, or b × n × d, with n and d positive, found (3,)"),
    (["normalize", "hollow.npy"], "found (2, 0, 3)"),
    (["normalize", "void.npy"], "void.npy: there is no cloud in it."),
    (["normalize", "batch.npy"], "batch.npy: cloud 1: point 1, coordinate 2: expected a finite number"),
    (["normalize", "huge.npy"], "points of 5000 coordinates are too large; the limit is 4096."),
    (["normalize", "good.xyz", "--group", "U"], "The value 'U' is invalid for '--group <group>'"),
    (["normalize", "good.xyz", "--frame", "some"], "The value 'some' is invalid for '--frame <kind>'"),
    (
      ["normalize", "good.xyz", "--group", "SO", "--scale"],
      "'--scale' goes with '--group E' and '--group SE'."
    ),
    (["normalize", "good.xyz", "--tolerance", "-1"], "--tolerance"),
    (["normalize", "good.xyz", "--tolerance=nan"], "'--tolerance' must be from 0 to below 1."),
    (["normalize", "good.xyz", "--tolerance", "x"], "The value 'x' is invalid for '--tolerance <number>'"),
    (["normalize", "good.xyz", "-o", "pose.txt"], "'--output': the name must end in .npy, .csv, .off"),
    (["normalize", "good.xyz", "-o", "no/such/p.off"], "'--output': "),
    (["normalize", "good.xyz", "--frames", "f.npy"], "'--frames': the name must end in .npz"),
    (["normalize", "good.xyz", "--certificates", "c.npz"], "'--certificates': the name must end in .csv"),
    (["normalize", "good.xyz", "-o", "p.npy", "--frames", "p.npy"], "'--frames': the name must end in .npz"),
    (["normalize", "wide.npy", "-o", "p.ply"], "a cloud of another dimension than 2 and 3 in .ply"),
    (["normalize", "wide.npy", "--frame", "principal", "--frames", "f.npz"], "2^63 or more elements"),
    (["average"], "Missing expected argument '<file>'"),
    (["average", "nan.xyz"], "expected a finite number, found nan."),
    (["average", "wide.npy", "--frame", "principal"], "too many to go through; draw some with '--samples'."),
    (["average", "good.xyz", "--units", "0"], "'--units' must be from 1 to 4096."),
    (["average", "good.xyz", "--units", "a"], "'--units <list>'"),
    (["average", "good.xyz", "--motions", "-1"], "--motions"),
    (["average", "good.xyz", "--motions", "100000"], "'--motions' must be from 0 to 10000."),
    (["average", "good.xyz", "--samples", "1"], "'--samples' must be from 2 to 1000000."),
    (["average", "good.xyz", "--function", "cosines"], "The value 'cosines' is invalid"),
    (["average", "good.xyz", "--output", "t.npy"], "'--output': the name must end in .csv"),
    (["pose"], "Missing expected argument '<files> ...'"),
    (["pose", "missing.off"], "missing.off: cannot be opened"),
    (["pose", "good.xyz", "--motions", "0"], "'--motions' must be from 1 to 10000."),
    (["pose", "good.xyz", "--limit", "0"], "'--limit' must be finite and positive."),
    (["pose", "good.xyz", "--report", "good.xyz"], "The report needs a folder, but"),
    (["nbody", "--simulations", "0"], "'--simulations' must be at least 1."),
    (["nbody", "--part", "trainig"], "The value 'trainig' is invalid for '--part <part>'"),
    (["nbody", "--part", "testing", "--part", "testing"], "'--part' names a part twice."),
    (["nbody", "--simulations", "1", "--output", "good.xyz"], "'--output': "),
    (["nbody", "--output", ""], "'--output' needs the name of a folder."),
  ]

  @Test("in a sentence", arguments: cases)
  func refusal(arguments: [String], part: String) throws {
    let folder = try folder()
    let before = try folder.contents
    let refusal = FramesRun.refusal(
      arguments.map { $0.contains(".") && !$0.hasPrefix("-") ? folder.path($0) : $0 })
    #expect(refusal?.contains(part) == true, "\(refusal ?? "no refusal")")
    #expect(refusal?.contains(".keel-") != true, "the temporary name: \(refusal ?? "")")
    #expect(refusal?.split(separator: "\n").count == 1, "\(refusal ?? "")")
    #expect(try folder.contents == before)
  }

  @Test("with status 2, and nothing on standard output")
  func status() throws {
    let folder = try folder()
    for arguments in [
      ["normalize", folder.path("nan.xyz")], ["normalize", folder.path("good.xyz"), "--group", "U"],
      ["average", folder.path("short.off")], ["pose"],
    ] {
      let outcome = try BuiltProgram.run(["frames"] + arguments)
      #expect(outcome.status == 2 && outcome.output.isEmpty, "\(arguments)")
      #expect(outcome.errors.hasPrefix("keel: ") && outcome.errors.split(separator: "\n").count == 1)
    }
  }
}
