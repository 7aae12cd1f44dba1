import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// One element instead of all.
  static let singleDraw = Check(
    id: "frames.single-draw",
    statement:
      "A random element of the frame gives ⟨φ⟩ on average, with the variance of φ(g⁻¹X) over the frame.",
    source:
      "The definition of the average as an expectation; single draws are the stochastic frames of Duval et al. (2023)",
    trials: [.quick: 4, .standard: 24, .full: 120]
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 2 + context.index % 3
    let count = dimension + 1 + stream.integer(below: 6)
    let group = FrameGroup.allCases[context.index % FrameGroup.allCases.count]
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    let network = CloudNetwork<Double>(count, dimension, outputs: 1, using: &stream)
    // Weighted frames are drawn from with their weights.
    let frame =
      context.index % 2 == 0
      ? try Frame(principalAxesOf: points, group: group) : try Frame(robustAxesOf: points, group: group)
    let values = (0..<frame.count).map { network(frame[$0].inverseTransformed(points))[0] }
    let mean = values.indices.reduce(0) { $0 + frame.weight($1) * values[$1] }
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    let variance = squares.indices.reduce(0) { $0 + frame.weight($1) * squares[$1] }
    let range = (squares.max() ?? 0).squareRoot()
    let draws = context.effort == .full ? 10_000 : 1000
    let sample = frame.average(of: points, sampling: draws, from: stream.stream("draws")) { network($0) }
    // The mean square about the true mean, from that about the mean of the draws.
    let offset = sample.mean[0] - mean
    let square = sample.variance[0] * Double(draws - 1) / Double(draws) + offset * offset
    let parameters: Parameters = [
      "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension),
      "elements": .integer(frame.count), "draws": .integer(draws),
    ]
    return [
      .equal(
        frame.average(of: points) { network($0) }[0], mean, tolerance: 1e-14 * (1 + range), part: "⟨φ⟩",
        parameters: parameters),
      .equal(
        sample.mean[0], mean,
        tolerance: 1e-14 + SampleTolerance.mean(variance: variance, range: range, count: draws), part: "mean",
        parameters: parameters),
      .equal(
        square, variance,
        // Squares are within their largest one of their mean, and their variance is that times the mean at most.
        tolerance: 1e-14
          + SampleTolerance.mean(variance: range * range * variance, range: range * range, count: draws),
        part: "variance", parameters: parameters),
    ]
  }

  /// What random rotations achieve.
  static let haar = Check(
    id: "frames.haar",
    statement:
      "Means over M random rotations are invariant to √(2/M) deviations of φ; four elements of a frame are to rounding.",
    source: "The variance of a mean; \(paper), section 2, for the integral over the group",
    trials: [.quick: 1, .standard: 1, .full: 4]
  ) { context -> [Comparison] in
    let largest = context.effort == .quick ? 64 : context.effort == .standard ? 256 : 1024
    let sweep = try HaarSweep(
      context.stream, repetitions: context.effort == .full ? 80 : 50, largest: largest)
    let law = TransferFigures.powerLaw(sweep.errors)
    let parameters: Parameters = ["deviation": .number(sweep.deviation)]
    let count = Double(sweep.repetitions)
    return [
      .equal(
        law.exponent, -0.5,
        // A root of a mean of R squares scatters by 1/√(2R) of itself; k of them, a factor 4 apart, fix the exponent to
        // that over ln 4 √(k³/12). Heavy tails of φ count for a factor 2, and six deviations are allowed.
        tolerance: 12 / (2 * count).squareRoot() / (Double.log(4) * sweep.spread), part: "exponent",
        parameters: parameters)
    ]
      + sweep.errors.map { point in
        .equal(
          point.y * point.x.squareRoot() / (2.0.squareRoot() * sweep.deviation), 1,
          tolerance: 12 / (2 * count).squareRoot(), part: "over √(2/M) σ, M = \(Int(point.x))",
          parameters: parameters)
      } + [
        .atMost(
          sweep.frameError, 0, tolerance: 1e-13, part: "four elements of a frame", parameters: parameters)
      ]
  }
}

/// How invariant means over random rotations of eight points are, by their number.
struct HaarSweep {
  /// Numbers of rotations, and root mean squares of differences between means at X and gX.
  let errors: [Plot.Point]
  /// The deviation of φ(g⁻¹X) over all rotations, on average of the problems.
  let deviation: Double
  /// The same difference for averages over the frame, the largest.
  let frameError: Double
  /// How many problems there are for each number.
  let repetitions: Int

  /// √(k³/12) for k numbers of rotations.
  var spread: Double { (Double(errors.count * errors.count * errors.count) / 12).squareRoot() }

  init(_ stream: RandomStream, repetitions: Int, largest: Int) throws {
    self.repetitions = repetitions
    let counts = (0...).lazy.map { 1 << (2 * $0) }.prefix { $0 <= largest }
    var setup = stream.stream("problem")
    let points = Matrix<Double>.randomNormal(rows: 8, columns: 3, using: &setup)
    let network = CloudNetwork<Double>(8, 3, outputs: 1, using: &setup)
    var (variances, draws): ([Double], Double) = ([], 0)
    var frameError = 0.0
    errors = try counts.map { count in
      var squares = 0.0
      for repetition in 0..<repetitions {
        var stream = stream.stream(count).stream(repetition)
        let element = FrameElement<Double>.random(of: .specialOrthogonal, dimension: 3, using: &stream)
        let moved = element.transformed(points)
        let samples = try [points, moved].enumerated().map { place, cloud in
          try GroupAverage(of: cloud, group: .specialOrthogonal).average(
            of: cloud, sampling: count, from: stream.stream(place)
          ) { network($0) }
        }
        squares += (samples[0].mean[0] - samples[1].mean[0]) * (samples[0].mean[0] - samples[1].mean[0])
        if count > 1 { variances.append(samples[0].variance[0] * Double(count)) }
        draws += count > 1 ? Double(count) : 0
        let frames = try [points, moved].map {
          try Frame(principalAxesOf: $0, group: .specialOrthogonal).average(of: $0) { network($0) }[0]
        }
        frameError = max(frameError, (frames[0] - frames[1]).magnitude)
      }
      return Plot.Point(Double(count), (squares / Double(repetitions)).squareRoot())
    }
    deviation = (variances.reduce(0, +) / draws).squareRoot()
    self.frameError = frameError
  }
}
