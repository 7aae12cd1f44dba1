public import Keel

/// The average over a frame of a network that takes one point at a time: an invariant of clouds of points.
///
/// For a cloud of n points with the canonical coordinates `p_i = Vᵀ(x_i - t) / c` it is
///
///     (1 / (n |S|)) Σ_i Σ_s N(s ∘ p_i)
///
/// over the points and the signs S of the frame of principal axes: all 2ᵈ of them, or, for groups without reflections,
/// the 2ᵈ⁻¹ with which the axes are a rotation. It does not depend on the order of the points either.
///
/// The signed copies of the cloud are never made. The first layer is linear, so that its values for all signs are sums
/// `b + Σ_j s_j u_j` of d products, of which s and -s share one half each; blocks of such rows go through all layers
/// while they are in the cache. After ``NetworkActivation/relu`` the products with inputs that are zero, about half of
/// them, are left out where that pays: weights must be finite.
///
/// If the last layer has no activation, means commute with it: it is applied once to the mean of its inputs, which
/// saves all its products but one a cloud, and gives the same up to rounding.
///
/// ```swift
/// var stream = RandomStream(seed: 1)
/// let network = MultilayerPerceptron<Float>(
///   randomWidths: [3, 64, 64], activation: .relu, activatesOutput: true, using: &stream)
/// let invariant = try FrameAveragedNetwork(network, group: .euclidean)
/// let features = try invariant(clouds)          // a row of 64 numbers a cloud
/// ```
///
/// Source: Puny et al. (2022), equation 3, with the frames of section 3.1.
public struct FrameAveragedNetwork<Scalar: FrameScalar>: Sendable {
  /// N: it has an input a coordinate.
  public let network: MultilayerPerceptron<Scalar>
  /// The group under which the average is invariant.
  public let group: FrameGroup
  /// The layers over whose outputs the mean is taken.
  private let averaged: PackedNetwork<Scalar>
  /// The last layer, where it commutes with the mean.
  private let remaining: MultilayerPerceptron<Scalar>?

  /// The average of a network over the frames of a group.
  ///
  /// - Parameters:
  ///   - network: the network; its inputs are the coordinates of a point.
  ///   - group: the group.
  /// - Throws: ``FrameError/tooManyElements(argument:count:limit:)`` if frames in so many dimensions have more
  ///   elements than ``FiniteFrame/largestAverage``.
  public init(_ network: MultilayerPerceptron<Scalar>, group: FrameGroup) throws(FrameError) {
    let signs = network.inputs - (group.isProper ? 1 : 0)
    guard signs < Int.bitWidth - 1, 1 << max(signs, 0) <= Frame<Scalar>.largestAverage else {
      throw .tooManyElements(
        argument: "network", count: "2^\(signs)", limit: "\(Frame<Scalar>.largestAverage)")
    }
    self.network = network
    self.group = group
    let layers = network.layers
    if network.activatesOutput || layers.count == 1 {
      averaged = PackedNetwork(
        layers, activation: network.activation,
        lastActivation: network.activatesOutput ? network.activation : nil)
      remaining = nil
    } else {
      averaged = PackedNetwork(
        layers.dropLast(), activation: network.activation, lastActivation: network.activation)
      remaining = MultilayerPerceptron(layers: layers.suffix(1), activation: network.activation)
    }
  }

  /// The number of elements of a frame.
  public var frameCount: Int { 1 << max(network.inputs - (group.isProper ? 1 : 0), 0) }

  /// The averages for many clouds, a row each.
  ///
  /// - Parameters:
  ///   - clouds: the clouds, of any numbers of points.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Returns: clouds × outputs.
  /// - Complexity: `2ᵈ` evaluations of the network a point, 2ᵈ⁻¹ without reflections.
  /// - Throws: as ``FrameBatch/init(principalAxesOf:group:tolerance:threads:)``.
  /// - Precondition: the clouds have the dimension of the network's inputs.
  ///
  /// Edge cases:
  /// - Where two eigenvalues other than zero are equal up to rounding, the axes, and with them the average, are
  ///   arbitrary: see ``FrameCertificate``.
  /// - Points in a line or a plane, and single points, do no harm.
  public func callAsFunction(
    _ clouds: PointClouds<Scalar>, threads: Int? = nil
  ) throws(FrameError) -> Matrix<Scalar> {
    try self(FrameBatch(principalAxesOf: clouds, group: group), threads: threads)
  }

