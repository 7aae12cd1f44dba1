import CKernels
public import Keel
public import KeelSimplex

extension Double: MixedScalar {
  /// By a kernel of the best instruction set.
  public static func fillGaussianSparsemax(
    _ outcomes: UnsafeMutablePointer<Double>, _ law: GaussianRows<Double>, using stream: inout RandomStream
  ) {
    var normals = stream.takeNormals(law.rows * law.columns, Double.self).normals
    var rows = keel_gaussian_rows_f64(
      rows: law.rows, columns: law.columns, means: law.means, mean_stride: law.meanStride,
      deviations: law.deviations, deviation_stride: law.deviationStride)
    keel_gaussian_sparsemax_f64(&rows, &normals, outcomes)
  }
}
