import CKernels
public import Keel

extension Float: NetworkScalar {
  /// By a kernel of the best instruction set.
  public static func activate(
    _ activation: NetworkActivation, _ values: UnsafeMutablePointer<Float>, count: Int
  ) {
    keel_activate_f32(activation.kernelCode, count, values)
  }

  /// By the layout of the kernels.
  public static func packedCount(inputs: Int, outputs: Int) -> Int {
    keel_network_packed_count_f32(inputs, outputs)
  }

  /// In the layout of the kernels.
  public static func pack(
    inputs: Int, outputs: Int, weights: UnsafePointer<Float>?, biases: UnsafePointer<Float>?,
    into packed: UnsafeMutablePointer<Float>
  ) {
    keel_network_pack_f32(inputs, outputs, weights, biases, packed)
  }

  /// What the kernels ask for.
  public static func workspaceCount(of network: PackedLayers<Float>) -> Int {
    var layers = network.kernelForm
    return keel_network_workspace_f32(&layers)
  }

  /// By a kernel of the best instruction set.
  public static func sumOutputs(
    of network: PackedLayers<Float>, over points: FramedPoints<Float>,
    into sums: UnsafeMutablePointer<Double>,
    workspace: UnsafeMutablePointer<Float>
  ) {
    var layers = network.kernelForm
    var cloud = keel_framed_cloud_f32(
      points: points.count, coordinates: points.coordinates, center: points.center, axes: points.axes,
      scale: points.scale, proper: points.isProper ? 1 : 0)
    keel_frames_network_sums_f32(&layers, &cloud, sums, workspace)
  }

  /// By a kernel of the best instruction set.
  public static func fillSignedSums(
    _ rows: UnsafeMutablePointer<Float>, outputs: Int, biases: UnsafePointer<Float>,
    products: UnsafePointer<Float>, dimension: Int, isProper: Bool
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: (dimension + 9) * (outputs + 15) + 2 * dimension)
    {
      guard let workspace = $0.baseAddress else { return }
      keel_signed_rows_f32(dimension, isProper ? 1 : 0, outputs, biases, products, rows, workspace)
    }
  }

  /// In double precision, rounded at the end.
  public static func meanOutputs(
    _ sums: UnsafePointer<Double>, outputs: Int, firstPieces: UnsafeBufferPointer<Int>,
    divisors: UnsafePointer<Double>, into means: UnsafeMutablePointer<Float>
  ) {
    keel_network_means_f32(
      firstPieces.count - 1, outputs, firstPieces.baseAddress, sums, divisors, means)
  }
}

extension PackedLayers<Float> {
  /// The layers as kernels take them.
  fileprivate var kernelForm: keel_network_f32 {
    keel_network_f32(
      layers: count, widths: widths, packed: packed, activation: activation.kernelCode,
      last_activation: lastActivation?.kernelCode ?? CInt(KEEL_ACTIVATION_NONE))
  }
}
