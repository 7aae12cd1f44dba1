import Keel

extension LinearTransferProblem {
  /// A random problem: Haar-distributed true features, pretrained features at a given distance, a true
  /// head of given norm in a uniform direction, and Gaussian training inputs.
  ///
  /// - Parameters:
  ///   - k: the number of features, at least 1 and at most d/2.
  ///   - d: the number of input dimensions.
  ///   - n: the number of training inputs, at least 1.
  ///   - weightNorm: `‖w*‖`, positive.
  ///   - featureDistance: `d(B₀, B*)`, in `0...√2`.
  ///   - stream: the source of randomness.
  /// - Throws: ``TransferError`` only if a factorization fails.
  public static func random(
    featureCount k: Int, inputDimension d: Int, trainingCount n: Int, weightNorm: Double,
    featureDistance: Double, using stream: inout RandomStream
  ) throws(TransferError) -> LinearTransferProblem {
    precondition(k >= 1 && 2 * k <= d && n >= 1, "A random problem needs 1 ≤ k ≤ d/2 and n ≥ 1")
    precondition(weightNorm > 0, "The norm of the weights must be positive")
    let truth = Matrix<Double>.randomOrthonormalRows(k, d, using: &stream)
    let direction: [Double] = stream.normals(count: k)
    let length = BLAS.nrm2(direction)
    let pretrained = try Self.features(atDistance: featureDistance, from: truth, using: &stream)
    let inputs = Matrix<Double>(rows: n, columns: d, elements: stream.normals(count: n * d))
    return try LinearTransferProblem(
      inputs: inputs, pretrainedFeatures: pretrained, trueFeatures: truth,
      trueHead: direction.map { $0 * weightNorm / length })
  }

  /// Random features with orthonormal rows at a given distance from given ones.
  ///
  /// The principal angles are `2 asin(distance/2)` once and otherwise uniform below that; the planes of
  /// rotation and the coordinates of the new features are uniform.
  ///
  /// - Parameters:
  ///   - distance: the feature distance, in `0...√2`.
  ///   - features: k × d with orthonormal rows, `2k ≤ d`.
  ///   - stream: the source of randomness.
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  public static func features(
    atDistance distance: Double, from features: Matrix<Double>, using stream: inout RandomStream
  ) throws(TransferError) -> Matrix<Double> {
    let (k, d) = (features.rows, features.columns)
    precondition(2 * k <= d, "Features can be turned out of their span only if 2k ≤ d")
    precondition(
      (0...2.0.squareRoot()).contains(distance), "The distance of two feature extractors lies in 0...√2")
    var angles: [Double] = (0..<k).map { _ in stream.uniform() * 2 * Double.asin(distance / 2) }
    angles[0] = 2 * Double.asin(distance / 2)
    // Directions outside the span, orthonormal: a Gaussian with the span removed, twice.
    var outside = Matrix<Double>(rows: k, columns: d, elements: stream.normals(count: k * d))
    for _ in 0..<2 {
      let inside = outside * features.transposed
      BLAS.gemm(-1, inside, features, beta: 1, into: &outside)
    }
    let normals = Matrix(
      try linearAlgebra { () throws(LinearAlgebraError) in try QR(outside.transposed) }.thinQ().transposed)
    let planes = Matrix<Double>.randomOrthogonal(k, using: &stream)
    let coordinates = Matrix<Double>.randomOrthogonal(k, using: &stream)
    let turned =
      (planes * features).scalingRows(by: angles.map(Double.cos))
      + normals.scalingRows(by: angles.map(Double.sin))
    return coordinates * turned
  }
}
