import Keel
import RealModule
import TestSupport
import Testing

@testable import KeelFrames

@Suite("Kernels of networks")
struct NetworkKernelTests {
  private func sums<Scalar: FrameScalar>(
    _ network: PackedNetwork<Scalar>, _ cloud: Matrix<Scalar>, axes: Matrix<Scalar>, proper: Bool
  ) -> [Double] {
    var sums = [Double](repeating: .nan, count: network.layers.widths[network.layers.count])
    var workspace = [Scalar](repeating: .nan, count: network.workspaceCount)
    let center = [Scalar](repeating: 0, count: cloud.columns)
    cloud.elements.withUnsafeBufferPointer { coordinates in
      axes.elements.withUnsafeBufferPointer { axes in
        center.withUnsafeBufferPointer { center in
          workspace.withUnsafeMutableBufferPointer { workspace in
            sums.withUnsafeMutableBufferPointer { sums in
              guard let coordinates = coordinates.baseAddress, let center = center.baseAddress,
                let axes = axes.baseAddress, let sums = sums.baseAddress,
                let workspace = workspace.baseAddress
              else { return }
              Scalar.sumOutputs(
                of: network.layers,
                over: FramedPoints(
                  count: cloud.rows, coordinates: coordinates, center: center, axes: axes, scale: 1,
                  isProper: proper), into: sums, workspace: workspace)
            }
          }
        }
      }
    }
    return sums
  }

  /// Integers as weights and coordinates: every sum is exact, so that all instruction sets must agree with counting.
  private func checkExact<Scalar: FrameScalar>(_: Scalar.Type) {
    for dimension in 1...6 {
      var random = SplitMix(seed: UInt64(dimension))
      func integers(_ rows: Int, _ columns: Int) -> Matrix<Scalar> {
        Matrix(rows: rows, columns: columns) { _, _ in Scalar(Int(random.next() % 7) - 3) }
      }
      for width in [1, 5, 16, 17, 33, 65] {
        let layers = [(dimension, width), (width, 9)].map {
          MultilayerPerceptron<Scalar>.Layer(
            weights: integers($0.1, $0.0), biases: integers(1, $0.1).elements)
        }
        let cloud = integers(5, dimension)
        // A permutation of the axes, odd in even dimensions.
        let axes = Matrix<Scalar>(rows: dimension, columns: dimension) { i, j in
          (i + 1) % dimension == j ? 1 : 0
        }
        let isMirrored = dimension % 2 == 0
        for proper in [false, true] {
          let network = PackedNetwork(layers, activation: .relu, lastActivation: .relu)
          var expected = [Double](repeating: 0, count: 9)
          for signs in 0..<(1 << dimension) where !proper || (signs.nonzeroBitCount % 2 == 1) == isMirrored {
            let shown = Matrix(rows: 5, columns: dimension) { i, j in
              let value = cloud[i, (j + dimension - 1) % dimension]
              return signs >> j & 1 == 1 ? -value : value
            }
            let rows = MultilayerPerceptron(layers: layers, activation: .relu, activatesOutput: true)(shown)
            for i in 0..<5 { for k in 0..<9 { expected[k] += Double(rows[i, k]) } }
          }
          for instructions in InstructionSet.available {
            let found = instructions.select { sums(network, cloud, axes: axes, proper: proper) }
            #expect(found == expected, "\(Scalar.self), \(instructions), \(dimension), \(width), \(proper)")
          }
        }
      }
    }
  }

  @Test("sums of integers are exact")
  func integers() {
    checkExact(Float.self)
    checkExact(Double.self)
  }

