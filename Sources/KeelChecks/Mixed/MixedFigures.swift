import Keel
import KeelMixed
import RealModule

/// The figures of mixed distributions in a report.
public enum MixedFigures {
  /// All figures, in the order in which a report shows them.
  public static let all: [ReportFigure] = [
    entropyAgainstResolution, samplesInTheTriangle, faceProbabilities, publishedLogDensity,
  ]

  /// What a finer resolution costs.
  static let entropyAgainstResolution = ReportFigure(
    "entropy-against-resolution",
    checks: [
      "mixed.maximum-entropy", "mixed.quantized-entropy", "mixed.huffman", "mixed.maximum-entropy-published",
    ]
  ) { _ in
    let law = try RectifiedGaussian(location: 0.3, scale: 0.5)
    let entropy = law.entropy()
    let resolutions = (0...8).map { $0 }
    let fine = (0...80).map { Double($0) / 10 }
    func line(_ name: String, _ dash: Plot.Dash, _ color: Plot.Color, _ bits: (Double) throws -> Double)
      rethrows
      -> Plot.Series
    {
      Plot.Series(name, .line(dash), color, try fine.map { Plot.Point($0, try bits($0)) })
    }
    func points(
      _ name: String, _ symbol: Plot.Symbol, _ color: Plot.Color, _ bits: (Quantization) throws -> Double
    )
      throws -> Plot.Series
    {
      Plot.Series(
        name, .points(symbol), color,
        try resolutions.map { Plot.Point(Double($0), try bits(try law.quantized(resolution: $0))) })
    }
    return Plot(
      title: "Bits of an outcome against bits of a coordinate",
      caption:
        "No law has more than log₂ Z, which is log₂(2 + 2^N) for two vertices. Of clip(N(0.3, 0.5²), 0, 1), which is 0 "
        + "or 1 with probability 0.36, the line is H⊕ + N E dim F, the disks are the entropy of its outcomes in 2^N "
        + "cells, and the crosses the mean length of their Huffman code. Of ten vertices, the law that published code "
        + "takes for the one of largest entropy has less.",
      x: Plot.Axis("N", unit: "bits a coordinate"),
      y: Plot.Axis("entropy", unit: "bits", scale: .logarithmic),
      series: [
        try line("log₂ Z, ten vertices", .dashDotted, .plain) {
          try MaximumEntropySimplex(coordinateCount: 10, resolution: $0).bits
        },
        try line("published law, ten vertices", .dashed, .orange) {
          try PublishedMaximumEntropyFaces(coordinateCount: 10, resolution: $0).entropy().bits(resolution: $0)
        },
        try line("log₂ Z, two vertices", .solid, .plain) {
          try MaximumEntropySimplex(coordinateCount: 2, resolution: $0).bits
        },
        line("rectified Gaussian", .solid, .blue) { entropy.bits(resolution: $0) },
        try points("its symbols", .disk, .blue) { $0.bits },
        try points("their Huffman code", .cross, .vermillion) {
          try HuffmanCode(weights: $0.probabilities).meanLength(under: $0.probabilities)
        },
      ])
  }

