import RealModule

/// A mixed law on a segment, [0, 1] or the simplex of two vertices, resolved to N bits: the ends, and 2^N equal cells
/// between them.
///
/// The entropy of the symbols approaches the N-bit entropy H⊕ + N E dim F of the law, with an error of order 4^-N if
/// the density is smooth.
///
/// ```swift
/// let symbols = try law.quantized(resolution: 6)
/// let code = try HuffmanCode(weights: symbols.probabilities)
/// ```
public struct Quantization: Sendable, Hashable {
  /// N, the number of bits of the inside.
  public let resolution: Int
  /// The probabilities of the symbols: the end 0, the 2^N cells in increasing order, the end 1.
  public let probabilities: [Double]

  /// The number of cells between the ends.
  public var cells: Int { probabilities.count - 2 }

  /// The entropy of the symbols, in bits.
  public var bits: Double {
    probabilities.reduce(0) { $1 > 0 ? $0 - $1 * Double.log2($1) : $0 }
  }

  /// The symbol of an outcome.
  ///
  /// - Parameter value: the outcome of a law on [0, 1], or the first coordinate of one of two coordinates.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` if it is not in [0, 1].
  public func symbol(of value: Double) throws(MixedError) -> Int {
    guard value >= 0, value <= 1 else { throw .outsidePolytope(argument: "value", reason: "it is \(value)") }
    if value == 0 { return 0 }
    return value == 1 ? cells + 1 : 1 + min(Int(value * Double(cells)), cells - 1)
  }

  /// What a symbol stands for: an end, or the middle of a cell.
  ///
  /// - Parameter symbol: in `0..<probabilities.count`.
  public func value(of symbol: Int) -> Double {
    precondition(probabilities.indices.contains(symbol), "There is no such symbol.")
    if symbol == 0 { return 0 }
    return symbol == cells + 1 ? 1 : (Double(symbol) - 0.5) / Double(cells)
  }
}

extension MixedDistribution {
  /// The law of outcomes on a segment, resolved to N bits.
  ///
  /// For outcomes of two coordinates, the first is resolved.
  ///
  /// - Parameter resolution: N, in 0...16.
  /// - Returns: probabilities to about 1e-14, by quadrature of the density over each cell.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates,
  ///   or if the density does not integrate to 1; ``MixedError/outOfRange(argument:expected:found:)``.
  /// - Complexity: 15 densities or more for each of the 2^N cells.
  public func quantized(resolution: Int) throws(MixedError) -> Quantization {
    guard (0...16).contains(resolution) else {
      throw .outOfRange(argument: "resolution", expected: "in 0...16", found: "\(resolution)")
    }
    let segment = try Segment.required(of: self, for: "the quantised law")
    let ends = segment.logEnds
    let masses = try segment.masses(cells: 1 << resolution)
    return Quantization(
      resolution: resolution, probabilities: [Double.exp(ends.0)] + masses + [Double.exp(ends.1)])
  }
}
