import Keel

// Other heads than the linear probe's from which fine-tuning can start. They trade a little of the fit for a
// head that is less tuned to the training inputs.

extension ReducedTransferProblem {
  /// The head of a probe whose features are perturbed by noise while it trains, in closed form: ridge
  /// regression on the pretrained features.
  ///
  /// With independent noise of variance `r²` on each of the k features of each of n inputs the expected training
  /// loss is `‖XB₀ᵀv - y‖² + n r²‖v‖²`, so that
  ///
  ///     v = (B₀XᵀXB₀ᵀ + ρI)⁻¹ B₀Xᵀy,    ρ = n r².
  ///
  /// `ρ = 0` gives the linear probe from a head of zero.
  ///
  /// - Parameter ridge: ρ, finite and at least 0.
  /// - Complexity: one SVD of an m × k matrix.
  /// - Throws: ``TransferError/outOfRange(argument:reason:)`` for a ridge that is negative or not finite, and
  ///   ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  ///
  /// Source: hardness-promoting probes of Trivedi, Koutra and Thiagarajan (2023), *A closer look at model
  /// adaptation using feature distortion and simplicity bias*, with random in place of adversarial
  /// perturbations.
  public func perturbedProbeHead(ridge: Double) throws(TransferError) -> [Double] {
    guard ridge >= 0, ridge.isFinite else {
      throw .outOfRange(argument: "ridge", reason: "must be finite and not negative, but is \(ridge)")
    }
    guard ridge > 0 else { return try LinearProbe(self).head }
    let design = Matrix(initialFeatures.scalingColumns(by: singularValues).transposed)
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(design) }
    let labels = zip(singularValues, trainingTarget).map { $0 * $1 }
    let along = svd.u.transposed * labels
    return svd.vt.transposed * zip(svd.singularValues, along).map { $0 * $1 / ($0 * $0 + ridge) }
  }
}

extension LinearTransferProblem {
  /// The average of linear probes that each saw a random part of the training inputs: a souped head.
  ///
  /// Every probe starts at zero. With noiseless labels and perfect features that every part sees, all of them
  /// are the true head and so is the average.
  ///
  /// - Parameters:
  ///   - count: the number of probes, at least 1.
  ///   - size: the number of training inputs that each sees, drawn without replacement, in `1...n`.
  ///   - stream: the source of randomness.
  /// - Returns: the head, k.
  /// - Complexity: `count` thin singular value decompositions of size × d matrices.
  /// - Throws: ``TransferError`` if a part of the inputs is zero or a factorization fails.
  ///
  /// Source: souped probes of Trivedi, Koutra and Thiagarajan (2023).
  public func averagedProbeHead(
    count: Int, size: Int, using stream: inout RandomStream
  ) throws(TransferError) -> [Double] {
    precondition(count >= 1, "An average needs at least one probe")
    precondition((1...inputs.rows).contains(size), "A probe sees between one and all training inputs")
    var sum = [Double](repeating: 0, count: featureCount)
    for _ in 0..<count {
      let chosen = stream.sample(size, of: inputs.rows)
      let part = try LinearTransferProblem(
        inputs: inputs.selectingRows(chosen), pretrainedFeatures: pretrainedFeatures,
        trueFeatures: trueFeatures, trueHead: trueHead, oodSecondMoment: oodSecondMoment,
        labelNoise: labelNoise.map { noise in chosen.map { noise[$0] } })
      BLAS.axpy(1, try LinearProbe(ReducedTransferProblem(part)).head, into: &sum)
    }
    return sum.map { $0 / Double(count) }
  }
}
