/// Sums over the faces of two vertices at least, Σ_f P(f) Π_f e_k (c + Σ_f u_k), in one pass over the vertices.
///
/// There are 2^K - 1 faces, but the vertices are chosen independently: the sums over sets of none, one, and more of
/// the first vertices follow from those with one vertex less. All are sums of terms of one sign, if the u are, so
/// nothing is lost to rounding; vertices, on which a Dirichlet law is no law at all, are left out.
///
/// P(f) is Π p_k Π (1 - p_k) here, not divided by the probability that there is a vertex.
struct FaceSums {
  /// p_k.
  let inside: [Double]
  /// 1 - p_k.
  let outside: [Double]

  /// Sums over the faces of a law.
  init(_ faces: GibbsFaces) {
    inside = faces.inside
    outside = faces.weights.indices.map { faces.outside($0) }
  }

  /// The sums over sets of no vertex, of one and of more: of Π e and of Π e Σ u.
  private struct State {
    var none = 1.0
    var one = 0.0
    var more = 0.0
    var oneTerms = 0.0
    var moreTerms = 0.0

    /// Goes on to sets that may have one vertex more.
    ///
    /// - Parameters:
    ///   - q: the probability that it is not chosen.
    ///   - x: the probability that it is, times e.
    ///   - u: its term.
    @inline(__always)
    mutating func add(_ q: Double, _ x: Double, _ u: Double) {
      moreTerms = moreTerms * (q + x) + x * (u * (more + one) + oneTerms)
      more = more * (q + x) + x * one
      oneTerms = oneTerms * q + none * u * x
      one = one * q + none * x
      none *= q
    }
  }

  /// Σ_f P(f) Π_f e_k and Σ_f P(f) Π_f e_k Σ_f u_k.
  ///
  /// - Parameter vertex: e and u of a vertex.
  /// - Complexity: O(K).
  @inline(__always)
  func sums(_ vertex: (Int) -> (factor: Double, term: Double)) -> (ones: Double, terms: Double) {
    var state = State()
    for k in inside.indices {
      let (factor, term) = vertex(k)
      state.add(outside[k], inside[k] * factor, term)
    }
    return (state.more, state.moreTerms)
  }

  /// Adds a multiple of the derivatives of Σ_f P(f) Π_f e_k (c + Σ_f u_k), backwards through the pass over the
  /// vertices.
  ///
  /// - Parameters:
  ///   - scale: the factor.
  ///   - constant: c.
  ///   - gradient: what the derivatives by the weights of the law of faces are added to.
  ///   - vertex: e and u of a vertex.
  ///   - add: called with each vertex, and its derivatives by ln e and by u.
  /// - Complexity: O(K).
  @inline(__always)
  func addDerivatives(
    _ scale: Double, constant: Double, to gradient: inout [Double],
    _ vertex: (Int) -> (factor: Double, term: Double),
    _ add: (_ k: Int, _ byLogFactor: Double, _ byTerm: Double) -> Void
  ) {
    var steps: [(before: State, x: Double, term: Double)] = []
    steps.reserveCapacity(inside.count)
    var state = State()
    for k in inside.indices {
      let (factor, term) = vertex(k)
      let x = inside[k] * factor
      steps.append((state, x, term))
      state.add(outside[k], x, term)
    }
    // The derivatives by what `state` holds.
    var d = State(none: 0, one: 0, more: constant * scale, oneTerms: 0, moreTerms: scale)
    for k in inside.indices.reversed() {
      let (q, (s, x, u)) = (outside[k], steps[k])
      let byQ =
        d.moreTerms * s.moreTerms + d.more * s.more + d.oneTerms * s.oneTerms + d.one * s.one
        + d.none * s.none
      let byTerm = d.moreTerms * (s.more + s.one) + d.oneTerms * s.none
      let byX =
        d.moreTerms * (s.moreTerms + s.oneTerms) + u * byTerm + d.more * (s.more + s.one) + d.one * s.none
      // dp/dw = 2 p (1 - p).
      gradient[k] += 2 * q * (byX * x - byQ * inside[k])
      add(k, byX * x, byTerm * x)
      d.none = d.none * q + (d.one + d.oneTerms * u) * x
      d.one = d.one * q + (d.more + d.moreTerms * u) * x
      d.more = d.more * (q + x) + d.moreTerms * u * x
      d.oneTerms = d.oneTerms * q + d.moreTerms * x
      d.moreTerms *= q + x
    }
  }
}
