/// How the elements of a matrix follow each other in storage.
enum StorageOrder {
  case rows, columns
}

extension StridedMatrix {
  /// Copies the matrix into the front of `target` without gaps, because LAPACK destroys its operand,
  /// and throws if an element is not finite, because LAPACK may then hang or return garbage.
  func copyOperand(
    to target: inout [Scalar], order: StorageOrder, argument: String
  ) throws(LinearAlgebraError) {
    guard !isEmpty else { return }
    precondition(target.count >= count, "The workspace is too small for the matrix")
    let leading = leadingDimension
    let storedRows = isStoredTransposed ? columns : rows
    let storedColumns = isStoredTransposed ? rows : columns
    let transposes = isStoredTransposed != (order == .columns)
    withUnsafeElements { source in
      target.withUnsafeMutableBufferPointer { buffer in
        guard let source, let target = buffer.baseAddress else { return }
        if transposes {
          copyTransposed(source, rows: storedRows, columns: storedColumns, stride: leading, to: target)
        } else {
          copyRows(source, rows: storedRows, columns: storedColumns, stride: leading, to: target)
        }
      }
    }
    guard allFinite(target, count: count) else { throw .nonFinite(argument: argument) }
  }
}

/// Copies a row-major matrix with a row stride to one without gaps.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func copyRows<Scalar>(
  _ source: UnsafePointer<Scalar>, rows: Int, columns: Int, stride: Int,
  to target: UnsafeMutablePointer<Scalar>
) {
  if stride == columns {
    target.update(from: source, count: rows * columns)
  } else {
    for i in 0..<rows { (target + i * columns).update(from: source + i * stride, count: columns) }
  }
}

/// Copies the transpose of a row-major matrix, in square tiles, so that reads and writes both stay in
/// cache.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func copyTransposed<Scalar>(
  _ source: UnsafePointer<Scalar>, rows: Int, columns: Int, stride: Int,
  to target: UnsafeMutablePointer<Scalar>
) {
  let tile = 16
  var top = 0
  while top < rows {
    let bottom = min(top &+ tile, rows)
    var left = 0
    while left < columns {
      let right = min(left &+ tile, columns)
      for j in left..<right {
        let column = target + j &* rows
        for i in top..<bottom { column[i] = source[i &* stride &+ j] }
      }
      left = right
    }
    top = bottom
  }
}

/// Whether the first `count` elements are finite.
///
/// The sum of the magnitudes answers at the speed of memory in nearly every case: it is finite only if
/// all elements are. Only when it is not, which may be the overflow of large elements, each is looked at.
func allFinite<Scalar: RealScalar>(_ elements: [Scalar], count: Int) -> Bool {
  if Scalar._asum(count, elements, 1).isFinite { return true }
  return elements.prefix(count).allSatisfy { $0.isFinite }
}

/// Throws if a vector argument holds a NaN or an infinity.
func requireFinite<Scalar: RealScalar>(_ x: [Scalar], argument: String) throws(LinearAlgebraError) {
  guard allFinite(x, count: x.count) else { throw .nonFinite(argument: argument) }
}

/// The length of a workspace from the answer to a query, which LAPACK gives as a floating-point number:
/// in `Float` a large answer may have been rounded down.
func workspaceSize<Scalar: RealScalar>(_ answer: Scalar) -> Int {
  max(1, Int((answer * (1 + Scalar.ulpOfOne)).rounded(.up)))
}

/// An array of zeros.
func zeros<Scalar: RealScalar>(_ count: Int) -> [Scalar] {
  filled(with: 0, count: count)
}

extension Matrix {
  /// Writes zeros in one triangle of a square matrix, without the diagonal.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func clear(_ triangle: BLAS.Triangle) {
    let n = rows
    storage.withUnsafeMutableBufferPointer { a in
      for i in 0..<n {
        let row = i * n
        let range = triangle == .lower ? row..<(row + i) : (row + i + 1)..<(row + n)
        a[range].update(repeating: 0)
      }
    }
  }
}

/// Writes the transpose of the row-major `rows × columns` matrix at the front of `source` to `target`.
func transpose<Scalar: RealScalar>(
  _ source: [Scalar], rows: Int, columns: Int, into target: inout [Scalar]
) {
  guard rows > 0, columns > 0 else { return }
  precondition(source.count >= rows * columns && target.count >= rows * columns)
  source.withUnsafeBufferPointer { source in
    target.withUnsafeMutableBufferPointer { target in
      guard let source = source.baseAddress, let target = target.baseAddress else { return }
      copyTransposed(source, rows: rows, columns: columns, stride: columns, to: target)
    }
  }
}
