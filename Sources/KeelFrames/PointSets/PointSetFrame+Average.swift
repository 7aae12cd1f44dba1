public import Keel

extension PointSetFrame {
  /// The invariant average `Σ_k w_k φ(π_k⁻¹X)`: it does not depend on the order of the rows.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - function: φ, any function of the rows in their order.
  /// - Complexity: ``count`` evaluations of φ.
  /// - Throws: what φ throws.
  /// - Precondition: φ returns equally many numbers for each order.
  public func average<Failure: Error>(
    of points: Matrix<Scalar>, _ function: (Matrix<Scalar>) throws(Failure) -> [Scalar]
  ) throws(Failure) -> [Scalar] {
    var result: [Scalar] = []
    for element in elements {
      let value = try function(element.permutation.inverseTransformed(points))
      if result.isEmpty { result = Array(repeating: 0, count: value.count) }
      precondition(
        value.count == result.count, "The function must return equally many numbers for each order")
      for i in result.indices { result[i] += element.weight * value[i] }
    }
    return result
  }

  /// The equivariant average `Σ_k w_k π_k·Φ(π_k⁻¹X)` of a function that returns a row a point: the rows of the result
  /// belong to the points, in whatever order these are.
  ///
  /// Equal points get the mean of their rows, as they would if all orders of them were gone through.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - function: Φ; its value has n rows.
  /// - Complexity: ``count`` evaluations of Φ.
  /// - Throws: what Φ throws.
  /// - Precondition: Φ returns n rows of one length for each order.
  public func averageRows<Failure: Error>(
    of points: Matrix<Scalar>, _ function: (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Matrix<Scalar> {
    var result = Matrix<Scalar>(zeros: points.rows, 0)
    for (index, element) in elements.enumerated() {
      var rows = try function(element.permutation.inverseTransformed(points))
      if index == 0 { result = Matrix(zeros: points.rows, rows.columns) }
      precondition(
        rows.rows == points.rows && rows.columns == result.columns,
        "The function must return a row a point, of equal length for each order")
      for places in element.ties { rows.replaceByMean(of: places) }
      for (place, point) in element.permutation.images.enumerated() {
        for j in 0..<rows.columns { result[point, j] += element.weight * rows[place, j] }
      }
    }
    return result
  }
}

extension Frame {
  /// The average of a function of a cloud over a frame and, in each canonical pose, over the orders of its points: it
  /// depends neither on the pose nor on the order, whatever the function.
  ///
  ///     Σ_k w_k φ(π⁻¹ g_k⁻¹X),     π the lexicographic order of g_k⁻¹X.
  ///
  /// The average over orders makes φ symmetric under S_n. All frames of clouds here are invariant under S_n, and moving
  /// points commutes with renaming them; so the average is invariant under the group of the frame times S_n.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - tolerance: coordinates of a canonical cloud that differ by at most this times its largest norm are equal;
  ///     default 2¹⁰ times the bound on the rounding of axes, but within `2¹⁶ε` and √ε.
  ///   - function: φ.
  /// - Complexity: ``count`` evaluations of φ and sorts of n rows.
  /// - Throws: what φ throws.
  /// - Precondition: the frame has at most ``FiniteFrame/largestAverage`` elements.
  ///
  /// Source: Puny et al. (2022), theorem 2.
  public func averageOfSet<Failure: Error>(
    of points: Matrix<Scalar>, tolerance: Scalar? = nil,
    _ function: (Matrix<Scalar>) throws(Failure) -> [Scalar]
  ) throws(Failure) -> [Scalar] {
    let tolerance = tolerance ?? sortingTolerance
    return try average(of: points) { (cloud: Matrix<Scalar>) throws(Failure) -> [Scalar] in
      try PointSetFrame(sorting: cloud, tolerance: tolerance * cloud.largestRowNorm()).average(
        of: cloud, function)
    }
  }

  /// The average of a function of a cloud over a frame and the orders of the points, for an output that belongs to the
  /// points: it is turned with the cloud, and its rows are exchanged with the points.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - kind: what the rows of the output are.
  ///   - tolerance: as in ``averageOfSet(of:tolerance:_:)``.
  ///   - function: Φ; its value has n rows, of one or more values of the kind.
  /// - Complexity: ``count`` evaluations of Φ and sorts of n rows.
  /// - Throws: what Φ throws.
  /// - Precondition: the frame has at most ``FiniteFrame/largestAverage`` elements; Φ returns n rows of one length.
  ///
  /// Source: Puny et al. (2022), theorem 2.
  public func averageOfSet<Failure: Error>(
    of points: Matrix<Scalar>, as kind: FieldKind, tolerance: Scalar? = nil,
    _ function: (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Field<Scalar> {
    let tolerance = tolerance ?? sortingTolerance
    let output = try average(of: [Field(.point, points)]) {
      (fields: [Field<Scalar>]) throws(Failure) -> [Field<Scalar>] in
      let cloud = fields[0].values
      let order = PointSetFrame(sorting: cloud, tolerance: tolerance * cloud.largestRowNorm())
      return [Field(kind, try order.averageRows(of: cloud, function))]
    }
    return output[0]
  }

  /// The tolerance within which coordinates of canonical clouds are equal, over their largest norm.
  private var sortingTolerance: Scalar {
    min(
      max(1024 * certificate.axisErrorBound, Scalar(1 << 16) * Scalar.ulpOfOne), Scalar.ulpOfOne.squareRoot())
  }
}

extension Matrix {
  /// Replaces rows by their mean.
  fileprivate mutating func replaceByMean(of places: [Int]) {
    for j in 0..<columns {
      let mean = places.reduce(0) { $0 + self[$1, j] } / Scalar(places.count)
      for place in places { self[place, j] = mean }
    }
  }
}
