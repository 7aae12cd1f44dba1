public import Keel

extension PointClouds {
  /// The canonical clouds `(X - 1tᵀ) V` for the principal axes V and centroids t of these clouds.
  ///
  /// - Parameters:
  ///   - axes: the axes of each cloud.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Complexity: O(n d²) for n points in all.
  /// - Precondition: there are axes for each cloud, of the same dimension.
  public func canonical(_ axes: CloudPrincipalAxes<Scalar>, threads: Int? = nil) -> PointClouds {
    inverseTransformed(rotations: axes.axes, translations: axes.centers, threads: threads)
  }

  /// The clouds `(X - 1tᵀ) V`, a matrix V and a vector t a cloud: what undoes the transformation `X Vᵀ + 1tᵀ` if V is
  /// orthogonal.
  ///
  /// - Parameters:
  ///   - rotations: the matrices V, d × d; they need not be orthogonal.
  ///   - translations: the vectors t, a row a cloud; zeros if nil.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Complexity: O(n d²) for n points in all.
  /// - Precondition: there is a matrix and a vector for each cloud.
  public func inverseTransformed(
    rotations: MatrixBatch<Scalar>, translations: Matrix<Scalar>? = nil, threads: Int? = nil
  ) -> PointClouds {
    mapped(rotations, before: translations, transposed: false, after: nil, threads: threads)
  }

  /// The clouds `X Vᵀ + 1tᵀ`, a matrix V and a vector t a cloud: every point x becomes `V x + t`.
  ///
  /// - Parameters:
  ///   - rotations: the matrices V, d × d; they need not be orthogonal.
  ///   - translations: the vectors t, a row a cloud; zeros if nil.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Complexity: O(n d²) for n points in all.
  /// - Precondition: there is a matrix and a vector for each cloud.
  public func transformed(
    rotations: MatrixBatch<Scalar>, translations: Matrix<Scalar>? = nil, threads: Int? = nil
  ) -> PointClouds {
    mapped(rotations, before: nil, transposed: true, after: translations, threads: threads)
  }

  private func mapped(
    _ matrices: MatrixBatch<Scalar>, before: Matrix<Scalar>?, transposed: Bool, after: Matrix<Scalar>?,
    threads: Int?
  ) -> PointClouds {
    let d = dimension
    precondition(
      matrices.count == count && matrices.rows == d && matrices.columns == d,
      "There is a d × d matrix for each cloud")
    for vectors in [before, after].compactMap(\.self) {
      precondition(vectors.rows == count && vectors.columns == d, "There is a vector for each cloud")
    }
    let images = Matrix<Scalar>(rows: points.rows, columns: d) { image in
      matrices.withSpan { span in
        span.withPointer { matrix in
          (before?.elements ?? []).withUnsafeBufferPointer { before in
            (after?.elements ?? []).withUnsafeBufferPointer { after in
              nonisolated(unsafe) let image = image
              nonisolated(unsafe) let maps = CloudMaps(
                before: before.isEmpty ? nil : before.baseAddress, matrices: matrix, transposed: transposed,
                after: after.isEmpty ? nil : after.baseAddress)
              forEachChunk(threads: threads) { rows, first in
                rows.writeImages(maps.from(first, dimension: d), image)
              }
            }
          }
        }
      }
    }
    return PointClouds(unchecked: images, starts: starts)
  }
}

extension CloudRows {
  /// The images of all points, in the places that the points have.
  func writeImages(_ maps: CloudMaps<Scalar>, _ images: UnsafeMutablePointer<Scalar>) {
    if dimension <= Scalar.frameKernelLimit {
      Scalar.cloudImages(self, maps, images)
    } else {
      Parallel.withSingleThreadedBLAS { wideImages(maps, images) }
    }
  }
}
