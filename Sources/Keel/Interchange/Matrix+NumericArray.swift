extension Matrix {
  /// The matrix in an array of rank 2, without a copy if its elements are of type `Scalar`.
  ///
  /// Other element types are converted as by ``NumericArray/values(as:)``.
  ///
  /// - Throws: ``InterchangeError/malformed(file:field:expected:found:)`` for any other rank.
  public init(_ array: NumericArray) throws(InterchangeError) {
    guard array.shape.count == 2 else {
      throw .malformed(
        file: array.name, field: "shape", expected: "2 dimensions",
        found: NumericArray.text(ofShape: array.shape))
    }
    self.init(
      rows: array.shape[0], columns: array.shape[1], elements: array.values(as: Scalar.self))
  }
}

extension NumericArray {
  /// Creates the array of rank 2 with the matrix's elements, without a copy.
  public init<Scalar: RealScalar & NumericElement>(_ matrix: Matrix<Scalar>, name: String = "array") {
    self.init(shape: [matrix.rows, matrix.columns], elements: matrix.elements, name: name)
  }

  /// One row of the result for each index of the first axis, all further axes in a row.
  ///
  /// A stack of 60000 images of 28 by 28 becomes a matrix of 60000 × 784; a vector becomes a single
  /// column, a matrix stays as it is. Elements are converted as by ``values(as:)``.
  ///
  /// - Throws: ``InterchangeError/malformed(file:field:expected:found:)`` for a single number, which
  ///   has no first axis.
  public func rows<Scalar: RealScalar>(
    as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> Matrix<Scalar> {
    guard let rows = shape.first, let columns = checkedProduct(Array(shape.dropFirst())) else {
      throw .malformed(file: name, field: "shape", expected: "1 dimension or more", found: "()")
    }
    return Matrix(rows: rows, columns: columns, elements: values(as: type))
  }
}
