import Keel
import KeelFrames
import TestSupport

/// A number as the unevaluated sum of two doubles: about 31 digits.
struct TwoDoubles {
  var high: Double
  var low: Double

  init(_ value: Double) { (high, low) = (value, 0) }

  private init(sum a: Double, _ b: Double, _ rest: Double) {
    let (sum, error) = Self.exactSum(a, b)
    let low = error + rest
    high = sum + low
    self.low = low - (high - sum)
  }

  private static func exactSum(_ a: Double, _ b: Double) -> (Double, Double) {
    let sum = a + b
    let part = sum - a
    return (sum, (a - (sum - part)) + (b - part))
  }

  var value: Double { high + low }

  static func + (a: Self, b: Self) -> Self { Self(sum: a.high, b.high, a.low + b.low) }
  static func - (a: Self, b: Self) -> Self { Self(sum: a.high, -b.high, a.low - b.low) }
  static func * (a: Self, b: Self) -> Self {
    let product = a.high * b.high
    let error = (-product).addingProduct(a.high, b.high)
    return Self(sum: product, error, a.high * b.low + a.low * b.high)
  }
  static func / (a: Self, b: Double) -> Self {
    let quotient = a.high / b
    let rest = a - Self(quotient) * Self(b)
    return Self(sum: quotient, rest.high / b, rest.low / b)
  }
}

/// The centroid and the scatter of a cloud by their definitions, in two passes with 31 digits.
func definedMoments<Scalar: FrameScalar>(
  _ cloud: Matrix<Scalar>, centered: Bool
) -> (center: [TwoDoubles], scatter: [TwoDoubles]) {
  let (n, d) = (cloud.rows, cloud.columns)
  var center = [TwoDoubles](repeating: TwoDoubles(0), count: d)
  if centered {
    for i in 0..<n {
      for j in 0..<d { center[j] = center[j] + TwoDoubles(Double(cloud[i, j])) }
    }
    center = center.map { $0 / Double(n) }
  }
  var scatter = [TwoDoubles](repeating: TwoDoubles(0), count: d * d)
  for i in 0..<n {
    let y = (0..<d).map { TwoDoubles(Double(cloud[i, $0])) - center[$0] }
    for j in 0..<d {
      for k in 0..<d { scatter[j * d + k] = scatter[j * d + k] + y[j] * y[k] }
    }
  }
  return (center, scatter)
}

/// How far eigenvalues and eigenvectors are from what they should be.
struct EigenDefects {
  /// The largest `‖AV - V diag(λ)‖ / ‖A‖`, in the norm of Frobenius.
  var residual = 0.0
  /// The largest `‖VᵀV - 1‖`.
  var orthogonality = 0.0
  /// Whether all eigenvalues were in ascending order, and all determinants 1.
  var isOrdered = true

  /// Takes in the decomposition of one symmetric matrix, of which the upper triangle counts: with 31 digits where they
  /// matter.
  mutating func judge<Scalar: FrameScalar>(
    _ a: MatrixView<Scalar>, values: [Scalar], vectors: MatrixView<Scalar>
  ) {
    let d = a.rows
    let entries = (0..<d * d).map { Double(a[min($0 / d, $0 % d), max($0 / d, $0 % d)]) }
    let v = (0..<d * d).map { Double(vectors[$0 / d, $0 % d]) }
    // A power of two, so that nothing overflows and nothing is rounded.
    let largest = entries.reduce(0) { max($0, $1.magnitude) }
    let unit = largest > 0 ? 0x1p-60 * max(largest.binade, 0x1p-960) : 1
    var (size, residual, defect) = (0.0, 0.0, 0.0)
    for i in 0..<d {
      for j in 0..<d {
        let (rest, product): (Double, Double)
        if d <= 3 && Scalar.self == Double.self {
          var (sum, square) = (TwoDoubles(0), TwoDoubles(i == j ? -1 : 0))
          for k in 0..<d {
            sum = sum + TwoDoubles(entries[i * d + k] / unit) * TwoDoubles(v[k * d + j])
            square = square + TwoDoubles(v[k * d + i]) * TwoDoubles(v[k * d + j])
          }
          sum = sum - TwoDoubles(Double(values[j]) / unit) * TwoDoubles(v[i * d + j])
          (rest, product) = (sum.value, square.value)
        } else {
          var (sum, square) = (-Double(values[j]) / unit * v[i * d + j], i == j ? -1.0 : 0)
          for k in 0..<d {
            sum += entries[i * d + k] / unit * v[k * d + j]
            square += v[k * d + i] * v[k * d + j]
          }
          (rest, product) = (sum, square)
        }
        residual += rest * rest
        defect += product * product
        size += (entries[i * d + j] / unit) * (entries[i * d + j] / unit)
      }
      if i > 0 && !(values[i] >= values[i - 1]) { isOrdered = false }
    }
    residual = size > 0 ? (residual / size).squareRoot() : residual.squareRoot()
    // NaN counts as infinite.
    self.residual = residual <= self.residual ? self.residual : (residual.isNaN ? .infinity : residual)
    let orthogonality = defect.squareRoot()
    self.orthogonality =
      orthogonality <= self.orthogonality
      ? self.orthogonality : (orthogonality.isNaN ? .infinity : orthogonality)
  }

