import RealModule

/// Integrals over the unit cube of functions that may be singular at its sides.
enum UnitCubeRule {
  /// A coordinate of a node: v, and 1 - v with all its digits.
  struct Coordinate: Sendable {
    var value: Double
    var rest: Double

    /// ln v.
    var log: Double { value < 0.5 ? Double.log(value) : Double.log(onePlus: -rest) }
  }

  /// Calls `body` at each node with the logarithm of its weight.
  ///
  /// In up to four dimensions nodes are those of the tanh-sinh rule, which is not disturbed by singularities at the
  /// ends; beyond, a sequence of points that fill the cube evenly, with weights that fall to 0 at both ends of it.
  ///
  /// - Parameters:
  ///   - dimensions: at least 0.
  ///   - body: takes a coordinate for each dimension, and ln of the weight.
  static func forEachNode(dimensions: Int, _ body: ([Coordinate], Double) -> Void) {
    guard dimensions > 0 else { return body([], 0) }
    var node = [Coordinate](repeating: Coordinate(value: 0.5, rest: 0.5), count: dimensions)
    if dimensions <= rules.count {
      visit(rules[dimensions - 1], dimension: 0, logWeight: 0, &node, body)
    } else {
      visitSequence(&node, body)
    }
  }

  /// The integral of a function of one coordinate.
  static func integral(_ function: (Coordinate) -> Double) -> Double {
    rules[0].reduce(0) { $0 + $1.weight * function($1.coordinate) }
  }

  /// The rules of one, two, three and four dimensions.
  private static let rules = [
    nodes(step: 1.0 / 16, end: 3.375), nodes(step: 1.0 / 8, end: 3.125), nodes(step: 1.0 / 6, end: 3),
    nodes(step: 1.0 / 3, end: 3),
  ]

  /// The nodes v = 1/(1 + exp(-π sinh u)) for u = -end, -end + step, ..., end.
  private static func nodes(step: Double, end: Double) -> [(coordinate: Coordinate, weight: Double)] {
    let count = Int((end / step).rounded())
    return (-count...count).map { index in
      let u = step * Double(index)
      let growth = Double.pi * Double.sinh(u)
      let v = Coordinate(value: 1 / (1 + Double.exp(-growth)), rest: 1 / (1 + Double.exp(growth)))
      return (v, step * Double.pi * Double.cosh(u) * v.value * v.rest)
    }
  }

  private static func visit(
    _ rule: [(coordinate: Coordinate, weight: Double)], dimension: Int, logWeight: Double,
    _ node: inout [Coordinate], _ body: ([Coordinate], Double) -> Void
  ) {
    for (coordinate, weight) in rule {
      node[dimension] = coordinate
      let total = logWeight + Double.log(weight)
      if dimension + 1 < node.count {
        visit(rule, dimension: dimension + 1, logWeight: total, &node, body)
      } else {
        body(node, total)
      }
    }
  }

  /// The multiples of (1/g, 1/g², ...) modulo 1, where g solves g^(d+1) = g + 1: a generalised golden ratio.
  private static func visitSequence(_ node: inout [Coordinate], _ body: ([Coordinate], Double) -> Void) {
    let degree = Double(node.count + 1)
    var ratio = 1.5
    for _ in 0..<60 { ratio = Double.pow(1 + ratio, 1 / degree) }
    let steps = node.indices.map { Double.pow(ratio, -Double($0 + 1)) }
    let count = 1 << 15
    for index in 1..<count {
      // A triangle over the sequence damps what its ends would add.
      let weight = Double(min(index, count - index)) * 4 / (Double(count) * Double(count))
      for (k, step) in steps.enumerated() {
        let product = step * Double(index)
        let v = product - product.rounded(.down)
        node[k] = Coordinate(value: max(v, 0x1p-60), rest: max(1 - v, 0x1p-60))
      }
      body(node, Double.log(weight))
    }
  }
}
