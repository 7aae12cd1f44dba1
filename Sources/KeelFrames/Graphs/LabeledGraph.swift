public import Keel

/// A graph whose vertices have the numbers `0..<n`, so that permutations act on it: X becomes `(PY, PAPᵀ)` for
/// the weights A of pairs of vertices and features Y of the vertices.
public protocol LabeledGraph: Hashable, Sendable {
  /// n.
  var vertexCount: Int { get }

  /// A: n × n and symmetric, the weight of each pair of vertices.
  var adjacency: Matrix<Double> { get }

  /// Y: a row of numbers a vertex; n × 0 if there are none.
  var features: Matrix<Double> { get }

  /// gX: vertex k becomes vertex `permutation[k]`.
  ///
  /// - Precondition: the permutation has n elements.
  func transformed(by permutation: Permutation) -> Self

  /// g⁻¹X: vertex k of the result is vertex `permutation[k]` of this graph.
  ///
  /// - Precondition: the permutation has n elements.
  func inverseTransformed(by permutation: Permutation) -> Self
}

extension LabeledGraph {
  /// `L = diag(A1) - A`, n × n: symmetric, and zero on constant vectors.
  ///
  /// - Complexity: O(n²).
  public var laplacian: Matrix<Double> {
    let weights = adjacency
    var result = weights.map { -$0 }
    for i in 0..<vertexCount {
      var sum = 0.0
      for j in 0..<vertexCount where j != i { sum += weights[i, j] }
      result[i, i] = sum
    }
    return result
  }

  /// gX, where g⁻¹ is known.
  public func transformed(by permutation: Permutation) -> Self {
    inverseTransformed(by: permutation.inverse)
  }
}
