import CKernels
import Keel

extension GaussianSparsemax {
  /// ln p⊕(y), to 1e-12.
  ///
  /// - Complexity: O(K) normal distribution functions at 30 to 60 nodes; up to 960 if the deviations differ by
  ///   a factor of a million.
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    var density = 0.0
    withKernelOutcomes(outcome, rows: 1) { batch, workspace in
      keel_gaussian_sparsemax_log_densities(batch, workspace, &density)
    }
    return density
  }

  /// ln p⊕ of outcomes, row after row, on several threads. The result does not depend on their number.
  public func logDensities(
    unchecked outcomes: UnsafeBufferPointer<Double>, into densities: UnsafeMutableBufferPointer<Double>
  ) {
    guard let target = densities.baseAddress else { return }
    let count = coordinateCount
    nonisolated(unsafe) let (outcomes, target_) = (outcomes, target)
    Parallel.forEach(densities.count, chunk: max(4096 / count, 16)) { rows in
      let part = UnsafeBufferPointer(rebasing: outcomes[rows.lowerBound * count..<rows.upperBound * count])
      withKernelOutcomes(part, rows: rows.count) { batch, workspace in
        keel_gaussian_sparsemax_log_densities(batch, workspace, target_ + rows.lowerBound)
      }
    }
  }

  /// Adds a multiple of the score. With weights w of the law of t given y, and r_i = (y_i + t - μ_i) / σ_i,
  /// u_j = (t - μ_j) / σ_j and q = φ(u) / Φ(u):
  ///
  /// ∂/∂μ_i = E r / σ_i and ∂/∂σ_i = E (r² - 1) / σ_i on the face; -E q / σ_j and -E u q / σ_j off it.
  ///
  /// The derivatives by the means sum to 0: adding a number to all of them changes nothing.
  public func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    withUnsafePointer(to: weight) { weight in
      withKernelOutcomes(outcome, rows: 1) { batch, workspace in
        guard let means = gradient.baseAddress else { return }
        keel_gaussian_sparsemax_scores(
          batch, weight, workspace, means, means + coordinateCount, nil, coordinateCount)
      }
    }
  }

  /// Adds a multiple of ∂ ln p⊕(y) / ∂y along the face of y: it is 0 off the face, and its sum is 0.
  ///
  /// - Parameters:
  ///   - outcome: y, a point of the simplex.
  ///   - weight: the factor.
  ///   - gradient: what is added to, one number a coordinate.
  public func addOutcomeScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    precondition(gradient.count == coordinateCount, "There must be a number for each coordinate.")
    withUnsafePointer(to: weight) { weight in
      withKernelOutcomes(outcome, rows: 1) { batch, workspace in
        keel_gaussian_sparsemax_scores(
          batch, weight, workspace, nil, nil, gradient.baseAddress, coordinateCount)
      }
    }
  }

  /// Calls `body` with outcomes of this law as the kernels take them, and a workspace.
  func withKernelOutcomes(
    _ outcomes: UnsafeBufferPointer<Double>, rows: Int,
    _ body: (UnsafePointer<keel_gaussian_outcomes>, UnsafeMutableRawPointer?) -> Void
  ) {
    means.withUnsafeBufferPointer { means in
      deviations.withUnsafeBufferPointer { deviations in
        var batch = keel_gaussian_outcomes(
          rows: rows, columns: means.count, outcomes: outcomes.baseAddress, outcome_stride: means.count,
          means: means.baseAddress, mean_stride: 0, deviations: deviations.baseAddress, deviation_stride: 0)
        withDensityWorkspace(columns: means.count) { body(&batch, $0) }
      }
    }
  }
}

/// Calls `body` with a workspace of the density kernels.
func withDensityWorkspace(columns: Int, _ body: (UnsafeMutableRawPointer?) -> Void) {
  withUnsafeTemporaryAllocation(
    byteCount: keel_gaussian_sparsemax_workspace(columns), alignment: 64
  ) { body($0.baseAddress) }
}
