import CKernels
public import Keel
public import KeelSimplex

/// A scalar that outcomes are drawn in: Float and Double.
///
/// The requirements are the kernels: the low level, over memory of the caller, whose parameters are taken as
/// they are. All instruction sets give the same bits.
public protocol MixedScalar: SimplexScalar {
  /// Fills rows with sparsemax(μ + σ ε).
  ///
  /// The noise ε is what `RandomStream.fillNormal(into:)` would give, row after row, and the stream
  /// is left where that would leave it: the rows are those of `Sparsemax` on the same scores.
  /// The product σ ε and the sum are rounded each. NaN in a parameter makes its row NaN.
  ///
  /// - Parameters:
  ///   - outcomes: room for `law.rows` rows of `law.columns` entries, one behind the other.
  ///   - law: the means μ and deviations σ.
  ///   - stream: where the noise comes from.
  static func fillGaussianSparsemax(
    _ outcomes: UnsafeMutablePointer<Self>, _ law: GaussianRows<Self>, using stream: inout RandomStream)

  /// Fills rows with samples of a mixed Dirichlet law.
  ///
  /// A row takes ⌈K/4⌉ new blocks of the stream, and depends on these alone: rows drawn together are those
  /// drawn one after the other. Every attempt at a gamma number has its own block of a second stream. Faces
  /// are the same for both scalars.
  ///
  /// Entries are positive on the face that was drawn, zero elsewhere; the one of a vertex is 1. An entry that
  /// underflows becomes a number near the smallest normal one.
  ///
  /// - Parameters:
  ///   - outcomes: room for `rows` rows of `table.columns` entries, one behind the other.
  ///   - rows: their number.
  ///   - table: the law.
  ///   - stream: where the numbers come from; the number of its next block must be below 2⁵⁵.
  static func fillMixedDirichlet(
    _ outcomes: UnsafeMutablePointer<Self>, rows: Int, _ table: MixedDirichletTable,
    using stream: inout RandomStream)

  /// ln Z of the laws of faces with some rows of weights; see ``faceLogNormalizers(ofRows:)``.
  ///
  /// - Parameters:
  ///   - weights: rows of weights, one behind the other.
  ///   - rows: their number.
  ///   - columns: the number of weights of a row.
  ///   - normalizers: room for one number a row.
  ///   - probabilities: room for as many numbers as there are weights, for the probability of each bit; or nil.
  static func faceNormalizers(
    _ weights: UnsafePointer<Self>?, rows: Int, columns: Int, _ normalizers: UnsafeMutablePointer<Self>?,
    probabilities: UnsafeMutablePointer<Self>?)
}

/// Rows of independent normals: their means and standard deviations, in memory of the caller.
public struct GaussianRows<Scalar: MixedScalar> {
  /// The number of rows.
  public var rows: Int
  /// The number of entries of a row.
  public var columns: Int
  /// The means: row r begins at `means + r * meanStride`.
  public var means: UnsafePointer<Scalar>
  /// The distance between rows of means; 0 if all rows have the same.
  public var meanStride: Int
  /// The standard deviations: row r begins at `deviations + r * deviationStride`.
  public var deviations: UnsafePointer<Scalar>
  /// The distance between rows of standard deviations; 0 if all rows have the same.
  public var deviationStride: Int

  /// Rows of normals; by default, all with the parameters of one row.
  public init(
    rows: Int, columns: Int, means: UnsafePointer<Scalar>, meanStride: Int = 0,
    deviations: UnsafePointer<Scalar>, deviationStride: Int = 0
  ) {
    self.rows = rows
    self.columns = columns
    self.means = means
    self.meanStride = meanStride
    self.deviations = deviations
    self.deviationStride = deviationStride
  }
}

/// Fills rows with sparsemax(μ + σ ε) for the same μ and σ; see
/// ``MixedScalar/fillGaussianSparsemax(_:_:using:)``. The parameters are rounded to the scalar first.
///
/// - Parameters:
///   - outcomes: room for a whole number of rows of `means.count` entries.
///   - means: μ.
///   - deviations: σ, as many.
///   - stream: where the noise comes from.
func fillGaussianSparsemax<Scalar: MixedScalar>(
  _ outcomes: UnsafeMutableBufferPointer<Scalar>, means: [Double], deviations: [Double],
  using stream: inout RandomStream
) {
  precondition(means.count == deviations.count, "Every mean needs a standard deviation.")
  guard let output = outcomes.baseAddress, !means.isEmpty else { return }
  precondition(outcomes.count % means.count == 0, "Outcomes must be whole rows.")
  means.map { Scalar($0) }.withUnsafeBufferPointer { means in
    deviations.map { Scalar($0) }.withUnsafeBufferPointer { deviations in
      guard let mean = means.baseAddress, let deviation = deviations.baseAddress else { return }
      let law = GaussianRows(
        rows: outcomes.count / means.count, columns: means.count, means: mean, deviations: deviation)
      Scalar.fillGaussianSparsemax(output, law, using: &stream)
    }
  }
}

extension RandomPlace {
  /// The place as kernels take it.
  var normals: keel_normals { keel_normals(key: key, nonce: nonce, first: block, skip: skip) }
}
