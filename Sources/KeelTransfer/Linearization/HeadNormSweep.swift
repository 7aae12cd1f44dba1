import Keel

/// What fine-tuning from one scaling of a head does, and what the linearised network would do.
public struct HeadNormPoint: Sendable, Equatable {
  /// The factor γ of the head.
  public var scale: Double
  /// The end of fine-tuning from `γv`.
  public var fineTuned: FlowPoint
  /// The losses of the linearised network at the same time; in the limit if fine-tuning converged.
  public var linearized: TransferLosses
  /// How far the features moved, `‖C - C₀‖_F`, which is `‖B - B₀‖_F`.
  public var featureMove: Double
  /// How far they moved in the linearised network.
  public var linearizedFeatureMove: Double
}

extension ReducedTransferProblem {
  /// Fine-tunes from a head scaled by several factors, such as a linear probe's: how the norm of the head
  /// decides how much of the fit the features have to do.
  ///
  /// The labels stay what they are, so that a scaled probe starts with the residual that the scaling makes. For
  /// a comparison on equal residuals add `(γ - 1)XB₀ᵀv` to the labels: see
  /// ``NeuralTangentSplit/scalingHead(by:)``.
  ///
  /// ```swift
  /// for point in try reduced.headNormSweep(of: probe.head, scales: [0, 0.5, 1, 2]) {
  ///   print(point.scale, point.featureMove, point.fineTuned.losses.outOfDistribution)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - head: the head v to scale, k.
  ///   - scales: the factors γ, of either sign.
  ///   - options: how the paths of fine-tuning are followed.
  /// - Returns: a point for every factor, in their order.
  /// - Throws: ``TransferError`` if a factorization fails or a flow cannot be continued.
  public func headNormSweep(
    of head: [Double], scales: [Double], options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> [HeadNormPoint] {
    let flow = GradientFlow(self)
    var points: [HeadNormPoint] = []
    for scale in scales {
      let scaled = head.map { scale * $0 }
      let path = try flow.path(from: flow.start(head: scaled), options: options)
      let linear = try LinearizedFlow(self, head: scaled)
      let time = path.end == .converged ? Double.infinity : path.last.time
      points.append(
        HeadNormPoint(
          scale: scale, fineTuned: path.last, linearized: linear.losses(at: time),
          featureMove: distanceFromStart(path.last.state),
          linearizedFeatureMove: distanceFromStart(linear.parameters(at: time))))
    }
    return points
  }

  private func distanceFromStart(_ state: TransferState) -> Double {
    BLAS.nrm2((state.features - initialFeatures).elements)
  }
}
