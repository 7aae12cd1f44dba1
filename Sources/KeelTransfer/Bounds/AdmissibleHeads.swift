import Keel

/// The heads that the conserved quantities of fine-tuning admit, and the error that each leaves at least.
///
/// Everything is in the eigenbasis of `N = C₀C₀ᵀ - v₀v₀ᵀ`, with coordinates u of a head v. N is positive
/// semidefinite minus a matrix of rank one, so that at most one of its eigenvalues `n₁ ≤ n₂ ≤ …` is
/// negative. If `n₁ = -ν < 0`, then `M(v) = N + vvᵀ` is positive semidefinite if and only if
///
///     u₁² ≥ ν (1 + Σ uᵢ²/nᵢ)    (the sum over i > 1; uᵢ = 0 where nᵢ = 0),
///
/// by the determinant, since M has at most one negative eigenvalue by interlacing. These are the two
/// sheets of a filled hyperboloid. Otherwise every head is admissible.
struct AdmissibleHeads: Sendable {
  /// The number of features k.
  let count: Int
  /// The eigenvalues of N, increasing.
  let eigenvalues: [Double]
  /// What rounding may have done to an eigenvalue of N.
  let eigenvalueError: Double
  /// The eigenvectors of N as rows.
  let basis: Matrix<Double>
  /// R in these coordinates, p × k.
  let outside: Matrix<Double>
  /// r, p.
  let outsideTarget: [Double]
  /// The head of least error outside of S, in these coordinates.
  let rightOutside: [Double]
  /// `‖a‖`, the norm of the weights to be learned in S.
  let insideNorm: Double
  /// The sheets to look at, as signs of u₁; both for all admissible heads.
  let sheets: [Double]
  /// `‖w*‖`, the scale of heads that are worth trying.
  let weightNorm: Double

  init(
    _ problem: ReducedTransferProblem, head: [Double], heads: InvariantLowerBound.Heads
  ) throws(TransferError) {
    let k = problem.featureCount
    var n = Matrix(outerProductOf: head, head)
    BLAS.gemm(1, problem.initialFeatures, problem.initialFeatures.transposed, beta: -1, into: &n)
    let eigen = try linearAlgebra { () throws(LinearAlgebraError) in try SymmetricEigen(n) }
    let p = problem.perpendicular
    count = k
    basis = eigen.vectorRows
    eigenvalues = eigen.values
    let size =
      BLAS.dot(problem.initialFeatures.elements, problem.initialFeatures.elements) + BLAS.dot(head, head)
    eigenvalueError = 8 * Double(k + problem.rank) * .ulpOfOne * size
    outside = Matrix(p[columns: 0..<k]) * eigen.vectorRows.transposed
    outsideTarget = (0..<p.rows).map { p[$0, k] }
    let (rotated, wanted) = (outside, Matrix(column: outsideTarget))
    rightOutside = try linearAlgebra { () throws(LinearAlgebraError) in
      try leastSquares(rotated, wanted).solution.elements
    }
    insideNorm = BLAS.nrm2(problem.target)
    weightNorm = problem.weightNorm
    let start = BLAS.dot(Array(eigen.vectorRows.row(0)), head)
    switch heads {
    case .admissible: sheets = [1, -1]
    case .reachable:
      // Sheets that touch within rounding are not told apart.
      sheets = eigen.values[0] < -eigenvalueError ? [start < 0 ? -1 : 1] : [1, -1]
    }
  }

  /// `ν`, the negative of the only negative eigenvalue of N; 0 if there is none.
  ///
  /// An eigenvalue that only rounding makes negative is none: it would tie heads to an edge that is not
  /// there, as for a zero head with fewer dimensions of S than features.
  var hyperboloid: Double { eigenvalues[0] < -eigenvalueError ? -eigenvalues[0] : 0 }

  /// The head with given coordinates.
  func head(_ coordinates: [Double]) -> [Double] { basis.transposed * coordinates }

  /// The coordinates of a head.
  func coordinates(_ head: [Double]) -> [Double] { basis * head }

  /// The squared error that a head leaves at least.
  func value(_ u: [Double]) -> Double {
    var unused: [Double] = []
    return value(u, gradient: &unused, wantsGradient: false)
  }

  /// The squared error that a head leaves at least, and its gradient in the coordinates.
  func value(_ u: [Double], gradient: inout [Double], wantsGradient: Bool = true) -> Double {
    var square = 0.0
    var form = 0.0
    for i in 0..<count {
      square += u[i] * u[i]
      form += eigenvalues[i] * u[i] * u[i]
    }
    let squaredLength = form + square * square
    guard !squaredLength.isNaN else { return .infinity }
    let length = max(0, squaredLength).squareRoot()
    let inside = length - insideNorm
    if wantsGradient {
      // The root has no slope at 0; there the error decreases in every direction in which it grows.
      let factor = length > 0 ? inside / length : 0
      for i in 0..<count { gradient[i] = factor * (2 * eigenvalues[i] + 4 * square) * u[i] }
    }
    var sum = inside * inside
    outside.withSpan { outside in
      for row in 0..<outsideTarget.count {
        var error = -outsideTarget[row]
        for i in 0..<count { error += outside[row * count + i] * u[i] }
        sum += error * error
        if wantsGradient {
          for i in 0..<count { gradient[i] += 2 * error * outside[row * count + i] }
        }
      }
    }
    return sum
  }

  // MARK: - Free parameters

  /// The admissible head that free parameters z stand for.
  ///
  /// Without a negative eigenvalue they are the coordinates. With one, `uᵢ = √nᵢ zᵢ` and
  /// `u₁ = ±√(z₁² + ν(1 + Σ zᵢ²))`, so that the edge of the admissible set is `z₁ = 0`.
  func coordinates(free z: [Double], sheet: Double) -> [Double] {
    guard hyperboloid > 0 else { return z }
    var u = z
    var sum = 1.0
    for i in 1..<max(count, 1) {
      u[i] = max(0, eigenvalues[i]).squareRoot() * z[i]
      sum += z[i] * z[i]
    }
    u[0] = sheet * (z[0] * z[0] + hyperboloid * sum).squareRoot()
    return u
  }

  /// Free parameters of the admissible head nearest, in the first coordinate, to a given one.
  func freeParameters(_ u: [Double]) -> [Double] {
    guard hyperboloid > 0 else { return u }
    var z = u
    var sum = 1.0
    for i in 1..<max(count, 1) {
      z[i] = eigenvalues[i] > 0 ? u[i] / eigenvalues[i].squareRoot() : 0
      sum += z[i] * z[i]
    }
    // On the edge itself the slope in z₁ vanishes: start a little inside.
    let edge = hyperboloid * sum
    z[0] = max(u[0] * u[0] - edge, 1e-4 * edge).squareRoot()
    return z
  }

  /// The squared error at free parameters, and its gradient in them.
  func value(free z: [Double], sheet: Double, gradient: inout [Double]) -> Double {
    let u = coordinates(free: z, sheet: sheet)
    let value = value(u, gradient: &gradient)
    guard hyperboloid > 0 else { return value }
    let first = gradient[0] / u[0]
    gradient[0] = first * z[0]
    for i in 1..<max(count, 1) {
      gradient[i] = max(0, eigenvalues[i]).squareRoot() * gradient[i] + first * hyperboloid * z[i]
    }
    return value
  }
}
