import CKernels
public import Keel

extension Double: NetworkScalar {
  /// By a kernel of the best instruction set.
  public static func activate(
    _ activation: NetworkActivation, _ values: UnsafeMutablePointer<Double>, count: Int
  ) {
    keel_activate_f64(activation.kernelCode, count, values)
  }

  /// By the layout of the kernels.
  public static func packedCount(inputs: Int, outputs: Int) -> Int {
    keel_network_packed_count_f64(inputs, outputs)
  }

  /// In the layout of the kernels.
  public static func pack(
    inputs: Int, outputs: Int, weights: UnsafePointer<Double>?, biases: UnsafePointer<Double>?,
    into packed: UnsafeMutablePointer<Double>
  ) {
    keel_network_pack_f64(inputs, outputs, weights, biases, packed)
  }

  /// What the kernels ask for.
  public static func workspaceCount(of network: PackedLayers<Double>) -> Int {
    var layers = network.kernelForm
    return keel_network_workspace_f64(&layers)
  }

  /// By a kernel of the best instruction set.
  public static func sumOutputs(
    of network: PackedLayers<Double>, over points: FramedPoints<Double>,
    into sums: UnsafeMutablePointer<Double>,
    workspace: UnsafeMutablePointer<Double>
  ) {
    var layers = network.kernelForm
    var cloud = keel_framed_cloud_f64(
      points: points.count, coordinates: points.coordinates, center: points.center, axes: points.axes,
      scale: points.scale, proper: points.isProper ? 1 : 0)
    keel_frames_network_sums_f64(&layers, &cloud, sums, workspace)
  }

  /// By a kernel of the best instruction set.
  public static func fillSignedSums(
    _ rows: UnsafeMutablePointer<Double>, outputs: Int, biases: UnsafePointer<Double>,
    products: UnsafePointer<Double>, dimension: Int, isProper: Bool
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: (dimension + 9) * (outputs + 15) + 2 * dimension)
    {
      guard let workspace = $0.baseAddress else { return }
      keel_signed_rows_f64(dimension, isProper ? 1 : 0, outputs, biases, products, rows, workspace)
    }
  }

  /// In double precision, rounded at the end.
  public static func meanOutputs(
    _ sums: UnsafePointer<Double>, outputs: Int, firstPieces: UnsafeBufferPointer<Int>,
    divisors: UnsafePointer<Double>, into means: UnsafeMutablePointer<Double>
  ) {
    keel_network_means_f64(
      firstPieces.count - 1, outputs, firstPieces.baseAddress, sums, divisors, means)
  }
}

extension PackedLayers<Double> {
  /// The layers as kernels take them.
  fileprivate var kernelForm: keel_network_f64 {
    keel_network_f64(
      layers: count, widths: widths, packed: packed, activation: activation.kernelCode,
      last_activation: lastActivation?.kernelCode ?? CInt(KEEL_ACTIVATION_NONE))
  }
}
