import RealModule

/// The mixed law on a polytope with the largest N-bit entropy: its density with respect to the direct-sum measure
/// is ln p⊕(y) = N ln 2 dim f - ln Z.
///
/// The N-bit entropy is log2 Z, the logarithm of the number of cells of side 2^-N
/// (``DirectSumMeasure/logTotal(resolution:)``).
public protocol MaximumEntropyDistribution: FlatMixedDistribution {
  /// N, the number of bits of a free coordinate.
  var resolution: Double { get }
  /// ln Z, in nats.
  var logPartition: Double { get }
}

extension MaximumEntropyDistribution {
  /// The largest N-bit entropy of any law on the polytope, log2 Z.
  public var bits: Double { logPartition / Double.log(2) }

  /// N ln 2 d - ln Z.
  ///
  /// - Parameter dimension: d.
  public func logDensity(ofDimension dimension: Int) -> Double {
    Double(dimension) * resolution * Double.log(2) - logPartition
  }
}

/// Checks the parameters of a maximum-entropy law.
func validateMaximumEntropy(coordinateCount: Int, resolution: Double) throws(MixedError) {
  guard (1...1 << 30).contains(coordinateCount) else {
    throw .outOfRange(argument: "coordinateCount", expected: "in 1...2^30", found: "\(coordinateCount)")
  }
  guard resolution >= 0, resolution <= 0x1p20 else {
    throw .outOfRange(argument: "resolution", expected: "in 0...2^20", found: "\(resolution)")
  }
}
