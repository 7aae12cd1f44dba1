import Keel

/// The least out-of-distribution error that what fine-tuning conserves leaves possible.
///
/// Fine-tuning keeps `vvᵀ - CCᵀ` and the features outside the span S of its inputs. A head v therefore
/// forces `CCᵀ = M(v) = C₀C₀ᵀ - v₀v₀ᵀ + vvᵀ`, which must be positive semidefinite, and with it the length
/// of the weights learned in S: `‖Cᵀv‖² = vᵀM(v)v`. Their direction stays free, and the best one is that
/// of `a = Fᵀw*`. What remains depends on the head alone:
///
///     ILB² = min over v, M(v) ⪰ 0, of (√(vᵀM(v)v) - ‖a‖)² + ‖Rv - r‖²,
///
/// with `[R r]` the part of `[B₀ᵀ w*]` outside S. It bounds the error of gradient flow at every time, for
/// every training set with the row space S and any labels, every loss that depends on the predictions `Xw`
/// only, and every learning rate, also one that varies in time, as long as both layers share it. Discrete
/// steps keep the first matrix up to their size only, and may end below it by as much. No number of it
/// depends on an alignment of the true head, and the part of the initial head that the other bounds do not
/// see counts.
///
/// If S has fewer dimensions than there are features, m < k, then `CCᵀ` has rank m at most. That condition
/// is dropped, which can only lower the minimum: the bound stays true and may be weaker than it could be.
///
/// The minimum is over k numbers and not convex. Up to three features it is certified by branch and bound;
/// above that, minimisation from many starts gives an upper estimate of it, and ``isCertified`` is false.
///
/// ```swift
/// let bound = try InvariantLowerBound(ReducedTransferProblem(problem), head: head)
/// print(bound.certifiedLowerBound, bound.value)   // gradient flow errs by at least the first
/// ```
///
/// Source: derived for this library from the conservation laws that Kumar et al. (2022) build on.
public struct InvariantLowerBound: Sendable {
  /// Which heads the minimum is taken over.
  ///
  /// If `C₀C₀ᵀ - v₀v₀ᵀ` has a negative eigenvalue, the admissible heads are two separate sets, mirror
  /// images of each other. A training path that is continuous never leaves the one it starts in.
  public enum Heads: String, Sendable, CaseIterable {
    /// All heads that the conserved quantities admit.
    case admissible
    /// Those of them that a continuous path from the initial head can reach: at least as large a bound,
    /// for flows. Steps of a discrete optimiser can jump to the other set.
    case reachable
  }

  /// The least error found: an upper estimate of the minimum, attained by ``head``.
  public let value: Double
  /// The head that attains ``value``, k.
  public let head: [Double]
  /// A number that the minimum is not below, rounding of the search included; 0 if nothing is known.
  ///
  /// It is exact for the reduced problem as its numbers are stored; their own rounding, some 1e-16 of the
  /// weights, is not part of it.
  public let certifiedLowerBound: Double
  /// Whether ``certifiedLowerBound`` is within the tolerance of ``value``.
  public let isCertified: Bool
  /// The number of boxes that branch and bound looked at; 0 for more than three features.
  public let boxes: Int
  /// The number of starts of the local minimisation.
  public let starts: Int
  /// The heads that the minimum is taken over.
  public let heads: Heads

  /// The bound to state: ``certifiedLowerBound`` where ``isCertified``, or else ``value``, an estimate of
  /// the minimum from above that proves nothing.
  public var stated: Double { isCertified ? certifiedLowerBound : value }

  /// `value - certifiedLowerBound`, at least 0.
  public var gap: Double { value - certifiedLowerBound }

  /// The largest number of features for which the minimum is certified.
  public static let certifiedFeatureCount = 3

  /// The bound for fine-tuning from a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - problem: the problem in reduced coordinates.
  ///   - head: the head at the start, k finite numbers.
  ///   - heads: the heads that the minimum is taken over.
  ///   - tolerance: the relative gap at which the minimum counts as certified, in `1e-12...0.5`; below
  ///     `1e-3‖w*‖` it is relative to that.
  ///   - maximumBoxes: the number of boxes after which branch and bound gives up; what it has certified
  ///     by then remains true.
  ///   - seed: the seed of the random starts.
  ///   - oodLeastEigenvalue: the smallest eigenvalue of Σ, at least 0; all values are multiplied by its
  ///     root, so that they bound `√L_ood`.
  /// - Complexity: at the default tolerance of the order of 0.03 ms for one feature, 0.1 ms for two and some
  ///   milliseconds for three, more where heads are nearly equal; above, O(k²) for each step of each start,
  ///   of the order of a millisecond for six.
  /// - Throws: ``TransferError`` if the head is not finite or a factorization fails. Where the fourth power
  ///   of its norm overflows nothing is known: ``value`` is infinite and ``certifiedLowerBound`` 0.
  public init(
    _ problem: ReducedTransferProblem, head: [Double], heads: Heads = .admissible,
    tolerance: Double = 1e-6, maximumBoxes: Int = 100_000, seed: UInt64 = 0, oodLeastEigenvalue: Double = 1
  ) throws(TransferError) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    precondition((1e-12...0.5).contains(tolerance), "The tolerance must be in 1e-12...0.5")
    precondition(maximumBoxes >= 1, "Branch and bound needs at least one box")
    precondition(oodLeastEigenvalue >= 0, "A second moment has no negative eigenvalue")
    guard head.allSatisfy(\.isFinite) else { throw .notFinite(argument: "head") }
    let landscape = try AdmissibleHeads(problem, head: head, heads: heads)
    var search = HeadSearch(landscape)
    starts = search.run(initialHead: head, seed: seed)
    let factor = oodLeastEigenvalue.squareRoot()
    self.heads = heads
    if problem.featureCount <= Self.certifiedFeatureCount, search.best.value.isFinite {
      // An error far below what the weights could make counts as zero: nobody asks for its digits.
      let scale = 1e-3 * problem.weightNorm
      var tree = HeadBranchAndBound(landscape, search: search)
      let lower = tree.run(tolerance: tolerance, scale: scale, maximumBoxes: maximumBoxes)
      search = tree.search
      boxes = tree.boxes
      let best = search.best.value.squareRoot()
      certifiedLowerBound = factor * min(lower, best)
      isCertified = best - lower <= 2 * tolerance * max(best, scale)
    } else {
      boxes = 0
      certifiedLowerBound = 0
      isCertified = false
    }
    value = factor * search.best.value.squareRoot()
    self.head = landscape.head(search.best.coordinates)
  }
}