  /// Takes in the decompositions of a batch.
  mutating func judge<Scalar: FrameScalar>(
    _ matrices: MatrixBatch<Scalar>, _ eigen: SmallSymmetricEigen<Scalar>
  ) {
    for b in 0..<matrices.count {
      judge(
        matrices[b], values: (0..<matrices.rows).map { eigen.values[b, $0] }, vectors: eigen.vectors[b])
    }
  }
}

/// Kinds of symmetric matrices that eigensolvers are to be tried on.
enum SymmetricFamily: String, CaseIterable, Sendable {
  /// The scatter of 60 normal points.
  case covariance
  /// Eigenvalues 1, 2, and others larger than 2 by 1e-8, in a random basis.
  case smallGap
  /// Eigenvalues 1, 2, 2, ... in a random basis.
  case repeated
  /// The identity plus noise of 1e-3 or 1e-8.
  case nearIsotropic
  /// Independent normal entries, those on the diagonal with variance 2.
  case gaussian
  /// The scatter of as many normal points as there are dimensions.
  case wishart
  /// Entries of either sign with magnitudes 1e-8 to 1e8.
  case wideRange
  /// Multiples of the identity, zero among them.
  case multipleOfIdentity
  /// Diagonal.
  case diagonal

  /// A matrix of the kind.
  func matrix(_ d: Int, using random: inout SplitMix) -> Matrix<Double> {
    func symmetric(_ entry: (Int, Int) -> Double) -> Matrix<Double> {
      var result = Matrix<Double>(zeros: d, d)
      for i in 0..<d {
        for j in i..<d {
          result[i, j] = entry(i, j)
          result[j, i] = result[i, j]
        }
      }
      return result
    }
    func scatter(_ points: Int) -> Matrix<Double> {
      let x = (0..<points * d).map { _ in random.normal() }
      return symmetric { i, j in
        var sum = 0.0
        for k in 0..<points { sum += x[k * d + i] * x[k * d + j] }
        return sum
      }
    }
    func conjugated(_ values: [Double]) -> Matrix<Double> {
      let q = random.orthogonal(d)
      return symmetric { i, j in
        var sum = 0.0
        for k in 0..<d { sum += q[i, k] * values[k] * q[j, k] }
        return sum
      }
    }
    switch self {
    case .covariance: return scatter(60)
    case .smallGap:
      var values = (0..<d).map { 2 + 1e-8 * Double($0) }
      values[0] = 1
      return conjugated(values)
    case .repeated:
      var values = [Double](repeating: 2, count: d)
      values[0] = 1
      return conjugated(values)
    case .nearIsotropic:
      let noise = random.next() & 1 == 0 ? 1e-3 : 1e-8
      return symmetric { i, j in (i == j ? 1 : 0) + noise * random.normal() }
    case .gaussian: return symmetric { i, j in random.normal() * (i == j ? 2.0.squareRoot() : 1) }
    case .wishart: return scatter(d)
    case .wideRange:
      return symmetric { _, _ in
        let exponent = 8 * random.scalar(Double.self)
        return (random.next() & 1 == 0 ? -1 : 1) * Double.pow(10, exponent)
      }
    case .multipleOfIdentity:
      let value = Double(Int(random.next() % 3)) - 1
      return symmetric { i, j in i == j ? value : 0 }
    case .diagonal: return symmetric { i, j in i == j ? random.normal() : 0 }
    }
  }

  /// Matrices of the kind.
  func batch(_ count: Int, _ d: Int, seed: UInt64) -> MatrixBatch<Double> {
    var random = SplitMix(seed: seed)
    return MatrixBatch(
      count: count, rows: d, columns: d,
      elements: (0..<count).flatMap { _ in matrix(d, using: &random).elements })
  }
}

extension MatrixBatch {
  /// The matrices with elements of another scalar.
  func converted<Other: RealScalar>(to _: Other.Type) -> MatrixBatch<Other> {
    MatrixBatch<Other>(count: count, rows: rows, columns: columns, elements: elements.map { Other($0) })
  }
}

extension SplitMix {
  /// A standard normal number.
  mutating func normal() -> Double {
    // Uniform in 0 < u <= 1.
    let u = (Double(next() >> 11) + 1) * 0x1p-53
    let angle = 2 * Double.pi * Double(next() >> 11) * 0x1p-53
    return (-2 * Double.log(u)).squareRoot() * Double.cos(angle)
  }

  /// A random orthogonal matrix: normal columns, made orthogonal twice.
  mutating func orthogonal(_ d: Int) -> Matrix<Double> {
    var columns = (0..<d).map { _ in (0..<d).map { _ in normal() } }
    for j in 0..<d {
      for _ in 0..<2 {
        for k in 0..<j {
          let product = zip(columns[j], columns[k]).reduce(0) { $0 + $1.0 * $1.1 }
          for i in 0..<d { columns[j][i] -= product * columns[k][i] }
        }
        let length = columns[j].reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in 0..<d { columns[j][i] /= length }
      }
    }
    return Matrix(rows: d, columns: d) { i, j in columns[j][i] }
  }
}
