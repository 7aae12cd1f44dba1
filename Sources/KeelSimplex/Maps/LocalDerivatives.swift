extension Sparsemax {
  /// True.
  public var hasLocalDerivatives: Bool { true }
}

extension Entmax {
  /// True.
  public var hasLocalDerivatives: Bool { true }
}

extension TopKSparsemax {
  /// True.
  public var hasLocalDerivatives: Bool { true }
}
