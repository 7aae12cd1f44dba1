import Keel

/// A canonical cloud, with the moments that do not depend on the order of its points.
struct MomentCloud<Scalar: FrameScalar> {
  /// A power of a coordinate, as a factor of a product.
  struct Factor: Equatable {
    var axis: Int
    var power: Int
  }

  let points: Matrix<Scalar>
  /// The root mean square of each coordinate; 0 for those that are nothing but rounding.
  private let extents: [Scalar]

  /// A canonical cloud.
  ///
  /// - Parameters:
  ///   - points: n × d.
  ///   - reach: the largest coordinate before it came into its pose, in its scale; extents below its rounding are none.
  init(_ points: Matrix<Scalar>, reach: Scalar) {
    self.points = points
    let zero = Scalar(8 * max(points.columns, 1)) * Scalar.ulpOfOne * reach
    extents = (0..<points.columns).map { j in
      // The root mean square over the rounding, so that squares do not underflow.
      let mean = (0..<points.rows).reduce(0 as Scalar) { sum, i in
        let ratio = zero > 0 ? points[i, j] / zero : 0
        return sum + ratio * ratio / Scalar(points.rows)
      }
      return mean > 1 ? mean.squareRoot() * zero : 0
    }
  }

  /// `Σ_i Π_j z_ij^{e_j} / Σ_i (Π_j |z_ij|^{e_j} + Π_j σ_j^{e_j})` with the root mean squares σ, within `-1...1`; 0 if a
  /// coordinate has no extent.
  ///
  /// The second term is for products that vanish in every point, of which rounding leaves something of either sign.
  func moment(_ factors: [Factor]) -> Scalar {
    guard factors.allSatisfy({ extents[$0.axis] > 0 }) else { return 0 }
    var (sum, magnitude): (Scalar, Scalar) = (0, 0)
    for i in 0..<points.rows {
      var product: Scalar = 1
      for factor in factors {
        let coordinate = points[i, factor.axis] / extents[factor.axis]
        for _ in 0..<factor.power { product *= coordinate }
      }
      sum += product
      magnitude += abs(product)
    }
    return sum / (magnitude + Scalar(points.rows))
  }

  /// The exponents of moments in the order in which they decide: by degree; of one degree, powers of single axes from
  /// the last axis to the first, then products; at most 8192.
  struct Moments: Sequence, IteratorProtocol {
    private let dimension: Int
    private var degrees: ArraySlice<Int>
    /// The next axis of a power, then nil.
    private var single: Int?
    /// The axes of the next product, with repetition, descending.
    private var axes: [Int]?
    private var left = 1 << 13

    /// The moments of given degrees, in that order.
    init(dimension: Int, degrees: [Int]) {
      self.dimension = dimension
      self.degrees = degrees[...]
      single = dimension - 1
    }

    /// The moments that can tell elements of a frame apart.
    ///
    /// The first ones vanish where the centroid is the origin, and products of two principal coordinates vanish
    /// always: of those only rounding is left, and nothing may hang on it.
    init(_ frame: Frame<Scalar>) {
      self.init(
        dimension: frame.dimension,
        degrees: (frame.group.translates ? [] : [1]) + (frame.weights == nil ? [] : [2]) + [3, 4, 5, 6])
    }

    mutating func next() -> [Factor]? {
      guard dimension > 0, left > 0 else { return nil }
      left -= 1
      while let degree = degrees.first {
        if let axis = single {
          single = axis > 0 ? axis - 1 : nil
          if axis == 0 { axes = [Int](repeating: dimension - 1, count: degree) }
          return [Factor(axis: axis, power: degree)]
        }
        while let current = axes {
          axes = Self.successor(of: current)
          // Powers of single axes have been there.
          guard current.first != current.last else { continue }
          return current.reduce(into: []) { factors, axis in
            if factors.last?.axis == axis {
              factors[factors.count - 1].power += 1
            } else {
              factors.append(Factor(axis: axis, power: 1))
            }
          }
        }
        degrees.removeFirst()
        single = dimension - 1
      }
      return nil
    }

    /// The next list of axes that do not ascend; nil after zeros only.
    private static func successor(of axes: [Int]) -> [Int]? {
      guard let place = axes.lastIndex(where: { $0 > 0 }) else { return nil }
      var next = axes
      for later in place..<axes.count { next[later] = axes[place] - 1 }
      return next
    }
  }
}
