/// A way to adapt pretrained features to a task.
public enum TransferStrategy: String, Sendable, Codable, CaseIterable {
  /// Linear probing: only the head learns.
  case linearProbing = "LP"
  /// Fine-tuning: head and features learn.
  case fineTuning = "FT"
  /// Probing, then fine-tuning.
  case probingThenFineTuning = "LP-FT"
}

extension TransferStrategy {
  /// The strategies of least loss out of distribution.
  ///
  /// Losses whose square roots differ by at most `tolerance` count as equal: zero is computed only up to
  /// rounding and to the tolerance of the integrator, and who wins between two zeros means nothing.
  ///
  /// - Parameters:
  ///   - losses: the losses, at least 0; one that is NaN wins nothing.
  ///   - tolerance: the largest difference of square roots between equals.
  /// - Returns: the strategies in the order of `allCases`; more than one is a tie; none if every loss is
  ///   NaN.
  public static func winners(
    _ losses: [TransferStrategy: Double], tolerance: Double
  ) -> [TransferStrategy] {
    let errors = losses.compactMapValues { $0.isNaN ? nil : $0.squareRoot() }
    guard let least = errors.values.min() else { return [] }
    return allCases.filter { strategy in
      errors[strategy].map { $0 == least || $0 - least <= tolerance } ?? false
    }
  }
}
