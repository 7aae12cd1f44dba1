import Keel

/// Linear probing (LP), fine-tuning (FT), and probing then fine-tuning (LP-FT), of one problem and from
/// one head.
///
/// ```swift
/// let paths = try ReducedTransferProblem(problem).paths(from: head)
/// print(paths.linearProbe.point().losses.outOfDistribution)
/// print(paths.fineTuning.last.losses.outOfDistribution)
/// print(paths.probingThenFineTuning.last.losses.outOfDistribution)
/// ```
public struct TransferPaths: Sendable {
  /// The linear probe, whose path is known in closed form: see ``LinearProbe/point(at:)``.
  public var linearProbe: LinearProbe
  /// Fine-tuning from the given head.
  public var fineTuning: FlowPath
  /// Fine-tuning from the head of the linear probe; its time begins when fine-tuning does.
  public var probingThenFineTuning: FlowPath
}

extension ReducedTransferProblem {
  /// Follows linear probing, fine-tuning, and probing then fine-tuning.
  ///
  /// - Parameters:
  ///   - head: `v₀`, k: where probing and fine-tuning start, on the pretrained features.
  ///   - probingTime: how long LP-FT probes before it fine-tunes; infinity probes to the limit, 0 gives
  ///     fine-tuning.
  ///   - options: how the two paths of fine-tuning are followed.
  /// - Throws: ``TransferError`` if a factorization fails or a flow cannot be continued.
  public func paths(
    from head: [Double], probingTime: Double = .infinity, options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> TransferPaths {
    let probe = try LinearProbe(self, from: head)
    let flow = GradientFlow(self)
    return TransferPaths(
      linearProbe: probe, fineTuning: try flow.path(from: flow.start(head: head), options: options),
      probingThenFineTuning: try flow.path(
        from: flow.start(head: probe.head(at: probingTime)), options: options))
  }
}
