/// Which entries of a batch of scores take part. The others act as scores of -∞: their output is zero, and so
/// is their gradient, whatever their scores are, NaN too.
public enum ValidEntries: Sendable, Equatable {
  /// Every entry.
  case all
  /// The first entries of each row, one number for each row in 0...columns: ragged rows.
  case lengths([Int])
  /// The entries for which the mask is true, row after row: entry (r, i) is at `r * columns + i`.
  case mask([Bool])

  /// Calls `body` with the addresses of the lengths and of the mask, either of them nil if there is none.
  ///
  /// - Precondition: the lengths or the mask fit the shape.
  func withPointers<R>(
    rows: Int, columns: Int, _ body: (_ lengths: UnsafePointer<Int>?, _ mask: UnsafePointer<Bool>?) -> R
  ) -> R {
    switch self {
    case .all:
      return body(nil, nil)
    case .lengths(let lengths):
      precondition(lengths.count == rows, "There must be one length for each row")
      return lengths.withUnsafeBufferPointer { lengths in
        for r in 0..<rows {
          precondition(
            lengths[r] >= 0 && lengths[r] <= columns, "A length must be in 0...columns of the scores")
        }
        return body(lengths.baseAddress, nil)
      }
    case .mask(let mask):
      precondition(mask.count == rows * columns, "The mask must have an entry for each of the scores")
      return mask.withUnsafeBufferPointer { body(nil, $0.baseAddress) }
    }
  }
}

/// Copies rows of scores to `target`, -∞ in the place of those that the mask leaves out.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func copyMasked<Scalar: SimplexScalar>(
  _ source: UnsafePointer<Scalar>, stride: Int, mask: UnsafePointer<Bool>, rows: Int, columns: Int,
  to target: UnsafeMutablePointer<Scalar>, stride targetStride: Int
) {
  for r in 0..<rows {
    let (x, y) = (source + r * stride, target + r * targetStride)
    let keep = mask + r * columns
    for i in 0..<columns { y[i] = keep[i] ? x[i] : -.infinity }
  }
}

/// Writes zero to the entries of rows that the mask leaves out.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func clearMasked<Scalar: SimplexScalar>(
  _ target: UnsafeMutablePointer<Scalar>, stride: Int, mask: UnsafePointer<Bool>, rows: Int, columns: Int
) {
  for r in 0..<rows {
    let y = target + r * stride
    let keep = mask + r * columns
    for i in 0..<columns { y[i] = keep[i] ? y[i] : 0 }
  }
}
