import ArgumentParser
import Foundation
import Keel
import KeelChecks
import KeelFrames

/// `keel frames average`: functions of clouds, averaged over their frames.
struct FramesAverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "average",
    abstract: "Average a function of a cloud over its frame, which makes it invariant, and bound the error.",
    discussion: """
      The function is either 'network', the mean over the points of a random network with tanh units, which does not \
      see the order of the points, or 'sines', the sum over points i and coordinates j of \
      sin(0.3(i+1) + sum_j x_ij (i+1)/(j+2)), counted from 0, whose average can be computed by hand.

      The table says for each cloud the average, the smallest and the largest value over the frame and their standard \
      deviation, a bound on how far rounding may have moved the average, from the frame's certificate and the \
      function's Lipschitz constant, and how far the average really moved under random motions of the group: with \
      the points in another order too, if the function does not see it.

      Example: keel frames average water.xyz --group SE --seed 7
      """)

  /// The functions.
  enum FunctionName: String, ExpressibleByArgument, CaseIterable {
    case network, sines
  }

  @Argument(help: ArgumentHelp("Clouds of points, as of 'keel frames normalize'.", valueName: "file"))
  var file: String

  @OptionGroup(title: "Frame")
  var options: FrameOptions

  @Option(help: ArgumentHelp("What is averaged.", valueName: "name"))
  var function: FunctionName = .network

  @Option(
    help: ArgumentHelp("The numbers of units of the network's inner layers.", valueName: "list"),
    transform: { try NumberList.integers($0) })
  var units: [Int] = [64, 64]

  @Option(help: "The seed that the network, the motions and the samples derive from.")
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("The number of random motions for the measured error.", valueName: "count"))
  var motions = 3

  @Option(
    help: ArgumentHelp(
      "Draw so many elements of each frame instead of going through all of them.", valueName: "count"))
  var samples: Int?

  @Option(help: ArgumentHelp("Write the table to this .csv file.", valueName: "file"))
  var output: String?

  @Flag(name: .shortAndLong, help: "Do not print the table.")
  var quiet = false

  func validate() throws {
    guard !units.isEmpty, units.allSatisfy({ (1...4096).contains($0) }) else {
      throw ValidationError("'--units' must be from 1 to 4096.")
    }
    guard (0...10_000).contains(motions) else {
      throw ValidationError("'--motions' must be from 0 to 10000.")
    }
    if let samples, !(2...1_000_000).contains(samples) {
      throw ValidationError("'--samples' must be from 2 to 1000000.")
    }
    if let output, !output.hasSuffix(".csv"), !output.hasSuffix(".csv.gz") {
      throw ValidationError("'--output': the name must end in .csv or .csv.gz, unlike '\(output)'.")
    }
  }

  /// The columns of the table.
  private static let headings = [
    "cloud", "points", "elements", "average", "smallest", "largest", "deviation", "bound", "measured",
  ]

  func run() throws {
    let input = try NamedClouds(file)
    var rows: [[Double]] = []
    for (index, points) in input.file.clouds.enumerated() {
      rows.append([Double(index)] + (try averaged(points, name: input.names[index], index: index)))
    }
    let files = PendingFiles()
    defer { files.discard() }
    if let output {
      try files.write("--output", output) { try CSV.write(Matrix(rows: rows), header: Self.headings, to: $0) }
    }
    try files.commit()
    guard !quiet else { return }
    let table = ExperimentReport.Table(
      "Averages", Self.headings,
      zip(input.names, rows).prefix(50).map { name, row in
        [name, shortNumber(row[1]), row[2] < 0x1p63 ? shortNumber(row[2]) : countText(.max)]
          + row[3...5].map { String(format: "%.15g", $0) } + row[6...8].map(shortNumber)
      })
    try Terminal.print(table.text(style: Terminal.outputStyle))
    if rows.count > 50 { try Terminal.print("... and \(rows.count - 50) more; '--output' writes all.\n") }
  }

  /// The row of a cloud, without its index.
  private func averaged(_ points: Matrix<Double>, name: String, index: Int) throws -> [Double] {
    let averagedFunction: AveragedFunction
    switch function {
    case .network:
      averagedFunction = try InputError.wrap {
        try .network(
          points: points.rows, dimension: points.columns, units: units,
          seed: RandomStream(seed: seed).stream("network"))
      }
    case .sines: averagedFunction = .sines(points: points.rows, dimension: points.columns)
    }
    let frame = try options.frame(of: points, name: name)
    let stream = RandomStream(seed: seed).stream(index)
    let average = try FrameAverage(
      averagedFunction, of: points, over: frame, name: name, samples: samples,
      stream: stream.stream("samples"))
    var measured = 0.0
    for motion in 0..<motions {
      var stream = stream.stream("motions").stream(motion)
      let moved = RandomMotion(
        of: options.frameGroup, points, relabels: averagedFunction.isSymmetric, using: &stream)
      let other = try FrameAverage(
        averagedFunction, of: moved.points, over: try options.frame(of: moved.points, name: name), name: name,
        samples: samples, stream: stream.stream("samples"))
      measured = max(measured, abs(other.value - average.value))
    }
    // The points themselves are taken as exact; those of the motions are rounded, which the bound allows for.
    let size = points.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let bound = frame.certificate.averageErrorBound(
      lipschitz: averagedFunction.lipschitz, inputError: 4 * Double.ulpOfOne * size)
    return [
      Double(points.rows), frame.count == .max ? 0x1p63 : Double(frame.count), average.value,
      average.smallest,
      average.largest, average.deviation, bound, measured,
    ]
  }
}

