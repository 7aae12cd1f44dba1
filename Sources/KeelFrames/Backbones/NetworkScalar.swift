public import Keel

/// A scalar for which the kernels of networks exist: Float and Double.
///
/// The requirements are the kernels: the low level, over memory of the caller, whose parameters are taken as they are.
public protocol NetworkScalar: RealScalar {
  /// Replaces numbers by σ of them.
  ///
  /// The error is at most three units in the last place of the result. All instruction sets give the same bits. NaN
  /// stays NaN, and infinities give the limits of σ.
  ///
  /// - Parameters:
  ///   - activation: σ.
  ///   - values: the numbers.
  ///   - count: how many there are.
  static func activate(_ activation: NetworkActivation, _ values: UnsafeMutablePointer<Self>, count: Int)

  /// The room that a packed layer takes.
  static func packedCount(inputs: Int, outputs: Int) -> Int

  /// Packs a layer in the form in which ``sumOutputs(of:over:into:workspace:)`` reads it, the same for all
  /// instruction sets.
  ///
  /// - Parameters:
  ///   - inputs: the number of inputs.
  ///   - outputs: the number of outputs.
  ///   - weights: outputs × inputs, by rows.
  ///   - biases: one an output.
  ///   - packed: room for ``packedCount(inputs:outputs:)`` numbers.
  static func pack(
    inputs: Int, outputs: Int, weights: UnsafePointer<Self>?, biases: UnsafePointer<Self>?,
    into packed: UnsafeMutablePointer<Self>)

  /// The number of scalars of workspace that a network takes.
  static func workspaceCount(of network: PackedLayers<Self>) -> Int

  /// The sums of the outputs of a network over points and over the signs of their axes.
  ///
  /// - Parameters:
  ///   - network: the network; it has an input a coordinate.
  ///   - points: the points with their centre and axes.
  ///   - sums: room for a number an output.
  ///   - workspace: room for ``workspaceCount(of:)`` numbers.
  static func sumOutputs(
    of network: PackedLayers<Self>, over points: FramedPoints<Self>, into sums: UnsafeMutablePointer<Double>,
    workspace: UnsafeMutablePointer<Self>)

  /// The sums `b + Σ_j s_j u_j` of a linear first layer, for all signs.
  ///
  /// - Parameters:
  ///   - rows: room for a row of outputs for each sign. Bit j of the row's number says whether `s_j = -1`.
  ///   - outputs: the number of outputs.
  ///   - biases: b, one an output.
  ///   - products: u_j, a row of outputs each.
  ///   - dimension: how many products there are.
  ///   - isProper: whether only signs with the product 1 are wanted: then the last one follows from the others.
  static func fillSignedSums(
    _ rows: UnsafeMutablePointer<Self>, outputs: Int, biases: UnsafePointer<Self>,
    products: UnsafePointer<Self>, dimension: Int, isProper: Bool)

  /// The means over clouds whose sums are known piece by piece.
  ///
  /// - Parameters:
  ///   - sums: a row of sums a piece.
  ///   - outputs: the number of sums of a row.
  ///   - firstPieces: the first piece of each cloud, and at the end the number of pieces.
  ///   - divisors: a number a cloud.
  ///   - means: room for a row a cloud.
  static func meanOutputs(
    _ sums: UnsafePointer<Double>, outputs: Int, firstPieces: UnsafeBufferPointer<Int>,
    divisors: UnsafePointer<Double>, into means: UnsafeMutablePointer<Self>)
}

/// Layers in the form in which kernels read them, in memory of the caller.
public struct PackedLayers<Scalar: NetworkScalar> {
  /// The number of layers.
  public var count: Int
  /// The number of inputs, and those of the outputs of each layer: one more than there are layers.
  public var widths: UnsafePointer<Int>
  /// The layers, one after the other, each as ``NetworkScalar/pack(inputs:outputs:weights:biases:into:)`` writes it.
  public var packed: UnsafePointer<Scalar>
  /// The activation after every layer but the last.
  public var activation: NetworkActivation
  /// The activation after the last layer, if there is one.
  public var lastActivation: NetworkActivation?

  /// Layers one after the other.
  public init(
    count: Int, widths: UnsafePointer<Int>, packed: UnsafePointer<Scalar>, activation: NetworkActivation,
    lastActivation: NetworkActivation?
  ) {
    self.count = count
    self.widths = widths
    self.packed = packed
    self.activation = activation
    self.lastActivation = lastActivation
  }
}

/// Points with the axes whose signs a frame goes through, in memory of the caller.
public struct FramedPoints<Scalar: NetworkScalar> {
  /// The number of points.
  public var count: Int
  /// Their coordinates, point after point.
  public var coordinates: UnsafePointer<Scalar>
  /// The centre.
  public var center: UnsafePointer<Scalar>
  /// The axes as columns of an orthogonal matrix, by rows.
  public var axes: UnsafePointer<Scalar>
  /// What coordinates about the centre are divided by.
  public var scale: Scalar
  /// Whether only rotations are frames, so that the signs have a product.
  public var isProper: Bool

  /// Points with their centre and axes.
  public init(
    count: Int, coordinates: UnsafePointer<Scalar>, center: UnsafePointer<Scalar>,
    axes: UnsafePointer<Scalar>,
    scale: Scalar, isProper: Bool
  ) {
    self.count = count
    self.coordinates = coordinates
    self.center = center
    self.axes = axes
    self.scale = scale
    self.isProper = isProper
  }
}
