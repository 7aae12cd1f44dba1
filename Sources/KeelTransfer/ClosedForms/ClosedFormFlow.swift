import Keel

/// A training path whose state is known at every time without integration.
///
/// There are few of them. Probing is one (``LinearProbe``), training the features alone another
/// (``FeaturesOnlyFlow``), and fine-tuning is one when the inputs are whitened and a single direction of
/// the head takes part (``WhitenedSingleFeatureFlow``). From a balanced start the learned weights are known,
/// though not the head (``BalancedFlow``). In general the limit of fine-tuning depends on
/// the head, the features, the labels and the whole spectrum of X, and no closed form is known.
public protocol ClosedFormFlow: Sendable {
  /// The problem in reduced coordinates.
  var problem: ReducedTransferProblem { get }

  /// The state after training for a time; infinity gives the limit.
  ///
  /// - Parameter time: at least 0.
  func state(at time: Double) -> TransferState
}

extension ClosedFormFlow {
  /// The state and its losses after a time; infinity gives the limit.
  public func point(at time: Double = .infinity) -> FlowPoint {
    let state = state(at: time)
    return FlowPoint(time: time, state: state, losses: problem.losses(of: state))
  }
}
