/// The matrix exponential `e^A = I + A + A²/2! + …` of a square matrix.
///
/// ```swift
/// let flow = try matrixExponential(-t * h) * start       // the solution of v' = -H v at time t
/// ```
///
/// - Parameter a: a square matrix. The exponential of an empty one is empty.
/// - Throws: ``LinearAlgebraError/nonFinite(argument:)`` for `a`, and for the result when it overflows
///   (`‖A‖` above about 709 in `Double`, 88 in `Float`, when eigenvalues are that far to the right).
/// - Precondition: `a` is square.
/// - Complexity: about `2 (6 + s) n³` operations with `s = log₂(‖A‖₁ / 5.4)`.
///
/// The relative error is a few `ulp` times the condition number of the problem, which for a normal matrix
/// is `‖A‖₂`. For a symmetric matrix ``SymmetricEigen/applying(_:)`` with `exp` is an alternative.
///
/// Method: scaling and squaring. `e^A = (r(A / 2ˢ))^(2ˢ)` with the diagonal Padé approximant `r` of degree
/// 3, 5, 7, 9 or 13 (3, 5 or 7 in `Float`): the cheapest one whose backward error is below the rounding unit
/// for the norm of the scaled matrix.
///
/// Source: Higham (2005), *The scaling and squaring method for the matrix exponential revisited*,
/// algorithm 2.3; the limits for `Float` are the same bound for a rounding unit of 2⁻²⁴.
public func matrixExponential<A: StridedMatrix>(_ a: A) throws(LinearAlgebraError) -> Matrix<A.Scalar> {
  precondition(a.isSquare, "matrixExponential: the matrix must be square")
  return try exponential(of: Matrix(a))
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func exponential<Scalar: RealScalar>(
  of a: Matrix<Scalar>
) throws(LinearAlgebraError) -> Matrix<Scalar> {
  var scaled = a
  try requireFinite(scaled.storage, argument: "the matrix")
  guard scaled.rows > 0 else { return scaled }
  let norm = scaled.oneNorm
  guard norm.isFinite else { throw .nonFinite(argument: "the norm of the matrix") }

  let choices = PadeDegree.choices(Scalar.self)
  var squarings = 0
  let degree: Int
  if let choice = choices.first(where: { norm <= $0.limit }) {
    degree = choice.degree
  } else {
    let largest = choices[choices.count - 1]
    degree = largest.degree
    squarings = max(0, Int(Scalar.log2(norm / largest.limit).rounded(.up)))
    // A power of two: exact.
    scaled *= Scalar(sign: .plus, exponent: Scalar.Exponent(-squarings), significand: 1)
  }
  var result = try padeExponential(scaled, degree: degree)
  var square = result
  for _ in 0..<squarings {
    BLAS.gemm(1, result, result, into: &square)
    swap(&result, &square)
  }
  try requireFinite(result.storage, argument: "the exponential of the matrix")
  return result
}

/// A degree of the Padé approximant and the largest 1-norm for which its backward error is below the
/// rounding unit.
private struct PadeDegree<Scalar: RealScalar> {
  var degree: Int
  var limit: Scalar

  static func choices(_: Scalar.Type) -> [PadeDegree] {
    Scalar.significandBitCount < 30
      ? [
        PadeDegree(degree: 3, limit: 4.258730034897931e-1), PadeDegree(degree: 5, limit: 1.880152698533769),
        PadeDegree(degree: 7, limit: 3.925724846433284),
      ]
      : [
        PadeDegree(degree: 3, limit: 1.495585217958292e-2),
        PadeDegree(degree: 5, limit: 2.539398330063230e-1),
        PadeDegree(degree: 7, limit: 9.504178996162932e-1), PadeDegree(degree: 9, limit: 2.097847961257068),
        PadeDegree(degree: 13, limit: 5.371920351148152),
      ]
  }
}

/// The diagonal Padé approximant of the exponential, `q(A)⁻¹ p(A)` with `q(A) = p(-A)`.
///
/// With the odd and the even part of `p`, `U` and `V`, it solves `(V - U) R = V + U`. The even powers serve
/// both parts; degree 13 gets by with three of them by splitting each part at the sixth power.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func padeExponential<Scalar: RealScalar>(
  _ a: Matrix<Scalar>, degree m: Int
) throws(LinearAlgebraError) -> Matrix<Scalar> {
  let n = a.rows
  let b = padeCoefficients(degree: m, Scalar.self)
  let identity = Matrix<Scalar>(identity: n)
  // powers[i] = A^(2i)
  var powers = [identity, a * a]
  for _ in 0..<(m == 13 ? 2 : (m - 3) / 2) { powers.append(powers[powers.count - 1] * powers[1]) }
  /// `Σ coefficients[i] A^(2i)`.
  func combine(_ coefficients: [Scalar]) -> Matrix<Scalar> {
    var sum = Matrix<Scalar>(zeros: n, n)
    for (coefficient, power) in zip(coefficients, powers) {
      BLAS.axpy(coefficient, power.storage, into: &sum.storage)
    }
    return sum
  }
  let odd = stride(from: 1, through: m, by: 2).map { b[$0] }
  let even = stride(from: 0, through: m, by: 2).map { b[$0] }
  var (u, v): (Matrix<Scalar>, Matrix<Scalar>)
  if m == 13 {
    (u, v) = (combine(Array(odd.prefix(4))), combine(Array(even.prefix(4))))
    BLAS.gemm(1, powers[3], combine([0] + odd.suffix(3)), beta: 1, into: &u)
    BLAS.gemm(1, powers[3], combine([0] + even.suffix(3)), beta: 1, into: &v)
  } else {
    (u, v) = (combine(odd), combine(even))
  }
  u = a * u
  return try LU(v - u).solve(v + u)
}

/// The coefficients of `p` for degree `m`, scaled to integers: `b_j = (2m - j)! / (j! (m - j)!)`, from the
/// ratio of neighbours, with `b_m = 1`.
private func padeCoefficients<Scalar: RealScalar>(degree m: Int, _: Scalar.Type) -> [Scalar] {
  var b = [Scalar](repeating: 1, count: m + 1)
  for j in stride(from: m, to: 0, by: -1) {
    // b_(j-1) / b_j = j (2m - j + 1) / (m - j + 1)
    b[j - 1] = b[j] * Scalar(j * (2 * m - j + 1)) / Scalar(m - j + 1)
  }
  return b
}
