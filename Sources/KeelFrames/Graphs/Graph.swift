public import Keel

/// A simple graph: n vertices, and edges between some pairs of them, without directions, weights or loops.
///
/// The neighbours of a vertex are the bits of a row of words, so that a graph of up to 64 vertices takes n words.
/// Equality is that of the labelled graphs; ``CanonicalLabeling`` tells whether two graphs are isomorphic.
///
/// ```swift
/// let paw = try Graph(vertexCount: 4, edges: [(0, 1), (0, 2), (1, 2), (2, 3)])
/// let frame = try GraphFrame(of: paw)          // {2} < {0, 1} < {3}: 2 elements
/// ```
public struct Graph: LabeledGraph {
  /// n.
  public let vertexCount: Int
  /// The number of words in a row.
  let wordsPerRow: Int
  /// Row after row; bit j of row i says whether there is an edge between i and j.
  private(set) var words: [UInt64]

  /// The graph without edges.
  ///
  /// - Precondition: the number is not negative.
  public init(vertexCount: Int) {
    precondition(vertexCount >= 0, "A graph cannot have a negative number of vertices")
    self.vertexCount = vertexCount
    wordsPerRow = (vertexCount + 63) / 64
    words = Array(repeating: 0, count: vertexCount * wordsPerRow)
  }

  /// The graph of given edges; one that is named twice counts once.
  ///
  /// - Parameters:
  ///   - vertexCount: n, not negative.
  ///   - edges: pairs of different vertices.
  /// - Throws: ``FrameError/outOfRange(argument:expected:found:)`` for a vertex that does not exist, and for a loop.
  public init(vertexCount: Int, edges: some Sequence<(Int, Int)>) throws(FrameError) {
    guard vertexCount >= 0 else {
      throw .outOfRange(argument: "vertexCount", expected: "not negative", found: "\(vertexCount)")
    }
    self.init(vertexCount: vertexCount)
    let vertices = 0..<vertexCount
    for (u, v) in edges {
      guard vertices.contains(u), vertices.contains(v), u != v else {
        throw .outOfRange(
          argument: "edges", expected: "pairs of different vertices below \(vertexCount)",
          found: "(\(u), \(v))")
      }
      connect(u, v)
    }
  }

  /// The graph of given rows of up to 64 bits, which are symmetric and have no loops.
  init(rows: [UInt64]) {
    vertexCount = rows.count
    wordsPerRow = rows.isEmpty ? 0 : 1
    words = rows
  }

  /// Adds an edge.
  ///
  /// - Precondition: the vertices exist and differ.
  public mutating func connect(_ u: Int, _ v: Int) {
    precondition(
      u >= 0 && v >= 0 && u < vertexCount && v < vertexCount && u != v,
      "An edge joins two different vertices of the graph")
    words[u * wordsPerRow + v / 64] |= 1 << UInt64(v % 64)
    words[v * wordsPerRow + u / 64] |= 1 << UInt64(u % 64)
  }

  /// Whether there is an edge between two vertices.
  ///
  /// - Precondition: the vertices exist.
  public subscript(u: Int, v: Int) -> Bool {
    precondition(u >= 0 && v >= 0 && u < vertexCount && v < vertexCount, "A graph has no such vertex")
    return words[u * wordsPerRow + v / 64] >> UInt64(v % 64) & 1 == 1
  }

  /// The neighbours of a vertex, ascending.
  ///
  /// - Precondition: the vertex exists.
  public func neighbors(of vertex: Int) -> [Int] {
    var result: [Int] = []
    forEachNeighbor(of: vertex) { result.append($0) }
    return result
  }

