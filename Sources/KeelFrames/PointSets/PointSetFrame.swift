public import Keel

/// A finite frame of S_n for a set of points: orders with weights over which a function of a matrix of points is
/// averaged, so that it no longer depends on the order of the rows.
///
/// An element is a permutation π with a weight, and the canonical set is `π⁻¹X`, the rows in the order
/// `π(0), π(1), …`. Equal points are one: exchanging them changes nothing, so that of all the orders that differ by it
/// one is kept, and what belongs to such points is averaged over them. Permutations do not round, so averages are
/// invariant to the last bit.
///
/// ```swift
/// let frame = try PointSetFrame(sortingRowsOf: points)
/// let value = frame.average(of: points) { network($0.elements) }
/// ```
///
/// Source: Puny et al. (2022), section 3.2 for graphs; weights: Dym, Lawrence and Siegel (2024).
public struct PointSetFrame<Scalar: FrameScalar>: Hashable, Sendable {
  /// One order of the points.
  public struct Element: Hashable, Sendable {
    /// π: place k of the order is taken by point `π(k)`.
    public let permutation: Permutation
    /// The weight; the weights of a frame sum to 1.
    public let weight: Scalar
    /// The places that equal points take, two or more each.
    public let ties: [[Int]]
  }

  /// The elements; there is at least one.
  public let elements: [Element]
  /// The least distance of a difference of neighbours in the order from the tolerance within which points are equal;
  /// infinite where nothing was compared, or if points are equal only if they are the same.
  public let decisionMargin: Scalar

  /// The number of orders that are gone through.
  public var count: Int { elements.count }

  /// The most orders unless another limit is given.
  public static var defaultLimit: Int { 1 << 16 }

  init(elements: [Element], decisionMargin: Scalar = .infinity) {
    self.elements = elements
    self.decisionMargin = decisionMargin
  }

