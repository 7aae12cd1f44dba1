import Keel

/// The rows of a matrix in lexicographic order, where neighbours that differ by at most a tolerance are equal.
///
/// The rows are sorted by the first column and cut where neighbours differ by more than the tolerance; each piece is
/// sorted by the next column, and so on. Cutting at gaps, rather than rounding, puts no boundary through a group of
/// numbers that are nearly equal.
struct LexicographicOrder<Scalar: FrameScalar> {
  /// The indices of the rows in order; equal rows are neighbours in the order of their indices.
  let rows: [Int]
  /// The places of equal rows, two or more each.
  let blocks: [Range<Int>]
  /// The least distance of a difference of neighbours from the tolerance; infinite for a tolerance of zero.
  let margin: Scalar

  init(_ matrix: Matrix<Scalar>, tolerance: Scalar) {
    var rows = Array(0..<matrix.rows)
    var blocks = matrix.rows > 1 ? [0..<matrix.rows] : []
    var margin = Scalar.infinity
    let (elements, width) = (matrix.elements, matrix.columns)
    for column in 0..<width {
      var next: [Range<Int>] = []
      for block in blocks {
        let piece = rows[block].sorted { i, j in
          let (x, y) = (elements[i * width + column], elements[j * width + column])
          return x < y || (x == y && i < j)
        }
        rows.replaceSubrange(block, with: piece)
        var start = block.lowerBound
        for place in (block.lowerBound + 1)...block.upperBound {
          if place < block.upperBound {
            let difference =
              elements[rows[place] * width + column] - elements[rows[place - 1] * width + column]
            if tolerance > 0 { margin = min(margin, abs(difference - tolerance)) }
            if difference <= tolerance { continue }
          }
          if place - start > 1 { next.append(start..<place) }
          start = place
        }
      }
      blocks = next
      if blocks.isEmpty { break }
    }
    for block in blocks { rows[block].sort() }
    self.rows = rows
    self.blocks = blocks
    self.margin = margin
  }

  /// For each row the first place of those equal to it.
  func classes(of count: Int) -> [Int] {
    var result = Array(repeating: 0, count: count)
    for (place, row) in rows.enumerated() { result[row] = place }
    for block in blocks {
      for place in block { result[rows[place]] = block.lowerBound }
    }
    return result
  }
}