  /// Calls `body` for each neighbour of a vertex, ascending.
  func forEachNeighbor(of vertex: Int, _ body: (Int) -> Void) {
    precondition(vertex >= 0 && vertex < vertexCount, "A graph has no such vertex")
    for word in 0..<wordsPerRow {
      var bits = words[vertex * wordsPerRow + word]
      while bits != 0 {
        body(word * 64 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }

  /// The number of neighbours of a vertex.
  ///
  /// - Precondition: the vertex exists.
  public func degree(of vertex: Int) -> Int {
    precondition(vertex >= 0 && vertex < vertexCount, "A graph has no such vertex")
    return words[(vertex * wordsPerRow)..<((vertex + 1) * wordsPerRow)].reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// The number of neighbours of each vertex.
  public var degrees: [Int] { (0..<vertexCount).map { degree(of: $0) } }

  /// The degrees in descending order, which are the same for isomorphic graphs.
  public var degreeSequence: [Int] { degrees.sorted(by: >) }

  /// The number of edges.
  public var edgeCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } / 2 }

  /// The edges (u, v), u < v, in lexicographic order.
  public var edges: [(Int, Int)] {
    var result: [(Int, Int)] = []
    for u in 0..<vertexCount { forEachNeighbor(of: u) { if u < $0 { result.append((u, $0)) } } }
    return result
  }

  /// The vertices of each connected component, ascending; components by their smallest vertex.
  ///
  /// - Complexity: O(n + edges), or O(n²/64) if that is more.
  public var components: [[Int]] {
    var isSeen = Array(repeating: false, count: vertexCount)
    var result: [[Int]] = []
    for start in 0..<vertexCount where !isSeen[start] {
      isSeen[start] = true
      var component = [start]
      var next = 0
      while next < component.count {
        forEachNeighbor(of: component[next]) {
          if !isSeen[$0] {
            isSeen[$0] = true
            component.append($0)
          }
        }
        next += 1
      }
      result.append(component.sorted())
    }
    return result
  }

  /// Whether every vertex can be reached from every other; false for the graph without vertices.
  public var isConnected: Bool {
    guard vertexCount > 0, vertexCount <= 64 else { return components.count == 1 }
    // The set of vertices reached, as bits of one word.
    var reached: UInt64 = 1
    var frontier: UInt64 = 1
    while frontier != 0 {
      let row = words[frontier.trailingZeroBitCount]
      frontier &= frontier - 1
      frontier |= row & ~reached
      reached |= row
    }
    return reached.nonzeroBitCount == vertexCount
  }

  /// The graph with edges where this one has none.
  public var complement: Graph {
    var result = Graph(vertexCount: vertexCount)
    for u in 0..<vertexCount {
      for v in 0..<u where !self[u, v] { result.connect(u, v) }
    }
    return result
  }
}

// MARK: - As a labelled graph

extension Graph {
  /// A: 1 for an edge and 0 elsewhere.
  public var adjacency: Matrix<Double> {
    Matrix(rows: vertexCount, columns: vertexCount) { self[$0, $1] ? 1 : 0 }
  }

  /// No features: n × 0.
  public var features: Matrix<Double> { Matrix(zeros: vertexCount, 0) }

  /// g⁻¹X: vertex k of the result is vertex `permutation[k]` of this graph.
  ///
  /// - Precondition: the permutation has n elements.
  /// - Complexity: O(n + edges), or O(n²/64) if that is more.
  public func inverseTransformed(by permutation: Permutation) -> Graph {
    inverseTransformed(by: permutation.images)
  }

  /// g⁻¹X for the images of g.
  func inverseTransformed(by images: [Int]) -> Graph {
    precondition(images.count == vertexCount, "The permutation must be one of the vertices")
    var places = Array(repeating: 0, count: vertexCount)
    for (place, vertex) in images.enumerated() { places[vertex] = place }
    var result = Graph(vertexCount: vertexCount)
    for u in 0..<vertexCount {
      let row = places[u] * wordsPerRow
      forEachNeighbor(of: u) {
        result.words[row + places[$0] / 64] |= 1 << UInt64(places[$0] % 64)
      }
    }
    return result
  }
}
