import Keel
import TestSupport
import Testing

@testable import KeelFrames

@Suite("Networks averaged over frames")
struct FrameAveragedNetworkTests {
  /// A cloud of a normal distribution with the deviations 1, 1.5, 2.25 and so on, so that eigenvalues differ.
  static func cloud<Scalar: FrameScalar>(
    _ points: Int, _ dimension: Int, _: Scalar.Type, using stream: inout RandomStream
  ) -> Matrix<Scalar> {
    var deviations: [Scalar] = [1]
    for _ in 0..<dimension { deviations.append(deviations[deviations.count - 1] * 3 / 2) }
    return Matrix(rows: points, columns: dimension) { _, j in
      stream.normal(mean: Scalar(j) - 1, deviation: deviations[j])
    }
  }

  /// The mean over the elements of the frame, from their definition.
  static func plain<Scalar: FrameScalar>(
    _ network: MultilayerPerceptron<Scalar>, _ points: Matrix<Scalar>, _ group: FrameGroup
  ) throws -> (values: [Scalar], gap: Double) {
    let frame = try Frame(principalAxesOf: points, group: group)
    let values = frame.average(of: points) { canonical in
      let rows = network(canonical)
      return (0..<rows.columns).map { k in
        (0..<rows.rows).reduce(0 as Scalar) { $0 + rows[$1, k] } / Scalar(rows.rows)
      }
    }
    return (values, Double(frame.certificate.relativeGap))
  }

  /// Rounding moves axes by ε / gap, and the sums of a layer by as many ε as it has inputs; the inputs and outputs of
  /// these networks are of the order of ten.
  static func tolerance<Scalar: FrameScalar>(
    _ network: MultilayerPerceptron<Scalar>, gap: Double, values: [Scalar]
  ) -> Double {
    let width = Double(network.layers.map(\.weights.columns).max() ?? 1)
    let size = values.reduce(10.0) { max($0, Double($1.magnitude)) }
    return Double(Scalar.ulpOfOne) * (50 * max(1, 1 / gap) + 2 * width) * size
  }

