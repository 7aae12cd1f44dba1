extension RowParameter {
  /// Throws unless all values are finite, or infinite where that is allowed, and not negative.
  func requireNonnegative(_ argument: String, orInfinite: Bool = false) throws(SimplexError) {
    try values.requireNonnegative(argument, orInfinite: orInfinite)
  }
}

extension Array where Element: SimplexScalar {
  /// Throws unless all are finite, or infinite where that is allowed, and not negative.
  func requireNonnegative(_ argument: String, orInfinite: Bool = true) throws(SimplexError) {
    if let wrong = first(where: { !($0 >= 0 && (orInfinite || $0.isFinite)) }) {
      let expected = orInfinite ? "not negative" : "finite and not negative"
      throw .outOfRange(argument: argument, expected: expected, found: "\(wrong)")
    }
  }

  /// Throws unless all are finite and positive.
  func requirePositive(_ argument: String) throws(SimplexError) {
    if let wrong = first(where: { !($0 > 0 && $0.isFinite) }) {
      throw .outOfRange(argument: argument, expected: "finite and positive", found: "\(wrong)")
    }
  }

  /// Throws unless there is one for each column.
  func requireCount(_ columns: Int, _ argument: String) throws(SimplexError) {
    guard count == columns else {
      throw .wrongShape(
        argument: argument, expected: "as long as a row, which has \(columns) entries",
        found: "of length \(count)")
    }
  }
}

/// ½‖p‖².
func halfSquaredNorm<Scalar: SimplexScalar>(_ p: UnsafeBufferPointer<Scalar>) -> Double {
  Scalar.sumOfSquares(p) / 2
}
