import CKernels
public import Keel
import KeelSimplex

/// Many Gaussian-Sparsemax laws of as many scores, one a row: what an encoder gives for a batch.
///
/// The same as ``GaussianSparsemax`` row after row, without a value for each.
public struct GaussianSparsemaxRows: Sendable {
  /// The means of the scores, a row for each law.
  public let means: Matrix<Double>
  /// The standard deviations of the scores, a row for each law.
  public let deviations: Matrix<Double>

  /// Laws by the rows of their means and deviations.
  ///
  /// - Parameters:
  ///   - means: finite, with at least one column.
  ///   - deviations: of the same shape, finite and positive.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` or
  ///   ``MixedError/wrongShape(argument:expected:found:)``.
  public init(means: Matrix<Double>, deviations: Matrix<Double>) throws(MixedError) {
    guard means.columns > 0 else {
      throw .wrongShape(argument: "means", expected: "at least one column", found: "none")
    }
    guard deviations.rows == means.rows, deviations.columns == means.columns else {
      throw .wrongShape(
        argument: "deviations", expected: "\(means.rows) × \(means.columns)",
        found: "\(deviations.rows) × \(deviations.columns)")
    }
    for (index, mean) in means.elements.enumerated() where !mean.isFinite {
      throw .outOfRange(
        argument: "means[\(index / means.columns), \(index % means.columns)]", expected: "finite",
        found: "\(mean)")
    }
    for (index, deviation) in deviations.elements.enumerated() where !(deviation > 0 && deviation.isFinite) {
      throw .outOfRange(
        argument: "deviations[\(index / means.columns), \(index % means.columns)]",
        expected: "positive and finite", found: "\(deviation)")
    }
    self.means = means
    self.deviations = deviations
  }

  /// The number of laws.
  public var count: Int { means.rows }
  /// The number K of scores of each.
  public var coordinateCount: Int { means.columns }

  /// One outcome of each law.
  ///
  /// - Parameter stream: where the noise comes from: K normals a row.
  public func samples(using stream: inout RandomStream) -> Matrix<Double> {
    var outcomes = Matrix<Double>(zeros: count, coordinateCount)
    outcomes.withUnsafeMutableElements { outcomes in
      means.withUnsafeElements { means in
        deviations.withUnsafeElements { deviations in
          guard let outcomes, let means, let deviations else { return }
          Double.fillGaussianSparsemax(
            outcomes,
            GaussianRows(
              rows: count, columns: coordinateCount, means: means, meanStride: coordinateCount,
              deviations: deviations, deviationStride: coordinateCount),
            using: &stream)
        }
      }
    }
    return outcomes
  }

  /// ln p⊕ of an outcome of each law, to 1e-12.
  ///
  /// - Parameters:
  ///   - outcomes: a row for each law, a point of the simplex.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Throws: ``MixedError`` that names the first row that is no point of the simplex.
  public func logDensities(
    of outcomes: Matrix<Double>, threads: Int? = nil
  ) throws(MixedError) -> [Double] {
    try validate(outcomes)
    var densities = [Double](repeating: 0, count: count)
    densities.withUnsafeMutableBufferPointer { target in
      nonisolated(unsafe) let target = target
      Parallel.forEach(count, chunk: max(4096 / coordinateCount, 16), threads: threads) { rows in
        withKernelOutcomes(outcomes, rows: rows) { batch, workspace in
          keel_gaussian_sparsemax_log_densities(
            batch, workspace, target.baseAddress.map { $0 + rows.lowerBound })
        }
      }
    }
    return densities
  }

  /// The scores of an outcome of each law, ∂ ln p⊕ / ∂μ and ∂ ln p⊕ / ∂σ, times a weight.
  ///
  /// - Parameters:
  ///   - outcomes: a row for each law, a point of the simplex.
  ///   - weights: a factor for each row: the derivatives of a loss by the log-densities.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Returns: two matrices of the shape of ``means``.
  /// - Throws: ``MixedError`` that names the first row that is no point of the simplex.
  public func scores(
    of outcomes: Matrix<Double>, weights: [Double], threads: Int? = nil
  ) throws(MixedError) -> (means: Matrix<Double>, deviations: Matrix<Double>) {
    try validate(outcomes)
    precondition(weights.count == count, "There must be a weight for each row.")
    let columns = coordinateCount
    var byMeans = [Double](repeating: 0, count: count * columns)
    var byDeviations = byMeans
    byMeans.withUnsafeMutableBufferPointer { byMeans in
      byDeviations.withUnsafeMutableBufferPointer { byDeviations in
        nonisolated(unsafe) let targets = (byMeans.baseAddress, byDeviations.baseAddress)
        Parallel.forEach(count, chunk: max(2048 / columns, 8), threads: threads) { rows in
          let first = rows.lowerBound * columns
          weights.withUnsafeBufferPointer { weights in
            withKernelOutcomes(outcomes, rows: rows) { batch, workspace in
              keel_gaussian_sparsemax_scores(
                batch, weights.baseAddress.map { $0 + rows.lowerBound }, workspace,
                targets.0.map { $0 + first }, targets.1.map { $0 + first }, nil, columns)
            }
          }
        }
      }
    }
    return (
      Matrix(rows: count, columns: columns, elements: byMeans),
      Matrix(rows: count, columns: columns, elements: byDeviations)
    )
  }

  private func validate(_ outcomes: Matrix<Double>) throws(MixedError) {
    guard outcomes.rows == count, outcomes.columns == coordinateCount else {
      throw .wrongShape(
        argument: "outcomes", expected: "\(count) × \(coordinateCount)",
        found: "\(outcomes.rows) × \(outcomes.columns)")
    }
    try outcomes.elements.withUnsafeBufferPointer { elements throws(MixedError) in
      for row in 0..<count {
        do throws(MixedError) {
          let first = row * coordinateCount
          try SimplexFace.validate(UnsafeBufferPointer(rebasing: elements[first..<first + coordinateCount]))
        } catch {
          throw error.inRow(row)
        }
      }
    }
  }

  /// Calls `body` with some rows as the kernels take them, and a workspace.
  private func withKernelOutcomes(
    _ outcomes: Matrix<Double>, rows: Range<Int>,
    _ body: (UnsafePointer<keel_gaussian_outcomes>, UnsafeMutableRawPointer?) -> Void
  ) {
    let (columns, first) = (coordinateCount, rows.lowerBound * coordinateCount)
    outcomes.withUnsafeElements { outcomes in
      means.withUnsafeElements { means in
        deviations.withUnsafeElements { deviations in
          var batch = keel_gaussian_outcomes(
            rows: rows.count, columns: columns, outcomes: outcomes.map { $0 + first },
            outcome_stride: columns, means: means.map { $0 + first }, mean_stride: columns,
            deviations: deviations.map { $0 + first }, deviation_stride: columns)
          withDensityWorkspace(columns: columns) { body(&batch, $0) }
        }
      }
    }
  }
}
