public import Keel

/// A graph whose pairs of vertices have weights, and whose vertices may have features.
///
/// Permutations act on it as `(PY, PAPᵀ)`. Zero is the weight of a pair without an edge; negative weights, and
/// weights of a vertex with itself, are allowed.
public struct WeightedGraph: LabeledGraph {
  /// A: n × n, symmetric to the last bit.
  public let adjacency: Matrix<Double>
  /// Y: n rows.
  public let features: Matrix<Double>

  /// n.
  public var vertexCount: Int { adjacency.rows }

  /// A graph of given weights and features.
  ///
  /// - Parameters:
  ///   - adjacency: A, n × n and symmetric.
  ///   - features: Y, a row a vertex; none if nil.
  /// - Throws: ``FrameError/wrongShape(argument:expected:found:)``, ``FrameError/notFinite(argument:position:)``, and
  ///   ``FrameError/outOfRange(argument:expected:found:)`` if the weights are not symmetric.
  public init(adjacency: Matrix<Double>, features: Matrix<Double>? = nil) throws(FrameError) {
    let n = adjacency.rows
    guard adjacency.columns == n else {
      throw .wrongShape(argument: "adjacency", expected: "square", found: "\(n) × \(adjacency.columns)")
    }
    let features = features ?? Matrix(zeros: n, 0)
    guard features.rows == n else {
      throw .wrongShape(argument: "features", expected: "\(n) rows", found: "\(features.rows)")
    }
    for i in 0..<n {
      for j in 0...i {
        guard adjacency[i, j].isFinite else {
          throw .notFinite(argument: "adjacency", position: "row \(i), column \(j)")
        }
        guard adjacency[i, j] == adjacency[j, i] else {
          throw .outOfRange(
            argument: "adjacency", expected: "symmetric",
            found: "\(adjacency[i, j]) at (\(i), \(j)) and \(adjacency[j, i]) at (\(j), \(i))")
        }
      }
      for j in 0..<features.columns where !features[i, j].isFinite {
        throw .notFinite(argument: "features", position: "row \(i), column \(j)")
      }
    }
    // Adding zero turns -0 into 0: equal numbers then have equal bits.
    self.adjacency = adjacency.map { $0 + 0 }
    self.features = features.map { $0 + 0 }
  }

  /// A graph with weights 1 on its edges.
  public init(_ graph: Graph) {
    self.init(checkedAdjacency: graph.adjacency, features: graph.features)
  }

  private init(checkedAdjacency adjacency: Matrix<Double>, features: Matrix<Double>) {
    self.adjacency = adjacency
    self.features = features
  }

  /// g⁻¹X: vertex k of the result is vertex `permutation[k]` of this graph.
  ///
  /// - Precondition: the permutation has n elements.
  /// - Complexity: O(n²) and O(n) a feature.
  public func inverseTransformed(by permutation: Permutation) -> WeightedGraph {
    let images = permutation.images
    precondition(images.count == vertexCount, "The permutation must be one of the vertices")
    return WeightedGraph(
      checkedAdjacency: Matrix(rows: vertexCount, columns: vertexCount) { adjacency[images[$0], images[$1]] },
      features: Matrix(rows: vertexCount, columns: features.columns) { features[images[$0], $1] })
  }
}
