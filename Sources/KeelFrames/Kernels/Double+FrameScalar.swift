import CKernels
import Keel

extension Double: FrameScalar {
  /// By a kernel of the best instruction set.
  public static func cloudMoments(
    _ clouds: CloudRows<Double>, centered: Bool, _ centers: UnsafeMutablePointer<Double>,
    _ scatters: UnsafeMutablePointer<Double>
  ) -> Int {
    var rows = keel_clouds_f64(
      count: clouds.count, dimension: clouds.dimension, starts: clouds.starts, points: clouds.points)
    var strange = 0
    keel_cloud_moments_f64(&rows, centered ? 1 : 0, centers, scatters, &strange)
    return strange
  }

  /// By a kernel of the best instruction set.
  public static func smallSymmetricEigen(
    _ matrices: UnsafePointer<Double>, count: Int, order: Int, _ values: UnsafeMutablePointer<Double>,
    _ vectors: UnsafeMutablePointer<Double>?
  ) -> Int {
    var strange = 0
    keel_symmetric_eigen_f64(count, order, matrices, values, vectors, &strange)
    return strange
  }

  /// By a kernel of the best instruction set.
  public static func cloudImages(
    _ clouds: CloudRows<Double>, _ maps: CloudMaps<Double>, _ images: UnsafeMutablePointer<Double>
  ) {
    var rows = keel_clouds_f64(
      count: clouds.count, dimension: clouds.dimension, starts: clouds.starts, points: clouds.points)
    var all = keel_cloud_maps_f64(
      before: maps.before, matrices: maps.matrices, after: maps.after, transposed: maps.transposed ? 1 : 0)
    keel_cloud_images_f64(&rows, &all, images)
  }
}
