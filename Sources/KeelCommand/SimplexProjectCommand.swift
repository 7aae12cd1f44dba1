import ArgumentParser
import Foundation
import Keel
import KeelSimplex

/// `keel simplex project`: rows of scores in, their images out.
struct SimplexProjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project",
    abstract: "Map rows of scores: sparsemax, entmax and others, of files of any size.",
    discussion: """
      The rows of an array are along its last axis; the output has the shape of the scores. Files are read \
      and written some rows at a time, so that they may be larger than the memory. Scores of float32 and \
      float16 give results of float32, others of float64; CSV (compressed with gzip or not, with names of \
      columns or not) is read as float64. A score of -inf takes no part, a row with NaN is all NaN, and a \
      row without scores all zero.

      Numbers of a map are one number, a list '1.25,1.5,2', or an .npy file: one number for all rows, one \
      for each row, or with '--rows-per-head' one for each head. \(NumberList.syntax)

      Results appear under their names when all is done; a run that fails or is stopped leaves no file, \
      and none is changed. The output may be the input. A line on standard error says what was done.

      Example: keel simplex project --map entmax --alpha 1.5 logits.npy -o p.npy
      """)

  /// The types that maps compute with.
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case float32, float64
  }

  @Argument(
    help: ArgumentHelp("An .npy or CSV file with a row of scores for each problem.", valueName: "scores"))
  var scores: String

  @OptionGroup(title: "Map")
  var map: SimplexMapOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write to this .npy, .csv or .csv.gz file instead of CSV to standard output.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("The format of '--output', if its name does not say it.", valueName: "format"))
  var format: SimplexFormat?

  @Flag(
    help: """
      Write compressed sparse rows to '--output', an .npz file that scipy.sparse.load_npz reads. Entries \
      that are not zero stay in memory until the end; all axes but the last become one.
      """)
  var sparse = false

  @Option(
    help: ArgumentHelp(
      "An array of 0 and 1, or of booleans, of the shape of the scores: 1 for those that take part.",
      valueName: "file"))
  var mask: String?

  @Option(
    help: ArgumentHelp(
      "How many entries of each row take part: one whole number a row.", valueName: "file"))
  var lengths: String?

  @Option(help: ArgumentHelp("Divide the scores by this number.", valueName: "number"))
  var temperature: Double?

  @Option(
    help: ArgumentHelp(
      "Cotangents, of the shape of the scores: '--grad-output' gets their product with the Jacobian.",
      valueName: "file"))
  var grad: String?

  @Option(
    help: ArgumentHelp("Where the gradients with respect to the scores go.", valueName: "file"))
  var gradOutput: String?

  @Option(
    help: ArgumentHelp(
      "Where the derivative of the cotangents' product with the image by alpha of entmax goes, one a row.",
      valueName: "file"))
  var alphaGrad: String?

  @Option(
    help: ArgumentHelp(
      """
      Where the threshold of each row goes: tau for projections, lambda for entmax, in units of scores \
      divided by the temperature.
      """, valueName: "file"))
  var thresholds: String?

  @Flag(
    help: """
      Compute how far each row is from fulfilling the optimality conditions, and fail with status 1 if one \
      is too far; then no file is written.
      """)
  var certify = false

  @Option(
    help: ArgumentHelp(
      """
      How far, relative to the sum of the magnitudes of the row where that is above 1 (default: 2e-6 in \
      float32, 1e-12 in float64).
      """, valueName: "number"))
  var tolerance: Double?

  @Option(help: ArgumentHelp("The type to compute with.", valueName: "type"))
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "The number of rows in memory; the results do not depend on it (default: 8 MiB of scores).",
      valueName: "count"))
  var chunkRows: Int?

  @Option(help: ArgumentHelp("The number of threads; all processors if not given.", valueName: "count"))
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Do not print the line on standard error.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("'--threads' must be from 1 to 1024.")
    }
    if let chunkRows, chunkRows < 1 { throw ValidationError("'--chunk-rows' must be at least 1.") }
    if let temperature, !(temperature > 0 && temperature.isFinite) {
      throw ValidationError("'--temperature' must be finite and positive.")
    }
    if let tolerance {
      guard certify else { throw ValidationError("'--tolerance' goes with '--certify'.") }
      guard tolerance > 0, tolerance.isFinite else {
        throw ValidationError("'--tolerance' must be finite and positive.")
      }
    }
    guard (grad == nil) == (gradOutput == nil && alphaGrad == nil) else {
      throw ValidationError("'--grad' goes with '--grad-output' or '--alpha-grad'.")
    }
    if alphaGrad != nil, ![.softmax, .entmax15, .entmax].contains(map.map) {
      throw ValidationError("'--alpha-grad' goes with entmax, entmax15 and softmax.")
    }
    let files = [
      ("--output", output), ("--grad-output", gradOutput), ("--alpha-grad", alphaGrad),
      ("--thresholds", thresholds),
    ]
    if let flag = files.first(where: { $0.1?.isEmpty == true })?.0 {
      throw ValidationError("'\(flag)' needs the name of a file.")
    }
    if sparse {
      guard let file, file.hasSuffix(".npz"), format == nil else {
        throw ValidationError("'--sparse' needs an '--output' whose name ends in .npz, and no '--format'.")
      }
    } else if let file, file.hasSuffix(".npz"), format == nil {
      throw ValidationError("'--output': an .npz file holds sparse rows; that goes with '--sparse'.")
    }
    if format == .npy, file == nil {
      throw ValidationError("'--format npy' needs '--output'; standard output gets CSV.")
    }
    _ = try (outputFormat, gradientFormat, alphaGradientFormat, thresholdFormat)
  }

  /// The file of the output, nil for standard output.
  private var file: String? { output == "-" ? nil : output }

  private var outputFormat: SimplexFormat {
    get throws {
      guard let file, !sparse else { return .csv }
      return try format ?? SimplexFormat(path: file, flag: "--output")
    }
  }

  private var gradientFormat: SimplexFormat? {
    get throws { try gradOutput.map { try SimplexFormat(path: $0, flag: "--grad-output") } }
  }

  private var alphaGradientFormat: SimplexFormat? {
    get throws { try alphaGrad.map { try SimplexFormat(path: $0, flag: "--alpha-grad") } }
  }

  private var thresholdFormat: SimplexFormat? {
    get throws { try thresholds.map { try SimplexFormat(path: $0, flag: "--thresholds") } }
  }

  func run() throws {
    if let threads { Runtime.threads = threads }
    for notice in Runtime.notices { Terminal.printError("keel: \(notice)") }
    let reader = try SimplexRowReader(scores, flag: nil)
    switch (precision, reader.elementType) {
    case (.float32, _), (nil, .float32), (nil, .float16): try run(reader, in: Float.self, tolerance: 2e-6)
    default: try run(reader, in: Double.self, tolerance: 1e-12)
    }
  }

  private func run<Scalar: SimplexScalar & NumericElement>(
    _ reader: SimplexRowReader, in type: Scalar.Type, tolerance standardTolerance: Double
  ) throws {
    let start = ContinuousClock.now
    let count = SimplexRowCount(reader.rowCount)
    let map = try map.make(rows: count, columns: reader.columns, as: Scalar.self)
    let input = SimplexProjection<Scalar>.Input(
      scores: reader, mask: try mask.map { try SimplexCompanion($0, flag: "--mask", alongWith: reader) },
      lengths: try lengths.map {
        try SimplexCompanion($0, flag: "--lengths", alongWith: reader, isList: true)
      },
      cotangents: try grad.map { try SimplexCompanion($0, flag: "--grad", alongWith: reader) })

    let files = PendingFiles()
    let meter = Terminal.isErrorInteractive ? ProgressMeter() : nil
    let watch = files.discardingOnSignal(meter)
    defer {
      meter?.finish()
      watch.cancel()
      files.discard()
    }
    let projection = SimplexProjection(
      map: map, temperature: temperature.map { Scalar($0) },
      rowsPerChunk: chunkRows
        ?? max(1, Self.chunkBytes / (max(reader.columns, 1) * MemoryLayout<Scalar>.stride)),
      tolerance: certify ? tolerance ?? standardTolerance : nil)
    let tally = try projection.run(input, try outputs(reader, files)) { rows in
      if let total = reader.rowCount { meter?.show(rows, of: total, ofThemEarlier: 0) }
    }
    try count.found(tally.rows)
    guard tally.failures == 0 else {
      meter?.finish()
      Terminal.printError("keel: \(tally.failure)")
      throw ExitCode(1)
    }
    try files.commit()
    meter?.finish()
    guard !quiet else { return }
    Terminal.printError(
      (file.map { "\($0): " } ?? "")
        + tally.summary(
          self.map.map.rawValue, columns: reader.columns, seconds: start.duration(to: .now).seconds))
  }

  /// Scores in memory: enough to share among threads, few enough for a cache.
  private static let chunkBytes = 8 << 20

  /// Opens what is to be written.
  private func outputs<Scalar: SimplexScalar & NumericElement>(
    _ reader: SimplexRowReader, _ files: PendingFiles
  ) throws -> SimplexProjection<Scalar>.Output {
    var output = SimplexProjection<Scalar>.Output()
    if sparse, let file {
      output.sparseRows = try SimplexSparseWriter(file, columns: reader.columns, files: files)
    } else {
      output.rows = try SimplexRowWriter(
        file, flag: "--output", format: outputFormat, shape: reader.shape, columns: reader.columns,
        header: reader.header, files: files)
    }
    if let gradOutput, let format = try gradientFormat {
      output.gradients = try SimplexRowWriter(
        gradOutput, flag: "--grad-output", format: format, shape: reader.shape, columns: reader.columns,
        header: reader.header, files: files)
    }
    // One row of scores is an array of rank 1, and has a list of one number.
    let listShape = reader.shape.map { $0.count == 1 ? [1] : Array($0.dropLast()) }
    if let alphaGrad, let format = try alphaGradientFormat {
      output.alphaGradients = try SimplexRowWriter(
        alphaGrad, flag: "--alpha-grad", format: format, shape: listShape, columns: 1, files: files)
    }
    if let thresholds, let format = try thresholdFormat {
      output.thresholds = try SimplexRowWriter(
        thresholds, flag: "--thresholds", format: format, shape: listShape, columns: 1, files: files)
    }
    return output
  }
}
