import Keel

/// A scalar for which the kernels of frames exist: Float and Double.
///
/// The requirements are the low level, over memory of the caller: they check nothing and allocate nothing. Use
/// ``CloudMoments``, ``SmallSymmetricEigen``, ``CloudPrincipalAxes`` and the maps of ``PointClouds`` instead. All
/// instruction sets give the same bits, and what becomes of one cloud or matrix does not depend on the others.
public protocol FrameScalar: NetworkScalar {
  /// The centroids and scatters of clouds of at most ``frameKernelLimit`` dimensions.
  ///
  /// - Parameters:
  ///   - clouds: the clouds; those without points get zeros.
  ///   - centered: whether about the centroids, rather than about the origin.
  ///   - centers: room for d numbers a cloud.
  ///   - scatters: room for d × d numbers a cloud.
  /// - Returns: the index of the first cloud of which a result is not finite, or the number of clouds.
  static func cloudMoments(
    _ clouds: CloudRows<Self>, centered: Bool, _ centers: UnsafeMutablePointer<Self>,
    _ scatters: UnsafeMutablePointer<Self>
  ) -> Int

  /// Eigenvalues and eigenvectors of symmetric matrices of an order of at most ``frameKernelLimit``.
  ///
  /// - Parameters:
  ///   - matrices: `count` matrices by rows, of which the upper triangles are read.
  ///   - count: their number.
  ///   - order: their order.
  ///   - values: room for `order` eigenvalues a matrix, which are ascending.
  ///   - vectors: room for a matrix of eigenvectors, as columns with determinant 1, a matrix; or nil.
  /// - Returns: the index of the first matrix that is not finite, of which the results are arbitrary, or `count`.
  static func smallSymmetricEigen(
    _ matrices: UnsafePointer<Self>, count: Int, order: Int, _ values: UnsafeMutablePointer<Self>,
    _ vectors: UnsafeMutablePointer<Self>?
  ) -> Int

  /// The points z = (x - a) V + b of clouds of at most ``frameKernelLimit`` dimensions, as rows.
  ///
  /// - Parameters:
  ///   - clouds: the clouds of the points x.
  ///   - maps: V, a and b of each cloud.
  ///   - images: room for as many points.
  static func cloudImages(
    _ clouds: CloudRows<Self>, _ maps: CloudMaps<Self>, _ images: UnsafeMutablePointer<Self>)
}

extension FrameScalar {
  /// The largest dimension and order that the kernels take, 16; the types built on them take any.
  public static var frameKernelLimit: Int { 16 }
}
