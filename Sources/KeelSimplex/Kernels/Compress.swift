/// Writes the entries of a row that are not zero, and their places, and returns their number.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func compress<Scalar: SimplexScalar>(
  _ row: UnsafePointer<Scalar>, count: Int, indices: UnsafeMutablePointer<Int32>,
  values: UnsafeMutablePointer<Scalar>
) -> Int {
  var found = 0
  for i in 0..<count where row[i] != 0 {
    indices[found] = Int32(truncatingIfNeeded: i)
    values[found] = row[i]
    found &+= 1
  }
  return found
}