  /// The averages for clouds whose frames are known, a row each.
  ///
  /// - Parameters:
  ///   - frames: the frames and their clouds.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Returns: clouds × outputs.
  /// - Complexity: as above.
  /// - Precondition: the frames are of the same group, and of the dimension of the network's inputs.
  public func callAsFunction(_ frames: FrameBatch<Scalar>, threads: Int? = nil) -> Matrix<Scalar> {
    precondition(frames.group == group, "The frames must be of the group of the average")
    precondition(
      frames.dimension == network.inputs, "The clouds must have the dimension of the network's inputs")
    let means = means(frames, threads: threads)
    return remaining.map { $0(means) } ?? means
  }

  /// The average for one cloud.
  ///
  /// - Parameter points: n × d.
  /// - Throws: as for many clouds.
  /// - Precondition: the points have the dimension of the network's inputs.
  public func callAsFunction(_ points: Matrix<Scalar>) throws(FrameError) -> [Scalar] {
    try self(PointClouds([points])).elements
  }

  /// The means of the outputs of the averaged layers over points and signs.
  private func means(_ frames: FrameBatch<Scalar>, threads: Int?) -> Matrix<Scalar> {
    let (clouds, scales) = (frames.clouds, frames.scales)
    let pieces = CloudPieces(clouds, rowsPerPoint: frameCount)
    let d = clouds.dimension
    let outputs = averaged.layers.widths[averaged.layers.count]
    var sums = [Double](repeating: 0, count: pieces.count * outputs)
    let (coordinates, axes) = (clouds.points.elements, frames.axes.elements)
    sums.withUnsafeMutableBufferPointer { sums in
      coordinates.withUnsafeBufferPointer { coordinates in
        frames.centers.elements.withUnsafeBufferPointer { centers in
          axes.withUnsafeBufferPointer { axes in
            guard let sums = sums.baseAddress, let coordinates = coordinates.baseAddress,
              let centers = centers.baseAddress, let axes = axes.baseAddress
            else { return }
            // Every piece writes its own row of the sums; the rest is read.
            nonisolated(unsafe) let memory = (sums, coordinates, centers, axes)
            pieces.forEach(threads: threads) { range in
              withUnsafeTemporaryAllocation(of: Scalar.self, capacity: averaged.workspaceCount) { workspace in
                guard let workspace = workspace.baseAddress else { return }
                for index in range {
                  let piece = pieces[index]
                  let points = FramedPoints(
                    count: piece.points.count, coordinates: memory.1 + piece.points.lowerBound * d,
                    center: memory.2 + piece.cloud * d, axes: memory.3 + piece.cloud * d * d,
                    scale: scales[piece.cloud], isProper: group.isProper)
                  Scalar.sumOutputs(
                    of: averaged.layers, over: points, into: memory.0 + index * outputs, workspace: workspace)
                }
              }
            }
          }
        }
      }
    }
    let divisors = (0..<clouds.count).map {
      Double(clouds.starts[$0 + 1] - clouds.starts[$0]) * Double(frameCount)
    }
    return Matrix(rows: clouds.count, columns: outputs) { (means: UnsafeMutablePointer<Scalar>) in
      sums.withUnsafeBufferPointer { sums in
        divisors.withUnsafeBufferPointer { divisors in
          pieces.firstOfCloud.withUnsafeBufferPointer { first in
            guard let sums = sums.baseAddress, let divisors = divisors.baseAddress else { return }
            Scalar.meanOutputs(sums, outputs: outputs, firstPieces: first, divisors: divisors, into: means)
          }
        }
      }
    }
  }
}
