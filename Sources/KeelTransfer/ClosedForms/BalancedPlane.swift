import Keel

/// The plane of the head and the target on which the matrix `N = [[l, 2aᵀ], [2a, -l I]]` of a balanced flow
/// grows and decays: eigenvalues ±μ with `μ = √(l² + 4‖a‖²)`, and -l on everything orthogonal to it.
struct BalancedPlane: Sendable {
  /// `a/‖a‖`, or zero.
  let direction: [Double]
  /// μ.
  let growth: Double
  /// `μ - |l|`, without cancellation.
  let growthGap: Double
  /// The eigenvector of μ in the basis (head, a/‖a‖); the one of -μ is `(sine, -cosine)`.
  let cosine: Double
  /// See ``cosine``.
  let sine: Double

  init(imbalance: Double, target: [Double]) {
    let length = BLAS.nrm2(target)
    let magnitude = imbalance.magnitude
    direction = target.map { length > 0 ? $0 / length : 0 }
    growth = Double.hypot(imbalance, 2 * length)
    growthGap = growth > 0 ? 4 * length * length / (growth + magnitude) : 0
    // cos 2α = l/μ, sin 2α = 2‖a‖/μ: the larger of the two first, the other from the sine.
    let larger = growth > 0 ? ((1 + magnitude / growth) / 2).squareRoot() : 1
    let smaller = growth > 0 ? length / growth / larger : 0
    (cosine, sine) = imbalance >= 0 ? (larger, smaller) : (smaller, larger)
  }
}

/// `(1 - e^{-z})/z`, the average of `e^{-s}` over `0...z`.
func decayAverage(_ z: Double) -> Double { z == 0 ? 1 : -Double.expMinusOne(-z) / z }

/// Throws unless all singular values of the inputs are equal, to the tolerance of
/// ``WhitenedSingleFeatureFlow/tolerance``.
func requireWhitenedInputs(_ problem: ReducedTransferProblem) throws(TransferError) {
  let spread = (problem.singularValues.first ?? 1) / (problem.singularValues.last ?? 1) - 1
  guard spread <= WhitenedSingleFeatureFlow.tolerance else {
    throw .noClosedForm(reason: "the singular values of X differ by a factor other than 1", deviation: spread)
  }
}
