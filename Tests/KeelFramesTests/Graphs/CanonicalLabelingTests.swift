import Keel
import KeelFrames
import Testing

@Suite("Canonical labelings")
struct CanonicalLabelingTests {
  /// Graphs with known numbers of automorphisms.
  static var known: [(name: String, graph: Graph, automorphisms: Int)] {
    get throws {
      var petersen = Graph(vertexCount: 10)
      for v in 0..<5 {
        petersen.connect(v, (v + 1) % 5)
        petersen.connect(v, v + 5)
        petersen.connect(v + 5, (v + 2) % 5 + 5)
      }
      var cube = Graph(vertexCount: 8)
      for v in 0..<8 { for bit in [1, 2, 4] where v & bit == 0 { cube.connect(v, v | bit) } }
      // The rook's graph and Shrikhande's: both strongly regular with parameters (16, 6, 2, 2).
      var rook = Graph(vertexCount: 16)
      var shrikhande = rook
      for a in 0..<16 {
        for b in 0..<a where a / 4 == b / 4 || a % 4 == b % 4 { rook.connect(a, b) }
        let (row, column) = (a / 4, a % 4)
        for (down, right) in [(0, 1), (1, 0), (1, 1)] {
          shrikhande.connect(a, (row + down) % 4 * 4 + (column + right) % 4)
        }
      }
      let cycle = try Graph(vertexCount: 70, edges: (0..<70).map { ($0, ($0 + 1) % 70) })
      return [
        ("empty", Graph(vertexCount: 9), 362_880), ("complete", Graph(vertexCount: 7).complement, 5040),
        ("petersen", petersen, 120), ("cube", cube, 48), ("rook", rook, 1152),
        ("shrikhande", shrikhande, 192),
        ("cycle", cycle, 140), ("no vertices", Graph(vertexCount: 0), 1), ("one", Graph(vertexCount: 1), 1),
      ]
    }
  }

  @Test("known groups, and forms that do not depend on the labels")
  func knownGroups() throws {
    var stream = RandomStream(seed: 1)
    for (name, graph, automorphisms) in try Self.known {
      let labeling = try CanonicalLabeling(of: graph)
      #expect(labeling.count == automorphisms, "\(name)")
      #expect(labeling.automorphisms.isTrivial == (automorphisms == 1))
      for generator in labeling.automorphisms.generators {
        #expect(graph.transformed(by: generator) == graph)
      }
      for _ in 0..<3 {
        let g = Permutation.random(graph.vertexCount, using: &stream)
        let moved = graph.transformed(by: g)
        let other = try CanonicalLabeling(of: moved)
        #expect(other.form(of: moved) == labeling.form(of: graph), "\(name)")
        #expect(other.count == automorphisms)
        let random = labeling.randomElement(using: &stream)
        #expect(graph.inverseTransformed(by: random) == labeling.form(of: graph))
      }
      guard automorphisms <= 1152 else { continue }
      let elements = try labeling.elements()
      #expect(Set(elements).count == automorphisms && elements.count == automorphisms)
      #expect(elements.allSatisfy { graph.inverseTransformed(by: $0) == labeling.form(of: graph) })
    }
  }

  @Test("graphs that refinement cannot tell apart have different forms")
  func different() throws {
    let known = try Self.known
    let rook = try #require(known.first { $0.name == "rook" }).graph
    let shrikhande = try #require(known.first { $0.name == "shrikhande" }).graph
    #expect(ColorRefinement.indistinctPairs(of: [rook, shrikhande], rounds: 5) == [1, 1, 1, 1, 1, 1])
    #expect(
      try CanonicalLabeling(of: rook).form(of: rook) != CanonicalLabeling(of: shrikhande).form(of: shrikhande)
    )
    let limit = FrameError.tooManyElements(
      argument: "the search tree of the graph", count: "more than 3", limit: "3")
    #expect(throws: limit) { try CanonicalLabeling(of: rook, nodeLimit: 3) }
    #expect(throws: FrameError.self) { try CanonicalLabeling(of: Graph(vertexCount: 30)).elements() }
  }

  @Test("isomorphic or not, as all permutations say", arguments: 0..<30)
  func bruteForce(seed: Int) throws {
    var stream = RandomStream(seed: 2).stream(seed)
    let count = 2 + seed % 4
    let a = try Graphs.weighted(count, using: &stream)
    let all = try GraphFrame(of: Graph(vertexCount: count)).elements()
    #expect(try CanonicalLabeling(of: a).count == all.count { a.transformed(by: $0) == a })
    let (x, y) = (Graphs.random(count, using: &stream), Graphs.random(count, using: &stream))
    let areIsomorphic = all.contains { x.transformed(by: $0) == y }
    let forms = (try CanonicalLabeling(of: x).form(of: x), try CanonicalLabeling(of: y).form(of: y))
    #expect((forms.0 == forms.1) == areIsomorphic)
  }

  @Test("colours count rounds and do not depend on the labels")
  func colors() throws {
    let path = try Graph(vertexCount: 6, edges: (0..<5).map { ($0, $0 + 1) })
    #expect(ColorRefinement(of: path).colors == [0, 1, 2, 2, 1, 0])
    #expect(ColorRefinement(of: path, rounds: 1).colors == [0, 1, 1, 1, 1, 0])
    #expect(ColorRefinement(of: path).rounds == 2 && ColorRefinement(of: path).colorCount == 3)
    #expect(ColorRefinement(of: path, rounds: 0).colors == [0, 0, 0, 0, 0, 0])
    #expect(ColorRefinement(of: Graph(vertexCount: 0)).colorCount == 0)
    var stream = RandomStream(seed: 3)
    for count in 1..<9 {
      let graph = try Graphs.weighted(count, using: &stream)
      let g = Permutation.random(count, using: &stream)
      let moved = ColorRefinement(of: graph.transformed(by: g))
      #expect(moved.colors == g.transformed(ColorRefinement(of: graph).colors))
    }
  }
}
