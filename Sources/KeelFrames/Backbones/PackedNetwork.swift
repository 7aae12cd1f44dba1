import Keel

/// The layers of a network, packed for kernels once and read from any thread.
final class PackedNetwork<Scalar: FrameScalar>: Sendable {
  /// The layers; their memory is that of this object, written in the initializer and only read afterwards.
  nonisolated(unsafe) let layers: PackedLayers<Scalar>
  /// The number of scalars of workspace that sums take.
  let workspaceCount: Int
  private nonisolated(unsafe) let packed: UnsafeMutablePointer<Scalar>
  private nonisolated(unsafe) let widths: UnsafeMutablePointer<Int>

  /// Packs layers.
  ///
  /// - Precondition: there is at least one.
  init(
    _ layers: some BidirectionalCollection<MultilayerPerceptron<Scalar>.Layer>, activation: NetworkActivation,
    lastActivation: NetworkActivation?
  ) {
    precondition(!layers.isEmpty, "A network has at least one layer")
    widths = .allocate(capacity: layers.count + 1)
    let counts = layers.map { Scalar.packedCount(inputs: $0.weights.columns, outputs: $0.biases.count) }
    // Rows of weights begin at lines of the cache.
    let capacity = max(counts.reduce(0, +), 1)
    packed = UnsafeMutableRawPointer.allocate(
      byteCount: capacity * MemoryLayout<Scalar>.stride, alignment: 64
    ).bindMemory(to: Scalar.self, capacity: capacity)
    var place = packed
    for (index, layer) in layers.enumerated() {
      let (inputs, outputs) = (layer.weights.columns, layer.biases.count)
      if index == 0 { widths.initialize(to: inputs) }
      (widths + index + 1).initialize(to: outputs)
      layer.weights.withUnsafeElements { weights in
        layer.biases.withUnsafeBufferPointer {
          Scalar.pack(
            inputs: inputs, outputs: outputs, weights: weights, biases: $0.baseAddress, into: place)
        }
      }
      place += counts[index]
    }
    self.layers = PackedLayers(
      count: layers.count, widths: widths, packed: packed, activation: activation,
      lastActivation: lastActivation)
    workspaceCount = Scalar.workspaceCount(of: self.layers)
  }

  deinit {
    packed.deallocate()
    widths.deallocate()
  }
}
