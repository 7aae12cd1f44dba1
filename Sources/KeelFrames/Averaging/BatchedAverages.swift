public import Keel

extension PointClouds {
  /// The invariant averages `Σ_k w_k φ(g_k⁻¹X)` of a backbone that takes many rows at once, over a frame of each cloud.
  ///
  /// With rows that are points, φ is the mean of the backbone's rows over the points. The backbone is called with some
  /// thousand rows at a time, of several clouds or of part of one, from any of the threads.
  ///
  /// - Parameters:
  ///   - frames: a frame a cloud, of any kind.
  ///   - row: what a row is.
  ///   - fields: what belongs to the points besides their coordinates, a row a point; it is transformed with them and
  ///     follows the coordinates of its point in the backbone's rows.
  ///   - rowsPerCall: how many rows the backbone gets at once; by default about as many as the caches of a core hold.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  ///   - backbone: a function of rows, that gives a row for each of them, of one width.
  /// - Returns: a row a cloud.
  /// - Complexity: all elements of all frames rows, times the points if rows are points.
  /// - Throws: what the backbone throws.
  /// - Precondition: there is a frame a cloud, of its dimension and with at most ``FiniteFrame/largestAverage``
  ///   elements; fields have a row a point; rows that are clouds have clouds of equal size.
  ///
  /// Source: Puny et al. (2022), equation 3.
  public func average<F: FiniteFrame<Scalar>, Failure: Error>(
    over frames: [F], row: BackboneRow = .point, with fields: [Field<Scalar>] = [], rowsPerCall: Int? = nil,
    threads: Int? = nil, _ backbone: @Sendable (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Matrix<Scalar> {
    try BatchedAverage(self, fields: fields, row: row, rowsPerCall: rowsPerCall, threads: threads)
      .average({ frames[$0] }, count: frames.count, as: nil, backbone)
  }

  /// The equivariant averages `Σ_k w_k g_k·Φ(g_k⁻¹X)` of a backbone that takes many rows at once.
  ///
  /// The parameters, and what is thrown and required, are those of
  /// ``average(over:row:with:rowsPerCall:threads:_:)``. The backbone's rows are values of the kind side by side; they
  /// are moved with the elements of the frame.
  ///
  /// - Returns: a row a point, or a row a cloud if rows are clouds.
  ///
  /// Source: Puny et al. (2022), equation 4.
  public func average<F: FiniteFrame<Scalar>, Failure: Error>(
    over frames: [F], as kind: FieldKind, row: BackboneRow = .point, with fields: [Field<Scalar>] = [],
    rowsPerCall: Int? = nil, threads: Int? = nil,
    _ backbone: @Sendable (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Field<Scalar> {
    let values = try BatchedAverage(
      self, fields: fields, row: row, rowsPerCall: rowsPerCall, threads: threads
    )
    .average({ frames[$0] }, count: frames.count, as: kind, backbone)
    return Field(kind, values)
  }
}

extension FrameBatch {
  /// The invariant averages of a backbone that takes many rows at once: those of
  /// ``PointClouds/average(over:row:with:rowsPerCall:threads:_:)`` over the frames of this batch.
  ///
  /// The parameters, and what is thrown and required, are the same.
  ///
  /// - Returns: a row a cloud.
  public func average<Failure: Error>(
    row: BackboneRow, with fields: [Field<Scalar>] = [], rowsPerCall: Int? = nil, threads: Int? = nil,
    _ backbone: @Sendable (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Matrix<Scalar> {
    try BatchedAverage(clouds, fields: fields, row: row, rowsPerCall: rowsPerCall, threads: threads)
      .average({ self[$0] }, count: count, as: nil, backbone)
  }

  /// The equivariant averages of a backbone that takes many rows at once: those of
  /// ``PointClouds/average(over:as:row:with:rowsPerCall:threads:_:)`` over the frames of this batch.
  ///
  /// The parameters, and what is thrown and required, are the same.
  ///
  /// - Returns: a row a point, or a row a cloud if rows are clouds.
  public func average<Failure: Error>(
    as kind: FieldKind, row: BackboneRow, with fields: [Field<Scalar>] = [], rowsPerCall: Int? = nil,
    threads: Int? = nil, _ backbone: @Sendable (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Field<Scalar> {
    let average = BatchedAverage(clouds, fields: fields, row: row, rowsPerCall: rowsPerCall, threads: threads)
    return Field(kind, try average.average({ self[$0] }, count: count, as: kind, backbone))
  }
}
