extension Matrix {
  /// Replaces the rows of a matrix with at most as many rows as columns by orthonormal ones with the same
  /// leading spans, `A = L Q` with a positive diagonal in `L`, which makes `Q` unique when the rows are
  /// independent; dependent rows become arbitrary ones.
  ///
  /// The rows are LAPACK's columns as they lie, so that this is a QR decomposition without any copy.
  mutating func orthonormalizeRows() {
    let (k, d) = (rows, columns)
    precondition(k <= d, "There can be no more orthonormal rows than columns")
    guard k > 0 else { return }
    var tau = [Scalar](repeating: 0, count: k)
    var work: [Scalar] = [0]
    LAPACKRoutine.geqrf.expectSuccess(Scalar._geqrf(d, k, nil, d, nil, &work, -1), Scalar.self)
    let factoring = workspaceSize(work[0])
    LAPACKRoutine.orgqr.expectSuccess(Scalar._orgqr(d, k, k, nil, d, nil, &work, -1), Scalar.self)
    work = [Scalar](repeating: 0, count: max(factoring, workspaceSize(work[0])))

    LAPACKRoutine.geqrf.expectSuccess(
      Scalar._geqrf(d, k, &storage, d, &tau, &work, work.count), Scalar.self)
    let isFlipped = diagonal.map { $0 < 0 }
    LAPACKRoutine.orgqr.expectSuccess(
      Scalar._orgqr(d, k, k, &storage, d, tau, &work, work.count), Scalar.self)
    for i in 0..<k where isFlipped[i] {
      for j in i * d..<(i + 1) * d { storage[j] = -storage[j] }
    }
  }
}
