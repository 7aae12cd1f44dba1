public import Keel

/// The permutations α of the vertices of a graph X with αX = X.
///
/// They are known by generators and by a chain of stabilizers: every automorphism is a product `u_1 u_2 ... u_m` in one
/// way, where `u_i` fixes the first i - 1 points of a base and takes the next one to a point of its orbit.
public struct AutomorphismGroup: Hashable, Sendable {
  /// n.
  public let vertexCount: Int
  /// Automorphisms that generate the group; none if it is trivial.
  public let generators: [Permutation]
  /// The vertices that automorphisms map to each other, each set ascending, by their smallest vertices.
  public let orbits: [[Int]]
  /// The base, each point with its images under the automorphisms that fix the points before it.
  let chain: [Level]

  /// A point of the base.
  struct Level: Hashable, Sendable {
    let base: Int
    let points: [Int]
  }

  init(vertexCount: Int, generators: [Permutation], chain: [Level]) {
    self.vertexCount = vertexCount
    self.generators = generators
    self.chain = chain.filter { $0.points.count > 1 }
    var sets = DisjointSets(count: vertexCount)
    for generator in generators {
      for (from, to) in generator.images.enumerated() { sets.join(from, to) }
    }
    orbits = sets.sets
  }

  /// Whether the identity is the only automorphism.
  public var isTrivial: Bool { chain.isEmpty }

  /// The number of automorphisms; `Int.max` if it does not fit.
  public var count: Int {
    saturatingProduct(chain.map(\.points.count))
  }

  /// The natural logarithm of the number of automorphisms.
  public var logCount: Double {
    chain.reduce(0) { $0 + Double.log(Double($1.points.count)) }
  }

  /// All automorphisms, the identity first.
  ///
  /// - Parameter limit: how many are allowed.
  /// - Complexity: O(n) each.
  /// - Throws: ``FrameError/tooManyElements(argument:count:limit:)``.
  public func elements(limit: Int = 1 << 20) throws(FrameError) -> [Permutation] {
    guard count <= limit else {
      throw .tooManyElements(
        argument: "the automorphisms of the graph", count: countText(count, logCount), limit: "\(limit)")
    }
    var result = [Permutation(identity: vertexCount)]
    for index in chain.indices.reversed() {
      let steps = transversal(index)
      result = steps.flatMap { step in result.map { step * $0 } }
    }
    return result
  }

  /// An automorphism, all equally likely.
  ///
  /// - Complexity: O(n · generators) for each point of the base.
  public func randomElement(using stream: inout RandomStream) -> Permutation {
    var result = Permutation(identity: vertexCount)
    for index in chain.indices {
      let steps = transversal(index)
      result = result * steps[stream.integer(below: steps.count)]
    }
    return result
  }

  /// For each point of an orbit an automorphism that fixes the base before and takes its point there, the identity
  /// first.
  private func transversal(_ index: Int) -> [Permutation] {
    let level = chain[index]
    let earlier = chain[..<index].map(\.base)
    let movers = generators.filter { generator in earlier.allSatisfy { generator[$0] == $0 } }
    var steps: [Int: Permutation] = [level.base: Permutation(identity: vertexCount)]
    var order = [level.base]
    var next = 0
    while next < order.count {
      let point = order[next]
      next += 1
      guard let step = steps[point] else { continue }
      for mover in movers where steps[mover[point]] == nil {
        steps[mover[point]] = mover * step
        order.append(mover[point])
      }
    }
    return order.compactMap { steps[$0] }
  }
}

/// A product of numbers that are not negative; `Int.max` if it does not fit.
func saturatingProduct(_ factors: [Int]) -> Int {
  var product = 1
  for factor in factors {
    let (value, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return .max }
    product = value
  }
  return product
}

/// A number in figures, or about how large it is if it does not fit.
func countText(_ count: Int, _ logCount: Double) -> String {
  guard count == .max else { return "\(count)" }
  return "about 10^\(Int((logCount / Double.log(10)).rounded()))"
}
