import Keel
import KeelFrames

extension Workload {
  /// Averages over frames of the network 3-64-64, with ReLU after both layers, of every point of clouds in Float:
  /// `128x512` is 128 clouds of 512 points. From the points to a row of 64 numbers a cloud.
  ///
  /// Operations are those of the products that the definition asks for: `2 (3·64 + 64·64)` a point and frame, of which
  /// there are 8, or 4 without reflections (`-rigid`). A peer's copies of the cloud, and what Keel saves in the first
  /// layer, count for nothing.
  static let frameNetworks: [Workload] = FrameGroup.benchmarked.flatMap { group in
    [(128, 512), (8, 2048), (1250, 32)].map { frameNetwork(group, clouds: $0, points: $1) }
  }

  private static func frameNetwork(_ group: FrameGroup, clouds: Int, points: Int) -> Workload {
    let products = Double(clouds * points * (group.isProper ? 4 : 8)) * Double(3 * 64 + 64 * 64)
    let make: @Sendable () throws -> (FrameAveragedNetwork<Float>, PointClouds<Float>) = {
      var stream = RandomStream(seed: 31)
      let network = MultilayerPerceptron<Float>(
        randomWidths: [3, 64, 64], activation: .relu, activatesOutput: true, using: &stream)
      let deviations: [Float] = [3, 2, 1]
      let coordinates = (0..<(clouds * points * 3)).map { deviations[$0 % 3] * stream.normal() }
      let batch = MatrixBatch(count: clouds, rows: points, columns: 3, elements: coordinates)
      return (try FrameAveragedNetwork(network, group: group), PointClouds(batch))
    }
    let suffix = group.isProper ? "-rigid" : ""
    return Workload("framenetwork-\(clouds)x\(points)\(suffix)", 2 * products) {
      let (average, clouds) = try make()
      return { repetitions in
        var sum: Float = 0
        for _ in 0..<repetitions { sum += try average(clouds)[0, 0] }
        return Double(sum)
      }
    }
    .checked {
      let (average, clouds) = try make()
      let found = try average(clouds)
      var worst = 0.0
      for b in 0..<3 {
        let cloud = Matrix<Double>(converting: clouds[b])
        let expected = try plainAverage(average.network, cloud, group)
        for k in 0..<found.columns { worst = max(worst, (Double(found[b, k]) - expected[k]).magnitude) }
      }
      return worst
    }
  }

  /// The mean over points and frames by definition, in double precision.
  private static func plainAverage(
    _ network: MultilayerPerceptron<Float>, _ cloud: Matrix<Double>, _ group: FrameGroup
  ) throws -> [Double] {
    let precise = MultilayerPerceptron<Double>(
      layers: network.layers.map {
        .init(weights: Matrix(converting: $0.weights), biases: $0.biases.map { Double($0) })
      }, activation: network.activation, activatesOutput: network.activatesOutput)
    return try Frame(principalAxesOf: cloud, group: group).average(of: cloud) { canonical in
      let rows = precise(canonical)
      return (0..<rows.columns).map { k in
        (0..<rows.rows).reduce(0) { $0 + rows[$1, k] } / Double(rows.rows)
      }
    }
  }
}

extension FrameGroup {
  /// Those whose averages are timed.
  fileprivate static let benchmarked: [FrameGroup] = [.euclidean, .specialEuclidean]
}