  private func check<Scalar: FrameScalar>(
    _ network: MultilayerPerceptron<Scalar>, _ clouds: [Matrix<Scalar>], _ group: FrameGroup,
    _ comment: String
  ) throws {
    let found = try FrameAveragedNetwork(network, group: group)(PointClouds(clouds))
    #expect(found.rows == clouds.count && found.columns == network.outputs)
    for (b, cloud) in clouds.enumerated() {
      let (values, gap) = try Self.plain(network, cloud, group)
      let allowed = Self.tolerance(network, gap: gap, values: values)
      for k in 0..<network.outputs {
        let error = (Double(found[b, k]) - Double(values[k])).magnitude
        #expect(
          error <= allowed,
          "\(Scalar.self), \(comment), \(group), \(network.activation), cloud \(b), output \(k), gap \(gap)")
      }
    }
  }

  private func checkAll<Scalar: FrameScalar>(_: Scalar.Type, seed: UInt64) throws {
    for (dimension, widths) in [
      (1, [5, 1]), (2, [17, 5, 3]), (3, [64, 64]), (3, [1, 4]), (3, [7]), (4, [17, 33]), (5, [5, 5, 5, 2]),
    ] {
      var stream = RandomStream(seed: seed).stream(UInt64(dimension))
      for (index, group) in FrameGroup.allCases.enumerated() {
        let activation = NetworkActivation.allCases[(dimension + widths.count + index) % 3]
        for activatesOutput in [false, true] {
          let network = MultilayerPerceptron<Scalar>(
            randomWidths: [dimension] + widths, activation: activation, activatesOutput: activatesOutput,
            using: &stream)
          let clouds = [1, 7, 2, 13].map { Self.cloud($0, dimension, Scalar.self, using: &stream) }
          try check(
            network, clouds, group, "seed \(seed), \(dimension) \(widths), activates \(activatesOutput)")
        }
      }
    }
  }

  @Test("fused and plain averages agree", arguments: InstructionSet.available)
  func agreement(instructions: InstructionSet) throws {
    try instructions.select {
      try checkAll(Double.self, seed: 1)
      try checkAll(Float.self, seed: 2)
    }
  }

  @Test("wide layers", arguments: InstructionSet.available)
  func wideLayers(instructions: InstructionSet) throws {
    try instructions.select {
      var stream = RandomStream(seed: 3)
      for widths in [[3, 100, 130], [3, 16, 48, 80, 96], [3, 112, 5]] {
        let network = MultilayerPerceptron<Float>(
          randomWidths: widths, activation: .relu, activatesOutput: true, using: &stream)
        try check(network, [Self.cloud(9, 3, Float.self, using: &stream)], .specialEuclidean, "\(widths)")
        let precise = MultilayerPerceptron<Double>(
          randomWidths: widths, activation: .silu, activatesOutput: true, using: &stream)
        try check(precise, [Self.cloud(9, 3, Double.self, using: &stream)], .euclidean, "\(widths)")
      }
    }
  }

  @Test("clouds in a line, in a plane, in a point", arguments: FrameGroup.allCases)
  func rankDeficient(group: FrameGroup) throws {
    var stream = RandomStream(seed: 4)
    let network = MultilayerPerceptron<Double>(
      randomWidths: [3, 17, 4], activation: .tanh, using: &stream)
    let line = Matrix<Double>(rows: [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]])
    let plane = Matrix<Double>(rows: 6, columns: 3) { i, j in j == 2 ? 1 : Double((i * (j + 2)) % 5) }
    let single = Matrix<Double>(rows: [[1, 2, 3]])
    let same = Matrix<Double>(rows: [[1, 2, 3], [1, 2, 3]])
    try check(network, [line, plane, single, same, Matrix(zeros: 3, 3)], group, "rank deficient")
  }

  @Test("invariant under the group", arguments: FrameGroup.allCases)
  func invariance(group: FrameGroup) throws {
    for dimension in 1...5 {
      var stream = RandomStream(seed: 5).stream(UInt64(dimension))
      let network = MultilayerPerceptron<Double>(
        randomWidths: [dimension, 6, 4], activation: .silu, activatesOutput: true, using: &stream)
      let cloud = Self.cloud(12, dimension, Double.self, using: &stream)
      let averaged = try FrameAveragedNetwork(network, group: group)
      let (values, gap) = try Self.plain(network, cloud, group)
      for trial in 0..<4 {
        let element = FrameElement<Double>.random(of: group, dimension: dimension, using: &stream)
        let moved = try averaged(element.transformed(cloud))
        // A translation by t loses ε |t| of the coordinates; those here are of the order of 3.
        let allowed = 4 * Self.tolerance(network, gap: gap, values: values)
        for k in 0..<network.outputs {
          #expect((moved[k] - values[k]).magnitude <= allowed, "seed 5, d \(dimension), trial \(trial)")
        }
      }
    }
  }

  @Test("without reflections, mirror images differ")
  func chirality() throws {
    var stream = RandomStream(seed: 6)
    let network = MultilayerPerceptron<Double>(randomWidths: [3, 20, 1], activation: .tanh, using: &stream)
    let cloud = Self.cloud(10, 3, Double.self, using: &stream)
    let mirror = Matrix(rows: 10, columns: 3) { i, j in j == 0 ? -cloud[i, j] : cloud[i, j] }
    let rigid = try FrameAveragedNetwork(network, group: .specialEuclidean)
    #expect(abs(try rigid(cloud)[0] - rigid(mirror)[0]) > 1e-6)
    let all = try FrameAveragedNetwork(network, group: .euclidean)
    #expect(abs(try all(cloud)[0] - all(mirror)[0]) <= 1e-14)
  }

  @Test("pieces and threads change nothing")
  func threads() throws {
    var stream = RandomStream(seed: 7)
    let network = MultilayerPerceptron<Float>(randomWidths: [3, 4, 3], activation: .relu, using: &stream)
    let averaged = try FrameAveragedNetwork(network, group: .euclidean)
    // More points than a piece has, and many small clouds in a chunk.
    let large = Self.cloud(2500, 3, Float.self, using: &stream)
    let small = (0..<150).map { Self.cloud(1 + $0 % 40, 3, Float.self, using: &stream) }
    let clouds = PointClouds([large] + small)
    let expected = try averaged(clouds, threads: 1)
    for threads in 2...3 { #expect(try averaged(clouds, threads: threads) == expected) }
    #expect(CloudPieces(clouds, rowsPerPoint: 8).count > 152)
    let alone = try averaged(PointClouds([large]))
    for k in 0..<3 { #expect(alone[0, k] == expected[0, k]) }
    try check(network, [large], .euclidean, "large")
  }

  @Test("no clouds, bad clouds, too many dimensions")
  func edges() throws {
    var stream = RandomStream(seed: 8)
    let network = MultilayerPerceptron<Double>(randomWidths: [2, 3, 4], activation: .relu, using: &stream)
    let averaged = try FrameAveragedNetwork(network, group: .similarity)
    #expect(averaged.frameCount == 4)
    let none = try averaged(PointClouds(points: Matrix(zeros: 0, 2), starts: [0]))
    #expect(none.rows == 0 && none.columns == 4)
    #expect(throws: FrameError.self) { try averaged(Matrix(zeros: 0, 2)) }
    for bad in [Double.nan, .infinity] {
      #expect(throws: FrameError.self) { try averaged(Matrix(rows: [[0, 1], [bad, 2]])) }
    }
    let wide = MultilayerPerceptron<Double>(randomWidths: [26, 1], activation: .relu, using: &stream)
    #expect(throws: FrameError.self) { try FrameAveragedNetwork(wide, group: .euclidean) }
  }
}
