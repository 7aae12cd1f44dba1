import CKernels
public import Keel
public import KeelSimplex

extension Float: MixedScalar {
  /// By a kernel of the best instruction set.
  public static func fillGaussianSparsemax(
    _ outcomes: UnsafeMutablePointer<Float>, _ law: GaussianRows<Float>, using stream: inout RandomStream
  ) {
    var normals = stream.takeNormals(law.rows * law.columns, Float.self).normals
    var rows = keel_gaussian_rows_f32(
      rows: law.rows, columns: law.columns, means: law.means, mean_stride: law.meanStride,
      deviations: law.deviations, deviation_stride: law.deviationStride)
    keel_gaussian_sparsemax_f32(&rows, &normals, outcomes)
  }
}
