extension FlowOptions {
  /// Options that go together for a given accuracy.
  ///
  /// The residual of a limit need not fall below ten times the tolerance of a step: where stability limits
  /// the step, the integrator's error keeps it at about that tolerance for ever.
  ///
  /// - Parameters:
  ///   - tolerance: the relative tolerance of a step, positive.
  ///   - maximumSteps: the largest number of steps of a path.
  public init(tolerance: Double, maximumSteps: Int = 200_000) {
    self.init(
      relativeTolerance: tolerance, absoluteTolerance: tolerance / 100, residualTolerance: 10 * tolerance,
      maximumSteps: maximumSteps)
  }
}
