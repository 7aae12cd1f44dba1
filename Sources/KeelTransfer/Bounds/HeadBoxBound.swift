import Keel

/// A box of heads, in the coordinates of ``AdmissibleHeads``; lanes beyond k are 0.
struct HeadBox: Sendable {
  var center: SIMD4<Double>
  var half: SIMD4<Double>
  /// A number that the squared error of no admissible head in the box is below.
  var lower = 0.0
  /// What was taken off `lower` for rounding.
  var rounding = 0.0
  /// The coordinate along which to cut the box.
  var widest = 0

  /// Takes a better bound that was computed from numbers of a given size.
  fileprivate mutating func raise(to bound: Double, size: Double) {
    let rounding = HeadBoxBound.roundingUnit * size
    guard bound - rounding > lower else { return }
    lower = bound - rounding
    self.rounding = rounding
  }
}

/// Lower bounds on the squared error `f(u) = (√g(u) - α)² + ‖Ru - r‖²`, `g(u) = uᵀNu + ‖u‖⁴`, of the
/// admissible heads in a box.
///
/// The larger of two bounds counts. One takes the ranges of the two terms apart; it serves far from the
/// minimum. The other is a quadratic minorant whose error falls with the third power of the size, so that
/// the boxes around a minimum need not become tiny. It is built from three facts:
///
/// - `-2α√g` is convex in g, with second derivative at least `(α/2) g_max^(-3/2)` on the box: it lies above
///   its tangent at any `g₀ > 0` plus `κ(g - g₀)²`, `κ = (α/4) g_max^(-3/2)`.
/// - g is a polynomial of degree four: its expansion about the center is exact, and what exceeds degree
///   two is small.
/// - Where the edge of the admissible set, `p(u) = 1 - u₁²/ν + Σ uᵢ²/nᵢ = 0`, crosses the box, admissible
///   heads have `-P ≤ p ≤ 0`, hence `μp + (μ/P)p² ≤ 0` for every `μ ≥ 0`: the minorant may add it. With
///   the multiplier μ that flattens it, a minimum on the edge is one of the minorant.
struct HeadBoxBound: Sendable {
  typealias Vector = SIMD4<Double>

  /// What rounding does to a bound, relative to the numbers that it is computed from.
  fileprivate static let roundingUnit = 64 * Double.ulpOfOne

  let count: Int
  let eigenvalues: Vector
  /// The diagonal of the quadratic form in p; meaningless if `hasEdge` is false.
  let edge: Vector
  let hasEdge: Bool
  let insideNorm: Double
  /// Sizes of the eigenvalues that their rounding is measured against: that of N as a whole, which may be
  /// far more than an eigenvalue, is never forgotten.
  private let eigenvalueSizes: Vector
  /// `RᵀR`, as rows.
  let outsideForm: (Vector, Vector, Vector, Vector)
  private let outsideRows: [Vector]
  private let outsideTarget: [Double]
  private let outsideNorm: Double

  init(_ landscape: AdmissibleHeads) {
    func padded(_ values: some Sequence<Double>) -> Vector {
      var result = Vector.zero
      for (i, value) in values.enumerated() { result[i] = value }
      return result
    }
    count = landscape.count
    eigenvalues = padded(landscape.eigenvalues)
    // The admissible set of eigenvalues that rounding may have moved: a little larger, never smaller.
    let nu = landscape.hyperboloid - landscape.eigenvalueError
    hasEdge = nu > 0
    var edge = Vector.zero
    for i in 0..<count {
      edge[i] = i == 0 ? -1 / nu : 1 / (max(0, landscape.eigenvalues[i]) + landscape.eigenvalueError)
    }
    self.edge = edge
    var sizes = Vector.zero
    for i in 0..<count {
      sizes[i] = max(landscape.eigenvalues[i].magnitude, landscape.eigenvalueError / Self.roundingUnit)
    }
    eigenvalueSizes = sizes
    insideNorm = landscape.insideNorm
    let outside = landscape.outside
    outsideRows = (0..<outside.rows).map { padded(outside.row($0)) }
    outsideTarget = landscape.outsideTarget
    outsideNorm = BLAS.nrm2(outsideTarget)
    var form = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    for row in outsideRows {
      form.0 += row[0] * row
      form.1 += row[1] * row
      form.2 += row[2] * row
      form.3 += row[3] * row
    }
    outsideForm = form
  }

