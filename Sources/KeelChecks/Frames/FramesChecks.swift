/// The checks of frame averaging: exact symmetry, and where it ends.
///
/// Both sides of every theorem are computed on random networks that know nothing of symmetry. Statements that hold for
/// almost all clouds only, and rules of published programs that break what they are there for, are listed as they
/// stand, next to what stands in their place.
public enum FramesChecks {
  /// All checks, in the order in which they run.
  public static let all: [Check] = [
    // Theorems of averages.
    invariance, equivariance, singlePrecision, closedForm, secondSymmetry, expressivePower,
    projection, nested, oneAverage,
    // Frames as sets, what is known of their errors, and their kernels.
    setEquivariance, bounded, certificate, gapSweep, eigen, fusedNetwork,
    // Degenerate clouds.
    rankDeficient, rankDeficientTensors, degeneratePublished, tieBreak, weighted,
    // Continuity.
    continuityPublished, continuity, sortingPublished, weightedOrders,
    // Random elements.
    singleDraw, haar,
    // Other groups, and other operators.
    pointSets, lorentz, lorentzBounded, axial, signInvariant,
    // Derivatives and motion.
    gradient, force, detachedGradientPublished, particles, particleBaselines,
    // Graphs.
    graphRelabelling, graphPublished, graphQuotient, graphCensus, separation, separationPublished,
  ]

  static let paper =
    "Puny, Atzmon, Smith, Misra, Grover, Ben-Hamu and Lipman (2022), Frame averaging for invariant and equivariant "
    + "network design"
}