  /// The frame of lexicographic order: by the first coordinate, points equal in it by the second, and so on.
  ///
  /// It has one element. As a function of the points, averages over it jump where two points exchange places.
  ///
  /// - Parameters:
  ///   - points: n × d, a point a row.
  ///   - tolerance: neighbours in the order of a coordinate that differ by at most this are equal in it. Points whose
  ///     coordinates are the result of rounding need a tolerance, or else equal coordinates are put in an order by it.
  /// - Complexity: O(d n log n).
  /// - Throws: ``FrameError/empty(argument:)`` without points, ``FrameError/notFinite(argument:position:)``.
  /// - Precondition: the tolerance is not negative.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(sortingRowsOf points: Matrix<Scalar>, tolerance: Scalar = 0) throws(FrameError) {
    precondition(tolerance >= 0, "A tolerance is not negative")
    try Self.check(points, "points")
    self.init(sorting: points, tolerance: tolerance)
  }

  /// The frame of lexicographic order of points that are known to be finite.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  init(sorting points: Matrix<Scalar>, tolerance: Scalar) {
    let order = LexicographicOrder(points, tolerance: tolerance)
    self.init(
      elements: [
        Element(
          permutation: Permutation(unchecked: order.rows), weight: 1, ties: order.blocks.map(Array.init))
      ], decisionMargin: order.margin)
  }

  /// The frame of all orders in which a key ascends.
  ///
  /// Points with equal keys come in all orders: `Π_b n_b!` for blocks of n_b points, less where points are equal.
  ///
  /// - Parameters:
  ///   - keys: n × k: a row a point, compared lexicographically. It may be any function of the points that does not
  ///     depend on their order; if it is invariant under a group, so is the frame.
  ///   - points: n × d.
  ///   - tolerance: neighbours in the order of a column of keys that differ by at most this are equal in it.
  ///   - limit: the most orders.
  /// - Complexity: O(n) for each element, and O((k + d) n log n).
  /// - Throws: ``FrameError/empty(argument:)``, ``FrameError/notFinite(argument:position:)``,
  ///   ``FrameError/wrongShape(argument:expected:found:)`` unless there is a key a point,
  ///   ``FrameError/tooManyElements(argument:count:limit:)``.
  /// - Precondition: the tolerance is not negative.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(
    sortingBy keys: Matrix<Scalar>, _ points: Matrix<Scalar>, tolerance: Scalar = 0,
    limit: Int = defaultLimit
  ) throws(FrameError) {
    precondition(tolerance >= 0, "A tolerance is not negative")
    try Self.check(points, "points")
    try Self.check(keys, "keys")
    guard keys.rows == points.rows else {
      throw .wrongShape(argument: "keys", expected: "\(points.rows) rows", found: "\(keys.rows)")
    }
    let order = LexicographicOrder(keys, tolerance: tolerance)
    let classes = LexicographicOrder(points, tolerance: 0).classes(of: points.rows)
    var orders: [[Int]] = [order.rows]
    for block in order.blocks {
      let members = order.rows[block].sorted { classes[$0] < classes[$1] }
      let arrangements = try Self.arrangements(
        of: members.map { classes[$0] }, limit: limit / orders.count)
      orders = orders.flatMap { whole in
        arrangements.map { arrangement in
          var next = whole
          next.replaceSubrange(block, with: arrangement.map { members[$0] })
          return next
        }
      }
    }
    let weight = 1 / Scalar(orders.count)
    self.init(
      elements: orders.map { rows in
        let places = Dictionary(grouping: rows.indices) { classes[rows[$0]] }
        return Element(
          permutation: Permutation(unchecked: rows), weight: weight,
          ties: places.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map(\.value))
      }, decisionMargin: order.margin)
  }

  /// The weighted frame of orders along directions, whose averages are continuous where no two points are equal.
  ///
  /// Along the direction a the points have the order of `⟨a, x_i⟩`. Its weight is proportional to the smallest gap
  /// between neighbours, so that an order about to change has a weight about to vanish; orders with two different
  /// points in one place are left out. More than `(d - 1) n (n - 1) / 2` directions, any d of which are independent,
  /// always leave one: each pair of points is orthogonal to at most d - 1 of them.
  ///
  /// - Parameters:
  ///   - directions: M × d, a direction a row. They must not depend on the points.
  ///   - points: n × d.
  /// - Complexity: O(M n (d + log n)).
  /// - Throws: ``FrameError/empty(argument:)``, ``FrameError/notFinite(argument:position:)``,
  ///   ``FrameError/wrongShape(argument:expected:found:)`` unless directions and points have one dimension.
  ///
  /// Edge cases:
  /// - Equal points are one. As two points become equal the weights jump: no finite frame is continuous there.
  /// - If no direction tells all points apart, the frame is that of lexicographic order.
  ///
  /// Source: Dym, Lawrence and Siegel (2024), section 3.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(
    directions: Matrix<Scalar>, of points: Matrix<Scalar>
  ) throws(FrameError) {
    try Self.check(points, "points")
    try Self.check(directions, "directions")
    guard directions.columns == points.columns else {
      throw .wrongShape(
        argument: "directions", expected: "\(points.columns) columns", found: "\(directions.columns)")
    }
    let sorted = LexicographicOrder(points, tolerance: 0)
    let classes = sorted.classes(of: points.rows)
    var found: [(order: [Int], gap: Scalar)] = []
    for k in 0..<directions.rows {
      let places = (0..<points.rows).map { i in
        (0..<points.columns).reduce(0) { $0 + directions[k, $1] * points[i, $1] }
      }
      let order = places.indices.sorted { (places[$0], classes[$0]) < (places[$1], classes[$1]) }
      var gap = Scalar.infinity
      for (i, j) in zip(order, order.dropFirst()) where classes[i] != classes[j] {
        gap = min(gap, places[j] - places[i])
      }
      // Without two different points all directions are equally good.
      if gap > 0 { found.append((order, gap.isFinite ? gap : 1)) }
    }
    let largest = found.reduce(0) { max($0, $1.gap) }
    guard largest > 0 else {
      self.init(sorting: points, tolerance: 0)
      return
    }
    let total = found.reduce(0) { $0 + $1.gap / largest }
    self.init(
      elements: found.map { order, gap in
        Element(
          permutation: Permutation(unchecked: order), weight: gap / largest / total,
          ties: Self.runs(of: order.map { classes[$0] }))
      })
  }

  /// The weighted frame of orders along random directions, independent standard normal vectors.
  ///
  /// - Parameters:
  ///   - count: the number of directions; see ``init(directions:of:)`` for how many suffice.
  ///   - points: n × d.
  ///   - stream: where the directions come from: the same for all points, or averages are not invariant.
  /// - Throws: what ``init(directions:of:)`` throws.
  /// - Precondition: the count is not negative.
  public init(
    randomDirections count: Int, of points: Matrix<Scalar>, using stream: RandomStream
  ) throws(FrameError) {
    var stream = stream
    try self.init(
      directions: .randomNormal(rows: count, columns: points.columns, using: &stream), of: points)
  }

  private static func check(_ matrix: Matrix<Scalar>, _ argument: String) throws(FrameError) {
    guard matrix.rows > 0 else { throw .empty(argument: argument) }
    if let bad = matrix.elements.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(
        argument: argument, position: "row \(bad / matrix.columns), column \(bad % matrix.columns)")
    }
  }

  /// The ranges of two or more equal neighbours.
  private static func runs(of values: [Int]) -> [[Int]] {
    var (result, start) = ([[Int]](), 0)
    for end in 1...max(values.count, 1) where end >= values.count || values[end] != values[start] {
      if end - start > 1 { result.append(Array(start..<end)) }
      start = end
    }
    return result
  }

  /// All different arrangements of ascending numbers, as indices of them; equal numbers keep their order.
  private static func arrangements(of numbers: [Int], limit: Int) throws(FrameError) -> [[Int]] {
    var indices = Array(numbers.indices)
    var result = [indices]
    // The next arrangement in lexicographic order: Narayana Pandita's algorithm.
    while let low = indices.indices.dropLast().last(where: {
      numbers[indices[$0]] < numbers[indices[$0 + 1]]
    }) {
      guard result.count < limit else {
        throw .tooManyElements(argument: "points", count: "more than \(limit)", limit: "\(limit)")
      }
      let high = indices.indices.last { numbers[indices[low]] < numbers[indices[$0]] } ?? low
      indices.swapAt(low, high)
      indices[(low + 1)...].reverse()
      result.append(indices)
    }
    return result
  }
}
