public import Keel

extension MixedScalar {
  /// ln Z of the laws of faces whose weights are the rows of a matrix.
  ///
  /// ln Z = ln(Π 2 cosh w - exp(-Σ w)) is the logarithm of Σ exp(Σ w (2f - 1)) over all faces that are not
  /// empty; see ``GibbsFaces``. It is computed in closed form, without overflow or underflow: the error is a
  /// few units of rounding of 1 + Σ|w|, for all finite weights.
  ///
  /// - Parameter weights: one law a row.
  /// - Returns: one number a row; -infinity if there are no columns, NaN if a weight is NaN.
  /// - Complexity: O(rows · columns), by a kernel of the best instruction set.
  public static func faceLogNormalizers(ofRows weights: Matrix<Self>) -> [Self] {
    var normalizers = [Self](repeating: 0, count: weights.rows)
    weights.elements.withUnsafeBufferPointer { weightsBuffer in
      normalizers.withUnsafeMutableBufferPointer {
        faceNormalizers(
          weightsBuffer.baseAddress, rows: weights.rows, columns: weights.columns, $0.baseAddress,
          probabilities: nil)
      }
    }
    return normalizers
  }

  /// The probabilities P(f_k = 1) under the laws of faces whose weights are the rows of a matrix.
  ///
  /// Accurate to a few units of rounding each; below about 1e-29 in Float they may be rounded to 0.
  ///
  /// - Parameter weights: one law a row.
  /// - Returns: ln Z of each row, as ``faceLogNormalizers(ofRows:)`` gives it, and the probabilities.
  /// - Complexity: O(rows · columns), by a kernel of the best instruction set.
  public static func faceProbabilities(
    ofRows weights: Matrix<Self>
  ) -> (logNormalizers: [Self], probabilities: Matrix<Self>) {
    var normalizers = [Self](repeating: 0, count: weights.rows)
    var probabilities = [Self](repeating: 0, count: weights.rows * weights.columns)
    weights.elements.withUnsafeBufferPointer { weightsBuffer in
      normalizers.withUnsafeMutableBufferPointer { normalizers in
        probabilities.withUnsafeMutableBufferPointer {
          faceNormalizers(
            weightsBuffer.baseAddress, rows: weights.rows, columns: weights.columns, normalizers.baseAddress,
            probabilities: $0.baseAddress)
        }
      }
    }
    return (
      normalizers, Matrix(rows: weights.rows, columns: weights.columns, elements: probabilities)
    )
  }
}
