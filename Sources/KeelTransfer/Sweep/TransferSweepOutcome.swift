import Keel

/// What linear probing (LP), fine-tuning (FT), and probing then fine-tuning (LP-FT) reached on one random
/// problem, and what the bounds say about it.
public struct TransferSweepOutcome: Sendable, Equatable {
  /// What was seen along one path of fine-tuning.
  public struct Path: Sendable, Equatable {
    /// The losses at the end of the path, its limit unless ``end`` is ``FlowPath/End/stepLimit``.
    public var losses: TransferLosses
    /// The least loss out of distribution along the path, ends included.
    public var lowestOutOfDistribution: Double
    /// The time of that least loss.
    public var lowestTime: Double
    /// Why the path ended.
    public var end: FlowPath.End

    init(_ path: FlowPath) {
      losses = path.last.losses
      lowestOutOfDistribution = path.lowestOutOfDistribution.losses.outOfDistribution
      lowestTime = path.lowestOutOfDistribution.time
      end = path.end
    }
  }

  /// The numbers that the problem was drawn from.
  public var parameters: RandomTransferParameters
  /// The rank m of the training inputs.
  public var rank: Int
  /// The ratio of the largest to the smallest nonzero singular value of X.
  public var conditionNumber: Double
  /// `cos θ_max(R₀, S)`.
  public var pretrainedToInputs: Double
  /// `cos θ_max(R₀, S⊥)`.
  public var pretrainedToComplement: Double
  /// The squared head alignment error `φ²`.
  public var squaredHeadAlignmentError: Double

  /// The losses of the limit of probing.
  public var linearProbing: TransferLosses
  /// Whether the limit of probing is the same for every head at the start.
  public var probeIsUnique: Bool
  /// Fine-tuning from the head at the start.
  public var fineTuning: Path
  /// Fine-tuning from the limit of probing.
  public var probingThenFineTuning: Path

  /// ``FineTuningLowerBound/asPrinted``, on the square root of FT's loss out of distribution.
  public var printedBound: Double
  /// ``FineTuningLowerBound/repaired``, on the same.
  public var repairedBound: Double
  /// ``InvariantLowerBound/stated``, on the same, over the heads that a flow can reach.
  public var invariantBound: Double
  /// Whether ``invariantBound`` is a certified lower bound: otherwise it is an estimate from above of the
  /// least error that the conserved quantities admit.
  public var invariantBoundIsCertified: Bool
  /// ``linearProbeUpperBound(_:probe:)``, on the square root of LP's loss out of distribution; infinity if
  /// the probe is not unique, because the bound then says nothing.
  public var probeBound: Double

  /// The strategies whose limit has the least loss out of distribution; more than one is a tie.
  public var winners: [TransferStrategy]

  /// Errors out of distribution that differ by at most this times `‖w*‖` count as equal.
  public static let tieTolerance = 1e-8

  /// Solves a random problem.
  ///
  /// - Parameters:
  ///   - parameters: the numbers that the problem is drawn from.
  ///   - options: how the two paths of fine-tuning are followed.
  /// - Throws: ``TransferError`` if there is no such problem, a factorization fails, or a flow cannot be
  ///   continued.
  public init(
    _ parameters: RandomTransferParameters, options: FlowOptions = TransferSweep.standardOptions
  ) throws(TransferError) {
    let problem = try parameters.problem()
    let head = parameters.head
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    let paths = try reduced.paths(from: head, options: options)
    let bounds = FineTuningLowerBound(geometry, head: head)
    self.parameters = parameters
    rank = reduced.rank
    conditionNumber = geometry.conditionNumber
    pretrainedToInputs = geometry.pretrainedToInputs
    pretrainedToComplement = geometry.pretrainedToComplement
    squaredHeadAlignmentError = geometry.squaredHeadAlignmentError(head: head)
    linearProbing = paths.linearProbe.point().losses
    probeIsUnique = paths.linearProbe.isUnique
    fineTuning = Path(paths.fineTuning)
    probingThenFineTuning = Path(paths.probingThenFineTuning)
    printedBound = bounds.asPrinted
    repairedBound = bounds.repaired
    let invariant = try InvariantLowerBound(reduced, head: head, heads: .reachable)
    invariantBound = invariant.stated
    invariantBoundIsCertified = invariant.isCertified
    probeBound =
      probeIsUnique ? linearProbeUpperBound(geometry, probe: paths.linearProbe) : .infinity
    winners = TransferStrategy.winners(
      [
        .linearProbing: linearProbing.outOfDistribution,
        .fineTuning: fineTuning.losses.outOfDistribution,
        .probingThenFineTuning: probingThenFineTuning.losses.outOfDistribution,
      ], tolerance: Self.tieTolerance * geometry.weightNorm)
  }
}
