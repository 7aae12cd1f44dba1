extension CheckRegistry {
  /// The checks of all systems.
  public static let standard = CheckRegistry(TransferChecks.all)
}