  /// Bounds the box, or says with nil that no head in it is admissible.
  ///
  /// - Parameters:
  ///   - box: the box; its `lower` and `widest` are set.
  ///   - target: a bound that suffices: beyond it no better one is looked for.
  /// - Returns: whether the box can hold admissible heads.
  func bound(_ box: inout HeadBox, target: Double) -> Bool {
    let (c, h) = (box.center, box.half)
    let magnitude = max(c, -c)
    // Exact ranges of the squares of the coordinates.
    let least = (magnitude - h).clamped(lowerBound: .zero, upperBound: Vector(repeating: .infinity))
    let lowSquares = least * least
    let highSquares = (magnitude + h) * (magnitude + h)
    var (edgeLow, edgeHigh) = (0.0, 0.0)
    if hasEdge {
      let positive = edge.replacing(with: 0, where: edge .< 0)
      let negative = edge - positive
      edgeLow = 1 + (positive * lowSquares + negative * highSquares).sum()
      edgeHigh = 1 + (positive * highSquares + negative * lowSquares).sum()
      guard !(edgeLow > 0) else { return false }
    }

    // g at the center, and how far it can be from its expansion.
    let square = (c * c).sum()
    let g = (eigenvalues * c * c).sum() + square * square
    let slope = 2 * eigenvalues * c + 4 * square * c
    let linear = (max(slope, -slope) * h).sum()
    let diagonal = eigenvalues + 2 * square
    let widths = h * h
    let size = widths.sum()
    let reach = (magnitude * h).sum()
    let cubic = 4 * reach * size + size * size
    let upper = (max(diagonal, .zero) * widths).sum() + 4 * reach * reach
    let lower = (min(diagonal, .zero) * widths).sum()
    let (lowSquare, highSquare) = (lowSquares.sum(), highSquares.sum())
    let positive = max(eigenvalues, .zero)
    let negative = min(eigenvalues, .zero)
    let gHigh = min(
      g + linear + upper + cubic,
      (positive * highSquares + negative * lowSquares).sum() + highSquare * highSquare)
    let gLow = max(
      0, g - linear + lower - cubic,
      (positive * lowSquares + negative * highSquares).sum() + lowSquare * lowSquare)
    // Some fifty operations on numbers of these sizes stand behind each bound. ‖R‖ ≤ 1.
    let gSize = (eigenvalueSizes * highSquares).sum() + highSquare * highSquare
    let gError = Self.roundingUnit * gSize
    // √g is the norm of the weights learned in S, so that an admissible head has g ≥ 0.
    guard !(gHigh < -gError) else { return false }

    var outsideError = 0.0
    var outsideSlope = Vector.zero
    for (row, wanted) in zip(outsideRows, outsideTarget) {
      let error = (row * c).sum() - wanted
      outsideError += error * error
      outsideSlope += 2 * error * row
    }

    // The two terms apart; the second one is convex.
    // The root magnifies what rounding did to a small g: it is taken off before.
    let shortest = max(0, gLow - gError).squareRoot()
    let gTop = max(0, gHigh) + gError
    let longest = gTop.squareRoot()
    let miss = max(0, shortest - insideNorm, insideNorm - longest)
    var outsideLow = outsideError - (max(outsideSlope, -outsideSlope) * h).sum()
    outsideLow = max(
      0, outsideLow, outsideError + Self.leastQuadratic(outsideSlope, outsideForm, h, count))
    let insideSize = insideNorm + longest
    let outsideSize = highSquare.squareRoot() + outsideNorm
    let sizes = insideSize * insideSize + gSize + outsideSize * outsideSize
    box.raise(to: miss * miss + outsideLow, size: sizes)

    // The quadratic minorant. g₀ stays away from 0, where the tangent would be vertical.
    guard gTop > 0, gSize.isFinite else {
      box.widest = (0..<count).max { h[$0] < h[$1] } ?? 0
      return true
    }
    let g0 = max(g, gTop / 16)
    let q = g0.squareRoot()
    let s = 1 - insideNorm / q
    let kappa = insideNorm / (4 * gTop * longest)
    let gamma = g - g0
    let reached = gamma.magnitude + linear
    let tangentSizes = sizes + 5 * insideNorm / longest * gSize + kappa * reached * reached
    let deviation = max(upper, -lower) + cubic
    var constant = (q - insideNorm) * (q - insideNorm) + s * gamma + kappa * gamma * gamma + outsideError
    var error = s.magnitude * cubic + 2 * kappa * reached * deviation
    var gradient = (s + 2 * kappa * gamma) * slope + outsideSlope
    var form = outsideForm
    Self.add(&form, diagonal: s * diagonal)
    Self.add(&form, 4 * s, c)
    Self.add(&form, kappa, slope)
    box.raise(
      to: constant - error + Self.leastQuadratic(gradient, form, h, count), size: tangentSizes)
    box.widest = Self.widest(gradient, form, h, error: error, count)
    guard hasEdge, edgeHigh > 0, box.lower < target else { return true }

    // With the edge: the multiplier that makes the gradient small in the units of the box.
    let edgeSlope = 2 * edge * c
    let norm = (widths * edgeSlope * edgeSlope).sum()
    let multiplier = norm > 0 ? -(widths * gradient * edgeSlope).sum() / norm : 0
    guard multiplier > 0, edgeLow < 0 else { return true }
    let curvature = multiplier / -edgeLow
    let value = 1 + (edge * c * c).sum()
    let edgeReach = value.magnitude + (max(edgeSlope, -edgeSlope) * h).sum()
    constant += multiplier * value + curvature * value * value
    error += 2 * curvature * edgeReach * (max(edge, -edge) * widths).sum()
    gradient += (multiplier + 2 * curvature * value) * edgeSlope
    Self.add(&form, diagonal: multiplier * edge)
    Self.add(&form, curvature, edgeSlope)
    box.raise(
      to: constant - error + Self.leastQuadratic(gradient, form, h, count),
      size: tangentSizes + 2 * multiplier * (1 + (max(edge, -edge) * highSquares).sum())
        + curvature * edgeReach * edgeReach)
    return true
  }

