import Keel
import RealModule

/// A family of test matrices: one shape and one kind, with its seed.
struct MatrixCase: Sendable, CustomStringConvertible {
  enum Kind: String, CaseIterable, Sendable {
    /// Independent normals.
    case general
    /// Rank `min(rows, columns) / 2` up to rounding.
    case rankDeficient
    /// Singular values from 1 down to 1e-12, geometrically.
    case illConditioned
    /// All zeros.
    case zero
  }

  var rows: Int
  var columns: Int
  var kind: Kind
  var seed: UInt64 { UInt64(rows * 1000 + columns) }

  var description: String { "\(rows) x \(columns) \(kind.rawValue), seed \(seed)" }

  static let shapes = [
    (0, 0), (0, 3), (3, 0), (1, 1), (1, 6), (6, 1), (2, 2), (3, 3), (5, 17), (17, 5), (33, 33), (70, 40),
    (40, 70),
  ]

  static let all = shapes.flatMap { (rows, columns) in
    Kind.allCases.map { MatrixCase(rows: rows, columns: columns, kind: $0) }
  }

  static let square = all.filter { $0.rows == $0.columns }

  var k: Int { min(rows, columns) }

  /// The exact singular values of the ill-conditioned kind.
  var prescribed: [Double] {
    (0..<k).map { k == 1 ? 1 : Double.pow(10, -12 * Double($0) / Double(k - 1)) }
  }

  func matrix<Scalar: RealScalar>(_: Scalar.Type) -> Matrix<Scalar> {
    var stream = RandomStream(seed: seed)
    switch kind {
    case .general: return .normal(rows, columns, &stream)
    case .zero: return Matrix(zeros: rows, columns)
    case .rankDeficient:
      return Matrix<Scalar>.normal(rows, k / 2, &stream) * Matrix<Scalar>.normal(k / 2, columns, &stream)
    case .illConditioned:
      var core = Matrix<Scalar>(zeros: rows, columns)
      for (i, value) in prescribed.enumerated() { core[i, i] = Scalar(value) }
      let left = Matrix<Scalar>.reflector(rows, &stream)
      return left * core * Matrix<Scalar>.reflector(columns, &stream)
    }
  }

  /// `10 · n · ulp`, the constant of the backward error bounds for the longer side `n`: theory has a low
  /// polynomial of n, practice a small multiple of n (LAPACK's own tests accept 30 n).
  func tolerance<Scalar: RealScalar>(_: Scalar.Type) -> Scalar {
    10 * Scalar(max(rows, columns, 1)) * Scalar.ulpOfOne
  }
}

extension Matrix {
  static func normal(_ rows: Int, _ columns: Int, _ stream: inout RandomStream) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: stream.normals(count: rows * columns))
  }

  /// The reflection `I - 2vvᵀ/vᵀv` of a random vector: orthogonal, without any LAPACK.
  static func reflector(_ order: Int, _ stream: inout RandomStream) -> Matrix {
    let v: [Scalar] = stream.normals(count: order)
    let square = v.reduce(0) { $0 + $1 * $1 }
    return Matrix(rows: order, columns: order) { i, j in (i == j ? 1 : 0) - 2 * v[i] * v[j] / square }
  }

  var largest: Scalar { elements.reduce(0) { Swift.max($0, abs($1)) } }

  var frobenius: Scalar { elements.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// The largest deviation of `AᵀA` from the identity.
  var orthonormalityError: Scalar {
    (Matrix(transposed) * self - Matrix(identity: columns)).largest
  }

  /// The product by plain loops: an oracle without BLAS.
  func timesByLoops(_ other: Matrix) -> Matrix {
    Matrix(rows: rows, columns: other.columns) { i, j in
      (0..<columns).reduce(0) { $0 + self[i, $1] * other[$1, j] }
    }
  }
}

/// The error that a throwing expression throws, or nil.
func thrown<R>(_ body: () throws(LinearAlgebraError) -> R) -> LinearAlgebraError? {
  do throws(LinearAlgebraError) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}
