import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// Finer and finer cells.
  static let quantizedEntropy = Check(
    id: "mixed.quantized-entropy",
    statement:
      "The entropy of N-bit symbols goes to H⊕ + N E dim F from above; each bit divides the error by 4.",
    source:
      "Derived for this library: on a cell of width d, -∫ p ln p differs from its rounding by d² p'²/(24 p)",
    assumptions: ["A smooth density: rectified Gaussians with deviations from 0.3."],
    trials: [.quick: 10, .standard: 60, .full: 300],
    cases: [
      Check.NamedCase("deviation-half", expected: .holds) { _ -> [Comparison] in
        let law = try RectifiedGaussian(location: 0.3, scale: 0.5)
        let entropy = law.entropy()
        return try [
          Comparison.equal(entropy.bits(), 1.1849766218732833, tolerance: 1e-14, part: "H⊕ in bits"),
          .equal(entropy.meanDimension, 0.6449902230161553, tolerance: 1e-15, part: "E dim"),
        ]
          + [(0, 0.0281, 5e-5), (2, 0.00344, 5e-6), (4, 2.2e-4, 5e-6), (8, 8.6e-7, 5e-9)].map {
            bits, error, digits in
            .equal(
              try law.quantized(resolution: bits).bits - entropy.bits(resolution: Double(bits)), error,
              tolerance: digits, part: "error for N = \(bits)")
          }
      }
    ]
  ) { context -> [Comparison] in
    let problem = try SymbolProblem(context)
    let entropy = problem.law.entropy()
    let errors = try (4...9).map {
      try problem.law.quantized(resolution: $0).bits - entropy.bits(resolution: Double($0))
    }
    let symbols = try problem.law.quantized(resolution: 5)
    let direct = problem.probabilities(resolution: 5)
    let cellError = zip(symbols.probabilities, direct).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    return [
      .atMost(cellError, 0, tolerance: 1e-13, part: "cells by Φ", parameters: problem.parameters),
      .atLeast(errors[5], 0, tolerance: 0, part: "the error for N = 9", parameters: problem.parameters),
    ]
      + (0..<5).map {
        .equal(
          errors[$0] / errors[$0 + 1], 4, tolerance: 0.3, part: "errors for N = \($0 + 4) and \($0 + 5)",
          parameters: problem.parameters)
      }
  }

  /// Codes for such symbols.
  static let huffman = Check(
    id: "mixed.huffman",
    statement:
      "Huffman's code has Kraft sum 1 and mean length H ≤ L < H + 1; for blocks of m symbols, less than H + 1/m.",
    source: "Huffman (1952); Shannon (1948), A mathematical theory of communication",
    trials: [.quick: 20, .standard: 200, .full: 1000]
  ) { context -> [Comparison] in
    let problem = try SymbolProblem(context)
    var stream = context.stream.stream("code")
    let resolution = stream.integer(below: 7)
    let probabilities = problem.probabilities(resolution: resolution)
    let entropy = probabilities.reduce(0.0) { $1 > 0 ? $0 - $1 * Double.log2($1) : $0 }
    let code = try HuffmanCode(weights: probabilities)
    let kraft = code.lengths.reduce(0.0) { $0 + Double.exp2(-Double($1)) }
    let mean = zip(code.lengths, probabilities).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    let message = (0..<50).map { _ in stream.integer(below: probabilities.count) }
    let decoded = try code.decode(try code.encode(message), count: message.count)
    var parameters = problem.parameters
    parameters["N"] = .integer(resolution)
    var comparisons: [Comparison] = [
      .equal(kraft, 1, tolerance: 1e-12, part: "Kraft sum", parameters: parameters),
      .atLeast(mean, entropy, tolerance: 1e-12, part: "L ≥ H", parameters: parameters),
      .atMost(mean, entropy + 1, tolerance: 0, part: "L < H + 1", parameters: parameters),
      .equal(
        Double(zip(message, decoded).count { $0 != $1 } + abs(message.count - decoded.count)), 0,
        tolerance: 0,
        part: "symbols that are read back wrong", parameters: parameters),
    ]
    if resolution < 4 {
      let blocks = try HuffmanCode(blockWeights: probabilities, length: 2)
      var pairs: [Double] = []
      for p in probabilities { pairs += probabilities.map { p * $0 } }
      let length = zip(blocks.lengths, pairs).reduce(0.0) { $0 + Double($1.0) * $1.1 } / 2
      comparisons += [
        .atMost(length, entropy + 0.5, tolerance: 0, part: "pairs, L < H + 1/2", parameters: parameters),
        .atLeast(length, entropy, tolerance: 1e-12, part: "pairs, L ≥ H", parameters: parameters),
      ]
    }
    return comparisons
  }
}

/// A rectified Gaussian whose outcomes are symbols.
private struct SymbolProblem {
  let law: RectifiedGaussian
  var parameters: Parameters { ["m": .number(law.location), "v": .number(law.scale)] }

  init(_ context: TrialContext) throws {
    var stream = context.stream
    law = try RectifiedGaussian(
      location: stream.uniform(in: -0.2..<1.2), scale: Double.exp10(stream.uniform(in: -0.5..<0.3)))
  }

  /// The probabilities of 0, of 2^N cells and of 1 by the normal distribution function.
  func probabilities(resolution: Int) -> [Double] {
    let cells = 1 << resolution
    let ends = (0...cells).map { (Double($0) / Double(cells) - law.location) / law.scale }
    return [StandardNormal.cumulative(ends[0])]
      + zip(ends, ends.dropFirst()).map { StandardNormal.probability(from: $0.0, to: $0.1) }
      + [StandardNormal.cumulative(-ends[cells])]
  }
}
