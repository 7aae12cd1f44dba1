public import Keel

extension FiniteFrame {
  /// The most elements that an average goes through.
  public static var largestAverage: Int { 1 << 24 }

  /// The invariant average `Σ_k w_k φ(g_k⁻¹X)`.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - function: φ, any function of a cloud; it must return equally many numbers for each.
  /// - Complexity: ``count`` evaluations of φ.
  /// - Throws: what φ throws.
  /// - Precondition: the frame has at most ``largestAverage`` elements.
  ///
  /// Source: Puny et al. (2022), equation 3.
  public func average<Failure: Error>(
    of points: Matrix<Scalar>, _ function: (Matrix<Scalar>) throws(Failure) -> [Scalar]
  ) throws(Failure) -> [Scalar] {
    precondition(count <= Self.largestAverage, "The frame is too large to average over all of it")
    var result: [Scalar] = []
    for k in 0..<count {
      let value = try function(self[k].inverseTransformed(points))
      let weight = weight(k)
      if k == 0 { result = Array(repeating: 0, count: value.count) }
      for i in result.indices { result[i] += weight * value[i] }
    }
    return result
  }

  /// The equivariant average `Σ_k w_k g_k·Φ(g_k⁻¹X)` of a function of fields.
  ///
  /// - Parameters:
  ///   - inputs: X: the cloud as a field of points, and whatever else Φ needs.
  ///   - function: Φ; it must return fields of the same kinds and shapes for each.
  /// - Complexity: ``count`` evaluations of Φ.
  /// - Throws: what Φ throws.
  /// - Precondition: the frame has at most ``largestAverage`` elements.
  ///
  /// Source: Puny et al. (2022), equation 4.
  public func average<Failure: Error>(
    of inputs: [Field<Scalar>], _ function: ([Field<Scalar>]) throws(Failure) -> [Field<Scalar>]
  ) throws(Failure) -> [Field<Scalar>] {
    precondition(count <= Self.largestAverage, "The frame is too large to average over all of it")
    var result: [Field<Scalar>] = []
    for k in 0..<count {
      let element = self[k]
      let outputs = try function(inputs.map { element.inverseTransformed($0) }).map {
        element.transformed($0)
      }
      let weight = weight(k)
      if k == 0 {
        result = outputs.map { Field($0.kind, Matrix(zeros: $0.values.rows, $0.values.columns)) }
      }
      for i in result.indices {
        let values = outputs[i].values
        result[i].values = Matrix(rows: values.rows, columns: values.columns) { row, column in
          result[i].values[row, column] + weight * values[row, column]
        }
      }
    }
    return result
  }
}
