/// The search for a canonical form and for the automorphisms of a graph: individualization and refinement.
///
/// The nodes of a tree are refined ordered partitions; the children of a node give a cell of their own to each vertex of
/// its first smallest cell. Leaves are orders of all vertices. The canonical order is the leaf with the largest traces
/// from the root on and, among these, the largest form. Isomorphic graphs have isomorphic trees, hence the same
/// canonical form.
///
/// A leaf with the form of the first one, or of the best, is an automorphism. Subtrees that an automorphism maps onto
/// explored ones are left out, which changes neither the best form nor the group that is generated. At each node of
/// the way to the first leaf, the images of that way's vertex under the automorphisms that fix the vertices before it
/// are known exactly in the end: their numbers multiply to the order of the group.
///
/// Source: McKay and Piperno (2014), *Practical graph isomorphism, II*.
struct CanonicalSearch {
  /// An order of the vertices at the end of a way.
  private struct Leaf {
    var order: [Int]
    var form: [UInt64]
    /// The vertices that were individualized.
    var path: [Int]
    /// The traces of the refinements after each.
    var traces: [UInt64]
  }

  private let structure: GraphStructure
  private let nodeLimit: Int
  private var first: Leaf?
  private var best: Leaf?
  private var path: [Int] = []
  private var traces: [UInt64] = []

  /// The number of partitions that were refined.
  private(set) var nodes = 0
  /// Automorphisms that generate the group, as images of the vertices.
  private(set) var generators: [[Int]] = []
  /// The images of the vertices of the way to the first leaf under the automorphisms that fix those before.
  private(set) var orbits: [(base: Int, points: [Int])] = []

  /// The canonical order.
  var order: [Int] { best?.order ?? [] }

  /// Searches, or throws if the tree has more nodes than are allowed.
  init(_ structure: GraphStructure, nodeLimit: Int) throws(FrameError) {
    self.structure = structure
    self.nodeLimit = nodeLimit
    var root = VertexPartition(structure.vertexRanks)
    _ = root.refine(structure)
    nodes = 1
    _ = try explore(root)
    orbits.reverse()
  }

  /// Explores a subtree and returns the length of the path to go on from: its own or, after an automorphism, that of
  /// a node above, all whose other descendants on the way are images of explored ones.
  private mutating func explore(_ partition: VertexPartition) throws(FrameError) -> Int {
    guard let cell = partition.targetCell else { return visit(partition.order) }
    let depth = path.count
    let isOnFirstPath = first == nil
    var explored: [Int] = []
    var (classes, counted) = ([Int](), -1)
    for vertex in partition.members(cell) {
      if !explored.isEmpty {
        if counted != generators.count {
          (classes, counted) = (orbitsFixingPath(), generators.count)
        }
        if explored.contains(where: { classes[$0] == classes[vertex] }) { continue }
      }
      explored.append(vertex)
      var child = partition
      child.individualize(vertex, in: cell)
      let trace = child.refine(structure)
      nodes += 1
      guard nodes <= nodeLimit else {
        throw .tooManyElements(
          argument: "the search tree of the graph", count: "more than \(nodeLimit)", limit: "\(nodeLimit)")
      }
      path.append(vertex)
      traces.append(trace)
      let back = canMatter ? try explore(child) : depth
      path.removeLast()
      traces.removeLast()
      if back < depth { return back }
    }
    if isOnFirstPath, let base = explored.first {
      let classes = orbitsFixingPath()
      orbits.append((base, classes.indices.filter { classes[$0] == classes[base] }))
    }
    return depth
  }

  /// Whether a leaf below the current path can be an image of the first one, or the best.
  private var canMatter: Bool {
    guard let first, let best else { return true }
    return first.traces.starts(with: traces) || best.traces.starts(with: traces)
      || best.traces.lexicographicallyPrecedes(traces)
  }

  private mutating func visit(_ order: [Int]) -> Int {
    let leaf = Leaf(order: order, form: structure.form(order), path: path, traces: traces)
    guard let first, let best else {
      (first, best) = (leaf, leaf)
      return path.count
    }
    if leaf.traces == first.traces, leaf.form == first.form { return found(first, leaf) }
    if leaf.traces == best.traces {
      if leaf.form == best.form { return found(best, leaf) }
      if best.form.lexicographicallyPrecedes(leaf.form) { self.best = leaf }
    } else if best.traces.lexicographicallyPrecedes(leaf.traces) {
      self.best = leaf
    }
    return path.count
  }

  /// Notes the automorphism that maps one leaf to another, and returns where their ways part.
  private mutating func found(_ old: Leaf, _ new: Leaf) -> Int {
    var images = Array(repeating: 0, count: new.order.count)
    for (from, to) in zip(old.order, new.order) { images[from] = to }
    generators.append(images)
    return zip(old.path, new.path).prefix { $0 == $1 }.count
  }

  /// A class for each vertex: its orbit under the generators that fix the vertices of the current path.
  private func orbitsFixingPath() -> [Int] {
    var classes = DisjointSets(count: structure.vertexCount)
    for images in generators where path.allSatisfy({ images[$0] == $0 }) {
      for (from, to) in images.enumerated() { classes.join(from, to) }
    }
    return classes.representatives
  }
}

/// Sets of numbers that can be joined.
struct DisjointSets {
  private var parents: [Int]

  /// Sets of one number each.
  init(count: Int) { parents = Array(0..<count) }

  private mutating func root(_ element: Int) -> Int {
    var element = element
    while parents[element] != element {
      parents[element] = parents[parents[element]]
      element = parents[element]
    }
    return element
  }

  /// Joins the sets of two numbers; the smaller of their representatives stays.
  mutating func join(_ a: Int, _ b: Int) {
    let (a, b) = (root(a), root(b))
    parents[max(a, b)] = min(a, b)
  }

  /// The smallest number of the set of each number.
  var representatives: [Int] {
    var copy = self
    return parents.indices.map { copy.root($0) }
  }

  /// The sets, each ascending, in the order of their smallest numbers.
  var sets: [[Int]] {
    let representatives = representatives
    var result: [[Int]] = []
    var place: [Int: Int] = [:]
    for (element, representative) in representatives.enumerated() {
      if let index = place[representative] {
        result[index].append(element)
      } else {
        place[representative] = result.count
        result.append([element])
      }
    }
    return result
  }
}
