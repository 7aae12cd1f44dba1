import CKernels

/// Writes the entries of a row that are not zero, and their places, and returns their number.
///
/// There must be room for as many entries as the row has.
func compress<Scalar: SimplexScalar>(
  _ row: UnsafePointer<Scalar>, count: Int, indices: UnsafeMutablePointer<Int32>,
  values: UnsafeMutablePointer<Scalar>
) -> Int {
  keel_sparse_compress(MemoryLayout<Scalar>.size, row, count, indices, values)
}
