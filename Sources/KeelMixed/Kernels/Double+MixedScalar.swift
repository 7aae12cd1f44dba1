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

  /// By a kernel of the best instruction set.
  public static func fillMixedDirichlet(
    _ outcomes: UnsafeMutablePointer<Double>, rows: Int, _ table: MixedDirichletTable,
    using stream: inout RandomStream
  ) {
    let columns = table.columns
    table.doubleLaws.withUnsafeBufferPointer { tables in
      guard let shape = tables.baseAddress else { return }
      var laws = keel_gamma_laws_f64(
        shape: shape, deviation: shape + columns, log_shape: shape + 2 * columns, boost: shape + 3 * columns)
      table.withFaces(rows: rows, using: &stream) { faces, place in
        keel_mixed_dirichlet_f64(rows, columns, faces, &laws, table.method, place, outcomes)
      }
    }
  }

  /// By a kernel of the best instruction set.
  public static func faceNormalizers(
    _ weights: UnsafePointer<Double>?, rows: Int, columns: Int, _ normalizers: UnsafeMutablePointer<Double>?,
    probabilities: UnsafeMutablePointer<Double>?
  ) {
    keel_face_normalizers_f64(rows, columns, weights, normalizers, probabilities)
  }
}
