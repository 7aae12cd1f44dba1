import Keel

/// A canonical cloud, with the moments that do not depend on the order of its points.
struct MomentCloud<Scalar: FrameScalar> {
  /// A power of a coordinate, as a factor of a product.
  struct Factor: Equatable {
    var axis: Int
    var power: Int
  }

  let points: Matrix<Scalar>
  /// Whether the cloud has an extent along each axis.
  private let isExtended: [Bool]

  /// A cloud with the certificate of its frame, which says what is zero up to rounding.
  init(_ points: Matrix<Scalar>, _ certificate: FrameCertificate<Scalar>) {
    self.points = points
    let squares = (0..<points.columns).map { j in
      (0..<points.rows).reduce(0 as Scalar) { $0 + points[$1, j] * points[$1, j] }
    }
    let largest = squares.max() ?? 0
    let rounding =
      Scalar(8 * max(points.columns, 1)) * Scalar.ulpOfOne * Scalar(max(points.rows, 1)).squareRoot()
    isExtended = squares.map { $0 > largest * rounding }
  }

  /// `Σ_i Π_j z_ij^{e_j} / Σ_i Π_j |z_ij|^{e_j}`, within `-1...1`; 0 for axes without extent.
  func moment(_ factors: [Factor]) -> Scalar {
    guard factors.allSatisfy({ isExtended[$0.axis] }) else { return 0 }
    var (sum, magnitude): (Scalar, Scalar) = (0, 0)
    for i in 0..<points.rows {
      var product: Scalar = 1
      for factor in factors {
        let coordinate = points[i, factor.axis]
        for _ in 0..<factor.power { product *= coordinate }
      }
      sum += product
      magnitude += abs(product)
    }
    return magnitude > 0 ? sum / magnitude : 0
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
