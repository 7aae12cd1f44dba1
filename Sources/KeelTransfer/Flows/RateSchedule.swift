import Keel

/// Learning rates that change during training, constant within phases: gradual unfreezing, probing for a
/// while before fine-tuning, alternating layers.
///
/// Within a phase the flow keeps `η_B vvᵀ - η_v CCᵀ`, with the rates of that phase; a phase that changes
/// the ratio of the rates moves the matrix that the earlier phases kept. So balancedness `vvᵀ - CCᵀ`, on
/// which the lower bounds for fine-tuning rest, holds through a schedule only while both rates are equal.
/// Rows outside the span of X never move, whatever the rates.
///
/// A schedule that multiplies both rates by one factor `c(t)`, a warm-up or a cosine decay, does not need
/// this type: it runs through the path of constant rates at times `∫c`, so that the set of states, the
/// least loss on the way and the limit (for `∫c = ∞`) are those of ``GradientFlow``.
///
/// Source of unfreezing layer by layer: Howard and Ruder (2018), *Universal language model fine-tuning for
/// text classification*.
public struct RateSchedule: Sendable, Equatable {
  /// A stretch of training with constant learning rates.
  public struct Phase: Sendable, Equatable {
    /// The learning rates.
    public var rates: LearningRates
    /// How long the phase lasts; infinity means until it converges or comes to rest.
    public var duration: Double

    /// A phase of given length.
    public init(_ rates: LearningRates, duration: Double = .infinity) {
      precondition(duration >= 0, "A phase cannot last a negative time")
      self.rates = rates
      self.duration = duration
    }
  }

  /// The phases in their order, at least one.
  public var phases: [Phase]

  /// A schedule of given phases.
  public init(_ phases: [Phase]) {
    precondition(!phases.isEmpty, "A schedule needs at least one phase")
    self.phases = phases
  }

  /// Linear probing for a time (LP-FT: to the limit; partial probing: shorter), then fine-tuning to the
  /// limit.
  public static func probingThenFineTuning(probingTime: Double = .infinity) -> RateSchedule {
    RateSchedule([Phase(.linearProbing, duration: probingTime), Phase(.fineTuning)])
  }

  /// Gradual unfreezing: the head alone, then the features at rising rates, at last to the limit.
  ///
  /// - Parameters:
  ///   - probingTime: how long the head learns alone.
  ///   - featureRates: the rates of the features in the following phases, at least one; the head's is 1.
  ///   - stageTime: how long each of these lasts, but the last, which converges.
  public static func gradualUnfreezing(
    probingTime: Double, featureRates: [Double], stageTime: Double
  ) -> RateSchedule {
    precondition(!featureRates.isEmpty, "Unfreezing needs at least one rate of the features")
    let stages = featureRates.indices.map { i in
      Phase(
        LearningRates(head: 1, features: featureRates[i]),
        duration: i == featureRates.count - 1 ? .infinity : stageTime)
    }
    return RateSchedule([Phase(.linearProbing, duration: probingTime)] + stages)
  }
}
