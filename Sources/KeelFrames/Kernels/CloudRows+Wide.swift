import Keel

/// The work of the kernels for clouds of more dimensions than they take, by products of matrices. BLAS is to have one
/// thread, for the sake of the last digits.
extension CloudRows {
  /// The moments of the clouds, in double precision; the result of ``FrameScalar/cloudMoments(_:centered:_:_:)``.
  func wideMoments(
    centered: Bool, _ centers: UnsafeMutablePointer<Scalar>, _ scatters: UnsafeMutablePointer<Scalar>
  ) -> Int {
    let d = dimension
    var strange = count
    for b in 0..<count {
      let (points, n) = (points + starts[b] * d, starts[b + 1] - starts[b])
      var shift = [Double](repeating: 0, count: d)
      if centered {
        // About the first point, so that a cloud far away does not lose digits.
        for i in 0..<n {
          for j in 0..<d { shift[j] += Double(points[i * d + j]) - Double(points[j]) }
        }
        for j in 0..<d { shift[j] = Double(points[j]) + shift[j] / Double(n) }
      }
      var sum = Matrix<Double>(zeros: d, d)
      for first in stride(from: 0, to: n, by: 256) {
        let differences = Matrix<Double>(rows: min(256, n - first), columns: d) { i, j in
          Double(points[(first + i) * d + j]) - shift[j]
        }
        BLAS.syrk(.upper, 1, differences.transposed, beta: 1, into: &sum)
      }
      var isFinite = true
      for i in 0..<d {
        centers[b * d + i] = Scalar(shift[i])
        isFinite = isFinite && centers[b * d + i].isFinite
        for j in i..<d {
          let value = Scalar(sum[i, j])
          isFinite = isFinite && value.isFinite
          scatters[(b * d + i) * d + j] = value
          scatters[(b * d + j) * d + i] = value
        }
      }
      if !isFinite { strange = min(strange, b) }
    }
    return strange
  }

  /// What ``FrameScalar/cloudImages(_:_:_:)`` writes.
  func wideImages(_ maps: CloudMaps<Scalar>, _ images: UnsafeMutablePointer<Scalar>) {
    let d = dimension
    for b in 0..<count {
      let map = maps.from(b, dimension: d)
      let matrix = Matrix<Scalar>(rows: d, columns: d) { i, j in
        map.matrices[map.transposed ? j * d + i : i * d + j]
      }
      let (first, end) = (starts[b], starts[b + 1])
      for start in stride(from: first, to: end, by: 256) {
        let rows = min(256, end - start)
        let differences = Matrix<Scalar>(rows: rows, columns: d) { i, j in
          points[(start + i) * d + j] - (map.before?[j] ?? 0)
        }
        let product = differences * matrix
        for i in 0..<rows {
          for j in 0..<d { images[(start + i) * d + j] = product[i, j] + (map.after?[j] ?? 0) }
        }
      }
    }
  }
}