/// A function of clouds that can be averaged.
struct AveragedFunction {
  let value: (Matrix<Double>) -> Double
  /// How much the value changes at most, if the cloud moves by 1 in the Frobenius norm.
  let lipschitz: Double
  /// Whether the order of the points does not matter.
  let isSymmetric: Bool

  /// The mean over the points of a random network.
  static func network(
    points: Int, dimension: Int, units: [Int], seed stream: RandomStream
  ) throws(LinearAlgebraError) -> AveragedFunction {
    var stream = stream
    let network = MultilayerPerceptron<Double>(
      randomWidths: [dimension] + units + [1], activation: .tanh, using: &stream)
    // tanh has slopes of at most 1, and the mean of n changes by 1/√n of the norm of all changes.
    var lipschitz = 1 / Double(max(points, 1)).squareRoot()
    for layer in network.layers { lipschitz *= try layer.weights.spectralNorm() }
    return AveragedFunction(
      value: { network($0).elements.reduce(0, +) / Double(max($0.rows, 1)) }, lipschitz: lipschitz,
      isSymmetric: true)
  }

  /// The sum over i of sin(b_i + Σ_j c_ij x_ij) with b_i = 0.3(i+1) and c_ij = (i+1)/(j+2).
  static func sines(points: Int, dimension: Int) -> AveragedFunction {
    func factor(_ i: Int, _ j: Int) -> Double { Double(i + 1) / Double(j + 2) }
    // The norm of all c_ij, as the derivative of the sine is at most 1.
    let lipschitz = (0..<points).reduce(0.0) { sum, i in
      (0..<dimension).reduce(sum) { $0 + factor(i, $1) * factor(i, $1) }
    }.squareRoot()
    return AveragedFunction(
      value: { cloud in
        (0..<cloud.rows).reduce(0) { sum, i in
          sum + sin((0..<cloud.columns).reduce(0.3 * Double(i + 1)) { $0 + factor(i, $1) * cloud[i, $1] })
        }
      }, lipschitz: lipschitz, isSymmetric: points == 1)
  }
}

/// An average of a function over a frame, or over elements drawn from it.
struct FrameAverage {
  let value: Double
  let smallest: Double
  let largest: Double
  /// The standard deviation of the values over the frame.
  let deviation: Double

  /// Averages.
  ///
  /// - Throws: ``InputError`` for a frame that is too large to go through.
  init(
    _ function: AveragedFunction, of points: Matrix<Double>, over frame: Frame<Double>, name: String,
    samples: Int?, stream: RandomStream
  ) throws {
    guard samples != nil || frame.count <= 1 << 20 else {
      throw InputError(
        "The frame of \(name) has \(countText(frame.count)) elements, too many to go through; draw some with "
          + "'--samples'.")
    }
    var stream = stream
    var (sum, squares, smallest, largest) = (0.0, 0.0, Double.infinity, -Double.infinity)
    // Squares about the first value do not cancel.
    var first: Double?
    for k in 0..<(samples ?? frame.count) {
      let element = samples == nil ? frame[k] : frame.randomElement(using: &stream)
      let weight = samples.map { 1 / Double($0) } ?? frame.weight(k)
      let value = function.value(element.inverseTransformed(points))
      let shift = first ?? value
      first = shift
      sum += weight * (value - shift)
      squares += weight * (value - shift) * (value - shift)
      smallest = min(smallest, value)
      largest = max(largest, value)
    }
    value = (first ?? 0) + sum
    deviation = max(squares - sum * sum, 0).squareRoot()
    (self.smallest, self.largest) = (smallest, largest)
  }
}

/// The image of a cloud under a random motion.
struct RandomMotion {
  /// The image.
  let points: Matrix<Double>
  /// Row i is the image of point `order[i]`.
  let order: [Int]

  /// Moves a cloud by an element of a group; translations are of the size of the cloud.
  init(of group: FrameGroup, _ points: Matrix<Double>, relabels: Bool, using stream: inout RandomStream) {
    let size =
      (points.elements.reduce(0) { $0 + $1 * $1 } / Double(max(points.rows, 1))).squareRoot()
    let element = FrameElement<Double>.random(
      of: group, dimension: points.columns, translationDeviation: size, using: &stream)
    let image = element.transformed(points)
    let order = relabels ? stream.permutation(points.rows) : Array(0..<points.rows)
    self.order = order
    self.points = Matrix(rows: points.rows, columns: points.columns) { image[order[$0], $1] }
  }
}