  /// Where outcomes of three coordinates lie.
  static let samplesInTheTriangle = ReportFigure(
    "samples-in-the-triangle", checks: ["mixed.gaussian-sparsemax-faces", "mixed.gaussian-sparsemax-mass"]
  ) { report in
    let law = try GaussianSparsemax(means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9])
    // Corners of an equilateral triangle.
    func place(_ y: [Double]) -> Plot.Point { Plot.Point(y[1] + y[2] / 2, y[2] * 0.75.squareRoot()) }
    var outcomes: [[Plot.Point]] = [[], [], []]
    let stream = RandomStream(seed: report.seed).stream("figure").stream("triangle")
    law.forEachSample(400, as: Double.self, using: stream) { y in
      outcomes[y.count { $0 != 0 } - 1].append(place(Array(y)))
    }
    func percent(_ vertices: [Int]) throws -> String {
      let probability = Double.exp(try law.logProbability(of: SimplexFace(vertices, of: 3)))
      return "\((1000 * probability).rounded() / 10) %"
    }
    let corners = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]].map(place)
    return Plot(
      title: "Outcomes of three scores",
      caption:
        "400 draws of sparsemax(z), z ~ N((0.6, 0.2, 0.2), diag(0.6², 0.3², 0.9²)), in the triangle with the corners "
        + "1 (left), 2 (right) and 3 (top). The legend gives the exact probabilities of the seven faces; many "
        + "outcomes lie on top of each other in the corners.",
      x: Plot.Axis("y₂ + y₃/2", range: -0.05...1.05), y: Plot.Axis("√¾ y₃", range: -0.05...0.95),
      series: [
        Plot.Series("the triangle", .line(.solid), .sky, corners),
        Plot.Series("inside: \(try percent([0, 1, 2]))", .points(.disk), .blue, outcomes[2]),
        Plot.Series(
          "edges 12, 13, 23: \(try percent([0, 1])), \(try percent([0, 2])), \(try percent([1, 2]))",
          .points(.square), .green, outcomes[1]),
        Plot.Series(
          "corners 1, 2, 3: \(try percent([0])), \(try percent([1])), \(try percent([2]))",
          .points(.triangle),
          .vermillion, outcomes[0]),
      ])
  }

  /// Faces as computed and as drawn.
  static let faceProbabilities = ReportFigure(
    "face-probabilities",
    checks: [
      "mixed.gaussian-sparsemax-faces", "mixed.gibbs-samples", "mixed.maximum-entropy-samples",
      "mixed.simplex-hard-concrete-faces",
    ]
  ) { report in
    let stream = RandomStream(seed: report.seed).stream("figure").stream("faces")
    let count = report.effort.sampleCount
    func series<Law: MixedDistribution>(
      _ name: String, _ law: Law, _ symbol: Plot.Symbol, _ color: Plot.Color
    ) throws -> Plot.Series where Law.Face == SimplexFace {
      let columns = law.coordinateCount
      let drawn = try law.drawnFaces(count, single: false, using: stream.stream(name)) {
        Double.exp(try law.logProbability(of: SimplexFace(mask: $0, of: columns)))
      }
      return Plot.Series(
        name, .points(symbol), color,
        zip(drawn.probabilities, drawn.counts).filter { $0.1 > 0 }.map {
          Plot.Point($0.0, Double($0.1) / Double(count))
        })
    }
    let means = [0.6, 0.2, 0.1, -0.1, 0.4]
    return Plot(
      title: "Faces as computed and as drawn",
      caption:
        "The probability of each face, and its share of \(count) draws, for laws of five coordinates (31 faces) and "
        + "K-D Hard Concrete of three. Shares of rare faces scatter, because few of them are drawn.",
      x: Plot.Axis("probability", scale: .logarithmic),
      y: Plot.Axis("share of the draws", scale: .logarithmic),
      series: [
        Plot.Series("equal", .line(.solid), .plain, [Plot.Point(3e-5, 3e-5), Plot.Point(0.5, 0.5)]),
        try series(
          "Gaussian-Sparsemax", GaussianSparsemax(means: means, deviations: [0.6, 0.3, 0.9, 0.5, 0.4]), .disk,
          .blue),
        try series(
          "mixed Dirichlet",
          MixedDirichlet(weights: [0.8, -0.6, 0.1, -1, 0.5], concentrations: [0.7, 1, 2, 0.1, 5]), .square,
          .vermillion),
        try series(
          "largest entropy, N = 2", MaximumEntropySimplex(coordinateCount: 5, resolution: 2), .triangle,
          .green),
        try series(
          "K-D Hard Concrete", SimplexHardConcrete(scores: [0.3, -0.2, 0.1], temperature: 0.7, stretch: 1.3),
          .diamond,
          .purple),
      ])
  }

  /// How far a rule is off.
  static let publishedLogDensity = ReportFigure(
    "published-log-density", checks: ["mixed.log-density-published", "mixed.gaussian-sparsemax-density"]
  ) { _ in
    let scores = try NormalScores(means: [0.6, 0.2, 0.2], deviations: [0.6, 0.3, 0.9])
    let outcomes: [(name: String, outcome: [Double], symbol: Plot.Symbol, color: Plot.Color)] = [
      ("inside", [0.2, 0.3, 0.5], .disk, .blue), ("edge", [0.3, 0.7, 0], .square, .green),
      ("corner", [0, 1, 0], .triangle, .vermillion),
    ]
    let counts = TransferFigures.logarithmicGrid(from: 10, to: 10_000, count: 13).map { Int($0.rounded()) }
    let few = [5, 7, 9, 12, 15, 18, 22, 26, 30, 36, 42, 50, 60]
    func floored(_ error: Double) -> Double { max(error.magnitude, 1e-16) }
    let published = try outcomes.map { style in
      let digits = scores.logDensity(at: style.outcome)
      return Plot.Series(
        "quantiles, \(style.name)", .linePoints(.dashed, style.symbol), style.color,
        try counts.map { count in
          let rule = try PublishedGaussianSparsemax(scores.law, nodeCount: count)
          return Plot.Point(Double(count), floored(try rule.logDensity(of: style.outcome) - digits))
        })
    }
    let equal = outcomes.map { style in
      let digits = scores.logDensity(at: style.outcome)
      return Plot.Series(
        "equal steps, \(style.name)", .linePoints(.solid, style.symbol), style.color,
        few.map {
          Plot.Point(Double($0), floored(scores.logDensity(at: style.outcome, equalSteps: $0) - digits))
        })
    }
    return Plot(
      title: "What quantiles as nodes cost",
      caption:
        "The error of ln p⊕ of three scores by the number of nodes. The published rule takes quantiles of the "
        + "threshold and leaves out both tails, so that its error falls as 1/n at best, and more slowly in a corner. "
        + "Equal steps over 8.5 deviations on either side, the rule that this library refines, converge faster than "
        + "any power. Below 1e-16 the error is shown as 1e-16.",
      x: Plot.Axis("nodes", scale: .logarithmic),
      y: Plot.Axis("error of ln p⊕", unit: "nats", scale: .logarithmic),
      series: published + equal)
  }
}
