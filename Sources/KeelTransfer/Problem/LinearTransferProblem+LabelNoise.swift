import Keel

extension LinearTransferProblem {
  /// The same problem with given noise on its training labels, in place of any that it had.
  ///
  /// - Parameter noise: ξ, n finite numbers; nil makes the labels noiseless.
  /// - Throws: ``TransferError`` if the noise has another length or is not finite.
  public func withLabelNoise(_ noise: [Double]?) throws(TransferError) -> LinearTransferProblem {
    try LinearTransferProblem(
      inputs: inputs, pretrainedFeatures: pretrainedFeatures, trueFeatures: trueFeatures, trueHead: trueHead,
      oodSecondMoment: oodSecondMoment, labelNoise: noise)
  }

  /// The same problem with independent Gaussian noise on its training labels.
  ///
  /// - Parameters:
  ///   - deviation: the standard deviation of each label's noise, finite and at least 0.
  ///   - stream: the source of randomness.
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` if the deviation is negative or not finite.
  public func withLabelNoise(
    deviation: Double, using stream: inout RandomStream
  ) throws(TransferError) -> LinearTransferProblem {
    guard deviation >= 0, deviation.isFinite else {
      throw .outOfRange(argument: "deviation", reason: "must be finite and not negative, but is \(deviation)")
    }
    let noise: [Double] = stream.normals(count: inputs.rows)
    return try withLabelNoise(noise.map { deviation * $0 })
  }
}
