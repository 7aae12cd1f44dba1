import Keel
import RealModule

extension CorrelatedGaussianSparsemax {
  /// ln p⊕(y): to 1e-11 with at most three entries off the face of y, beyond with the standard error that
  /// ``logDensityWithError(unchecked:)`` gives. The same for every call.
  ///
  /// - Complexity: O(K³), and for m > 3 entries off the face O(m²) for each of ``pointCount`` points.
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    logDensityWithError(unchecked: outcome).value
  }

  /// ln p⊕(y) with the standard error of its randomised part: 0 with at most three entries off the face of y.
  ///
  /// - Parameter outcome: y, a point of the simplex, of ``coordinateCount`` coordinates.
  public func logDensityWithError(
    unchecked outcome: UnsafeBufferPointer<Double>
  ) -> (value: Double, standardError: Double) {
    guard let differences = ScoreDifferences(of: self, at: outcome) else { return (.nan, 0) }
    let orthant = differences.orthant(pointCount: pointCount)
    return (differences.logDensity + orthant.logProbability, orthant.standardError)
  }

  /// Adds a multiple of the score, ∂ ln p⊕(y) / ∂(μ, L), by the nodes of the density.
  ///
  /// The differences D of scores from the pivot are δ + Cω, with δ and CCᵀ their mean and covariance; ω is known on
  /// the face and has the law of the orthant off it. By Fisher's identity the score is the mean of that of D: C⁻ᵀ E ω
  /// by δ, and ½ C⁻ᵀ (E ωωᵀ - I) C⁻¹ by CCᵀ.
  public func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let count = coordinateCount
    guard let differences = ScoreDifferences(of: self, at: outcome), count > 1 else { return }
    let (first, second) = differences.moments(differences.orthant(pointCount: pointCount))
    let size = count - 1
    let byMean = differences.solveTransposed(Matrix(column: first))
    var excess = second
    for k in 0..<size { excess[k, k] -= 1 }
    let half = differences.solveTransposed(excess)
    let byCovariance = differences.solveTransposed(Matrix(half.transposed))
    // Back to scores: D_k = z_k - z_p. The derivative by L is 2 G L with ½ of the above as G.
    let pivot = differences.order[0]
    var ofScores = Matrix<Double>(zeros: count, count)
    for a in 0..<size {
      let i = differences.order[a + 1]
      gradient[i] += weight * byMean[a, 0]
      gradient[pivot] -= weight * byMean[a, 0]
      for b in 0..<size {
        let (j, value) = (differences.order[b + 1], byCovariance[a, b])
        ofScores[i, j] += value
        ofScores[i, pivot] -= value
        ofScores[pivot, j] -= value
        ofScores[pivot, pivot] += value
      }
    }
    let byFactor = ofScores * factor
    for i in 0..<count {
      for j in 0...i { gradient[count + i * (i + 1) / 2 + j] += weight * byFactor[i, j] }
    }
  }
}

/// The differences of scores from that of a pivot, for one outcome: those on the face, then those off it.
private struct ScoreDifferences {
  /// The pivot, the other vertices of the face, and the entries off it, those first that are least likely to stay.
  let order: [Int]
  /// The number n of vertices.
  let faceCount: Int
  /// The lower triangular factor C of the covariance of the differences.
  let factor: Matrix<Double>
  /// Given differences on the face, in standard units.
  let given: [Double]
  /// What the differences off the face, less what the given ones make of their mean, must not exceed.
  let limits: [Double]
  /// ln of n times the normal density of the differences on the face.
  let logDensity: Double

  /// Nil if an outcome has no positive entry, or if it is not finite.
  init?(of law: CorrelatedGaussianSparsemax, at outcome: UnsafeBufferPointer<Double>) {
    let face = outcome.indices.filter { outcome[$0] != 0 }
    guard let pivot = face.first, outcome.allSatisfy({ $0.isFinite }) else { return nil }
    let count = law.coordinateCount
    func deviation(_ j: Int) -> Double {
      (0..<count).reduce(0) { sum, l in
        let difference = law.factor[j, l] - law.factor[pivot, l]
        return sum + difference * difference
      }.squareRoot()
    }
    let others = outcome.indices.filter { outcome[$0] == 0 }
    let bounds = others.map { (law.means[pivot] - law.means[$0] - outcome[pivot]) / deviation($0) }
    order = face + zip(others, bounds).sorted { $0.1 < $1.1 }.map(\.0)
    faceCount = face.count
    // The rows of the differences in terms of ε; their covariance is factored without being formed.
    var rows = Matrix<Double>(zeros: count, count - 1)
    for a in 1..<max(count, 1) {
      for l in 0..<count { rows[l, a - 1] = law.factor[order[a], l] - law.factor[pivot, l] }
    }
    guard let decomposition = try? QR(rows) else { return nil }
    var lower = Matrix(decomposition.r.transposed)
    for k in 0..<count - 1 where lower[k, k] < 0 {
      for i in k..<count - 1 { lower[i, k] = -lower[i, k] }
    }
    factor = lower
    var (given, limits) = ([Double](), [Double]())
    var logDensity = Double.log(Double(face.count))
    for a in 0..<count - 1 {
      let k = order[a + 1]
      let target = a < face.count - 1 ? outcome[k] - outcome[pivot] : -outcome[pivot]
      var rest = target - (law.means[k] - law.means[pivot])
      for b in 0..<min(a, face.count - 1) { rest -= lower[a, b] * given[b] }
      if a < face.count - 1 {
        given.append(rest / lower[a, a])
        logDensity += StandardNormal.logDensity(given[a]) - Double.log(lower[a, a])
      } else {
        limits.append(rest)
      }
    }
    (self.given, self.limits, self.logDensity) = (given, limits, logDensity)
  }

  /// The orthant of the entries off the face.
  func orthant(pointCount: Int) -> NormalOrthant {
    let known = given.count
    var corner = Matrix<Double>(zeros: limits.count, limits.count)
    for a in limits.indices {
      for b in 0...a { corner[a, b] = factor[known + a, known + b] }
    }
    return NormalOrthant(factor: corner, limits: limits, pointCount: pointCount)
  }

  /// E ω and E ωωᵀ.
  func moments(_ orthant: NormalOrthant) -> (first: [Double], second: Matrix<Double>) {
    let (first, second) = orthant.moments
    let (known, size) = (given.count, given.count + limits.count)
    let means = given + first
    var squares = Matrix<Double>(zeros: size, size)
    for a in 0..<size {
      for b in 0..<size {
        squares[a, b] =
          a < known || b < known ? means[a] * means[b] : second[a - known, b - known]
      }
    }
    return (means, squares)
  }

  /// C⁻ᵀ B.
  func solveTransposed(_ b: Matrix<Double>) -> Matrix<Double> {
    var x = b
    for column in 0..<b.columns {
      for i in (0..<b.rows).reversed() {
        for l in i + 1..<max(b.rows, i + 1) { x[i, column] -= factor[l, i] * x[l, column] }
        x[i, column] /= factor[i, i]
      }
    }
    return x
  }
}
