import Keel

extension GraphFrame {
  /// The distinct graphs `g⁻¹X` for the elements g of the frame, with the orbits of the automorphisms of X.
  ///
  /// All elements are gone through, and two with the same `g⁻¹X` are an automorphism that preserves the blocks, as all
  /// automorphisms do; so each form comes from as many elements. The forms are in an order of their
  /// own, the same for every relabelling of X, so that averages of relabelled graphs add the same numbers in the same
  /// order.
  ///
  /// - Parameters:
  ///   - graph: X, that of which this is the frame.
  ///   - limit: how many elements are allowed.
  /// - Complexity: O(n + edges) for each element in a graph of at most 11 vertices, O(n²) otherwise.
  /// - Throws: ``FrameError/tooManyElements(argument:count:limit:)``.
  /// - Precondition: the graph has n vertices.
  public func quotient<G: LabeledGraph>(
    of graph: G, limit: Int = standardLimit
  ) throws(FrameError) -> GraphQuotient<G> {
    precondition(graph.vertexCount == vertexCount, "A frame is of a graph with as many vertices")
    try requireCount(atMost: limit)
    let parts: FormClasses
    if let plain = graph as? Graph, vertexCount <= EdgeBits.largestVertexCount {
      let bits = EdgeBits(plain)
      parts = FormClasses.collect(blocks) { bits.key($0) }
    } else {
      let structure = GraphStructure(graph)
      let isPlain = structure.vertexRanks.allSatisfy { $0 == 0 }
      parts = FormClasses.collect(blocks) { order in
        let form = structure.form(order)
        return FormKey(words: isPlain ? form : form + order.map { UInt64(structure.vertexRanks[$0]) })
      }
    }
    let elements = parts.orders.map { Permutation(unchecked: $0) }
    return GraphQuotient(
      forms: elements.map { graph.inverseTransformed(by: $0) }, representatives: elements,
      multiplicity: count / elements.count, orbits: parts.orbits)
  }

  /// The number of distinct forms, without the forms.
  func formCount(of graph: Graph, limit: Int = standardLimit) throws(FrameError) -> Int {
    precondition(vertexCount <= EdgeBits.largestVertexCount, "Forms of larger graphs do not fit into a word")
    try requireCount(atMost: limit)
    let bits = EdgeBits(graph)
    return FormClasses.collect(blocks) { bits.key($0) }.orders.count
  }
}

/// What orders of the vertices lead to the same form.
private struct FormClasses {
  /// For each form an order, the forms ascending.
  let orders: [[Int]]
  /// The vertices that orders with the same form exchange.
  let orbits: [[Int]]

  static func collect<Key: Hashable & Comparable>(
    _ blocks: [[Int]], key: ([Int]) -> Key
  ) -> FormClasses {
    var first: [Key: [Int]] = [:]
    var orders = BlockOrders(blocks)
    var sets = DisjointSets(count: orders.order.count)
    repeat {
      let form = key(orders.order)
      if let order = first[form] {
        for (a, b) in zip(order, orders.order) where a != b { sets.join(a, b) }
      } else {
        first[form] = orders.order
      }
    } while orders.advance()
    return FormClasses(
      orders: first.sorted { $0.key < $1.key }.map(\.value), orbits: sets.sets)
  }
}

/// The words of a form, as a key.
private struct FormKey: Hashable, Comparable {
  let words: [UInt64]

  static func < (left: FormKey, right: FormKey) -> Bool { left.words.lexicographicallyPrecedes(right.words) }
}

/// The edges of a graph of few vertices, to be packed into one word after a relabelling.
struct EdgeBits {
  /// 11 vertices have 55 pairs.
  static let largestVertexCount = 11

  private let vertexCount: Int
  private let edges: [(Int, Int)]

  init(_ graph: Graph) {
    vertexCount = graph.vertexCount
    edges = graph.edges
  }

  /// The pairs of places with an edge, a bit each, for the graph whose vertex k is `order[k]`.
  func key(_ order: [Int]) -> UInt64 {
    // Sixteen places fit into a word of four bits each.
    var places: UInt64 = 0
    for place in 0..<vertexCount { places |= UInt64(place) << UInt64(4 &* order[place]) }
    var key: UInt64 = 0
    for (u, v) in edges {
      let (a, b) = (places >> UInt64(4 &* u) & 15, places >> UInt64(4 &* v) & 15)
      let (low, high) = (min(a, b), max(a, b))
      key |= 1 << (high &* (high &- 1) / 2 &+ low)
    }
    return key
  }
}
