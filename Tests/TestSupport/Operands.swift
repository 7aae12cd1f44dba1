public import Keel

/// The ways in which an operand of a BLAS function may lie in storage.
public enum Layout: String, CaseIterable, Sendable {
  case whole, block, transposed, transposedBlock

  /// A view with the elements of `matrix`; a block lies in a frame of NaN, so that a read outside of it
  /// is noticed.
  public func view<S: RealScalar>(of matrix: Matrix<S>) -> MatrixView<S> {
    switch self {
    case .whole: matrix.view
    case .block: Framed(matrix, frame: .nan).view
    case .transposed: Matrix(matrix.transposed).transposed
    case .transposedBlock: Framed(Matrix(matrix.transposed), frame: .nan).view.transposed
    }
  }

  /// A view with the elements of `vector`: adjacent for `whole` and `transposed`, else a column of a
  /// wider matrix.
  public func view<S: RealScalar>(of vector: [S]) -> VectorView<S> {
    switch self {
    case .whole, .transposed: Matrix(row: vector).row(0)
    case .block, .transposedBlock: Framed(Matrix(column: vector), frame: .nan).view.column(0)
    }
  }
}

/// A matrix as the block of a larger one.
public struct Framed<S: RealScalar> {
  /// The larger matrix.
  public private(set) var whole: Matrix<S>
  private let frame: S
  private let rows: Range<Int>
  private let columns: Range<Int>

  /// `matrix` surrounded by `frame`.
  public init(_ matrix: Matrix<S>, frame: S) {
    self.frame = frame
    rows = 1..<1 + matrix.rows
    columns = 2..<2 + matrix.columns
    whole = Matrix(repeating: frame, rows: matrix.rows + 3, columns: matrix.columns + 3)
    whole.setBlock(rows, columns, to: matrix)
  }

  /// The block.
  public var view: MatrixView<S> { whole[rows, columns] }

  /// Writes the block.
  public mutating func write(_ body: (inout MutableMatrixBlock<S>) -> Void) {
    whole.withMutableBlock(rows, columns) { body(&$0) }
  }

  /// Whether everything around the block is as it was.
  public var frameIsIntact: Bool {
    for i in 0..<whole.rows {
      for j in 0..<whole.columns where !(rows.contains(i) && columns.contains(j)) {
        guard whole[i, j] == frame || (whole[i, j].isNaN && frame.isNaN) else { return false }
      }
    }
    return true
  }
}