  // MARK: - Quadratics on a box

  private typealias Form = (Vector, Vector, Vector, Vector)

  private static func add(_ form: inout Form, diagonal: Vector) {
    form.0[0] += diagonal[0]
    form.1[1] += diagonal[1]
    form.2[2] += diagonal[2]
    form.3[3] += diagonal[3]
  }

  /// Adds `factor · wwᵀ`.
  private static func add(_ form: inout Form, _ factor: Double, _ w: Vector) {
    let scaled = factor * w
    form.0 += scaled[0] * w
    form.1 += scaled[1] * w
    form.2 += scaled[2] * w
  }

  private static func row(_ form: Form, _ i: Int) -> Vector {
    switch i {
    case 0: form.0
    case 1: form.1
    default: form.2
    }
  }

  /// A lower bound on `b·δ + δᵀQδ` for `|δᵢ| ≤ hᵢ`.
  private static func leastQuadratic(_ b: Vector, _ form: Form, _ h: Vector, _ k: Int) -> Double {
    // By Gershgorin in the units of the box: 2|δᵢδⱼ| ≤ δᵢ² hⱼ/hᵢ + δⱼ² hᵢ/hⱼ. Then one number at a time.
    var separate = 0.0
    for i in 0..<k where h[i] > 0 {
      let row = row(form, i)
      var coupling = 0.0
      for j in 0..<k where j != i { coupling += row[j].magnitude * h[j] }
      let d = row[i] - coupling / h[i]
      let slope = b[i].magnitude
      separate -= d > 0 && slope < 2 * d * h[i] ? slope * slope / (4 * d) : (slope - d * h[i]) * h[i]
    }
    // Without the box, if Q is positive definite: -bᵀQ⁻¹b/4, by a Cholesky factorization.
    let a0 = form.0[0]
    guard a0 > 0 else { return separate }
    var free = b[0] * b[0] / a0
    if k > 1 {
      let l1 = form.0[1] / a0
      let a1 = form.1[1] - l1 * form.0[1]
      guard a1 > 1e-12 * form.1[1].magnitude else { return separate }
      let b1 = b[1] - l1 * b[0]
      free += b1 * b1 / a1
      if k > 2 {
        let l2 = form.0[2] / a0
        let cross = form.1[2] - l1 * form.0[2]
        let m2 = cross / a1
        let a2 = form.2[2] - l2 * form.0[2] - m2 * cross
        guard a2 > 1e-12 * form.2[2].magnitude else { return separate }
        let b2 = b[2] - l2 * b[0] - m2 * b1
        free += b2 * b2 / a2
      }
    }
    return max(separate, -free / 4)
  }

  /// The coordinate that the bound is most uncertain in.
  private static func widest(
    _ b: Vector, _ form: Form, _ h: Vector, error: Double, _ k: Int
  ) -> Int {
    let size = (h * h).sum()
    var best = (0, -1.0)
    for i in 0..<k {
      let row = row(form, i)
      var weight = b[i].magnitude * h[i] + error * h[i] * h[i] / (size > 0 ? size : 1)
      for j in 0..<k { weight += row[j].magnitude * h[j] * h[i] }
      if weight > best.1 { best = (i, weight) }
    }
    return best.0
  }
}

private func max(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> { pointwiseMax(a, b) }
private func min(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> { pointwiseMin(a, b) }
