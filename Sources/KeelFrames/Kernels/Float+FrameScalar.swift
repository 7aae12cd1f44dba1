import CKernels
import Keel

extension Float: FrameScalar {
  /// By a kernel of the best instruction set.
  public static func cloudMoments(
    _ clouds: CloudRows<Float>, centered: Bool, _ centers: UnsafeMutablePointer<Float>,
    _ scatters: UnsafeMutablePointer<Float>
  ) -> Int {
    var rows = keel_clouds_f32(
      count: clouds.count, dimension: clouds.dimension, starts: clouds.starts, points: clouds.points)
    var strange = 0
    keel_cloud_moments_f32(&rows, centered ? 1 : 0, centers, scatters, &strange)
    return strange
  }

  /// By a kernel of the best instruction set.
  public static func smallSymmetricEigen(
    _ matrices: UnsafePointer<Float>, count: Int, order: Int, _ values: UnsafeMutablePointer<Float>,
    _ vectors: UnsafeMutablePointer<Float>?
  ) -> Int {
    var strange = 0
    keel_symmetric_eigen_f32(count, order, matrices, values, vectors, &strange)
    return strange
  }

  /// By a kernel of the best instruction set.
  public static func cloudImages(
    _ clouds: CloudRows<Float>, _ maps: CloudMaps<Float>, _ images: UnsafeMutablePointer<Float>
  ) {
    var rows = keel_clouds_f32(
      count: clouds.count, dimension: clouds.dimension, starts: clouds.starts, points: clouds.points)
    var all = keel_cloud_maps_f32(
      before: maps.before, matrices: maps.matrices, after: maps.after, transposed: maps.transposed ? 1 : 0)
    keel_cloud_images_f32(&rows, &all, images)
  }
}
