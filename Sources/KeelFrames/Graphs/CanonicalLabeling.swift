public import Keel

/// A canonical order of the vertices of a graph, and its automorphisms: the smallest frame of S_n there is.
///
/// The canonical form `g⁻¹X` is the same labelled graph for all graphs that are isomorphic to X. The elements g that
/// lead to it are a frame, `F(X) = Aut(X)·g`, and no subset of it is one. An invariant average over it takes one
/// evaluation.
///
/// ```swift
/// let first = try CanonicalLabeling(of: a), second = try CanonicalLabeling(of: b)
/// let areIsomorphic = first.form(of: a) == second.form(of: b)
/// ```
///
/// Source: McKay and Piperno (2014), *Practical graph isomorphism, II*; minimal frames: Lin et al. (2024).
public struct CanonicalLabeling: Hashable, Sendable {
  /// g: vertex `element[k]` has place k in the canonical form.
  public let element: Permutation
  /// The automorphisms of the graph, with its weights and features.
  public let automorphisms: AutomorphismGroup
  /// How many partitions of the vertices were refined to find it.
  public let searchedNodes: Int

  /// The default for the number of partitions that a search may refine.
  public static let standardNodeLimit = 1 << 20

  /// The canonical labeling of a graph.
  ///
  /// - Parameters:
  ///   - graph: X; weights and features are told apart exactly, without a tolerance.
  ///   - nodeLimit: the most partitions that may be refined.
  /// - Complexity: O(n²) for a partition in a graph without weights (n²/64 for the dense part), O(n²) with; as
  ///   many partitions as the graph needs: n for most, exponentially many for some very regular ones.
  /// - Throws: ``FrameError/tooManyElements(argument:count:limit:)``.
  public init(of graph: some LabeledGraph, nodeLimit: Int = standardNodeLimit) throws(FrameError) {
    let search = try CanonicalSearch(GraphStructure(graph), nodeLimit: nodeLimit)
    element = Permutation(unchecked: search.order)
    automorphisms = AutomorphismGroup(
      vertexCount: graph.vertexCount, generators: search.generators.map { Permutation(unchecked: $0) },
      chain: search.orbits.map { AutomorphismGroup.Level(base: $0.base, points: $0.points) })
    searchedNodes = search.nodes
  }

  /// `g⁻¹X`.
  ///
  /// - Precondition: the graph is that of which this is the labeling.
  public func form<G: LabeledGraph>(of graph: G) -> G { graph.inverseTransformed(by: element) }

  /// The number of elements of the frame: that of the automorphisms; `Int.max` if it does not fit.
  public var count: Int { automorphisms.count }

  /// All elements of the frame, `αg` for the automorphisms α.
  ///
  /// - Parameter limit: how many are allowed.
  /// - Throws: ``FrameError/tooManyElements(argument:count:limit:)``.
  public func elements(limit: Int = 1 << 20) throws(FrameError) -> [Permutation] {
    try automorphisms.elements(limit: limit).map { $0 * element }
  }

  /// An element of the frame, all equally likely.
  public func randomElement(using stream: inout RandomStream) -> Permutation {
    automorphisms.randomElement(using: &stream) * element
  }

  /// The one canonical form with its multiplicity, for averages.
  ///
  /// - Precondition: the graph is that of which this is the labeling.
  public func quotient<G: LabeledGraph>(of graph: G) -> GraphQuotient<G> {
    GraphQuotient(
      forms: [form(of: graph)], representatives: [element], multiplicity: count,
      orbits: automorphisms.orbits)
  }
}
