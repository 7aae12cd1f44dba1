import Keel

/// Which graphs are meant.
public enum GraphConnectivity: String, Hashable, Sendable, CaseIterable {
  /// Those in which every vertex can be reached from every other.
  case connected
  /// The others.
  case disconnected
  /// All.
  case any

  /// Whether a graph is meant.
  func includes(_ graph: Graph) -> Bool {
    switch self {
    case .connected: graph.isConnected
    case .disconnected: !graph.isConnected
    case .any: true
    }
  }
}

/// One graph of each isomorphism class on n vertices.
///
/// A graph on n vertices is a smaller one with a vertex added. Of the vertices from whose removal it could come, one
/// orbit of its automorphisms is singled out in a way that does not depend on how the graph is labelled; an extension is
/// accepted if its new vertex is in that orbit, and sets of neighbours are taken up to the automorphisms of the smaller
/// graph. Each class is then accepted exactly once, and graphs need not be compared with each other.
///
/// Source: McKay (1998), *Isomorph-free exhaustive generation*.
public enum GraphEnumeration {
  /// The most vertices: 12,005,168 graphs.
  public static let largestVertexCount = 10

  /// All graphs up to isomorphism, by numbers of vertices 1, 2, 4, 11, 34, 156, 1044, 12346, 274668, 12005168.
  ///
  /// The order is the same for every number of threads.
  ///
  /// - Parameters:
  ///   - vertexCount: n.
  ///   - connectivity: which graphs.
  ///   - threads: the largest number of threads; all if nil.
  /// - Complexity: about 5 µs a graph.
  /// - Throws: ``FrameError/outOfRange(argument:expected:found:)`` for n outside of 1...10.
  public static func graphs(
    vertexCount: Int, _ connectivity: GraphConnectivity = .connected, threads: Int? = nil
  ) throws(FrameError) -> [Graph] {
    guard (1...largestVertexCount).contains(vertexCount) else {
      throw .outOfRange(
        argument: "vertexCount", expected: "from 1 to \(largestVertexCount)", found: "\(vertexCount)")
    }
    var level = [Graph(vertexCount: 1)]
    for n in 1..<vertexCount {
      let parents = level
      let isLast = n + 1 == vertexCount
      let parts = try Parallel.map(parents.count, chunk: 16, threads: threads) { index throws(FrameError) in
        let children = try children(of: parents[index])
        return isLast ? children.filter { connectivity.includes($0) } : children
      }
      level = parts.flatMap { $0 }
    }
    return vertexCount == 1 ? level.filter { connectivity.includes($0) } : level
  }

  /// The accepted extensions of a graph by a vertex.
  private static func children(of parent: Graph) throws(FrameError) -> [Graph] {
    let n = parent.vertexCount
    let generators = try CanonicalLabeling(of: parent).automorphisms.generators.map(\.images)
    var isKnown = Array(repeating: false, count: 1 << n)
    var result: [Graph] = []
    for neighbors in 0..<(1 << n) where !isKnown[neighbors] {
      // The images of the set under the automorphisms lead to the same graphs.
      isKnown[neighbors] = true
      var images = [neighbors]
      var next = 0
      while next < images.count {
        for generator in generators {
          var image = 0
          for v in 0..<n where images[next] >> v & 1 == 1 { image |= 1 << generator[v] }
          if !isKnown[image] {
            isKnown[image] = true
            images.append(image)
          }
        }
        next += 1
      }
      var rows = parent.words
      for v in 0..<n where neighbors >> v & 1 == 1 { rows[v] |= 1 << UInt64(n) }
      rows.append(UInt64(neighbors))
      let child = Graph(rows: rows)
      if try isAccepted(child) { result.append(child) }
    }
    return result
  }

  /// Whether the last vertex is in the orbit that is singled out: among the vertices with the largest invariant, that
  /// of the one with the last place in the canonical order.
  private static func isAccepted(_ graph: Graph) throws(FrameError) -> Bool {
    let last = graph.vertexCount - 1
    let invariants = (0...last).map { invariant(of: $0, in: graph) }
    let candidates = (0...last).filter { invariants[$0] >= invariants[last] }
    if candidates.contains(where: { invariants[$0] > invariants[last] }) { return false }
    if candidates.count == 1 { return true }
    let labeling = try CanonicalLabeling(of: graph)
    guard let chosen = labeling.element.images.last(where: { candidates.contains($0) }) else { return false }
    return labeling.automorphisms.orbits.contains { $0.contains(chosen) && $0.contains(last) }
  }

  /// The degree, then the sum of the squared degrees at the neighbours, then the edges between these.
  private static func invariant(of vertex: Int, in graph: Graph) -> Int {
    let row = graph.words[vertex]
    var (squares, edges) = (0, 0)
    graph.forEachNeighbor(of: vertex) {
      let other = graph.words[$0]
      squares += other.nonzeroBitCount * other.nonzeroBitCount
      edges += (other & row).nonzeroBitCount
    }
    return row.nonzeroBitCount << 32 | squares << 16 | edges
  }
}