  @Test("instruction sets that fuse products give the same bits")
  func sameBits() {
    guard InstructionSet.available.contains(.avx512) else { return }
    var stream = RandomStream(seed: 11)
    let network = MultilayerPerceptron<Float>(
      randomWidths: [3, 37, 70, 19], activation: .tanh, activatesOutput: true, using: &stream)
    let packed = PackedNetwork(network.layers, activation: .tanh, lastActivation: .relu)
    let cloud = FrameAveragedNetworkTests.cloud(23, 3, Float.self, using: &stream)
    let axes = Matrix<Float>.randomRotation(3, using: &stream)
    let expected = InstructionSet.avx512.select { sums(packed, cloud, axes: axes, proper: true) }
    #expect(InstructionSet.avx2.select { sums(packed, cloud, axes: axes, proper: true) } == expected)
  }

  private func activated<Scalar: FrameScalar>(_ kind: NetworkActivation, _ values: [Scalar]) -> [Scalar] {
    var result = values
    result.withUnsafeMutableBufferPointer {
      if let memory = $0.baseAddress { Scalar.activate(kind, memory, count: $0.count) }
    }
    return result
  }

  private func exact(_ kind: NetworkActivation, _ x: Double) -> Double {
    switch kind {
    case .relu: max(x, 0)
    case .tanh: Double.tanh(x)
    case .silu: x / (1 + Double.exp(-x))
    }
  }

  private func checkActivations<Scalar: FrameScalar>(_: Scalar.Type, magnitude: Double) {
    var random = SplitMix(seed: 12)
    for kind in NetworkActivation.allCases {
      // Sizes around a block of 64 bytes, and numbers of all magnitudes that do not underflow in e⁻ˣ.
      for count in Array(0...17) + [300] {
        let values: [Scalar] = (0..<count).map { _ in
          let x: Double = random.scalar()
          return Scalar(x * Double.exp(Double(random.scalar() as Double) * magnitude))
        }
        let expected = InstructionSet.best.select { activated(kind, values) }
        for instructions in InstructionSet.available {
          #expect(instructions.select { activated(kind, values) } == expected)
        }
        for (x, y) in zip(values, expected) {
          // Two roundings of e^r - 1 and three around it, of half a unit each; the reference has one.
          let wanted = exact(kind, Double(x))
          #expect(
            (Double(y) - wanted).magnitude <= 4 * Double(Scalar.ulpOfOne) * wanted.magnitude,
            "\(kind), \(x)")
        }
      }
      let special: [Scalar] = [.infinity, -.infinity, 0, -.zero, .greatestFiniteMagnitude, -2000, .nan]
      let limits: [Scalar] =
        kind == .tanh ? [1, -1, 0, 0, 1, -1] : [.infinity, 0, 0, 0, .greatestFiniteMagnitude, 0]
      let found = activated(kind, special)
      #expect(Array(found.dropLast()) == limits, "\(kind)")
      #expect(found[6].isNaN, "\(kind)")
    }
  }

  @Test("activations")
  func activations() {
    checkActivations(Double.self, magnitude: 6)
    checkActivations(Float.self, magnitude: 4)
  }

  @Test("the derivative of a network", arguments: NetworkActivation.allCases, [false, true])
  func pullback(activation: NetworkActivation, activatesOutput: Bool) {
    var stream = RandomStream(seed: 13)
    let network = MultilayerPerceptron<Double>(
      randomWidths: [3, 6, 5, 2], activation: activation, activatesOutput: activatesOutput, using: &stream)
    let input = Matrix<Double>(rows: 4, columns: 3) { _, _ in stream.normal() }
    let cotangent = Matrix<Double>(rows: 4, columns: 2) { _, _ in stream.normal() }
    let found = network.pullback(cotangent, at: input)
    let step = 1e-5
    for i in 0..<4 {
      for j in 0..<3 {
        var (ahead, behind) = (input, input)
        ahead[i, j] += step
        behind[i, j] -= step
        let (after, before) = (network(ahead), network(behind))
        let slope = (0..<2).reduce(0.0) {
          $0 + cotangent[i, $1] * (after[i, $1] - before[i, $1]) / (2 * step)
        }
        // Third derivatives of order one times step², and ε / step.
        #expect((found[i, j] - slope).magnitude <= 1e-9, "seed 13, \(i), \(j)")
      }
    }
  }
}
