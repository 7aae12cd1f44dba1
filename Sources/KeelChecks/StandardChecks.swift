extension CheckRegistry {
  /// The checks of all systems.
  public static let standard = CheckRegistry(
    TransferChecks.all + SimplexChecks.all + MixedChecks.all + FramesChecks.all)
}

extension ReportFigure {
  /// The figures of all systems.
  public static let standard = TransferFigures.all + SimplexFigures.all + MixedFigures.all + FramesFigures.all
}
