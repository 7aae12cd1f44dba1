import ArgumentParser
import Foundation
import Keel
import KeelChecks
import KeelFrames

/// `keel frames normalize`: clouds of points in, their canonical poses out.
struct FramesNormalizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "normalize",
    abstract:
      "Bring clouds of points into their canonical pose, the same after every motion and relabelling.",
    discussion: """
      A file is .npy (n x d, or a batch b x n x d), .csv, .off, .xyz (also molecules) or .ply; all but .npy may end \
      in .gz. The pose has its centroid at the origin and its axes along the coordinates, the widest last; the \
      points are skewed towards the positive end of each axis, and where they are not, the first product of \
      coordinates that tells the ends apart decides. A symmetric cloud has several candidates, all with the same \
      canonical cloud. The points keep their order.

      The table says for each cloud its rank, the smallest gap of its eigenvalues over the largest, the angle in \
      radians by which rounding may have turned its axes, the number of elements of its frame, and how many of them \
      no moment tells from the chosen one. A cloud with equal eigenvalues is marked, if its frame leaves them to \
      chance.

      Example: keel frames normalize bunny.off --group SE -o pose.off --frames frames.npz
      """)

  @Argument(help: ArgumentHelp("Clouds of points.", valueName: "file"))
  var file: String

  @OptionGroup(title: "Frame")
  var options: FrameOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the canonical clouds to this file of any of these formats.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write all frames, poses and certificates as arrays to this .npz file.", valueName: "file"))
  var frames: String?

  @Option(
    help: ArgumentHelp("Write the table of all clouds to this .csv file.", valueName: "file"))
  var certificates: String?

  @Flag(name: .shortAndLong, help: "Do not print the table.")
  var quiet = false

  func validate() throws {
    if let output, PointCloudFile<Double>.Format(path: output) == nil {
      throw ValidationError(
        "'--output': the name must end in .npy, .csv, .off, .xyz or .ply, the last four also with .gz, unlike "
          + "'\(output)'.")
    }
    if let frames, !frames.hasSuffix(".npz") {
      throw ValidationError("'--frames': the name must end in .npz, unlike '\(frames)'.")
    }
    if let certificates, !certificates.hasSuffix(".csv"), !certificates.hasSuffix(".csv.gz") {
      throw ValidationError(
        "'--certificates': the name must end in .csv or .csv.gz, unlike '\(certificates)'.")
    }
  }

  func run() throws {
    let input = try NamedClouds(file)
    let keepsFrames = frames != nil
    var poses: [PosedCloud] = []
    for (points, name) in zip(input.file.clouds, input.names) {
      let frame = try options.frame(of: points, name: name)
      let pose = try InputError.wrap { try PosedCloud(points, frame, name: name, keepsFrame: keepsFrames) }
      poses.append(pose)
    }
    let files = PendingFiles()
    defer { files.discard() }
    if let output {
      var canonical = input.file
      canonical.clouds = poses.map(\.points)
      try files.write("--output", output) { try canonical.write(to: $0) }
    }
    if let frames {
      try files.write("--frames", frames) { try PosedCloud.writeArrays(of: poses, to: $0) }
    }
    if let certificates {
      let table = Matrix(rows: poses.enumerated().map { $1.numbers($0) })
      try files.write("--certificates", certificates) {
        try CSV.write(table, header: PosedCloud.headings, to: $0)
      }
    }
    try files.commit()
    guard !quiet else { return }
    let shown = poses.prefix(Self.shownClouds)
    let table = ExperimentReport.Table(
      "Clouds", ["cloud", "points"] + PosedCloud.headings.dropFirst(2) + ["remark"],
      shown.map { [$0.name] + $0.cells + [$0.remark] })
    try Terminal.print(table.text(style: Terminal.outputStyle))
    if poses.count > shown.count {
      try Terminal.print("... and \(poses.count - shown.count) more; '--certificates' writes all.\n")
    }
  }

  /// The clouds of the printed table.
  private static let shownClouds = 50
}

extension PendingFiles {
  /// Writes a file that appears under its name with the others.
  ///
  /// - Parameters:
  ///   - flag: what named it.
  ///   - path: its name.
  ///   - body: writes it to the path that it has until then.
  /// - Throws: ``InputError`` that names the flag and the file.
  func write(_ flag: String, _ path: String, _ body: (String) throws -> Void) throws {
    let place = try place(for: path, flag: flag)
    do {
      try body(place)
    } catch let error as InterchangeError {
      throw InputError("'\(flag)': \(error.renamed(path))")
    }
  }
}
