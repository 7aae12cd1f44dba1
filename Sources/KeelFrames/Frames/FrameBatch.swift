public import Keel

/// The frames of principal axes of many clouds.
///
/// ```swift
/// let batch = try FrameBatch(principalAxesOf: clouds, group: .euclidean)
/// let canonical = batch.canonicalClouds()          // (X - 1tᵀ) V of each
/// let values = batch.average { network($0.elements) }
/// ```
///
/// Moments and axes come from kernels that work on many clouds at once. Certificates are made when a frame is asked
/// for its own.
public struct FrameBatch<Scalar: FrameScalar>: Sendable {
  /// The group of which the transformations are.
  public let group: FrameGroup
  /// The clouds.
  public let clouds: PointClouds<Scalar>
  private let principal: FrameAxes<Scalar>
  private let tolerance: Scalar?

  /// The frames of clouds; each is that of ``Frame/init(principalAxesOf:group:tolerance:)``.
  ///
  /// - Parameters:
  ///   - clouds: the clouds, of any numbers of points.
  ///   - group: the group under which averages are to be invariant.
  ///   - tolerance: neighbouring eigenvalues whose difference is at most this times the larger one are reported as
  ///     equal; default `√ε / 16`.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Complexity: O(n d² + B d³) for B clouds of n points in all.
  /// - Throws: ``FrameError/empty(argument:)`` or ``FrameError/notFinite(argument:position:)`` for the first such
  ///   cloud, called `cloud b`; ``FrameError/wrongShape(argument:expected:found:)`` without columns.
  public init(
    principalAxesOf clouds: PointClouds<Scalar>, group: FrameGroup, tolerance: Scalar? = nil,
    threads: Int? = nil
  ) throws(FrameError) {
    self.group = group
    self.clouds = clouds
    self.tolerance = tolerance
    principal = try FrameAxes(
      clouds, centered: group.translates, proper: group.isProper, threads: threads, name: { "cloud \($0)" })
  }

  /// The number of clouds.
  public var count: Int { clouds.count }

  /// d.
  public var dimension: Int { clouds.dimension }

  /// The centroids, a row a cloud; zeros for groups without translations.
  public var centers: Matrix<Scalar> { principal.centers }

  /// The axes V of each cloud, columns by ascending eigenvalue, as ``Frame/signedAxes`` has them.
  public var axes: MatrixBatch<Scalar> { principal.axes }

  /// The scales; 1, except for similarities.
  public var scales: [Scalar] {
    (0..<count).map { b in
      group.scales ? principal.scale(b, points: clouds.starts[b + 1] - clouds.starts[b]) : 1
    }
  }

  /// The frame of cloud b.
  ///
  /// - Complexity: O(d²), or O(d³) for d > 3; its certificate is not made yet.
  /// - Precondition: the index is in `0..<count`.
  public subscript(b: Int) -> Frame<Scalar> {
    precondition(b >= 0 && b < count, "There is no such cloud")
    return Frame(principal, clouds, b, group: group, tolerance: tolerance)
  }

  /// The canonical cloud `(X - 1tᵀ) V / c` of each; the others of its frame have columns turned round.
  ///
  /// - Parameter threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for
  ///   any.
  /// - Complexity: O(n d²) for n points in all.
  public func canonicalClouds(threads: Int? = nil) -> PointClouds<Scalar> {
    var matrices = axes
    if group.scales {
      for (b, scale) in scales.enumerated() {
        for i in 0..<dimension {
          for j in 0..<dimension { matrices[b, i, j] /= scale }
        }
      }
    }
    return clouds.inverseTransformed(rotations: matrices, translations: centers, threads: threads)
  }

  /// The invariant average of a function over the frame of each cloud.
  ///
  /// The clouds are shared out among threads; the values do not depend on their number.
  ///
  /// - Parameters:
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  ///   - function: φ, any function of a cloud.
  /// - Returns: the values of `⟨φ⟩`, cloud after cloud.
  /// - Complexity: the elements of all frames evaluations of φ.
  /// - Throws: what φ throws, for the first cloud for which it does.
  /// - Precondition: no frame has more elements than ``FiniteFrame/largestAverage``.
  public func average<Failure: Error>(
    threads: Int? = nil, _ function: @Sendable (Matrix<Scalar>) throws(Failure) -> [Scalar]
  ) throws(Failure) -> [[Scalar]] {
    try Parallel.map(count, chunk: 8, threads: threads) { b throws(Failure) in
      try self[b].average(of: clouds[b], function)
    }
  }
}
